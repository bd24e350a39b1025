#!/usr/bin/env bash
# Fuzzes the way from a document to its plan: run.sh [SECONDS] [libFuzzer's options].
# A finding is left in `artifacts/`; `run.sh 0 artifacts/crash-…` shows it again.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-600}
mkdir -p corpus artifacts
cp seeds/* corpus/
arguments=(corpus -max_total_time="$seconds")
if [ "$seconds" = 0 ]; then arguments=(); fi
exec cargo run --release --bin plan -- "${arguments[@]}" \
    -artifact_prefix=artifacts/ -max_len=8192 -timeout=5 -rss_limit_mb=1024 "${@:2}"
