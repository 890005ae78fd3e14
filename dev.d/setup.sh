# SPDX-License-Identifier: Apache-2.0
# ./dev setup: everything the whole project needs, also what only later parts use. Sourced by ./dev.

setup_help() {
    cat <<'TEXT'
usage: ./dev setup [--conformance] [--bench]

Installs what building, testing and linting need, from this machine's own package sources; quick the second time.

  --conformance   the tools and peers of ./dev conformance as well; one that cannot be had is told by name, and is a
                  failure with TMLRT_CONFORMANCE=required
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

# conformance_lacks NAME WHY: a tool that cannot be had: told by name, and with TMLRT_CONFORMANCE=required (.ci/run) a
# failure of setup.
conformance_lacks() {
    if [ "${TMLRT_CONFORMANCE:-}" = required ]; then
        warn "FAILED conformance tool $1: $2"
        conformance_failed=1
    else
        echo "skipped conformance tool $1: $2"
    fi
}

# once NAME FILE... -- COMMAND...: runs the command unless it succeeded before with the same files.
once() {
    local name=$1 stamp
    local files=()
    shift
    while [ "$1" != -- ]; do
        files+=("$1")
        shift
    done
    shift
    stamp=build/.stamps/$name-$(cat "${files[@]}" | cksum | cut -d' ' -f1)
    [ ! -e "$stamp" ] || return 0
    step "conformance: $name"
    "$@" && mkdir -p build/.stamps && touch "$stamp"
}

conformance_packages() {
    local missing name
    missing=$(missing_packages conformance bench test | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; then
        step "installing: $missing"
        logged apt-update apt update || true
        # shellcheck disable=SC2086
        logged apt-install-conformance apt install --no-install-recommends $missing ||
            for name in $missing; do logged "apt-install-$name" apt install --no-install-recommends "$name" || true; done
    fi
    for name in $(missing_packages conformance bench test); do
        conformance_lacks "$name" "the Debian package could not be installed"
    done
}

# conformance_go PATH...: programs that tests/conformance/tools/go.mod pins, and the Go peer, into build/tools.
conformance_go() {
    local folder=tests/conformance/tools tools=$PWD/build/tools
    command -v go >/dev/null || return 1
    GOFLAGS=-modcacherw logged conformance-go go build -C $folder -o "$tools/" "$@" &&
        logged conformance-go-peer go build -o "$tools/differential-go" tests/conformance/differential/peer.go
}

conformance_python() {
    local tools=build/tools/python
    logged conformance-venv python3 -m venv "$tools" &&
        logged conformance-pip "$tools/bin/pip" install -q --disable-pip-version-check --no-input \
            -r tests/conformance/tools/requirements.txt
}

# Everything that ./dev conformance runs against; which versions and why these: docs/guide/conformance.md.
setup_conformance() {
    local tools=tests/conformance/tools conformance_failed=
    step "conformance tools"
    mkdir -p build/tools
    conformance_packages
    once "go-tools" $tools/go.mod $tools/go.sum tests/conformance/differential/peer.go -- conformance_go \
        github.com/summerwind/h2spec/cmd/h2spec github.com/letsencrypt/pebble/v2/cmd/pebble ||
        conformance_lacks "h2spec, pebble and the Go peer" "no Go toolchain, or see $logs/conformance-go.log"
    once "python-tools" $tools/requirements.txt -- conformance_python ||
        conformance_lacks "h2 and tlslite-ng" "not installed, see $logs/conformance-pip.log"
    command -v node >/dev/null || conformance_lacks node "there is no such program"
    [ -z "$conformance_failed" ] || die "conformance tools are missing: see FAILED above"
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
