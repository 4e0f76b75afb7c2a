# The registration of an application that is held to FAPI 2.0: prints its client_id. PROFILE=fapi2-message-signing for signed messages.
signet client create --name "Bank" --profile "${PROFILE:=fapi2}" \
  --redirect-uri "${APP:=https://bank.example.com}/callback" \
  --jwks bank_jwks.json \
  "$@"
