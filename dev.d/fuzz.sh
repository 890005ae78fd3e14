# SPDX-License-Identifier: Apache-2.0
# ./dev fuzz: runs one fuzz target for a time. Sourced by ./dev.
#
# A target is a program of preset fuzz, build/fuzz/fuzz/NAME, over tests/fuzz; its corpus is tests/fuzz/corpus/NAME
# and what it finds is left in build/fuzz/findings/NAME; its words, if it has any, are tests/fuzz/NAME.dict. A target
# with a script of its own (tests/fuzz/NAME.sh, tests/fuzz/NAME/run) brings its own loop and gets the options as they are.
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

# fuzz_list: every target with the first sentence of its own description.
fuzz_list() {
    local name path text
    for name in $(fuzz_targets); do
        text=
        for path in tests/fuzz/fuzz_"$name".c tests/fuzz/"$name"/run tests/fuzz/"$name"/run.*; do
            [ ! -f "$path" ] || text=$(sed -n 's/^"""//p; s/^\/\/ Fuzz target: //p; s/^# Fuzz target: //p' "$path" | head -1)
        done
        text=${text%%. *}
        printf '  %-12s %s\n' "$name" "$text"
    done
}

fuzz_help() {
    cat <<'TEXT'
usage: ./dev fuzz NAME [--time S | --long]

  --time S      for so many seconds (default 60); --seconds is the same
  --long        for half an hour

Builds preset fuzz and runs one target over its corpus, tests/fuzz/corpus/NAME; what it finds is left in
build/fuzz/findings/NAME. The tests replay the corpora in every other preset.

targets:
TEXT
    fuzz_list
}

dev_fuzz() {
    local name= seconds=60 options=() words=() program script
    while [ $# -gt 0 ]; do
        case $1 in
        --time | --seconds)
            [ $# -ge 2 ] || die "fuzz: $1 wants a number of seconds"
            seconds=$2
            options+=(--seconds "$2")
            shift
            ;;
        --long)
            seconds=1800
            options+=(--long)
            ;;
        -*) die "fuzz: unknown option '$1' (known: --time S, --long)" ;;
        *) name=$1 ;;
        esac
        shift
    done
    if [ -z "$name" ]; then
        fuzz_help
        return
    fi
    fuzz_targets | grep -qx -- "$name" ||
        die "fuzz: there is no target '$name'; these are: $(fuzz_targets | tr '\n' ' ')"
    [[ "$seconds" =~ ^[1-9][0-9]*$ ]] || die "fuzz: --time wants a number of seconds above 0, not '$seconds'"
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
    [ ! -f "tests/fuzz/$name.dict" ] || words=(-dict="tests/fuzz/$name.dict")
    exec "$program" "${words[@]}" -max_total_time="$seconds" -artifact_prefix="build/fuzz/findings/$name/" -print_final_stats=1 \
        "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name"
}
