# On the workload's machine: SVID is a JWT-SVID for Signet's issuer, as `spire-agent api fetch jwt -audience "$ISSUER"` gives it.
curl -sS "$ISSUER/oauth2/token" -d grant_type=client_credentials -d resource=https://stock.example.com -d client_id=fleet \
  -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-spiffe -d "client_assertion=$SVID"
