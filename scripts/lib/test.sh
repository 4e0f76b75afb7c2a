# `manage.sh test`: runs steps, goes on after a failure, and ends with one line per step.

ALL_STEPS=(rust http-pg http-pg15 faults clients clients-pg browser sites)
SUMMARY=()
FAILED=""

run_tests() {
  [ $# -gt 0 ] || set -- "${ALL_STEPS[@]}"
  local name
  for name in "$@"; do
    declare -F "step_${name//-/_}" >/dev/null || fail "there is no test step '$name'; there are: build unit http ${ALL_STEPS[*]}"
  done
  run_step build
  # Without a build the other steps could only repeat its errors.
  [ -n "$FAILED" ] || for name in "$@"; do [ "$name" = build ] || run_step "$name"; done
  summarize
}

run_step() {
  local began=$SECONDS status=0 name=$1
  step "test step: $name"
  # errexit does not hold inside `if` or `||`, so the status is taken this way.
  set +e
  (
    set -e
    "step_${name//-/_}"
  )
  status=$?
  set -e
  local verdict=ok
  if [ "$status" -ne 0 ]; then
    verdict=FAILED
    FAILED=yes
  fi
  SUMMARY+=("$(printf '%-12s %5d s  %s' "$name" $((SECONDS - began)) "$verdict")")
  # Interrupted by the person: do not start the next one.
  [ "$status" -ne 130 ] || exit 130
}

summarize() {
  step "summary"
  printf '%s\n' "${SUMMARY[@]}"
  [ -z "$FAILED" ]
}
