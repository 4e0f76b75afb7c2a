# The registration of the wiki, which signs people in here and may ask for assertions for the chat.
signet client create --name Wiki --client-id wiki --redirect-uri https://wiki.example/cb \
  --grant authorization_code --grant refresh_token --may-act \
  mode=id-jag,audience=https://chat.example,client-id=wiki-at-chat,scope=chat.read,resource=https://api.chat.example/ \
  "$@"
