# In the pod: an access token for the API of the stock.
curl -sS "$ISSUER/oauth2/token" -d grant_type=client_credentials -d resource=https://stock.example.com -d client_id=orders \
  -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
  --data-urlencode "client_assertion@${TOKEN_FILE:-/var/run/secrets/signet/token}"
