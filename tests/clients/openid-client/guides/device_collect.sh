# The device asks whether somebody has decided: DEVICE_CODE is the device_code of the answer.
curl -s "${ISSUER:=http://localhost:8001}/oauth2/token" -d client_id="$CLIENT_ID" \
  -d grant_type=urn:ietf:params:oauth:grant-type:device_code -d device_code="$DEVICE_CODE"
