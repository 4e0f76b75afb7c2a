# The registration of a single-page application: prints its client_id. There is no secret, because everybody could read it.
signet client create --name "Single-page app" --public \
  --redirect-uri "${APP:=http://localhost:5173}/" \
  --post-logout-redirect-uri "$APP/" \
  "$@"
