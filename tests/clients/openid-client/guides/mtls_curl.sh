# A token for the service with this client_id, from where Signet asks for certificates.
curl --fail-with-body --silent --show-error --cert report.pem --key report.key \
  --data grant_type=client_credentials --data "client_id=$1" --data scope=orders:read \
  --data resource=https://orders.example.com \
  "${SIGNET_MTLS__URL:-https://id.example.com:8443}/oauth2/token"
