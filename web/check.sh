#!/usr/bin/env bash
# The page's own tests, and whether web/dist is what its sources build to.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
npm run --silent check
npm test --silent
before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
cp dist/* "$before"
npm run --silent build
if ! diff -rq "$before" dist; then
    echo "web/dist was not built from web/src; it is now: commit both." >&2
    exit 1
fi
