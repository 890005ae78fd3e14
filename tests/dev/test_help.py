#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of what ./dev says: every command has a help, the lists are complete, a wrong name is an error that lists the
right ones. Nothing is built. Ends with "N passed, N failed, N skipped".
"""
import pathlib
import subprocess
import sys

import cases

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMANDS = ("setup", "build", "test", "run", "bench", "lint", "fuzz", "conformance")
BENCHES = sorted(path.stem for path in (ROOT / "tests/bench").glob("*.py"))
TARGETS = sorted(path.stem[len("fuzz_"):] for path in (ROOT / "tests/fuzz").glob("fuzz_*.c"))


def dev(*arguments, code=0):
    done = subprocess.run([ROOT / "dev", *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=60)
    assert done.returncode == code, f"{arguments}: exit code {done.returncode}, {done.stderr}"
    assert code or not done.stderr, f"{arguments}: {done.stderr}"
    return done.stdout + done.stderr


def has_all(text, names):
    missing = [name for name in names if name not in text]
    assert not missing, f"{missing} not in:\n{text}"


def commands():
    has_all(dev("help"), COMMANDS)
    for command in COMMANDS:
        for option in ("--help", "-h"):
            assert dev(command, option).startswith(f"usage: ./dev {command}"), command


def benches():
    has_all(dev("bench"), BENCHES)
    has_all(dev("bench", "--help"), BENCHES)
    for name in BENCHES:
        has_all(dev("bench", name, "--help"), ["usage: "])
    has_all(dev("bench", "nope", code=1), ["there is no bench 'nope'", *BENCHES])


def targets():
    has_all(dev("fuzz"), TARGETS + ["lowering"])
    has_all(dev("fuzz", "--help"), TARGETS)
    has_all(dev("fuzz", "nope", code=1), ["there is no target 'nope'", *TARGETS])
    has_all(dev("fuzz", "path", "--time", "soon", code=1), ["--time", "'soon'"])
    has_all(dev("fuzz", "path", "--seconds", "soon", code=1), ["'soon'"])


def wrong_arguments():
    has_all(dev("frob", code=1), ["unknown command 'frob'", *COMMANDS])
    has_all(dev("run", "--prot", code=1), ["unknown option '--prot'"])
    has_all(dev("run", "--smoke", "--routes", code=1), ["cannot be had together"])
    has_all(dev("run", "a.tml", "b.tml", code=1), ["two programs"])
    has_all(dev("run", "--port", "http", code=1), ["no port number"])
    has_all(dev("run", "nowhere.tml", code=1), ["there is no program '", "nowhere.tml'"])
    has_all(dev("build", "--preset", "nope", code=1), ["unknown preset 'nope'"])


if __name__ == "__main__":
    sys.exit(cases.run(commands, benches, targets, wrong_arguments))
