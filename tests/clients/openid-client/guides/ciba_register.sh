# The registration of a client that asks people who are elsewhere: prints its client_id and its client_secret.
signet client create --name "Till 7" --profile ciba "$@"
