# The registration of a trust domain and of its workloads below one path. BUNDLE is the address of its bundle endpoint.
signet issuer create --issuer spiffe://example.org --use workload --jwks-uri "$BUNDLE" --max-lifetime 10m >&2
signet client create --name "Fleet" --client-id fleet --grant client_credentials --scope stock:read \
  --workload-issuer spiffe://example.org --workload-subject 'spiffe://example.org/fleet/*' \
  "$@"
