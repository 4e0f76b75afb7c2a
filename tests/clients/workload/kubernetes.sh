# The registration of a cluster and of a service in it: prints the service's client_id. CLUSTER is the issuer of its service accounts.
signet resource create --uri https://stock.example.com --scope stock:read >&2
signet issuer create --issuer "$CLUSTER" --use workload --discover --max-lifetime 1h >&2
signet client create --name "Orders" --client-id orders --grant client_credentials --scope stock:read \
  --workload-issuer "$CLUSTER" --workload-subject system:serviceaccount:orders:api \
  "$@"
