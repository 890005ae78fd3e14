# SPDX-License-Identifier: Apache-2.0
# ./dev conformance: runs the rows of one protocol's documents. Sourced by ./dev.
#
# A part is a folder of tests/conformance with a run.py, which gets --build and the options as they are.
conformance_parts() {
    local path
    for path in tests/conformance/*/run.py; do
        basename "$(dirname "$path")"
    done
}

conformance_help() {
    local name text
    cat <<'TEXT'
usage: ./dev conformance NAME [OPTIONS]

  --rows A,B    only these rows
  --short       fewer cuts: what ./dev test runs

Builds preset dev and runs every row of one protocol under every segmentation; one line per row, the sum as the last.

parts:
TEXT
    for name in $(conformance_parts); do
        text=$(sed -n 's/^"""//p' "tests/conformance/$name/run.py" | head -1)
        printf '  %-12s %s\n' "$name" "${text%%:*}"
    done
}

dev_conformance() {
    local name=${1:-}
    if [ -z "$name" ]; then
        conformance_help
        return
    fi
    shift
    conformance_parts | grep -qx -- "$name" ||
        die "conformance: there is no part '$name'; these are: $(conformance_parts | tr '\n' ' ')"
    ensure build test
    build_preset dev || exit 1
    exec python3 "tests/conformance/$name/run.py" --build build/dev "$@"
}
