# The client asks whether they have decided: AUTH_REQ_ID is the auth_req_id of the answer.
curl -s -u "$CLIENT_ID:$CLIENT_SECRET" "${ISSUER:=http://localhost:8001}/oauth2/token" \
  -d grant_type=urn:openid:params:grant-type:ciba -d auth_req_id="$AUTH_REQ_ID"
