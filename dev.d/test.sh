# SPDX-License-Identifier: Apache-2.0
# ./dev test: builds what the parts need, runs them, and sums the test cases of all of them. Sourced by ./dev.
#
# Each run of ctest leaves a JUnit file in build/results; a part that could not be built leaves a .failed file.
# dev.d/summary.py adds up the test cases that the programs themselves report and ends with the one line.
results=build/results
test_parts_done=0
# Tests whose threads are the point: run again under ThreadSanitizer with eight workers.
threaded='^(unit/rt/(exec|reactor|fut|net|io)/|stress/|integ/)'

test_help() {
    cat <<'TEXT'
usage: ./dev test [PART...]      without a part: all

  all        dev, asan and tsan
  quick      dev without what takes over 20 seconds
  unit       tests/unit            integ      tests/integ, tests/stress, tests/oom
  lit        compiler hooks        checks     what the repository asks of itself
  model      Spin models and the weak-memory explorer, which says what it explored and which mistakes it found
  fuzz       corpora of the fuzz targets, and the random programs
  conformance  rows of the protocols' documents, in a short form
  install    an installed package  examples   every example, called as a client would
  asan       all under AddressSanitizer and UBSan
  tsan       under ThreadSanitizer, with two workers; what has threads with eight as well

Ends with one line "N passed, N failed, N skipped"; logs are in build/logs.
TEXT
}

part_failed() {
    printf '%s\n' "$2" >"$results/$1.failed"
    warn "$1: $2"
}

# run_ctest NAME PRESET CTEST-ARGUMENTS...: environment comes from the caller, the launcher from $test_launcher.
run_ctest() {
    local name=$1 preset=$2 junit label
    shift 2
    test_parts_done=$((test_parts_done + 1))
    label=$(printf '%02d-%s' $test_parts_done "$name")
    junit=$PWD/$results/$label.xml
    step "testing: $name"
    mkdir -p "$logs"
    ${test_launcher:-} ctest --test-dir "build/$preset" -j "$DEV_JOBS" --timeout 600 --no-tests=ignore \
        --test-output-size-passed 4000000 --test-output-size-failed 4000000 --output-on-failure \
        --output-junit "$junit" "$@" >"$logs/test-$name.log" 2>&1 </dev/null || true
    [ -s "$junit" ] || part_failed "$label" "ctest left no result; see $logs/test-$name.log"
    grep -hE '^matrix build=' "$junit" || true # every example on every number of workers: one line
}

test_dev() {
    local name=$1
    shift
    if [ -z "${test_dev_built:-}" ]; then
        if ! build_preset dev; then
            test_dev_built=no
            part_failed dev "preset dev does not build; see $logs/build-dev.log"
        else
            test_dev_built=yes
        fi
    fi
    [ "$test_dev_built" = no ] || run_ctest "$name" dev "$@"
}

# What the explorer found out is part of the answer, not only whether it passed.
test_model() {
    local report=build/dev/model-explore.txt
    rm -f "$report"
    test_dev model -R '^model/'
    [ ! -s "$report" ] || grep -E '^(structure=|mutant|equivalent|not modelled|files with|FAILED|failure)' "$report" || true
}

# The models have no code of ours in them; the seeded bugs crash on purpose, and each crash would be symbolised.
test_asan() {
    if ! build_preset asan; then
        part_failed asan "preset asan does not build; see $logs/build-asan.log"
        return
    fi
    UBSAN_OPTIONS=print_stacktrace=1 \
        run_ctest asan asan -E '^(model/|fuzz/lowering-mutants)'
}

# tsan_launcher finds out how a ThreadSanitizer program starts here: as it is, or with address space randomisation
# off (kernels with vm.mmap_rnd_bits over 28). Sets test_launcher; fails when neither works.
tsan_launcher() {
    local probe=$PWD/build/.stamps/tsan-probe
    mkdir -p build/.stamps
    printf 'int main(void) { return 0; }\n' >"$probe.c"
    clang-19 -fsanitize=thread -o "$probe" "$probe.c" || return 1
    if "$probe" >/dev/null 2>&1; then
        test_launcher=
    elif setarch "$(uname -m)" -R "$probe" >/dev/null 2>&1; then
        test_launcher="setarch $(uname -m) -R"
        step "ThreadSanitizer: address space randomisation off for its programs"
    else
        return 1
    fi
}

test_tsan() {
    local test_launcher=
    if ! tsan_launcher; then
        part_failed tsan "a ThreadSanitizer program does not start here, not even under setarch -R; try sysctl vm.mmap_rnd_bits=28"
        return
    fi
    if ! build_preset tsan; then
        part_failed tsan "preset tsan does not build; see $logs/build-tsan.log"
        return
    fi
    # What has no threads of its own is left to the other builds.
    TMLRT_THREADS=2 run_ctest tsan-2 tsan -E '^(model/|fuzz/|lit$|unit/codegen-hooks/)'
    TMLRT_THREADS=8 run_ctest tsan-8 tsan -R "$threaded"
}

dev_test() {
    local part started=$SECONDS
    [ $# -gt 0 ] || set -- all
    for part in "$@"; do
        case $part in
        all | quick | unit | integ | lit | checks | model | fuzz | conformance | install | examples | asan | tsan) ;;
        *) die "test: unknown part '$part' (known: all quick unit integ lit checks model fuzz conformance install examples asan tsan)" ;;
        esac
    done
    ensure build test
    rm -rf "$results"
    mkdir -p "$results"
    for part in "$@"; do
        case $part in
        all)
            test_dev dev
            test_asan
            test_tsan
            ;;
        quick) test_dev quick -LE slow ;;
        integ) test_dev integ -R '^(integ|stress|oom)/' ;;
        unit | lit | checks | fuzz | conformance | install | examples) test_dev "$part" -R "^$part(/|\$)" ;;
        model) test_model ;;
        asan) test_asan ;;
        tsan) test_tsan ;;
        esac
    done
    step "tested in $((SECONDS - started)) s; logs in $logs"
    python3 dev.d/summary.py "$results"
}
