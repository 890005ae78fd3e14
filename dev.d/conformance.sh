# SPDX-License-Identifier: Apache-2.0
# ./dev conformance: what we speak, held against documents, tools and other servers. Sourced by ./dev.
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
    if [ -f "tests/conformance/${1:-}/run.py" ]; then
        python3 "tests/conformance/$1/run.py" --help
        return
    fi
    cat <<'TEXT'
usage: ./dev conformance NAME [OPTIONS]

  --short       the form that ./dev test runs
  --build DIR   a build folder (default build/dev, for attacks build/release, built first)

Tools and peers come from ./dev setup --conformance; what is missing is skipped by name, or with
TMLRT_CONFORMANCE=required a failure. What is run and what is left out: docs/guide/conformance.md.
./dev conformance NAME --help tells the options of a part.

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
    conformance_parts | grep -x -- "$name" >/dev/null ||
        die "conformance: there is no part '$name'; these are: $(conformance_parts | tr '\n' ' ')"
    ensure build test
    local preset=dev
    [ "$name" != attacks ] || preset=release # times are judged
    build_preset $preset || exit 1
    exec python3 "tests/conformance/$name/run.py" --build build/$preset "$@"
}
