#!/usr/bin/env bash
# Everything that must hold, in the order in which it fails cheapest. Without arguments all parts:
#
#   scripts/test.sh [fmt] [clippy] [rust] [instructions] [graphiql] [browser]
#
#   fmt           formatting of the Rust code, syntax of the shell scripts
#   clippy        the workspace and its tests without a warning
#   rust          documentation examples, then every test, beside a private PostgreSQL and Redis
#   instructions  the request path takes as many instructions and allocations as was accepted
#   graphiql      the embedded GraphiQL is what its lock file builds, and its tests
#   browser       GraphiQL in headless Chromium, and a client generated from the exported schema
#
# Installs what is missing from Debian's packages when run as root. CARGO_TARGET_DIR is honoured.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$1"; }

fail() {
    echo "test.sh: $1" >&2
    exit "${2:-1}"
}

# has TOOL: on the PATH, or where Debian keeps PostgreSQL's.
has() {
    command -v "$1" >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/$1" >/dev/null
}

# need TOOL PACKAGE...: the packages are asked for when the tool is absent.
missing=()
need() {
    has "$1" || missing+=("${@:2}")
}

# Debian 12's own Node is too old for the page's build tools, so its version is checked, not assumed.
check_node() {
    local version
    version=$(node --version)
    printf '%s\n' v20.19.0 "$version" | sort -V -C ||
        fail "Node $version is too old: 20.19 or later is needed (https://nodejs.org)" 69
}

install_missing() {
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" -eq 0 ] ||
        fail "missing: ${missing[*]}; install them (apt-get install ${missing[*]}) or run as root" 69
    has apt-get || fail "missing: ${missing[*]}, and there is no apt-get to install them with" 69
    say "installing ${missing[*]}"
    apt-get update -qq
    # RUNLEVEL=1 keeps the packages from starting their services: the tests start their own.
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

part_fmt() {
    say "formatting"
    cargo fmt --all --check
    local script
    while IFS= read -r script; do bash -n "$script"; done < <(git ls-files '*.sh' .ci/run)
}

part_clippy() {
    say "clippy"
    cargo clippy --workspace --all-targets --locked -- -D warnings
}

part_rust() {
    say "documentation examples"
    cargo test --workspace --doc --locked --quiet
    say "tests"
    if cargo nextest --version >/dev/null 2>&1; then
        scripts/with-services.sh cargo nextest run --workspace --locked --no-fail-fast
    else
        scripts/with-services.sh cargo test --workspace --locked --no-fail-fast --lib --bins --tests
    fi
}

part_instructions() {
    say "instructions"
    cargo run --profile instructions -p benches-instructions --locked
}

part_graphiql() {
    say "GraphiQL"
    (cd router/server/graphiql && npm test)
    router/server/graphiql/scripts/check-graphiql.sh
}

part_browser() {
    say "browser and client generator"
    cargo build --locked
    tests/browser/run.sh
}

parts=("$@")
[ $# -gt 0 ] || parts=(fmt clippy graphiql rust instructions browser)
for part in "${parts[@]}"; do
    case $part in
    fmt) need git git ;;
    clippy) need cc build-essential ;;
    rust)
        need cc build-essential
        need redis-server redis-server
        need initdb postgresql
        need setpriv util-linux
        ;;
    instructions)
        need cc build-essential
        need valgrind valgrind
        ;;
    graphiql) need npm nodejs npm ;;
    browser)
        need npm nodejs npm
        need chromium chromium
        ;;
    *) fail "unknown part '$part' (fmt, clippy, rust, instructions, graphiql, browser)" 64 ;;
    esac
done
has cargo || fail "cargo is not installed: see https://rustup.rs" 69
install_missing
case " ${parts[*]} " in *" graphiql "* | *" browser "*) check_node ;; esac
if [ -n "${CI:-}" ]; then export CARGO_INCREMENTAL=0; fi
for part in "${parts[@]}"; do "part_$part"; done
say "done: ${parts[*]}"
