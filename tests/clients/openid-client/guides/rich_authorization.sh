# The registration of a bank's API with two types, and of a shop that may ask for payments: prints the shop's client_id and client_secret.
signet resource create --uri https://bank.example --name "Example Bank" \
  --authorization-details-type payment=payment.json --authorization-details-type account=account.json >&2
signet client create --name "Shop" --redirect-uri "${APP:=http://localhost:3000}/callback" \
  --authorization-details-type payment \
  "$@"
