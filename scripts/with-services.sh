#!/usr/bin/env bash
# Runs a command beside a private PostgreSQL and a private Redis:
#
#   scripts/with-services.sh cargo nextest run
#
# Both listen on free loopback ports, keep their files in one temporary folder and are stopped by
# their process ids when the command ends, however it ends. The command finds them in
# WEFT_TEST_POSTGRES_URL (a superuser's, so that tests can create databases) and
# WEFT_TEST_REDIS_URL. One that is set already is used as it is and not started again.
# Durability is off: nothing here outlives the run. pg_stat_statements is loaded, so that tests can
# count statements. As root, PostgreSQL runs as user postgres.
set -euo pipefail

if [ $# -eq 0 ]; then
    echo "usage: $0 COMMAND [ARGUMENT...]" >&2
    exit 64
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/weft-services.XXXXXX")
chmod 755 "$folder"
postgres_pid=
redis_pid=

stop() {
    status=$?
    trap - EXIT INT TERM HUP
    # SIGINT is PostgreSQL's fast shutdown: open connections are dropped, not waited for.
    if [ -n "$postgres_pid" ]; then kill -INT "$postgres_pid" 2>/dev/null || true; fi
    if [ -n "$redis_pid" ]; then kill -TERM "$redis_pid" 2>/dev/null || true; fi
    if [ -n "$postgres_pid$redis_pid" ]; then wait $postgres_pid $redis_pid 2>/dev/null || true; fi
    rm -rf "$folder"
    exit "$status"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

fail() {
    echo "with-services: $1" >&2
    if [ -n "${2:-}" ] && [ -s "$2" ]; then tail -n 20 "$2" >&2; fi
    exit 70
}

# A tool by its name, or where Debian keeps PostgreSQL's.
find_tool() {
    command -v "$1" && return
    local newest
    newest=$(find /usr/lib/postgresql -path "*/bin/$1" 2>/dev/null | sort -V | tail -n 1)
    [ -n "$newest" ] && echo "$newest"
}

# Below the range the kernel hands out by itself, so that only another of us can be in the way.
free_port() {
    local port
    while :; do
        port=$((RANDOM % 12000 + 20000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# wait_until PID COMMAND...: true once the command succeeds, false when the process has ended or
# has had 30 seconds.
wait_until() {
    local pid=$1 tries=0
    shift
    until "$@" >/dev/null 2>&1; do
        kill -0 "$pid" 2>/dev/null || return 1
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || return 1
        sleep 0.05
    done
    kill -0 "$pid" 2>/dev/null
}

# The servers end with this script even when it is killed outright.
as_server=(setpriv --pdeathsig TERM --)
as_postgres=("${as_server[@]}")
if [ "$(id -u)" -eq 0 ]; then
    as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups --pdeathsig INT --)
fi

start_postgres() {
    local initdb postgres ready port attempt data="$folder/postgres" log="$folder/postgres.log"
    if ! { initdb=$(find_tool initdb) && postgres=$(find_tool postgres) && ready=$(find_tool pg_isready); }; then
        fail "PostgreSQL's server is not installed (apt-get install postgresql)"
    fi
    mkdir "$data"
    if [ "$(id -u)" -eq 0 ]; then chown postgres: "$data"; fi
    "${as_postgres[@]}" "$initdb" -D "$data" -U weft --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
        --no-sync --no-instructions >"$log" 2>&1 || fail "initdb failed" "$log"
    for attempt in 1 2 3 4 5; do
        port=$(free_port)
        "${as_postgres[@]}" "$postgres" -D "$data" -p "$port" -c listen_addresses=127.0.0.1 \
            -c unix_socket_directories="$data" -c fsync=off -c synchronous_commit=off \
            -c full_page_writes=off -c max_connections=300 -c shared_buffers=64MB \
            -c max_wal_senders=0 -c wal_level=minimal \
            -c shared_preload_libraries=pg_stat_statements >"$log" 2>&1 </dev/null &
        postgres_pid=$!
        if wait_until "$postgres_pid" "$ready" -q -h 127.0.0.1 -p "$port" -U weft -d postgres; then
            export WEFT_TEST_POSTGRES_URL="postgres://weft@127.0.0.1:$port/postgres"
            return
        fi
        kill -INT "$postgres_pid" 2>/dev/null || true
        wait "$postgres_pid" 2>/dev/null || true
        postgres_pid=
    done
    fail "PostgreSQL did not start in $attempt attempts" "$log"
}

start_redis() {
    local redis ready port attempt log="$folder/redis.log"
    if ! { redis=$(find_tool redis-server) && ready=$(find_tool redis-cli); }; then
        fail "Redis is not installed (apt-get install redis-server)"
    fi
    for attempt in 1 2 3 4 5; do
        port=$(free_port)
        "${as_server[@]}" "$redis" --bind 127.0.0.1 --port "$port" --dir "$folder" --save '' \
            --appendonly no >"$log" 2>&1 </dev/null &
        redis_pid=$!
        if wait_until "$redis_pid" "$ready" -e -h 127.0.0.1 -p "$port" ping; then
            export WEFT_TEST_REDIS_URL="redis://127.0.0.1:$port/"
            return
        fi
        kill -TERM "$redis_pid" 2>/dev/null || true
        wait "$redis_pid" 2>/dev/null || true
        redis_pid=
    done
    fail "Redis did not start in $attempt attempts" "$log"
}

if [ -z "${WEFT_TEST_POSTGRES_URL:-}" ]; then start_postgres; fi
if [ -z "${WEFT_TEST_REDIS_URL:-}" ]; then start_redis; fi

"$@"
