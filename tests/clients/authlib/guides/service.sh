# The registration of an API and of a service that calls it: prints the service's client_id.
signet resource create --uri https://orders.example.com --scope "orders:read orders:write" >&2
signet client create --name "Nightly report" --grant client_credentials \
  --auth-method private_key_jwt --jwks service_jwks.json --auth-signing-alg ES256 \
  --scope orders:read \
  "$@"
