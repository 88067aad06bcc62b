#!/usr/bin/env bash
# Measures the release build with its own `tidings bench`: `make bench` runs it. The server has one core for itself and the
# clients another; the floor, which only writes to sockets, takes turns with the server. ROUNDS= is how often, TIME= how long
# each round publishes.
set -euo pipefail
cd "$(dirname "$0")/.."
ulimit -n "$(ulimit -Hn)"

program=target/release/tidings
folder=$(mktemp -d)
servers=() urls=()
redis=
stop() { [ ${#servers[@]} = 0 ] || { kill "${servers[@]}" && wait "${servers[@]}"; } 2>/dev/null || true; servers=() urls=(); }
trap 'stop; [ -z "$redis" ] || { kill "$redis" && wait "$redis"; } || true; rm -rf "$folder"' EXIT

# start LOG [OPTIONS]: a server, and no other.
start() {
    stop
    also "$@"
}

# also LOG [OPTIONS]: one more, which shares the core of the others.
also() {
    local url said=$folder/server-${#servers[@]}
    : >"$said"
    env TIDINGS_SERVER_ADDRESS=127.0.0.1:0 TIDINGS_LOG_URL="$1" TIDINGS_TELEMETRY_LEVEL=error TIDINGS_LIMITS_CONNECTIONS=100000 \
        TIDINGS_ACCESS_ANONYMOUS_PUBLISH='[">"]' TIDINGS_ACCESS_ANONYMOUS_SUBSCRIBE='[">"]' \
        TIDINGS_LIMITS_CONNECTIONS_PER_ADDRESS=0 TIDINGS_LIMITS_STREAMS_PER_ADDRESS=0 \
        TIDINGS_LIMITS_CONNECTS_PER_ADDRESS=0 TIDINGS_LIMITS_PUBLISHES_PER_ADDRESS=0 \
        taskset --cpu-list 0 "$program" serve "${@:2}" >>"$said" 2>&1 &
    servers+=($!)
    for _ in {1..100}; do
        url=$(sed -n 's/^Tidings is ready: //p' "$said")
        [ -z "$url" ] || { urls+=("$url"); return 0; }
        sleep 0.1
    done
    cat "$said" >&2
    return 1
}

# bench_at SERVERS OPTIONS: subscribers are at these, numbered from 0, and publishers at the first.
bench_at() {
    local number watch=()
    for number in $1; do watch+=(--url "${urls[$number]}/api/events?channel={channel}"); done
    taskset --cpu-list 1 "$program" bench "${watch[@]}" --publish-url "${urls[0]}/api/channels/{channel}/messages" \
        --time "${TIME:-3s}" "${@:2}"
}

bench() { bench_at 0 "$@"; }

say() { printf '\n-- %s\n' "$*"; }

for subscribers in 1000 5000 10000; do
    start memory:
    say "$subscribers subscribers of one channel, 40,000 deliveries a second"
    bench --subscribers $subscribers --rate $((40000 / subscribers)) --floor --rounds "${ROUNDS:-3}"
done
for way in "plain, bodies" "TLS, HTTP/1.1" "TLS, HTTP/2"; do
    options=() more=()
    [[ $way != TLS* ]] || options=(--tls-self-signed)
    [[ $way != *HTTP/2 ]] || more=(--http2)
    TIDINGS_STREAM_PARKED=false start memory: "${options[@]}"
    say "1,000 subscribers, $way"
    bench --subscribers 1000 --rate 40 --floor --rounds "${ROUNDS:-3}" "${more[@]}"
done
start memory:
say "10,000 channels and nobody who watches, as fast as 64 publish"
bench --subscribers 0 --channels 10000 --rate 0 --publishers 64
say "10,000 channels with one subscriber each, as fast as 64 publish"
bench --subscribers 10000 --channels 10000 --rate 0 --publishers 64
command -v redis-server >/dev/null && {
    # Beside the clients: a node and its Redis would be on machines of their own.
    taskset --cpu-list 1 redis-server --port 0 --unixsocket "$folder/redis.sock" --dir "$folder" --appendonly yes --appendfsync always \
        --save "" --logfile "$folder/redis.log" &
    redis=$!
    sleep 1
    for core in 0 1; do
        say "Redis alone on core 1: XADD, 64 connections of a client on core $core, as fast as it can"
        taskset --cpu-list $core redis-benchmark -s "$folder/redis.sock" -c 64 -n 200000 -q XADD bench '*' d "$(printf 'x%.0s' {1..256})" |
            tr '\r' '\n' | sed -n 's/.*: \(.* requests per second\).*/\1/p'
    done
}
for log in memory: "sqlite:$folder/log.db" ${redis:+"redis+unix://$folder/redis.sock"}; do
    start "$log"
    say "64 publishers, log in ${log%%:*}"
    bench --subscribers 0 --publishers 64 --rate 0
    say "64 publishers, 4,000 messages a second, log in ${log%%:*}"
    bench --subscribers 0 --publishers 64 --rate 4000
    say "1 publisher, log in ${log%%:*}"
    bench --subscribers 0 --rate 0
done
[ -n "$redis" ] || exit 0
export TIDINGS_ACCESS_SECRET=all-nodes-of-one-log-have-the-same-secret
log=redis+unix://$folder/redis.sock
start "$log"
say "one node, 1,000 subscribers, 20 messages a second"
bench --subscribers 1000 --rate 20 --rounds "${ROUNDS:-3}"
say "one node, 2,000 subscribers"
bench --subscribers 2000 --rate 20 --rounds "${ROUNDS:-3}"
also "$log"
say "two nodes on the same core, 1,000 subscribers each"
bench_at "0 1" --subscribers 2000 --rate 20 --rounds "${ROUNDS:-3}"
for subscribers in 10 1000; do
    for node in 0 1; do
        say "two nodes: published at the first, received by $subscribers at $([ $node = 0 ] && echo it || echo the other)"
        bench_at $node --subscribers $subscribers --rate 20
    done
done

# cost PROCESS: the time that it had a processor, in milliseconds.
cost() { awk -v tick="$(getconf CLK_TCK)" '{ print ($14 + $15) * 1000 / tick }' "/proc/$1/stat"; }

start "$log"
for nodes in 1 4 8; do
    while [ ${#servers[@]} -lt $nodes ]; do also "$log"; done
    for rate in 2000 8000; do
        before=$(cost "$redis") watcher=$(cost "${servers[-1]}")
        TIME=5s bench --subscribers 0 --publishers 16 --rate $rate >/dev/null
        say "$nodes nodes, $rate messages a second that nobody watches: $(($(cost "$redis") / 5 - before / 5)) ms of a second for Redis," \
            "$(($(cost "${servers[-1]}") / 5 - watcher / 5)) for the last of them"
    done
done
