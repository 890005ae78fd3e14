# SPDX-License-Identifier: Apache-2.0
# ./dev build. Sourced by ./dev.
build_help() {
    cat <<'TEXT'
usage: ./dev build [--preset P] [TARGET...]

Installs what is missing, configures and builds in build/P. Without targets: everything.

presets:
  dev       debug, gcc; the tests' (default)
  release   optimised, without tests; what run and bench use
  asan      clang with AddressSanitizer and UBSan
  tsan      clang with ThreadSanitizer
  fuzz      clang with libFuzzer and AddressSanitizer
  model     the weak-memory explorer in place of atomics
TEXT
}

dev_build() {
    local preset=dev targets=()
    while [ $# -gt 0 ]; do
        case $1 in
        --preset)
            [ $# -ge 2 ] || die "build: --preset wants a name"
            preset=$2
            shift
            ;;
        --preset=*) preset=${1#*=} ;;
        -*) die "build: unknown option '$1' (known: --preset P)" ;;
        *) targets+=("$1") ;;
        esac
        shift
    done
    case $preset in
    dev | release | asan | tsan | fuzz | model) ;;
    *) die "build: unknown preset '$preset' (known: dev release asan tsan fuzz model)" ;;
    esac
    ensure build
    build_preset "$preset" "${targets[@]}" || exit 1
    step "built in build/$preset"
}
