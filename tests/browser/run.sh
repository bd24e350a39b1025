#!/usr/bin/env bash
# The browser part of scripts/test.sh: starts `weft` on a free port over an empty data directory, and a router over
# `http/`, and runs the test files against them.
#
#   tests/browser/run.sh [http]      after `cargo build`; needs Node 20.19 or later, npm and Chromium
#
# With `http` only what needs no browser: the audit of graphql-http, and graphql's client schema.
#
# WEFT is the program to run (default: the debug build), WEFT_SCREENSHOT a file for the picture of
# GraphiQL, WEFT_CACHE_SCREENSHOT one for its panel "Cache", CHROMIUM the browser, SCHEMA another schema for the generator.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
weft=${WEFT:-${CARGO_TARGET_DIR:-$root/target}/debug/weft}
seconds_to_start=60

folder=$(mktemp -d "${TMPDIR:-/tmp}/weft-browser.XXXXXX")
pids=()
stop() {
    status=$?
    trap - EXIT INT TERM HUP
    for pid in "${pids[@]}"; do
        kill -TERM "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    if [ "$status" -ne 0 ] && [ -s "$folder/weft.log" ]; then
        echo "run.sh: the last lines of weft:" >&2
        tail -n 40 "$folder/weft.log" >&2
    fi
    rm -rf "$folder"
    exit "$status"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

fail() {
    echo "run.sh: $1" >&2
    exit 1
}

[ -x "$weft" ] || fail "there is no program at $weft; run 'cargo build' first"
(cd "$here" && npm ci --no-audit --no-fund --silent)

# start ARGUMENT...: runs weft with them on a free port, and waits until it is ready; its address is in `url`.
start() {
    local port deadline
    port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
    url=http://127.0.0.1:$port
    "$weft" "$@" --listen "127.0.0.1:$port" >>"$folder/weft.log" 2>&1 &
    pids+=($!)
    deadline=$((SECONDS + seconds_to_start))
    until "$weft" health "$url/ready" 2>/dev/null; do
        kill -0 "${pids[-1]}" 2>/dev/null || fail "weft ended before it was ready"
        [ "$SECONDS" -lt "$deadline" ] || fail "weft was not ready within $seconds_to_start s"
        sleep 0.2
    done
}

"$weft" schema api --config "$here/http/supergraph.yaml" >"$folder/http.graphql"
start router --compose "$here/http/supergraph.yaml"
WEFT_HTTP_URL=$url WEFT_HTTP_SDL=$folder/http.graphql node --test "$here/http.test.js"
[ "${1:-}" != http ] || exit 0

SCHEMA=${SCHEMA:-$root/schema/sdl/api.graphql} node --test "$here/codegen.test.js"

start up --data-dir "$folder/data"
WEFT_URL=$url node --test "$here/graphiql.test.js"
