# The robot gets a token for the API, and the gateway exchanges it. ROBOT_SECRET and GATEWAY_SECRET are what was printed.
curl -s -u "robot:$ROBOT_SECRET" "${ISSUER:=http://localhost:8001}/oauth2/token" \
  -d grant_type=client_credentials -d resource=https://stock.example | jq -r .access_token >robot_token
(echo "$GATEWAY_SECRET"; cat robot_token) | signet token exchange --client-id gateway --client-secret-stdin \
  --subject-token - --audience https://stock.example \
  "$@"
