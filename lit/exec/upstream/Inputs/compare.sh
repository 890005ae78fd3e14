#!/bin/sh
# Runs one program unlowered (plain llc, markers ignored) and lowered with no passes, -O0 and -O2, and
# fails unless all four print the same and end with the same code.
#   compare.sh TMLCG CC PROGRAM.ll SHIM.c SCRATCH "LINK FLAGS"
set -eu
tmlcg=$1 cc=$2 program=$3 shim=$4 scratch=$5 link=$6
target=x86_64-unknown-linux-gnu

run() { # NAME OBJECT: links, runs, keeps output and exit code
    $cc "$shim" "$2" $link -o "$scratch.$1.exe"
    code=0
    "$scratch.$1.exe" >"$scratch.$1.out" || code=$?
    echo "exit code $code" >>"$scratch.$1.out"
}

# The text says Windows, as upstream's does; a backend overwrites that.
sed -e '/^target datalayout/d' -e '/^target triple/d' "$program" >"$scratch.plain.ll"
llc -mtriple=$target -O0 -relocation-model=pic -filetype=obj "$scratch.plain.ll" -o "$scratch.sync.o"
run sync "$scratch.sync.o"
for mode in --no-passes -O0 -O2; do
    "$tmlcg" lower "$program" --target $target $mode --emit-obj -o "$scratch$mode.o"
    run "lowered$mode" "$scratch$mode.o"
    if ! diff "$scratch.sync.out" "$scratch.lowered$mode.out"; then
        echo "$program: lowered with $mode differs"
        exit 1
    fi
done
cat "$scratch.sync.out"
