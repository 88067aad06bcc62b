#!/usr/bin/env bash
# Installs Rust's standard library for WebAssembly, if it is not there. Where rustup's servers are out of reach it is
# compiled from the sources in Debian's package rust-src of the same version.
set -euo pipefail

TARGET=wasm32-unknown-unknown
# Of the pinned compiler, also where this leaves the checkout.
RUSTUP_TOOLCHAIN=$(sed -n 's/^channel = "\(.*\)"$/\1/p' "$(dirname "$0")/../rust-toolchain.toml")
export RUSTUP_TOOLCHAIN
LIBRARIES=$(rustc --print sysroot)/lib/rustlib
[ -e "$LIBRARIES/$TARGET/lib" ] && ls "$LIBRARIES/$TARGET/lib"/libstd-*.rlib >/dev/null 2>&1 && exit 0

printf '\n== Installing Rust for WebAssembly (some seconds)\n' >&2
if command -v rustup >/dev/null && rustup target add "$TARGET" >&2; then exit 0; fi

version=$(rustc --version | cut -d ' ' -f 2)
printf '\n== rustup cannot; compiling it from Debian'"'"'s sources of Rust %s (about a minute)\n' "$version" >&2
work=$(mktemp -d)
link=$LIBRARIES/src/rust
linked=
trap 'rm -rf "$work"; [ -z "$linked" ] || rm "$link"' EXIT
cd "$work"

# The package of exactly this version, from whichever suite has it.
for suite in trixie trixie-backports forky sid; do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main"
done > sources.list
mkdir -p lists/partial
apt_here=(-o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::State::Lists="$work/lists" -o APT::Sandbox::User=root -o Acquire::Languages=none)
apt-get "${apt_here[@]}" update -q >&2
package=$(apt-cache "${apt_here[@]}" madison rust-src | awk -v v="$version" 'index($3, v) == 1 { print $3; exit }')
[ -n "$package" ] || { echo "tidings: Debian has no rust-src $version; run: rustup target add $TARGET" >&2; exit 1; }
apt-get "${apt_here[@]}" download "rust-src=$package" >&2
dpkg-deb -x rust-src_*.deb unpacked

if [ ! -e "$link" ]; then
    mkdir -p "$(dirname "$link")"
    ln -s "$(dirname "$(dirname "$(find "$work/unpacked" -path '*/library/Cargo.lock' | head -n 1)")")" "$link"
    linked=yes
fi
cargo init --quiet --lib --name empty empty
cd empty
# With bitcode, because the release build optimizes over the whole program.
RUSTC_BOOTSTRAP=1 RUSTFLAGS="-C embed-bitcode=yes" cargo build --quiet --release --target "$TARGET" \
    -Z build-std=std,panic_abort,panic_unwind >&2
mkdir -p "$LIBRARIES/$TARGET/lib"
cp "target/$TARGET/release/deps/"*.rlib "$LIBRARIES/$TARGET/lib/"
rm -f "$LIBRARIES/$TARGET/lib/"libempty-*.rlib
