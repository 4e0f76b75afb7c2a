# `manage.sh serve`, `dev` and `status`.

# The service prints its issuer, discovery URL, register page and mailbox itself once it listens.
serve() {
  build_service
  step "signet migrate up"
  "$SIGNET" migrate up
  step "signet serve"
  exec "$SIGNET" serve "$@"
}

# Serves, and rebuilds and restarts when a source changes. What does not compile leaves the running service alone.
dev() {
  export SIGNET_BRANDING__TEMPLATES_DIR=${SIGNET_BRANDING__TEMPLATES_DIR:-templates}
  DEV_PID=""
  trap '[ -z "$DEV_PID" ] || end_process "$DEV_PID"' EXIT
  trap 'exit 130' INT TERM HUP
  local mark=$TARGET_DIR/.signet-dev-mark
  mkdir -p "$TARGET_DIR"
  while :; do
    touch "$mark"
    if build_service && "$SIGNET" migrate up; then
      [ -z "$DEV_PID" ] || end_process "$DEV_PID"
      step "signet serve"
      "$SIGNET" serve "$@" </dev/null &
      DEV_PID=$!
    fi
    step "waiting for changes"
    until changed_since "$mark"; do sleep 1; done
  done
}

# Folders count too: their time changes when a file in them is removed or renamed. Templates do not: the service reloads those.
changed_since() {
  [ -n "$(find src entity keys migration static Cargo.toml Cargo.lock .env signet.toml \( -type f -o -type d \) -newer "$1" -print -quit 2>/dev/null)" ]
}

# Exit status: 0 healthy, 1 unhealthy, 2 not running.
status() {
  have curl || fail "status needs: curl"
  local issuer listen host answer code at
  issuer=$(setting SIGNET_ISSUER issuer http://localhost:8001)
  listen=$(setting SIGNET_LISTEN listen 127.0.0.1:8001)
  # A wildcard is not an address to call.
  listen=${listen/#0.0.0.0:/127.0.0.1:} listen=${listen/#\[::\]:/[::1]:}
  # The service is asked directly, in its public name: it answers to no other.
  host=${issuer#*://} host=${host%%/*}
  at=http://$listen/health
  # Signet speaks TLS itself: its certificate is for its name, not for this address.
  [ -z "$(setting SIGNET_TLS_CERT_FILE tls_cert_file "")" ] || at=https://$listen/health
  step "$issuer ($at)"
  answer=$(curl -sS --max-time 10 -H "Host: $host" -w '\n%{http_code}' --insecure "$at") || {
    # 7: nothing listens there. Anything else is a service that does not answer as it should.
    [ $? -eq 7 ] || return 1
    note "not running"
    return 2
  }
  code=${answer##*$'\n'}
  readable_json "${answer%$'\n'*}"
  [ "$code" = 200 ] || {
    note "unhealthy (HTTP $code)"
    return 1
  }
  note "healthy"
}

# setting VARIABLE KEY DEFAULT: the environment's value, else that of .env, else that of signet.toml, else the default.
setting() {
  local value=${!1:-}
  [ -n "$value" ] || value=$(sed -n "s/^[[:space:]]*\(export[[:space:]]*\)\{0,1\}$1[[:space:]]*=[[:space:]]*[\"']\{0,1\}\([^\"'#]*\).*/\2/p" .env 2>/dev/null | tail -n 1)
  # Only the keys above the first [section] are top-level ones.
  [ -n "$value" ] || value=$(sed -n "/^[[:space:]]*\[/q;s/^[[:space:]]*$2[[:space:]]*=[[:space:]]*[\"']\([^\"']*\).*/\1/p" "${SIGNET_CONFIG:-signet.toml}" 2>/dev/null | tail -n 1)
  value=${value%"${value##*[![:space:]]}"}
  echo "${value:-$3}"
}

# readable_json JSON: one member a line, indented.
readable_json() {
  if have python3 && printf '%s' "$1" | python3 -m json.tool 2>/dev/null; then return 0; fi
  printf '%s\n' "$1" | sed 's/[{,]/&\n    /g'
}
