# The registration of a device: prints its client_id. There is no secret.
signet client create --name "Living room" --profile device "$@"
