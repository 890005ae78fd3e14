#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Floods of HTTP/2, and 10,048 slow clients from 64 addresses: memory, CPU against the attacker's, an honest client's p99, and
what ended each: the rows of tests/attack/rows_h2.py, judged as run_attacks.py says.

Options are run_attacks.py's: --short, --once, --rows A,B, --seconds N (of a row that reconnects), --sink-seconds N.
"""
import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]

if __name__ == "__main__":
    arguments = sys.argv[1:]
    build = ROOT / "build/release"
    if "--build" in arguments:
        at = arguments.index("--build")
        build = arguments[at + 1]
        del arguments[at:at + 2]
    if not shutil.which("taskset"):
        sys.exit("conformance attacks: there is no taskset: install util-linux")
    program = ROOT / "tests/attack/run_attacks.py"
    os.execv(sys.executable, [sys.executable, str(program), str(build), "--set", "h2", *arguments])
