#!/usr/bin/env bash
# run.sh CHECKOUTS WORK: makes the corpus WORK/corpus from other composers' repositories (see README.md).
# CHECKOUTS/<owner>+<name>/repo is a git directory or a checkout of each repository.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
checkouts=$(cd "$1" && pwd)
mkdir -p "$2"/{source,raw,log}
work=$(cd "$2" && pwd)

cd "$here"
[ -d node_modules ] || npm install --no-audit --no-fund --no-package-lock --ignore-scripts

# source REPOSITORY NAME PATH...: those paths of the repository's newest commit, in $work/source/NAME.
source_of() {
  local repository=$1 name=$2; shift 2
  rm -rf "${work:?}/source/$name" && mkdir -p "$work/source/$name"
  git -C "$checkouts/$repository/repo" archive HEAD "$@" | tar x -C "$work/source/$name"
  # A compiler configuration that extends one that is not here, is worse than none.
  find "$work/source/$name" -name 'tsconfig*.json' -delete
}

# recorded NAME: runs its tests with the recording shims. Some fail, for want of what only the repository has.
recorded() {
  rm -f "$work/raw/$1"-*.jsonl
  CROSS_CHECK_RAW="$work/raw" CROSS_CHECK_SUITE="$1" CROSS_CHECK_SOURCE="$work/source/$1" \
    npx vitest run --config "$here/vitest.config.mjs" >"$work/log/$1.txt" 2>&1 || true
  grep -E '^ +Tests ' "$work/log/$1.txt" | sed "s/^/$1:/"
}

source_of apollographql+federation apollo composition-js/src/__tests__ internals-js/src/__tests__ internals-js/src/specs/__tests__ query-planner-js/src/__tests__ \
  federation-integration-testsuite-js/src
source_of graphql-hive+federation-composition hive __tests__
source_of wundergraph+cosmo cosmo composition/tests
source_of graphql-hive+federation-gateway-audit audit src/test-suites
source_of grafbase+grafbase grafbase crates/graphql-composition/tests/composition
source_of apollographql+router router apollo-federation/tests

for suite in apollo hive cosmo; do recorded $suite; done
node extract.mjs audit audit "$work/source/audit/src/test-suites" >"$work/raw/audit.jsonl"
node extract.mjs folders grafbase "$work/source/grafbase/crates/graphql-composition/tests/composition" >"$work/raw/grafbase.jsonl"
node extract.mjs rust router "$work/source/router/apollo-federation/tests" >"$work/raw/router.jsonl"

rm -rf "$work/corpus" && mkdir -p "$work/corpus"
node --stack-size=8000 corpus.mjs "$work/raw" "$work/corpus"
