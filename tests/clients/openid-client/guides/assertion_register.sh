# The registration of an issuer by its public keys, of whom it means by u1, and of a client that may bring its assertions.
signet issuer create --issuer https://idp.example --use jwt-bearer --jwks idp_jwks.json --subject-mapping link --scope stock:read >&2
signet issuer link https://idp.example --subject u1 --user alice@example.com >&2
signet client create --name Agent --client-id agent --grant jwt-bearer --scope stock:read "$@"
