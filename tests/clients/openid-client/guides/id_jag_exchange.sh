# The wiki exchanges the ID_TOKEN of a person who signed in. WIKI_SECRET is what was printed.
(echo "$WIKI_SECRET"; echo "$ID_TOKEN") | signet token exchange --client-id wiki --client-secret-stdin \
  --subject-token - --subject-token-type id_token \
  --requested-token-type id-jag --audience https://chat.example \
  "$@"
