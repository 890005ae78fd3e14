# same.sh TMLC WORKDIR OPTIONS... -- FOLDER...: every program in the folders prints the same at every level, as one LLVM module and as
# several. Programs with routes are asked for all their examples.
tmlc=$1 work=$2 options=
shift 2
while [ "$1" != -- ]; do options="$options $1"; shift; done
shift
mkdir -p "$work"
failed=0
for program in $(find "$@" -maxdepth 1 -name '*.tml' | sort); do
    arguments=
    grep -q '^@Controller' "$program" && arguments="--smoke --port 0"
    wanted=
    for level in -O2 -O0 --no-passes; do
        for modules in 1 3; do
            if ! "$tmlc" build "$program" -o "$work/program" $level --modules $modules $options; then
                echo "$program does not build: $level --modules $modules"
                failed=1
                continue
            fi
            "$work/program" $arguments > "$work/printed" 2>&1
            echo "exit $?" >> "$work/printed"
            # a smoke run numbers and times what it prints
            sed -e 's/127\.0\.0\.1:[0-9]*/HOST/' -e 's/[0-9.]* ms//' "$work/printed" > "$work/answers"
            if [ -z "$wanted" ]; then
                wanted=$work/wanted
                cp "$work/answers" "$wanted"
            elif ! diff "$wanted" "$work/answers"; then
                echo "$program answers otherwise: $level --modules $modules"
                failed=1
            fi
        done
    done
    echo "$(basename "$program"): $(wc -l < "$wanted") lines, the same 6 times"
done
exit $failed
