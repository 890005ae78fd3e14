#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a Spin model exhaustively and prints the states explored.

usage: run_model.py [--cc CC] --expect holds|fails MODEL [-DNAME=VALUE ...]
A variant expected to fail must fail by an assertion or a deadlock: a model that cannot fail shows nothing.
"""
import argparse
import re
import subprocess
import sys
import tempfile


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--expect", choices=("holds", "fails"), required=True)
    parser.add_argument("model")
    options, defines = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        def run(*command):
            return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=110)

        for command in (["spin", "-a", *defines, options.model],
                        [options.cc, "-O1", "-w", "-DSAFETY", "-o", "pan", "pan.c"]):
            made = run(*command)
            if made.returncode != 0:
                sys.exit(f"{command[0]} failed:\n{made.stdout}{made.stderr}")
        out = run("./pan", "-m200000").stdout
    errors = re.search(r"errors: (\d+)", out)
    states = re.search(r"(\d+) states, stored", out)
    if not errors or not states or "max search depth too small" in out:
        sys.exit(f"the search did not finish:\n{out}")
    failed = int(errors.group(1)) > 0
    reason = re.search(r"pan:1: (.*)", out)
    print(f"model={options.model.rsplit('/', 1)[-1]} variant={' '.join(defines) or 'full'} "
          f"states={states.group(1)} errors={errors.group(1)}{' ' + reason.group(1) if reason else ''}")
    sys.exit(0 if failed == (options.expect == "fails") else 1)


if __name__ == "__main__":
    main()
