#!/usr/bin/env bash
# Fuzzes composition, beginning from the cases: run.sh [SECONDS] [libFuzzer's options].
# A finding is left in `artifacts/`; `run.sh 0 artifacts/crash-…` shows it again.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-600}
mkdir -p corpus artifacts
for case in ../tests/cases/*/; do
    for file in "$case"subgraphs/*.graphql; do
        printf '#--- %s\n' "$(basename "$file" .graphql)"
        cat "$file"
        echo
    done >"corpus/$(basename "$case")"
done
arguments=(corpus -max_total_time="$seconds")
if [ "$seconds" = 0 ]; then arguments=(); fi
exec cargo run --release --bin compose -- "${arguments[@]}" \
    -artifact_prefix=artifacts/ -max_len=16384 -timeout=20 -rss_limit_mb=2048 "${@:2}"
