#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every limit of HTTP/1.1 under attack for a minute: memory, CPU against the attacker's, an honest client's p99.

The rows are tests/attack/rows.py, the judgement is run_attacks.py's; its options are taken (--rows, --seconds,
--sink-seconds).
"""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "lib"))
import benchlib

ROOT = pathlib.Path(__file__).resolve().parents[2]

if __name__ == "__main__":
    benchlib.need("taskset")
    benchlib.header("attack")
    sys.stdout.flush()
    program = ROOT / "tests/attack/run_attacks.py"
    os.execv(sys.executable, [sys.executable, str(program), str(ROOT / "build/release"), *sys.argv[1:]])
