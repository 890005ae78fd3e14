#!/bin/sh
# backtrace.sh TMLCG OUT LEVEL INPUT...: builds the program and prints gdb's backtrace at each of the two calls of stop.
set -eu
tmlcg=$1
out=$2$3
level=$3
shift 3
"$tmlcg" build -o "$out" "$level" -g "$@"
exec gdb -q -nx -batch -ex 'set debuginfod enabled off' -ex 'set disable-randomization off' -ex 'set breakpoint pending on' \
    -ex 'break stop' -ex run -ex 'bt -full' -ex continue -ex 'bt -full' "$out" 2>&1
