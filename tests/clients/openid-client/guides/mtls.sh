# The registration of an API and of a service that is known by its certificate: prints the service's client_id.
signet resource create --uri https://orders.example.com --scope "orders:read orders:write" >&2
signet client create --name "Nightly report" --grant client_credentials --scope orders:read \
  --auth-method tls_client_auth --certificate-bound \
  --tls-client-auth-subject-dn "$(openssl x509 -in report.pem -noout -subject -nameopt RFC2253 | sed 's/^subject=//')" \
  "$@"
