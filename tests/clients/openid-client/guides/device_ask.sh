# The device asks for a code: CLIENT_ID is what was printed.
curl -s "${ISSUER:=http://localhost:8001}/oauth2/device_authorization" -d client_id="$CLIENT_ID" -d scope="openid offline_access"
