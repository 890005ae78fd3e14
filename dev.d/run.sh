# SPDX-License-Identifier: Apache-2.0
# ./dev run: compiles a program against the release build and serves it: TML source with tmlc, IR with tmlcg.
# Sourced by ./dev.
#
# The program itself prints the route table and commands to try, and knows --port and --smoke.

# compile_program PROGRAM OUTPUT
compile_program() {
    local compiler=build/release/codegen-hooks/tmlcg
    [[ "$1" != *.tml ]] || compiler=build/release/codegen-hooks/tmlc
    [ -x "$compiler" ] || die "the release build has no $(basename "$compiler")"
    step "compiling $1"
    mkdir -p "$(dirname "$2")"
    logged "compile-$(basename "$2")" "$compiler" build "$1" -o "$2"
}

dev_run() {
    local program= arguments=() port= smoke= output
    while [ $# -gt 0 ]; do
        case $1 in
        --port)
            [ $# -ge 2 ] || die "run: --port wants a number"
            port=$2
            shift
            ;;
        --port=*) port=${1#*=} ;;
        --smoke) smoke=1 ;;
        --)
            shift
            arguments+=("$@")
            break
            ;;
        -*) die "run: unknown option '$1' (known: --port N, --smoke, -- ARGUMENTS of the program)" ;;
        *)
            [ -z "$program" ] || die "run: one program at a time, not '$program' and '$1'"
            program=$1
            [ -n "$program" ] || die "run: the program's name is empty"
            ;;
        esac
        shift
    done
    [[ "$port" =~ ^[0-9]*$ ]] || die "run: '$port' is no port number"
    case $program in
    '') program=examples/users/users.tml ;;
    *.tml | *.ll | *.bc) [[ "$program" == /* ]] || program=$caller/$program ;;
    *) die "run: '$program' is no program: it must be TML source (.tml) or LLVM IR (.ll, .bc)" ;;
    esac
    [ -f "$program" ] || die "run: there is no program '$program'"
    ensure build
    build_preset release || exit 1
    output=build/run/$(basename "${program%.*}")
    compile_program "$program" "$output" || exit 1
    if [ -n "$smoke" ]; then
        step "calling every route of $program"
        exec "$output" --smoke --port "${port:-0}" "${arguments[@]}"
    fi
    step "serving $program on port ${port:-8080}; stop with Ctrl-C"
    exec "$output" --port "${port:-8080}" "${arguments[@]}"
}
