# The steps of `manage.sh test`: each function is one line of the summary and runs in a subshell of its own.

# The Rust tests choose their back end by SIGNET_TEST_*; no other setting of the caller's may reach them.
without_settings() {
  local name
  for name in $(compgen -e SIGNET_); do unset "$name"; done
  "$@"
}

step_build() {
  need_rust
  need_build_tools
  cargo build --locked --workspace --all-targets --profile "$PROFILE"
}

# Every Rust test, on SQLite and the process's own memory.
step_rust() { without_settings cargo test --locked --workspace --profile "$PROFILE"; }

# Parts of it, for a quick look.
step_unit() { without_settings cargo test --locked --workspace --lib --bins --profile "$PROFILE"; }
step_http() { without_settings cargo test --locked --test http --profile "$PROFILE"; }

# The HTTP tests again on PostgreSQL 17 and Redis, or on the servers that SIGNET_TEST_DATABASE_URL and SIGNET_TEST_REDIS_URL name.
step_http_pg() {
  open_scratch
  DATABASE_URL=${SIGNET_TEST_DATABASE_URL:-} REDIS_URL=${SIGNET_TEST_REDIS_URL:-}
  [ -n "$DATABASE_URL" ] || start_postgres17
  [ -n "$REDIS_URL" ] || start_redis
  http_on_servers
}

# A shorter run on the PostgreSQL that Debian 12 carries.
step_http_pg15() {
  local filter=${SIGNET_TEST_FILTER:-journey} chosen
  open_scratch
  chosen=$(without_settings cargo test --quiet --locked --test http --profile "$PROFILE" -- --list "$filter" | grep -c ': test$') || true
  [ "$chosen" -gt 0 ] || fail "no HTTP test has '$filter' in its name (SIGNET_TEST_FILTER)"
  start_postgres15
  start_redis
  http_on_servers "$filter"
}

http_on_servers() {
  local name
  for name in $(compgen -e SIGNET_); do unset "$name"; done
  SIGNET_TEST_DATABASE_URL=$DATABASE_URL SIGNET_TEST_REDIS_URL=$REDIS_URL \
    cargo test --locked --test http --profile "$PROFILE" -- "$@"
}

# Clients we did not write, on SQLite and the process's own memory …
step_clients() {
  open_scratch
  start_mail_sink
  start_signet "sqlite://$SCRATCH/signet.db"
  run_clients
}

# … and on PostgreSQL 17 and Redis.
step_clients_pg() {
  open_scratch
  start_mail_sink
  start_postgres17
  start_redis
  start_signet "$DATABASE_URL" "$REDIS_URL"
  run_clients
}

run_clients() {
  need_node
  need_python
  npm_ci tests/clients/openid-client
  venv_of tests/clients/authlib
  local failed=""
  step "openid-client"
  node --test --test-reporter=spec tests/clients/openid-client/*.test.mjs || failed=yes
  step "Authlib"
  "$VENV/bin/python" -B tests/clients/authlib/test_journey.py --verbose || failed=yes
  [ -z "$failed" ] || {
    show_signet_log
    return 1
  }
}

# venv_of DIRECTORY: a virtual environment with exactly what its requirements.txt names. Sets VENV.
venv_of() {
  VENV=$TARGET_DIR/test-tools/$(basename "$1")-venv
  if cmp -s "$1/requirements.txt" "$VENV/requirements.txt"; then return 0; fi
  step "pip install for $1"
  rm -rf "$VENV"
  python3 -m venv "$VENV"
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --require-virtualenv --requirement "$1/requirements.txt" >&2
  cp "$1/requirements.txt" "$VENV/requirements.txt"
}

# What is around the service, and the service itself, away, killed, slow or hostile: one test after the other, each with its own servers.
step_faults() {
  local name
  open_scratch
  need_redis
  prepare_postgres17
  for name in $(compgen -e SIGNET_); do unset "$name"; done
  SIGNET_TEST_POSTGRES_BIN=$POSTGRES17_BIN SIGNET_TEST_POSTGRES_USER=$DB_USER \
    cargo test --locked --test faults --profile "$PROFILE" -- --ignored --test-threads=1
}

# Chromium, with and without scripts, light and dark, phone and desktop. Screenshots land in target/screenshots/.
step_browser() {
  need_node
  need_chromium
  npm_ci tests/browser
  open_scratch
  start_mail_sink
  start_signet "sqlite://$SCRATCH/signet.db"
  export SCREENSHOT_DIR=$TARGET_DIR/screenshots CHROMIUM=/usr/bin/chromium
  node --test --test-reporter=spec --test-concurrency=1 tests/browser/*.test.mjs || {
    show_signet_log
    return 1
  }
}
