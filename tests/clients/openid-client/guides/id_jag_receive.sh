# At the chat: the registration of the issuer that it believes, and of the wiki by the name that it has here.
signet issuer create --issuer https://id.example --use id-jag --jwks-uri https://id.example/oauth2/jwks \
  --subject-mapping email --scope chat.read --max-lifetime 5m >&2
signet client create --name Wiki --client-id wiki-at-chat --grant jwt-bearer --scope chat.read "$@"
