#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Checks one Spin model: every state of the model as it stands, then each mutant it names in its line
# "// mutants: A B" (a macro that breaks the protocol), which must be found. Usage: run.sh MODEL CC
set -eu
model=$1 cc=$2
command -v spin >/dev/null || { echo "skipped: spin is not installed"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# Prints the number of errors that an exhaustive search finds.
errors() {
    spin -a "$@" "$model" >spin.log 2>&1 || { cat spin.log >&2; exit 1; }
    "$cc" -O0 -w -DSAFETY -o pan pan.c
    ./pan -m1000000 >pan.log
    grep -q 'max search depth too small' pan.log && { echo "depth too small" >&2; exit 1; }
    sed -n 's/.*errors: \([0-9]*\).*/\1/p' pan.log
}

[ "$(errors)" = 0 ] || { cat pan.log; spin -t -p "$model" | tail -40; exit 1; }
states=$(sed -n 's/ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log)
killed=0 all=0
for mutant in $(sed -n 's|^// mutants: ||p' "$model"); do
    all=$((all + 1))
    if [ "$(errors "-D$mutant")" = 0 ]; then
        echo "mutant $mutant was not found"
    else
        killed=$((killed + 1))
    fi
done
echo "$(basename "$model"): $states states, 0 errors; mutants $killed/$all"
[ "$killed" = "$all" ]
