#!/usr/bin/env bash
# Holds the merged OpenAPI document against the rules of @redocly/cli, and against ours.
#   check.sh DOCUMENT
set -euo pipefail
document=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")"
if [ ! -e node_modules/.package-lock.json ]; then
    echo "skipped: the npm packages of tests/openapi are not installed (npm ci)" >&2
    exit 77
fi
# Nothing leaves the machine: no look for updates, no telemetry.
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true CI=true
node_modules/.bin/redocly lint --config redocly.yaml "$document"
OPENAPI_DOCUMENT=$document node --test document.test.mjs
