# A throw-away Redis on a free port. Call start_redis inside a scratch (see instance.sh): it is stopped with it.

# start_redis: sets REDIS_URL.
start_redis() {
  need_redis
  local port password
  port=$(free_port)
  password=$(random_word)
  step "Redis on 127.0.0.1:$port"
  # The password goes through standard input: arguments can be read by every user of the machine.
  redis-server - >"$SCRATCH/redis.log" 2>&1 <<CONF &
bind 127.0.0.1
port $port
requirepass $password
save ""
appendonly no
dir $SCRATCH
CONF
  stop_later $!
  wait_until 20 "Redis" grep -q "Ready to accept connections" "$SCRATCH/redis.log" || {
    cat "$SCRATCH/redis.log" >&2
    return 1
  }
  # shellcheck disable=SC2034 # read by the other parts
  REDIS_URL="redis://:$password@127.0.0.1:$port/0"
}
