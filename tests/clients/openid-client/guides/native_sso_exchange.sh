# Signs an app in by what another app of the vendor keeps: native_sso_exchange.sh ISSUER CLIENT_ID ID_TOKEN DEVICE_SECRET
curl -s "$1/oauth2/token" -d client_id="$2" -d scope="openid email" -d audience="$1" \
  -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange \
  -d subject_token="$3" -d subject_token_type=urn:ietf:params:oauth:token-type:id_token \
  -d actor_token="$4" -d actor_token_type=urn:openid:params:token-type:device-secret
