# A scratch directory with everything started in it, and a Signet of one's own to test from outside.

SCRATCH=""
STOP=()
AUTHORITY=""

# open_scratch: a new temporary directory, removed with everything started in it when this (sub)shell ends.
open_scratch() {
  SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/signet-test.XXXXXX")
  chmod 711 "$SCRATCH" # the database user passes through to its own directory
  STOP=()
  trap close_scratch EXIT
  trap 'exit 130' INT TERM HUP
}

# stop_later PID [SIGNAL]
stop_later() { STOP+=("$1:${2:-TERM}"); }

close_scratch() {
  local index entry
  for ((index = ${#STOP[@]} - 1; index >= 0; index--)); do
    entry=${STOP[index]}
    end_process "${entry%%:*}" "${entry#*:}"
  done
  rm -rf "$SCRATCH"
}

# start_mail_sink: an SMTP server that keeps each mail as a JSON file. Sets SMTP_PORT and MAIL_DIR.
start_mail_sink() {
  need_node
  npm_ci tests/clients/mail-sink
  export MAIL_DIR=$SCRATCH/mail
  mkdir "$MAIL_DIR"
  node tests/clients/mail-sink/sink.mjs "$MAIL_DIR" "$SCRATCH/smtp.port" >"$SCRATCH/mail-sink.log" 2>&1 &
  stop_later $!
  wait_until 20 "the SMTP server" test -s "$SCRATCH/smtp.port" || {
    cat "$SCRATCH/mail-sink.log" >&2
    return 1
  }
  SMTP_PORT=$(cat "$SCRATCH/smtp.port")
  step "SMTP on 127.0.0.1:$SMTP_PORT"
}

# start_signet DATABASE_URL [REDIS_URL] [NAME=VALUE …]: a Signet that sends mail to the sink, with these further settings; with
# SIGNET_TLS_CERT_FILE, one that speaks TLS. Exports what the tests need: ISSUER, SIGNET_TEST_BIN and SIGNET_TEST_HOME (the directory to
# run it in), and the settings that its commands share.
start_signet() {
  local port scheme=http more=("${@:3}")
  port=$(free_port)
  forget_settings
  [[ " ${more[*]}" != *" SIGNET_TLS_CERT_FILE="* ]] || scheme=https
  export ISSUER=$scheme://localhost:$port SIGNET_TEST_BIN=$SIGNET SIGNET_TEST_HOME=$SCRATCH/signet-$port
  export SIGNET_ISSUER=$ISSUER SIGNET_LISTEN=127.0.0.1:$port SIGNET_DATA_DIR=$SIGNET_TEST_HOME/data
  export SIGNET_DATABASE_URL=$1 SIGNET_SMTP_URL="smtp://127.0.0.1:$SMTP_PORT?tls=none" SIGNET_LOG_FORMAT=json
  [ -z "${2:-}" ] || export SIGNET_REDIS_URL=$2
  [ ${#more[@]} -eq 0 ] || export "${more[@]}"
  mkdir "$SIGNET_TEST_HOME"
  step "Signet on $ISSUER (${1%%:*}${2:+, redis})"
  serve_signet "$ISSUER"
}

# forget_settings: nothing of the caller's own Signet may leak in: neither variables nor, as it runs in the scratch, a .env or signet.toml.
forget_settings() {
  local name
  for name in $(compgen -e SIGNET_); do unset "$name"; done
}

# serve_signet URL: migrates and serves in SIGNET_TEST_HOME by the settings in the environment, until the scratch is closed. URL is
# where it listens; AUTHORITY, if set, who vouches for its certificate.
serve_signet() {
  (cd "$SIGNET_TEST_HOME" && "$SIGNET" migrate up) >"$SIGNET_TEST_HOME/migrate.log" 2>&1 || {
    cat "$SIGNET_TEST_HOME/migrate.log" >&2
    return 1
  }
  (cd "$SIGNET_TEST_HOME" && exec "$SIGNET" serve) </dev/null >"$SIGNET_TEST_HOME/signet.log" 2>&1 &
  stop_later $!
  wait_until 60 "Signet" curl -fsS --max-time 2 ${AUTHORITY:+--cacert "$AUTHORITY"} "$1/health/ready" || {
    tail -n 50 "$SIGNET_TEST_HOME/signet.log" >&2
    return 1
  }
}

# show_signet_log: what the service said last, for whoever has to find out why a test failed.
show_signet_log() {
  note "the last lines of Signet's log:"
  tail -n 40 "$SIGNET_TEST_HOME/signet.log" >&2 || true
}
