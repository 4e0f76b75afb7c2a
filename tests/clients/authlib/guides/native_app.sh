# The registration of an application on people's own machines: prints its client_id. There is no secret.
signet client create --name "Native app" --public --application-type native \
  --redirect-uri http://127.0.0.1/callback \
  "$@"
