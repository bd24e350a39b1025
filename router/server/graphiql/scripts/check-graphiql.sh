#!/bin/sh
# Rebuilds the GraphiQL page in a temporary folder and compares it, byte for byte, with the
# dist/ that is checked in. Exit 0: the same; 1: they differ; anything else: the build failed.
# Usage: scripts/check-graphiql.sh    (needs Node 20.19 or later and the npm registry)
set -eu

page=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

for part in package.json package-lock.json .npmrc vite.config.js index.html src build; do
    cp -R "$page/$part" "$work/$part"
done

(cd "$work" && npm ci --no-audit --no-fund --silent && npm run --silent build -- >build.log 2>&1) || {
    cat "$work/build.log" >&2 || true
    echo "check-graphiql: the build failed" >&2
    exit 2
}

if ! diff -rq "$page/dist" "$work/dist"; then
    echo "check-graphiql: dist/ is not what the sources build; run 'npm ci && npm run build' in $page" >&2
    exit 1
fi
echo "check-graphiql: dist/ is what the sources build"
