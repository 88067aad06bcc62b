#!/usr/bin/env bash
# Runs a command with the build's tools on the PATH, after installing those that are not there yet:
#   scripts/tools.sh cargo leptos build
# `scripts/tools.sh --browser COMMAND` sees to Chromium and nginx too, for the tests that need them,
# `scripts/tools.sh --redis COMMAND` to Redis, `--cluster` to that and nginx, `scripts/tools.sh --fuzz COMMAND` to cargo-fuzz, `scripts/tools.sh --deny COMMAND` to cargo-deny, and
# `scripts/tools.sh --schemathesis COMMAND` to Schemathesis.
#
# Versions: Rust's stands in rust-toolchain.toml, wasm-bindgen's in Cargo.toml, those of npm packages in
# end2end/package.json, those of Python packages in tests/schemathesis/requirements.txt, and those of cargo-leptos, cargo-fuzz
# and cargo-deny here. What cargo and pip install is kept by version in the user's cache, so every checkout shares it and none
# gets in another's way.
set -euo pipefail
cd "$(dirname "$0")/.."

CARGO_LEPTOS=0.3.10
CARGO_FUZZ=0.13.2
CARGO_DENY=0.20.2
WASM_BINDGEN=$(sed -n 's/^wasm-bindgen = "=\(.*\)"$/\1/p' Cargo.toml)
TOOLS=${XDG_CACHE_HOME:-$HOME/.cache}/tidings/tools

say() { printf '\n== %s\n' "$*" >&2; }
fail() { printf 'tidings: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null; }

apt_install() {
    local sudo=()
    [ "$(id -u)" = 0 ] || sudo=(sudo)
    has apt-get && { [ "$(id -u)" = 0 ] || has sudo; } || fail "please install $* and run this again"
    say "Installing $* (apt, about a minute)"
    "${sudo[@]}" apt-get update -q >&2 && "${sudo[@]}" apt-get install -qy --no-install-recommends "$@" >&2
}

need_nginx() {
    [ -n "${NGINX:-}" ] || [ -x /usr/sbin/nginx ] || apt_install nginx-light
    [ -x "${NGINX:-/usr/sbin/nginx}" ] || fail "set NGINX to the path of nginx"
}

# cargo_install NAME VERSION BINARY ABOUT FLAGS...: these tools work for seconds, so they are compiled for a short
# installation rather than for speed.
cargo_install() {
    local name=$1 version=$2 binary=$3 about=$4
    local root=$TOOLS/$name-$version
    PATH=$root/bin:$PATH
    [ -x "$root/bin/$binary" ] && return
    say "Installing $name $version (once for all checkouts, about $about)"
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
        CARGO_PROFILE_RELEASE_STRIP=true cargo install --quiet --root "$root" "$name" --version "$version" "${@:5}"
}

has cargo || fail "cargo is missing: install Rust from https://rustup.rs and open a new terminal"
has node && has npm || fail "node is missing: install Node.js 20 or newer, with npm, from https://nodejs.org"
node --eval 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' \
    || fail "Node.js $(node --version) is too old: install 20 or newer from https://nodejs.org"
has cc || apt_install build-essential

if has rustup; then
    rust=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
    rustup toolchain list | grep -q "^$rust" || { say "Installing Rust $rust (about a minute)"; rustup toolchain install "$rust" --profile minimal; }
    { has cargo-clippy && cargo clippy --version && cargo fmt --version; } >/dev/null 2>&1 \
        || { say "Installing clippy and rustfmt"; rustup component add clippy rustfmt; }
fi
scripts/wasm-target.sh
cargo_install cargo-leptos "$CARGO_LEPTOS" cargo-leptos "six minutes on two cores" --locked --features no_downloads
# Not --locked: its lock file names a version of webpki-roots that is not to be had.
cargo_install wasm-bindgen-cli "$WASM_BINDGEN" wasm-bindgen "two minutes on two cores"

if [ end2end/package-lock.json -nt end2end/node_modules/.package-lock.json ]; then
    say "Installing npm packages: wasm-opt, Playwright (some seconds)"
    npm ci --prefix end2end --include=dev --no-audit --no-fund >&2
    touch end2end/node_modules/.package-lock.json
fi
PATH=$PWD/scripts/bin:$PWD/end2end/node_modules/.bin:$PATH

if [ "${1:-}" = --browser ]; then
    shift
    [ -n "${CHROMIUM:-}" ] || [ -x /usr/bin/chromium ] || apt_install chromium
    need_nginx
    [ -x "${CHROMIUM:-/usr/bin/chromium}" ] || fail "set CHROMIUM to the path of a Chromium or Chrome"
fi

if [ "${1:-}" = --redis ] || [ "${1:-}" = --cluster ]; then
    has redis-server || apt_install redis-server
    [ "$1" = --redis ] || need_nginx
    shift
fi

if [ "${1:-}" = --fuzz ]; then
    shift
    # libFuzzer comes with cargo-fuzz as C++ sources.
    has c++ || apt_install build-essential
    cargo_install cargo-fuzz "$CARGO_FUZZ" cargo-fuzz "two minutes on two cores" --locked
fi

if [ "${1:-}" = --deny ]; then
    shift
    cargo_install cargo-deny "$CARGO_DENY" cargo-deny "a minute on two cores" --locked --no-default-features
fi

if [ "${1:-}" = --schemathesis ]; then
    shift
    requirements=tests/schemathesis/requirements.txt
    # By all their versions: one of another package's may change what is found.
    root=$TOOLS/schemathesis-$(cksum <"$requirements" | cut -d ' ' -f 1)
    # Written last, so what was cut off is done anew; and an environment without its Python is none.
    if ! [ -e "$root/installed" ] || ! [ -x "$root/bin/python" ]; then
        python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3 python3-venv
        python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
            || fail "$(python3 --version) is too old: Schemathesis needs 3.11 or newer"
        say "Installing $(grep ^schemathesis== "$requirements") (once for all checkouts, some seconds)"
        python3 -m venv --clear "$root" >&2
        "$root/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$requirements" >&2
        touch "$root/installed"
    fi
    PATH=$root/bin:$PATH
fi

export PATH
exec "$@"
