# One line each; `just` alone lists them.

_list:
    @just --list

# Compile the whole workspace
build:
    cargo build --workspace

# Everything CI checks
test *PARTS:
    scripts/test.sh {{PARTS}}

# The tests of one package, beside a private PostgreSQL and Redis
test-package PACKAGE *FILTER:
    scripts/with-services.sh cargo nextest run -p {{PACKAGE}} {{FILTER}}

# Format the code
fmt:
    cargo fmt --all

# Lint the code
clippy:
    cargo clippy --workspace --all-targets -- -D warnings

# Check licences, bans and sources
deny:
    cargo deny check

# The whole stack in one process
run *ARGUMENTS:
    cargo run --release -- {{ARGUMENTS}}

# Export the checked-in SDL again
sdl:
    scripts/export-sdl.sh

# Build the embedded GraphiQL again
graphiql:
    cd router/server/graphiql && npm ci --no-audit --no-fund && npm run build

# The benchmark's subgraphs on port 4200
bench-subgraphs:
    cargo run --release -p benches-subgraphs -- --listen 127.0.0.1:4200

# How long composition takes, and how much memory
bench-composition *INPUTS:
    cargo run --release -p benches-composition -- {{INPUTS}}

# What hostile answers of subgraphs cost
bench-execution *INPUTS:
    cargo run --release -p benches-execution -- {{INPUTS}}

# Instructions of the request path against the accepted counts; --accept to accept what was counted
bench-instructions *ARGUMENTS:
    cargo run --profile instructions -p benches-instructions -- {{ARGUMENTS}}

# Fuzz the reading of subgraphs' answers
fuzz-ingest SECONDS="600":
    router/executor/fuzz/run.sh {{SECONDS}}

# Plans beside an exhaustive reference: table, compare SEED CASES, adversarial
bench-planning *ARGUMENTS:
    cargo run --release -p benches-planning -- {{ARGUMENTS}}

# What operations made to hurt cost
bench-query-bombs:
    cargo run --release -p benches-query-bombs

# The router under load, beside another: --peer CMD; cold, growth, soak; --help lists all
bench-router *ARGUMENTS:
    cargo build --release -p weft -p benches-router && cargo run --release -p benches-router -- {{ARGUMENTS}}

# Random operations over random supergraphs, against one schema
differential OPERATIONS="100000" WORLDS="60" *MORE:
    cargo run --release -p tests-differential -- --operations {{OPERATIONS}} --worlds {{WORLDS}} {{MORE}}

# Readers and writers through three routers while anything happens to their Redis: no answer staler than promised
staleness SECONDS="60":
    WEFT_STALENESS_SECONDS={{SECONDS}} cargo nextest run -p weft --test stack --no-fail-fast --success-output final staleness

# Fuzz operations, from text to plan
fuzz-plan SECONDS="600":
    router/operation/fuzz/run.sh {{SECONDS}}

# Fuzz composition
fuzz-composition SECONDS="600":
    schema/composition/fuzz/run.sh {{SECONDS}}

# The stack in containers (environment: deploy/env.example)
compose-up:
    docker compose --env-file .env up --build --wait
