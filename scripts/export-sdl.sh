#!/usr/bin/env bash
# Writes schema/sdl/ again from what the program exports; a test fails when they differ.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --locked
weft=${CARGO_TARGET_DIR:-target}/debug/weft
for schema in users posts todos supergraph api; do
    # Through a temporary file: a failed export must not empty the contract.
    "$weft" schema "$schema" >"schema/sdl/$schema.graphql.new"
    mv "schema/sdl/$schema.graphql.new" "schema/sdl/$schema.graphql"
done
