# SPDX-License-Identifier: Apache-2.0
# ./dev setup: everything the whole project needs, also what only later parts use. Sourced by ./dev.

setup_help() {
    cat <<'TEXT'
usage: ./dev setup [--conformance] [--bench]

Installs what building, testing and linting need, from this machine's own package sources; quick the second time.

  --conformance   conformance tools as well
  --bench         the peers of ./dev bench as well: Debian's, and small programs over other stacks (Rust, Go)
TEXT
}

# quic_from_backports adds Debian 12's backports suite, derived from the machine's own sources, and installs the
# QUIC libraries from it. Nothing else is upgraded: a backports suite has a low priority unless it is asked for.
quic_from_backports() {
    local codename=$1 missing=$2 added
    step "QUIC libraries: Debian 12 has them too old, taking them from its backports suite"
    if ! added=$(as_root python3 dev.d/backports.py "$codename"); then
        warn "no backports source could be derived from this machine's apt sources; QUIC libraries skipped"
        return 0
    fi
    if ! logged apt-update-backports apt update; then
        warn "the backports suite cannot be had here; QUIC libraries skipped"
        [ -z "$added" ] || as_root rm -f "$added"
        return 0
    fi
    # shellcheck disable=SC2086
    logged apt-install-quic apt install --no-install-recommends -t "$codename-backports" $missing ||
        warn "the QUIC libraries could not be installed from backports; skipped"
}

setup_quic() {
    local codename missing
    missing=$(missing_packages quic | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    if [ "$codename" = bookworm ]; then
        require_root "$missing"
        quic_from_backports "$codename" "$missing"
    else
        ensure quic
    fi
}

# go_tool NAME MODULE@VERSION: built into build/tools, once.
go_tool() {
    local name=$1 module=$2
    [ ! -x "build/tools/$name" ] || return 0
    if ! command -v go >/dev/null; then
        echo "skipped $name: no Go toolchain"
        return 0
    fi
    step "building $module"
    GOBIN=$PWD/build/tools GOFLAGS=-modcacherw logged "tool-$name" go install "$module" ||
        echo "skipped $name: it could not be built, see $logs/tool-$name.log"
}

setup_conformance() {
    ensure bench
    # The newest release that is a valid module version; later ones lack the path suffix that Go asks of them.
    go_tool h2spec github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible
}

# rust_peer NAME: tests/bench/peers/NAME, built into build/peers/NAME from a copy: cargo writes its lock file beside
# the manifest.
rust_peer() {
    local name=$1 source=build/peers/$1-source
    mkdir -p "$source"
    cp -ru "tests/bench/peers/$name/." "$source/"
    logged "peer-$name" cargo build --release --manifest-path "$source/Cargo.toml" --target-dir "build/peers/$name" ||
        echo "skipped $name: it could not be built, see $logs/peer-$name.log"
}

# go_peer NAME: tests/bench/peers/NAME, built as build/peers/NAME.
go_peer() {
    logged "peer-$1" go build -C "tests/bench/peers/$1" -o "$PWD/build/peers/$1" . ||
        echo "skipped $1: it could not be built, see $logs/peer-$1.log"
}

# peer_names MANIFEST: the folders of tests/bench/peers that have it.
peer_names() {
    local path
    for path in tests/bench/peers/*/"$1"; do
        [ ! -e "$path" ] || basename "$(dirname "$path")"
    done
}

# The peers of ./dev bench: apt packages, and small programs of ours over other stacks.
setup_bench() {
    local name rust go
    rust=$(peer_names Cargo.toml | tr '\n' ' ') go=$(peer_names go.mod | tr '\n' ' ')
    ensure bench
    mkdir -p build/peers
    if ! command -v cargo >/dev/null; then
        echo "skipped $rust: no Rust toolchain"
    else
        step "building the Rust peers: $rust"
        for name in $rust; do rust_peer "$name"; done
    fi
    if ! command -v go >/dev/null; then
        echo "skipped $go: no Go toolchain"
    else
        step "building the Go peers: $go"
        for name in $go; do go_peer "$name"; done
    fi
}

dev_setup() {
    local conformance= bench= arg
    for arg in "$@"; do
        case $arg in
        --conformance) conformance=1 ;;
        --bench) bench=1 ;;
        *) die "setup: unknown option '$arg' (known: --conformance --bench)" ;;
        esac
    done
    step "packages of the build, the tests and lint"
    ensure build lint test
    setup_quic
    [ -z "$conformance" ] || setup_conformance
    [ -z "$bench" ] || setup_bench
    step "ready"
}
