# SPDX-License-Identifier: Apache-2.0
# ./dev fuzz: runs one fuzz target for a time. Sourced by ./dev.
#
# A target is a program of preset fuzz, build/fuzz/fuzz/NAME, over tests/fuzz; its corpus is tests/fuzz/corpus/NAME
# and what it finds is left in build/fuzz/findings/NAME. A target with a script of its own (tests/fuzz/NAME.sh,
# tests/fuzz/NAME/run) brings its own loop and gets the options as they are.
fuzz_targets() {
    local path
    for path in tests/fuzz/fuzz_*.c tests/fuzz/*/run tests/fuzz/*/run.py tests/fuzz/*/run.sh; do
        [ -e "$path" ] || continue
        case $path in
        *.c) basename "$path" .c | sed 's/^fuzz_//' ;;
        *) basename "$(dirname "$path")" ;;
        esac
    done | sort -u
}

dev_fuzz() {
    local name= seconds=60 options=() program script
    while [ $# -gt 0 ]; do
        case $1 in
        --seconds)
            [ $# -ge 2 ] || die "fuzz: --seconds wants a number"
            seconds=$2
            options+=(--seconds "$2")
            shift
            ;;
        --long)
            seconds=1800
            options+=(--long)
            ;;
        -*) die "fuzz: unknown option '$1' (known: --seconds N, --long)" ;;
        *) name=$1 ;;
        esac
        shift
    done
    if [ -z "$name" ] || ! fuzz_targets | grep -qx "$name"; then
        [ -z "$name" ] || warn "no fuzz target '$name'"
        printf 'fuzz targets: %s\n' "$(fuzz_targets | tr '\n' ' ')"
        [ -z "$name" ]
        return
    fi
    ensure build
    for script in tests/fuzz/"$name"/run tests/fuzz/"$name"/run.py tests/fuzz/"$name"/run.sh; do
        if [ -x "$script" ]; then
            build_preset dev || exit 1
            exec "$script" --build build/dev "${options[@]}"
        fi
    done
    build_preset fuzz || exit 1
    program=build/fuzz/tests/fuzz/fuzz_$name
    [ -x "$program" ] || die "fuzz: preset fuzz did not build $program"
    mkdir -p "build/fuzz/findings/$name" "build/fuzz/corpus/$name"
    step "fuzzing $name for $seconds s"
    exec "$program" -max_total_time="$seconds" -artifact_prefix="build/fuzz/findings/$name/" -print_final_stats=1 \
        "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name"
}
