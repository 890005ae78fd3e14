# SPDX-License-Identifier: Apache-2.0
# ./dev lint: the pinned clang-format, the checks of tests/checks, and clang-tidy. Sourced by ./dev.
#
# One line per part; ends with a plain "N passed, N failed" line over the parts.
lint_passed=0
lint_failed=0

lint_help() {
    cat <<'TEXT'
usage: ./dev lint [--tidy] [--fix]

  --tidy   clang-tidy on every file, not only on those that differ from the main branch
  --fix    format in place first

Format (clang-format 19), the checks of tests/checks, clang-tidy; ends with "N passed, N failed".
TEXT
}

lint_part() {
    local name=$1
    shift
    step "lint: $name"
    if "$@"; then
        lint_passed=$((lint_passed + 1))
    else
        lint_failed=$((lint_failed + 1))
        printf 'FAILED %s\n' "$name"
    fi
}

c_files() {
    find abi rt std codegen-hooks examples tests -name '*.[ch]' -not -path '*/target/*' -print0 2>/dev/null
}

lint_format() {
    c_files | xargs -0 -r clang-format-19 "$@"
}

# changed_c_files: sources that differ from the main branch, or every one with --tidy.
changed_c_files() {
    if [ -n "$1" ]; then
        find abi rt std codegen-hooks -name '*.c'
    else
        local base
        base=$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse HEAD~1 2>/dev/null) || return 0
        git diff --name-only --diff-filter=d "$base" -- 'abi/*.c' 'rt/*.c' 'std/*.c' 'codegen-hooks/*.c'
    fi
}

lint_tidy() {
    local files
    files=$(changed_c_files "$1")
    [ -n "$files" ] || return 0
    xargs -r -P "$DEV_JOBS" -n 4 clang-tidy-19 --quiet -p build/dev <<<"$files" 2>/dev/null
}

dev_lint() {
    local tidy_all= fix= check
    while [ $# -gt 0 ]; do
        case $1 in
        --tidy) tidy_all=1 ;;
        --fix) fix=1 ;;
        *) die "lint: unknown option '$1' (known: --tidy --fix)" ;;
        esac
        shift
    done
    ensure build lint test
    [ -z "$fix" ] || lint_format -i
    lint_part format lint_format --dry-run --Werror
    build_preset dev || exit 1
    for check in tests/checks/check_*.py; do
        lint_part "$(basename "$check" .py)" python3 "$check" --build build/dev
    done
    lint_part clang-tidy lint_tidy "$tidy_all"
    printf '%d passed, %d failed\n' "$lint_passed" "$lint_failed"
    [ "$lint_failed" -eq 0 ]
}
