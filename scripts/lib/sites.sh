# `manage.sh test sites`: web servers we did not write, in front of Signet and behind it. Their configurations are those of the guides,
# word for word: files and commands are taken out of docs/guides/, and only addresses and directories are replaced.

# The hosts of the guides, and the loopback addresses they have here: one site each, as cookies are told apart by host. All use one port.
SITES=(id=localhost wiki=127.0.0.2 intranet=127.0.0.3 portal=127.0.0.4 api=127.0.0.5)
SITE_GUIDES=(docs/guides/apache.md docs/guides/nginx.md)

need_web_servers() {
  { [ -x /usr/sbin/apache2 ] && [ -e /usr/lib/apache2/modules/mod_auth_openidc.so ]; } ||
    install_without_starting "the tests with Apache" apache2-bin libapache2-mod-auth-openidc media-types
  { [ -x /usr/sbin/nginx ] && [ -e /usr/lib/nginx/modules/ngx_http_js_module.so ]; } ||
    install_without_starting "the tests with nginx" nginx libnginx-mod-http-js
}

# On SQLite and the process's own memory. Screenshots land in target/screenshots/sites/.
step_sites() {
  umask 022 # Apache's and nginx's workers are another user where the caller is root
  need_node
  need_chromium
  need_web_servers
  npm_ci tests/browser
  npm_ci tests/sites
  open_scratch
  choose_site_ports
  make_authority
  export AUTHORITY
  make_site_certificates
  place_guides
  start_signet_behind_nginx
  follow_guides
  start_nginx
  start_apache
  start_gate
  export SCREENSHOT_DIR=$TARGET_DIR/screenshots CHROMIUM=/usr/bin/chromium NODE_EXTRA_CA_CERTS=$AUTHORITY
  node --test --test-reporter=spec --test-concurrency=1 tests/sites/*.test.mjs || {
    show_signet_log
    note "the last lines of Apache's and nginx's logs:"
    tail -n 15 "$SCRATCH/apache2.log" "$SCRATCH/nginx.log" "$SCRATCH/gate.log" >&2
    return 1
  }
}

# choose_site_ports: PORT for https, the other three on 127.0.0.1 for plain HTTP.
choose_site_ports() {
  local site name
  PORT=$(free_port) INNER_PORT=$(free_port) APPLICATION_PORT=$(free_port) GATE_PORT=$(free_port)
  for site in "${SITES[@]}"; do
    name=${site%%=*}
    export "${name^^}=https://${site#*=}:$PORT"
  done
  export ISSUER=$ID
}

# make_site_certificates: for each site what certbot would put in /etc/letsencrypt/live.
make_site_certificates() {
  local site host directory kind
  for site in "${SITES[@]}"; do
    host=${site#*=}
    directory=$SCRATCH/etc/letsencrypt/live/$host
    mkdir -p "$directory"
    kind=IP
    [ "$host" != localhost ] || kind=DNS
    openssl req -new -key "$CERTIFICATE_KEY" -subj "/CN=$host" |
      openssl x509 -req -CA "$AUTHORITY" -CAkey "$SCRATCH/authority.key" -days 2 -sha256 -out "$directory/fullchain.pem" \
        -extfile <(printf 'subjectAltName=%s:%s\nbasicConstraints=CA:FALSE\n' "$kind" "$host") 2>>"$SCRATCH/openssl.log"
    cp "$CERTIFICATE_KEY" "$directory/privkey.pem"
  done
  mkdir -p "$SCRATCH/etc/ssl/certs"
  cp "$AUTHORITY" "$SCRATCH/etc/ssl/certs/ca-certificates.crt"
}

# in_our_place [ADDRESS]: a guide's text with the addresses and directories of this run. ADDRESS is where a web server listens in it.
in_our_place() {
  local site name host edits=()
  for site in "${SITES[@]}"; do
    name=${site%%=*} host=${site#*=}
    edits+=(-e "s~https://$name\.example\.com~https://$host:$PORT~g")
    edits+=(-e "s~https://$name\\\\\.example\\\\\.com~https://${host//./\\\\.}:$PORT~g") # in a regular expression
    edits+=(-e "s~(%+)2F$name\.example\.com~\12F$host\13A$PORT~g")                       # percent-encoded
    edits+=(-e "s~$name\.example\.com~$host~g")
  done
  sed -E "${edits[@]}" -e "s~(^|[^[:alnum:]])/(etc|srv|opt)/~\1$SCRATCH/\2/~g" -e "s~127\.0\.0\.1:8001~127.0.0.1:$INNER_PORT~" \
    -e "s~127\.0\.0\.1:3000~127.0.0.1:$APPLICATION_PORT~" -e "s~127\.0\.0\.1:3001~127.0.0.1:$GATE_PORT~" -e "s~PORT=3001~PORT=$GATE_PORT~" \
    -e "s~(\*:|listen )443~\1@AT@~" -e "s~listen @AT@~listen ${1:-}:$PORT~" -e "s~\*:@AT@~${1:-}:$PORT~"
}

# place_guides: writes the files of the guides, each a block after a line with its path ("`/etc/…`:"), into the scratch.
place_guides() {
  local guide file site at
  for guide in "${SITE_GUIDES[@]}"; do
    awk -v root="$SCRATCH" '
      /^```/ && inside { inside = 0; if (path) { close(path); print path; path = "" } next }
      /^```/ { inside = 1; if (path) { system("mkdir -p \"$(dirname \"" path "\")\""); printf "" >path } next }
      inside { if (path) print >path; next }
      /^`\/[^`]*`.*:$/ { split($0, parts, "`"); path = root parts[2]; next }
      /./ { path = "" }' "$guide"
  done | while read -r file; do
    at=127.0.0.1
    for site in "${SITES[@]:1}"; do
      case ${file##*/} in "${site%%=*}".*) at=${site#*=} ;; esac
    done
    in_our_place "$at" <"$file" >"$file.placed"
    mv "$file.placed" "$file"
  done
}

# follow_guides: runs the guides' blocks of commands that speak to `signet`.
follow_guides() {
  local guide
  for guide in "${SITE_GUIDES[@]}"; do
    step "the commands of $guide"
    awk '
      /^```sh$/ { block = ""; inside = 1; next }
      /^```/ { if (inside && block ~ /signet (client|resource) create/) printf "%s", block; inside = 0; next }
      inside { block = block $0 "\n" }' "$guide" | in_our_place >"$SCRATCH/commands.sh"
    (cd "$SCRATCH" && PATH="$(dirname "$SIGNET"):$PATH" bash -euo pipefail commands.sh) >"$SCRATCH/commands.log" 2>&1 || {
      cat "$SCRATCH/commands.log" >&2
      return 1
    }
  done
}

start_signet_behind_nginx() {
  forget_settings
  export SIGNET_CONFIG=$SCRATCH/etc/signet/signet.toml SIGNET_DATA_DIR=$SCRATCH/data SIGNET_LOG_FORMAT=json
  # The sites are inside, and their authority is ours.
  export SIGNET_HTTP__ALLOW_PRIVATE_TARGETS=true SIGNET_HTTP__EXTRA_CA_FILE=$AUTHORITY
  export SIGNET_TEST_BIN=$SIGNET SIGNET_TEST_HOME=$SCRATCH
  step "Signet on 127.0.0.1:$INNER_PORT, known as $ISSUER"
  serve_signet "http://127.0.0.1:$INNER_PORT"
}

start_nginx() {
  step "nginx on port $PORT"
  mkdir "$SCRATCH/nginx-temp"
  sed -e "s~@HERE@~$SCRATCH~g" -e "s~127\.0\.0\.1:3000~127.0.0.1:$APPLICATION_PORT~" tests/sites/nginx.conf >"$SCRATCH/nginx.conf"
  /usr/sbin/nginx -e stderr -p "$SCRATCH" -c "$SCRATCH/nginx.conf" -g 'daemon off;' >"$SCRATCH/nginx.out" 2>&1 &
  stop_later $!
  wait_until 20 "nginx" curl -fsS --max-time 2 --cacert "$AUTHORITY" "$ISSUER/health/ready" || {
    cat "$SCRATCH/nginx.out" "$SCRATCH/nginx.log" >&2
    return 1
  }
}

start_apache() {
  local as_root=()
  step "Apache on port $PORT"
  [ "$(id -u)" -ne 0 ] || as_root=(-D AsRoot)
  HERE=$SCRATCH PORT=$PORT /usr/sbin/apache2 -f "$ROOT/tests/sites/apache2.conf" "${as_root[@]}" -D FOREGROUND >"$SCRATCH/apache2.out" 2>&1 &
  stop_later $!
  wait_until 20 "Apache" curl -fsS --max-time 2 --cacert "$AUTHORITY" "$WIKI/goodbye.html" || {
    cat "$SCRATCH/apache2.out" "$SCRATCH/apache2.log" >&2
    return 1
  }
}

start_gate() {
  local settings
  step "the gate of $PORTAL"
  ln -s "$ROOT/tests/sites/node_modules" "$SCRATCH/opt/gate/node_modules"
  # %d is where systemd puts credentials.
  mapfile -t settings < <(sed -n -e "s~%d/~$SCRATCH/opt/gate/~" -e 's/^Environment=//p' "$SCRATCH/etc/systemd/system/gate.service")
  settings+=(SECRET="$(random_word)" NODE_EXTRA_CA_CERTS="$AUTHORITY")
  (cd "$SCRATCH/opt/gate" && exec env "${settings[@]}" node gate.mjs) >"$SCRATCH/gate.log" 2>&1 &
  stop_later $!
  wait_until 20 "the gate" curl -fsS --max-time 5 --cacert "$AUTHORITY" "$PORTAL/gate/goodbye" || {
    cat "$SCRATCH/gate.log" >&2
    return 1
  }
}
