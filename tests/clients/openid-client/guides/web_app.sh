# The registration of a web application: prints its client_id and its client_secret.
signet client create --name "Web app" \
  --redirect-uri "${APP:=http://localhost:3000}/callback" \
  --post-logout-redirect-uri "$APP/" \
  --backchannel-logout-uri "$APP/backchannel-logout" --backchannel-session-required \
  "$@"
