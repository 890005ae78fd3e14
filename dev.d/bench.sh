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

dev_bench() {
    local name=${1:-} program
    [ $# -eq 0 ] || shift
    for program in "tests/bench/$name.py" "tests/bench/$name/run"; do
        [ ! -x "$program" ] || break
    done
    if [ -z "$name" ] || [ ! -x "$program" ]; then
        [ -z "$name" ] || warn "no bench '$name'"
        printf 'benches: %s\n' "$(bench_names)"
        [ -z "$name" ]
        return
    fi
    . dev.d/setup.sh
    ensure build bench
    build_preset release || exit 1
    [ "$name" = attack ] || setup_bench # it has no peers
    exec "$program" "$@"
}
