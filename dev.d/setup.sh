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

# The peers of ./dev bench: apt packages, and two small programs of ours over other stacks.
setup_bench() {
    ensure bench
    mkdir -p build/peers
    if ! command -v cargo >/dev/null; then
        echo "skipped hyper: no Rust toolchain"
    else
        step "building the hyper peer"
        # Built from a copy: cargo writes its lock file beside the manifest.
        mkdir -p build/peers/hyper-source
        cp -ru tests/bench/peers/hyper/. build/peers/hyper-source/
        logged peer-hyper cargo build --release --manifest-path build/peers/hyper-source/Cargo.toml \
            --target-dir build/peers/hyper || echo "skipped hyper: it could not be built, see $logs/peer-hyper.log"
    fi
    if ! command -v go >/dev/null; then
        echo "skipped go: no Go toolchain"
    else
        step "building the Go net/http peer"
        logged peer-go go build -C tests/bench/peers/nethttp -o "$PWD/build/peers/nethttp" . ||
            echo "skipped go: it could not be built, see $logs/peer-go.log"
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
