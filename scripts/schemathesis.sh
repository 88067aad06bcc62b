#!/usr/bin/env bash
# Starts the release build and has Schemathesis hold it to its own description, /api/openapi.json. `make schemathesis` runs it.
# SEED= repeats a run, EXAMPLES= is how many requests are made up for each operation, and TIDINGS_PROGRAM= another program.
# What else is given to this script is given to Schemathesis: --include-path /api/search.
set -euo pipefail
cd "$(dirname "$0")/.."

project=$PWD
program=$(realpath "${TIDINGS_PROGRAM:-target/release/tidings}")
# Schemathesis leaves files where it runs.
folder=$(mktemp -d)
server=
end() {
    [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
    rm -rf "$folder"
}
trap end EXIT
cd "$folder"

# Who is refused for being too fast, or for want of rights, says nothing of the rest. Heartbeats come soon enough to be seen.
env --unset=TIDINGS_PROGRAM \
    TIDINGS_SERVER_ADDRESS=127.0.0.1:0 \
    TIDINGS_LOG_URL=memory: \
    TIDINGS_ACCESS_ANONYMOUS_PUBLISH='[">"]' \
    TIDINGS_ACCESS_ANONYMOUS_SUBSCRIBE='[">"]' \
    TIDINGS_LIMITS_CONNECTIONS_PER_ADDRESS=0 \
    TIDINGS_LIMITS_STREAMS_PER_ADDRESS=0 \
    TIDINGS_LIMITS_CONNECTS_PER_ADDRESS=0 \
    TIDINGS_LIMITS_PUBLISHES_PER_ADDRESS=0 \
    TIDINGS_DEMO_INTERVAL=1ms \
    TIDINGS_STREAM_HEARTBEAT=100ms \
    TIDINGS_TELEMETRY_LEVEL=warn \
    "$program" serve >server.log 2>&1 &
server=$!

url=
for _ in {1..100}; do
    url=$(sed -n 's/^Tidings is ready: //p' server.log)
    [ -z "$url" ] || break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
done
[ -n "$url" ] || { cat server.log >&2; echo "tidings: the server did not start" >&2; exit 1; }

status=0
PYTHONDONTWRITEBYTECODE=1 SCHEMATHESIS_HOOKS=$project/tests/schemathesis/hooks.py \
    schemathesis --config-file "$project/tests/schemathesis/schemathesis.toml" run "$url/api/openapi.json" \
    --max-examples "${EXAMPLES:-50}" ${SEED:+--seed "$SEED"} "$@" || status=$?

# Whatever it was sent, it lives and has no warning to give.
kill -0 "$server" 2>/dev/null || { echo "tidings: the server died" >&2; status=1; }
grep -E 'WARN|ERROR|panicked' server.log >&2 && status=1
exit "$status"
