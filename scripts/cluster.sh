#!/usr/bin/env bash
# Three nodes, one Redis and an nginx in front, all on this machine and for as long as this runs: `make cluster`. Kill any of them,
# and watch. Messages are gone afterwards. PORT= is nginx'; the nodes are at the next three.
set -euo pipefail
cd "$(dirname "$0")/.."

port=${PORT:-8000}
program=$PWD/target/release/tidings
nginx=${NGINX:-/usr/sbin/nginx}
folder=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
trap exit INT TERM

redis-server --port 0 --unixsocket "$folder/redis.sock" --dir "$folder" --appendonly yes --appendfsync always --save "" \
    --logfile "$folder/redis.log" &
pids+=($!)
printf '%-8s %-8s %s\n' what process address redis $! "$folder/redis.sock"
until [ -S "$folder/redis.sock" ]; do sleep 0.1; done

servers=
for number in 1 2 3; do
    address=127.0.0.1:$((port + number))
    TIDINGS_SERVER_ADDRESS=$address TIDINGS_SERVER_NAME=node-$number TIDINGS_LOG_URL="redis+unix://$folder/redis.sock" \
        TIDINGS_TELEMETRY_LEVEL=warn TIDINGS_ACCESS_SECRET=a-cluster-for-a-look-on-one-machine "$program" serve >/dev/null &
    pids+=($!)
    printf '%-8s %-8s %s\n' "node-$number" $! "http://$address"
    servers+="server $address fail_timeout=2s; "
    # nginx asks nobody for a while who was not there once.
    until (: <"/dev/tcp/127.0.0.1/$((port + number))") 2>/dev/null; do
        kill -0 $! || exit 1
        sleep 0.1
    done
done

cat >"$folder/nginx.conf" <<CONF
daemon off;
pid nginx.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    # By the address alone all that is on this machine would be at one node.
    upstream tidings { hash \$remote_addr\$http_user_agent consistent; $servers }
    server {
        listen 127.0.0.1:$port;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host \$http_host;
        proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;
        proxy_buffering off;
        proxy_read_timeout 1h;
        location / { proxy_pass http://tidings; }
    }
}
CONF
"$nginx" -p "$folder" -c nginx.conf &
pids+=($!)
printf '%-8s %-8s %s\n' nginx $! "http://127.0.0.1:$port"
echo "Ctrl-C ends all of them."
wait
