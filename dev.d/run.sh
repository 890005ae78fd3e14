# SPDX-License-Identifier: Apache-2.0
# ./dev run: compiles a program against the release build and serves it: TML source with tmlc, IR with tmlcg.
# Sourced by ./dev.
#
# The program itself prints the route table and knows the options; what it is not told stays with it.

# compile_program PROGRAM OUTPUT
compile_program() {
    local compiler=build/release/codegen-hooks/tmlcg
    [[ "$1" != *.tml ]] || compiler=build/release/codegen-hooks/tmlc
    [ -x "$compiler" ] || die "the release build has no $(basename "$compiler")"
    step "compiling $1"
    mkdir -p "$(dirname "$2")"
    logged "compile-$(basename "$2")" "$compiler" build "$1" -o "$2"
}

run_help() {
    cat <<'TEXT'
usage: ./dev run [PROGRAM] [OPTIONS] [-- ARGUMENTS]

Compiles PROGRAM (TML source or LLVM IR; default examples/users/users.tml) against the release build and serves it.

  --port N         listen on this port (default 8080; with --smoke any free one)
  --address A      listen on this address (default 127.0.0.1)
  --limit NAME=V   set a limit of the server; more than once sets more
  --smoke          serve, call every route as a client would, print requests and answers, and exit;
                   without PROGRAM the design proposal's program (tests/proposal) first
  --routes         print every route and what its requests pass through, and exit
  --limits         print every limit, its value, who set it and what happens on breach, and exit
  -- ARGUMENTS     handed to the program as they are; `-- --help` prints what it knows
TEXT
}

# smoke_proposal: the program of the design proposal, extracted, compiled and called.
smoke_proposal() {
    local source=build/run/proposal.tml
    mkdir -p build/run
    python3 tests/proposal/extract.py "$source" || return 1
    compile_program "$source" build/run/proposal || return 1
    step "calling every route of the design proposal's program"
    build/run/proposal --smoke --port 0
}

# known_once MODE: --smoke, --routes and --limits exclude each other.
known_once() {
    [ -z "$mode" ] || [ "$mode" = "$1" ] || die "run: $mode and $1 cannot be had together"
    mode=$1
}

dev_run() {
    local program= arguments=() port= mode= output is_default=
    while [ $# -gt 0 ]; do
        case $1 in
        --port | --address | --limit)
            [ $# -ge 2 ] || die "run: $1 wants a value"
            if [ "$1" = --port ]; then port=$2; else arguments+=("$1" "$2"); fi
            shift
            ;;
        --port=*) port=${1#*=} ;;
        --address=* | --limit=*) arguments+=("$1") ;;
        --smoke | --routes | --limits) known_once "$1" ;;
        --)
            shift
            arguments+=("$@")
            break
            ;;
        -*) die "run: unknown option '$1'; ./dev run --help lists them, and -- ARGUMENTS are the program's" ;;
        *)
            [ -z "$program" ] || die "run: two programs, '$program' and '$1'; arguments of the program come after --"
            program=$1
            [ -n "$program" ] || die "run: the program's name is empty"
            ;;
        esac
        shift
    done
    [[ "$port" =~ ^[0-9]*$ ]] || die "run: '$port' is no port number"
    case $program in
    '') program=examples/users/users.tml is_default=1 ;;
    *.tml | *.ll | *.bc) [[ "$program" == /* ]] || program=$caller/$program ;;
    *) die "run: '$program' is no program: it must be TML source (.tml) or LLVM IR (.ll, .bc)" ;;
    esac
    [ -f "$program" ] || die "run: there is no program '$program'"
    ensure build
    build_preset release || exit 1
    output=build/run/$(basename "${program%.*}")
    [ "$mode$is_default" != --smoke1 ] || smoke_proposal || exit 1
    compile_program "$program" "$output" || exit 1
    case $mode in
    --smoke)
        step "calling every route of $program"
        exec "$output" --smoke --port "${port:-0}" "${arguments[@]}"
        ;;
    --routes | --limits) exec "$output" "$mode" ${port:+--port "$port"} "${arguments[@]}" ;;
    esac
    step "serving $program on port ${port:-8080}; stop with Ctrl-C"
    exec "$output" --port "${port:-8080}" "${arguments[@]}"
}
