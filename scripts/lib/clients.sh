# The steps `clients` and `clients-pg`: clients we did not write, at a Signet as it is installed and at one with everything switched on.

# On SQLite and the process's own memory …
step_clients() {
  open_scratch
  prepare_clients
  start_signet "sqlite://$SCRATCH/installed.db"
  run_clients_as_installed
  start_signet_with_everything "sqlite://$SCRATCH/everything.db" ""
  run_clients_with_everything
  run_clients_with_certificates sqlite://"$SCRATCH"/certificates.db
  start_signet_held_to_fapi2 "sqlite://$SCRATCH/held.db"
  run_clients_held_to_fapi2
  [ -z "$CLIENTS_FAILED" ]
}

# … and on PostgreSQL 17 and Redis. A fresh cluster has two databases that are ours to use: each Signet gets one of them.
step_clients_pg() {
  open_scratch
  prepare_clients
  start_postgres17
  start_redis
  start_signet "$DATABASE_URL" "$REDIS_URL"
  run_clients_as_installed
  start_signet_with_everything "${DATABASE_URL%/postgres}/template1" "${REDIS_URL%/0}/1"
  run_clients_with_everything
  [ -z "$CLIENTS_FAILED" ]
}

prepare_clients() {
  need_node
  need_python
  need_jq
  CLIENTS_FAILED=""
  start_mail_sink
  npm_ci tests/clients/openid-client
  npm_ci tests/clients/fapi2
  npm_ci tests/clients/oauth4webapi
  npm_ci tests/clients/mcp
  venv_of tests/clients/authlib
  build_openidconnect
  make_authority
}

# start_signet_with_everything DATABASE_URL REDIS_URL: what is off by default is on, and TLS, under an authority that only the tests know.
start_signet_with_everything() {
  start_signet "$1" "$2" SIGNET_TLS_CERT_FILE="$CERTIFICATE" SIGNET_TLS_KEY_FILE="$CERTIFICATE_KEY" \
    SIGNET_OAUTH__IMPLICIT_AND_HYBRID=true SIGNET_REGISTRATION__CLIENTS=open SIGNET_DPOP__NONCES=true \
    SIGNET_REGISTRATION__CLIENT_ID_DOCUMENTS=true SIGNET_REGISTRATION__CLIENT_SCOPES=mcp:tools,mcp:other \
    SIGNET_KEYS__ALGORITHMS=RS256,PS256,ES256,EdDSA \
    SIGNET_HTTP__ALLOW_PRIVATE_TARGETS=true SIGNET_HTTP__EXTRA_CA_FILE="$AUTHORITY"
  # The listeners of the tests' own applications.
  export CERTIFICATE CERTIFICATE_KEY AUTHORITY
}

# start_signet_held_to_fapi2 DATABASE_URL: everybody is held to FAPI 2.0, behind TLS by Signet itself.
start_signet_held_to_fapi2() {
  start_signet "$1" "" SIGNET_TLS_CERT_FILE="$CERTIFICATE" SIGNET_TLS_KEY_FILE="$CERTIFICATE_KEY" SIGNET_OAUTH__PROFILE=fapi2
}

run_clients_held_to_fapi2() {
  try_client "FAPI 2.0, everybody held to it" \
    env NODE_EXTRA_CA_CERTS="$AUTHORITY" node --test --test-reporter=spec tests/clients/fapi2/*.test.mjs
}

run_clients_as_installed() {
  try_client "openid-client" node_tests tests/clients/openid-client/*.test.mjs
  try_client "oauth4webapi" node_tests tests/clients/oauth4webapi/*.test.mjs
  try_client "FAPI 2.0" node --test --test-reporter=spec tests/clients/fapi2/*.test.mjs
  try_client "Authlib" "$VENV/bin/python" -B tests/clients/authlib/test_journey.py --verbose
  try_client "the guides with Authlib" "$VENV/bin/python" -B tests/clients/authlib/test_guides.py --verbose
}

run_clients_with_everything() {
  export NODE_EXTRA_CA_CERTS=$AUTHORITY
  try_client "openid-client, everything switched on" node_tests tests/clients/openid-client/everything/*.test.mjs
  try_client "oauth4webapi, everything switched on" node_tests tests/clients/oauth4webapi/*.test.mjs
  try_client "Model Context Protocol, server and client" node_tests tests/clients/mcp/*.test.mjs
  try_client "Authlib, everything switched on" \
    env REQUESTS_CA_BUNDLE="$AUTHORITY" "$VENV/bin/python" -B tests/clients/authlib/test_everything.py --verbose
  try_client "openidconnect (Rust)" "$OPENIDCONNECT"
}

# node_tests FILE …: several files at once, as some of them have to wait. None knows of the others: each makes its own people and apps.
node_tests() { node --test --test-reporter=spec --test-concurrency=3 "$@"; }

# run_clients_with_certificates DATABASE_URL: docs/guides/mtls.md, at Signet's own listener and behind nginx, each with the settings that
# stand there.
run_clients_with_certificates() {
  export MTLS_HOME=$SCRATCH/mtls
  mkdir "$MTLS_HOME"
  (cd "$MTLS_HOME" && bash -euo pipefail "$ROOT/tests/clients/openid-client/guides/mtls_authority.sh" &&
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2 -subj /CN=stranger -keyout stranger.key -out stranger.pem) \
    >"$SCRATCH/openssl.log" 2>&1 || {
    cat "$SCRATCH/openssl.log" >&2
    return 1
  }
  local port settings guides=tests/clients/openid-client/guides
  port=$(free_port)
  mapfile -t settings < <(in_the_place_of_guides <$guides/mtls.env)
  start_signet "$1" "" "${settings[@]}"
  try_certificates "certificates, at Signet's own listener"

  port=$(free_port)
  mapfile -t settings < <(in_the_place_of_guides <$guides/mtls_nginx.env | grep -v ^SIGNET_LISTEN=)
  start_signet "${1%.db}-nginx.db" "" SIGNET_TLS_CERT_FILE="$CERTIFICATE" SIGNET_TLS_KEY_FILE="$CERTIFICATE_KEY" "${settings[@]}"
  start_nginx_for_certificates <$guides/mtls_nginx.conf
  try_certificates "certificates, behind nginx"
}

try_certificates() {
  # Both of Signet's own certificate and of what the tests listen with.
  try_client "$1" env AUTHORITY="$AUTHORITY" CURL_CA_BUNDLE="$AUTHORITY" NODE_EXTRA_CA_CERTS="$AUTHORITY" \
    node --test --test-reporter=spec tests/clients/openid-client/certificates/*.test.mjs
}

# in_the_place_of_guides: settings of a guide with the files of this run, and $port where clients are asked for certificates.
in_the_place_of_guides() {
  sed -e "s~/etc/signet/tls/fullchain.pem~$CERTIFICATE~" -e "s~/etc/signet/tls/privkey.pem~$CERTIFICATE_KEY~" \
    -e "s~/etc/signet/~$MTLS_HOME/~" -e "s~0\.0\.0\.0:8443~127.0.0.1:$port~" \
    -e "s~id\.example\.com:8443~localhost:$port~" -e "s~mtls\.id\.example\.com~localhost:$port~"
}

# start_nginx_for_certificates: with the guide's `server` from the standard input, at $port, in front of the Signet at $ISSUER.
start_nginx_for_certificates() {
  [ -x /usr/sbin/nginx ] || install_without_starting "the tests with nginx" nginx
  local here=$SCRATCH/nginx-certificates
  mkdir "$here"
  sed -e "s~listen 443~listen 127.0.0.1:$port~" -e "s~server_name .*~server_name localhost;~" \
    -e "s~/etc/letsencrypt/live/mtls.id.example.com/fullchain.pem~$CERTIFICATE~" \
    -e "s~/etc/letsencrypt/live/mtls.id.example.com/privkey.pem~$CERTIFICATE_KEY~" \
    -e "s~http://127.0.0.1:8001~$ISSUER~" >"$here/mtls.conf"
  sed -e "s~@HERE@~$here~g" tests/clients/openid-client/certificates/nginx.conf >"$here/nginx.conf"
  /usr/sbin/nginx -e stderr -p "$here" -c "$here/nginx.conf" -g 'daemon off;' >"$here/nginx.out" 2>&1 &
  stop_later $!
  wait_until 20 "nginx" curl -fsS --max-time 2 --cacert "$AUTHORITY" "https://localhost:$port/health/ready" || {
    cat "$here/nginx.out" "$here/nginx.log" >&2
    return 1
  }
}

# try_client NAME COMMAND …: goes on after a failure, and shows what the service said.
try_client() {
  step "$1"
  shift
  "$@" && return 0
  CLIENTS_FAILED=yes
  show_signet_log
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

# build_openidconnect: a crate of its own outside of the workspace, so that no other build waits for it. Sets OPENIDCONNECT.
build_openidconnect() {
  need_rust
  step "cargo build in tests/clients/openidconnect"
  local target=$TARGET_DIR/test-tools/openidconnect
  cargo build --locked --quiet --manifest-path tests/clients/openidconnect/Cargo.toml --target-dir "$target"
  OPENIDCONNECT=$target/debug/signet-client-openidconnect
}
