#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Time linear in the input: the instructions of every reading in bind_steps, at n, 2n, 4n and 8n, by callgrind.

Twice the input may cost at most 2.3 times the instructions. usage: run_linear.py PROGRAM
Exit code 77 (skipped) without valgrind.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

SIZES, LIMIT = 4, 2.3


def counts(program, folder):
    """The names of the inputs, and the instructions of every call of `measured` in order."""
    out = folder / "callgrind.out"
    run = subprocess.run(["valgrind", "--tool=callgrind", "--toggle-collect=measured", "--dump-after=measured",
                          f"--callgrind-out-file={out}", program], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"callgrind ends with {run.returncode}: {run.stderr[-1000:]}")
    names = run.stdout.splitlines()
    totals = []
    for number in range(1, SIZES * len(names) + 1):
        text = pathlib.Path(f"{out}.{number}").read_text(encoding="ascii", errors="replace")
        totals += [int(line.split()[1]) for line in text.splitlines() if line.startswith("totals:")][:1]
    return names, totals


def main():
    if not shutil.which("valgrind"):
        print("skipped: no valgrind")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        names, totals = counts(sys.argv[1], pathlib.Path(folder))
    if not names or len(totals) != SIZES * len(names):
        sys.exit(f"{len(names)} inputs, {len(totals)} counts")
    failed = 0
    for index, name in enumerate(names):
        row = totals[SIZES * index:SIZES * (index + 1)]
        worst = max(b / a for a, b in zip(row, row[1:]))
        failed += worst > LIMIT
        print(f"{name:28} {' '.join(f'{n:>9}' for n in row)}  worst ratio {worst:.2f}"
              f"{'  OVER' if worst > LIMIT else ''}")
    print(f"{len(names)} inputs, {failed} over {LIMIT} per doubling")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
