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
  npm_ci tests/clients/openid-client
  open_scratch
  start_mail_sink
  export SCREENSHOT_DIR=$TARGET_DIR/screenshots CHROMIUM=/usr/bin/chromium
  local failed=""
  start_signet "sqlite://$SCRATCH/installed.db"
  node --test --test-reporter=spec --test-concurrency=1 tests/browser/*.test.mjs || {
    show_signet_log
    failed=yes
  }
  make_authority
  start_signet_with_everything "sqlite://$SCRATCH/everything.db" ""
  NODE_EXTRA_CA_CERTS=$AUTHORITY node --test --test-reporter=spec --test-concurrency=1 tests/browser/everything/*.test.mjs || {
    show_signet_log
    failed=yes
  }
  [ -z "$failed" ]
}
