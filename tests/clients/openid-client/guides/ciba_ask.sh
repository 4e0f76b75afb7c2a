# The client asks somebody. CLIENT_ID and CLIENT_SECRET are what was printed.
curl -s -u "$CLIENT_ID:$CLIENT_SECRET" "${ISSUER:=http://localhost:8001}/oauth2/bc-authorize" \
  -d scope=openid -d login_hint="${PERSON:=ada@example.com}" -d binding_message=W4SCT
