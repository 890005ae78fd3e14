# SPDX-License-Identifier: Apache-2.0
# ./dev bench NAME: builds release and the peers, then runs tests/bench/NAME.py or tests/bench/NAME/run. Sourced by
# ./dev. Every bench prints machine and command first, then one line per figure.
bench_names() {
    local path
    for path in tests/bench/*.py tests/bench/*/run; do
        [ -x "$path" ] || continue
        case $path in
        *.py) basename "$path" .py ;;
        *) basename "$(dirname "$path")" ;;
        esac
    done | sort -u | tr '\n' ' '
}

# bench_program NAME: the program of a bench, or nothing.
bench_program() {
    local path
    for path in "tests/bench/$1.py" "tests/bench/$1/run"; do
        if [ -n "$1" ] && [ -x "$path" ]; then
            printf '%s\n' "$path"
            return
        fi
    done
}

# bench_list: every bench with the first line of its own description.
bench_list() {
    local name text
    for name in $(bench_names); do
        text=$(sed -n 's/^"""//p' "$(bench_program "$name")" | head -1)
        printf '  %-12s %s\n' "$name" "$text"
    done
}

bench_help() {
    local program
    program=$(bench_program "$1")
    if [ -n "$program" ]; then
        exec "$program" --help
    fi
    cat <<'TEXT'
usage: ./dev bench NAME [OPTIONS]      ./dev bench NAME --help lists the options of a bench

Builds the release preset and the peers, then measures. Prints machine and command, then one line per figure:
bench=NAME metric=M ours=X peer=P:Y ratio=R   (a ratio below 1 is ahead). A peer that cannot be had is named as skipped.

benches:
TEXT
    bench_list
}

dev_bench() {
    local name=${1:-} program
    [ $# -eq 0 ] || shift
    if [ -z "$name" ]; then
        bench_help ''
        return
    fi
    program=$(bench_program "$name")
    [ -n "$program" ] || die "bench: there is no bench '$name'; these are: $(bench_names)"
    . dev.d/setup.sh
    ensure build bench
    build_preset release || exit 1
    case $name in
    attack | shutdowns | timers | tls | workers) ;; # no peers of ours to build
    *) setup_bench ;;
    esac
    exec "$program" "$@"
}
