# The agent brings an ASSERTION of the issuer. AGENT_SECRET is what was printed.
curl -s -u "agent:$AGENT_SECRET" "${ISSUER:=http://localhost:8001}/oauth2/token" \
  -d grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer --data-urlencode "assertion=$ASSERTION"
