#!/usr/bin/env bash
# Builds, runs and tests Signet on a fresh Debian 12 with a Rust toolchain.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

for part in say debian rust node postgres redis authority instance clients steps sites test serve; do
  # shellcheck source=/dev/null
  . "scripts/lib/$part.sh"
done

usage() {
  cat <<'TEXT'
Usage: scripts/manage.sh COMMAND

  serve            build, migrate and serve (http://localhost:8001 unless SIGNET_ISSUER says otherwise)
  test [STEP …]    run every test, or only these steps: rust unit http http-pg http-pg15 faults clients clients-pg browser sites
  status           ask the running service how it is: exit 0 healthy, 1 unhealthy, 2 not running
  dev              serve, rebuild and restart on change; templates reload without a restart

Settings are read from the environment, .env and signet.toml: see docs/reference/configuration.md.
  SIGNET_PROFILE=release           build optimized (slower to build)
  SIGNET_TEST_DATABASE_URL=…       http-pg uses this PostgreSQL server (a role that may create databases) instead of its own
  SIGNET_TEST_REDIS_URL=…          … and this Redis
  SIGNET_TEST_FILTER=journey       which HTTP tests the shorter http-pg15 run takes
TEXT
}

command=${1:-}
[ $# -eq 0 ] || shift
case "$command" in
  serve) serve "$@" ;;
  test) run_tests "$@" ;;
  status) status ;;
  dev) dev "$@" ;;
  help | -h | --help) usage ;;
  *)
    usage >&2
    exit 64
    ;;
esac
