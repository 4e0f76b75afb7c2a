# Installs Debian packages, and only those that are missing.

APT_FRESH=""

# as_root COMMAND …: runs it as root, through sudo where necessary.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

# install_packages WHY PACKAGE …: installs them, or says what would be needed.
install_packages() {
  local why=$1
  shift
  have apt-get || fail "$why needs: $* (Debian package names). There is no apt-get here, so please install them yourself."
  [ "$(id -u)" -eq 0 ] || have sudo || fail "$why needs: apt-get install $* – please run that as root; there is no sudo here."
  step "installing $* ($why)"
  if [ -z "$APT_FRESH" ]; then
    apt_get update || fail "apt-get update failed; $why needs: $*"
    APT_FRESH=yes
  fi
  apt_get install --yes --no-install-recommends "$@" || fail "apt-get could not install: $* (for $why)"
}

# Waits for another apt instead of failing; never asks a question.
apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@" </dev/null >&2
}

# install_without_starting WHY PACKAGE …: for packages with a system service. The service must not start: the tests run their own
# servers on free ports. Debian asks /usr/sbin/policy-rc.d whether it may; one that is already there is left as it is.
install_without_starting() {
  local policy=/usr/sbin/policy-rc.d ours=""
  if [ ! -e "$policy" ] && have apt-get; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod 755 "$policy" && ours=yes
  fi
  local status=0
  (install_packages "$@") || status=$?
  [ -z "$ours" ] || as_root rm -f "$policy"
  return "$status"
}

# need_build_tools: what `cargo build` needs beside Rust.
need_build_tools() {
  local missing=()
  have cc || missing+=(build-essential)
  have pkg-config || missing+=(pkg-config)
  { have pkg-config && pkg-config --exists openssl; } || missing+=(libssl-dev)
  have curl || missing+=(curl ca-certificates)
  [ ${#missing[@]} -eq 0 ] || install_packages "building and running Signet" "${missing[@]}"
}

need_chromium() { [ -x /usr/bin/chromium ] || install_packages "the browser tests" chromium fonts-dejavu-core; }
need_jq() { have jq || install_packages "the commands of the guides" jq; }
need_redis() { have redis-server || install_without_starting "the tests on Redis" redis-server; }
need_postgres15() { [ -x "$POSTGRES15_BIN/postgres" ] || install_without_starting "the tests on PostgreSQL 15" postgresql-15; }

need_python() {
  python3 -c 'import venv, ensurepip' 2>/dev/null || install_packages "the Authlib tests" python3 python3-venv python3-pip
}
