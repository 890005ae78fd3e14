#!/bin/sh
# run.sh TMLCG OUT INPUT... : builds the program with no passes, at O0 and at O2, runs each, requires the same output
# from all and prints it once, with the exit code.
set -eu
tmlcg=$1
out=$2
shift 2
for level in --no-passes -O0 -O2; do
    "$tmlcg" build -o "$out$level" "$level" "$@"
    code=0
    "$out$level" >"$out$level.txt" 2>&1 || code=$?
    echo "exit $code" >>"$out$level.txt"
    cmp -s "$out--no-passes.txt" "$out$level.txt" || {
        echo "run.sh: $level differs from --no-passes:"
        cat "$out$level.txt"
    }
done
cat "$out--no-passes.txt"
