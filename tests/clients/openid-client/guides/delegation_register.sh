# The registration of an API, of a robot that calls it and of a gateway in between, which may act for the robot: prints their secrets.
signet resource create --uri https://stock.example --scope "stock:read stock:write" >&2
signet client create --name Robot --client-id robot --grant client_credentials --scope "stock:read stock:write" "$@"
signet client create --name Gateway --client-id gateway --grant token-exchange --scope "stock:read stock:write" \
  --may-act audience=https://stock.example,from=https://stock.example,scope=stock:read,depth=2,mode=delegation \
  "$@"
