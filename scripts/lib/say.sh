# How the scripts talk: one line per step, one sentence per failure.

step() { printf '==> %s\n' "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# have COMMAND …: true when every one of them can be run.
have() {
  local name
  for name in "$@"; do command -v "$name" >/dev/null 2>&1 || return 1; done
}

# wait_until SECONDS WHAT COMMAND …: runs COMMAND until it succeeds; fails, naming WHAT, when the time is over.
wait_until() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || {
      printf 'error: %s was not there in time\n' "$what" >&2
      return 1
    }
    sleep 0.1
  done
}

# free_port: prints a TCP port nothing listens on. Below the kernel's ephemeral range (32768 up), so that no outgoing connection takes
# it between now and its use.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

# random_word: 32 hexadecimal digits.
random_word() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# gone PID: true when no such process is left (a zombie nobody has waited for yet is gone too).
gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null; }

# end_process PID [SIGNAL]: asks it to stop, and kills it after ten seconds.
end_process() {
  kill "-${2:-TERM}" "$1" 2>/dev/null || return 0
  wait_until 10 "the end of process $1" gone "$1" || kill -KILL "$1" 2>/dev/null || true
}
