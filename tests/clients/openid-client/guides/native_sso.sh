# The registration of one of several apps of a vendor on the same device: prints its client_id.
signet client create --name "Chat" --public --application-type native --first-party \
  --redirect-uri http://127.0.0.1/callback --native-sso-group acme \
  "$@"
