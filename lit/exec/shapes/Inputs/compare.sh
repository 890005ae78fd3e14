#!/bin/sh
# compare.sh TMLCG FOLDER CC LINK DRIVER: runs every FOLDER/*.ll (@root, i64 -> i64) with its markers ignored, and lowered
# with no passes and at O2 under the driver; the notes and the result must be the same.
tmlcg=$1
cd "$2" || exit 1
cc=$3
link=$4
here=$(dirname "$0")
$cc -O1 -c "$here/opaque.c" -o opaque.o || exit 1
$cc -O1 -DSYNC -c "$here/opaque.c" -o sync.o || exit 1
$cc -O1 -c "$5" -o drive.o || exit 1
count=0
for program in *.ll; do
    name=${program%.ll}
    llc -relocation-model=pic -O0 -filetype=obj "$program" -o "$name.o" || exit 1
    $cc sync.o "$name.o" -o "$name" $link || exit 1
    wanted=$(./"$name")
    for level in --no-passes -O2; do
        "$tmlcg" lower "$program" $level --emit-obj -o "$name.o" || exit 1
        $cc opaque.o drive.o "$name.o" -o "$name" $link || exit 1
        if ! ./"$name" >"$name.txt"; then
            echo "$name $level differs: it ends with an error"
        fi
        got=$(sed -n '1s/, [0-9]* pending$//p' "$name.txt")
        [ "$wanted" = "$got" ] || echo "$name $level differs: '$got', not '$wanted'"
    done
    count=$((count + 1))
done
echo "$count programs run as their synchronous form"
