#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles every program of examples/ (TML source with tmlc, IR with tmlcg), lets it call its own routes, and expects
its answers.

Each at -O2, at -O0 and without any pass. examples/NAME/NAME.tml is a program, other files there are its modules; where a
NAME.out lies beside it, that is what it prints. What the README shows of a program is compared with the program.
Ends with "N passed, N failed, N skipped".

usage: test_examples.py BUILD_FOLDER [LINK_FLAG...]      the flags are the sanitizers of the build
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEVELS = ("-O2", "-O0", "--no-passes")


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout


def smoke(build, source, level, flags, work):
    program = work / (source.name + level)
    is_tml = source.suffix == ".tml"
    link = flags if is_tml else ["--", *flags] if flags else []
    run(build / "codegen-hooks" / ("tmlc" if is_tml else "tmlcg"), "build", source, "-o", program, level, *link,
        timeout=120)
    printed = run(program, "--smoke", "--port", "0", timeout=60, env={**os.environ, "TMLRT_THREADS": "2"})
    wanted = source.with_suffix(".out")
    if wanted.exists():
        lines = [line for line in printed.splitlines() if not line.startswith("tmlrt: ")]  # panics, on stderr
        assert lines == wanted.read_text().splitlines(), f"{source.name} prints something else:\n{printed}"


def readme_shows(source):
    """Every line of the README's llvm blocks is a line of the program; every block of them in its order."""
    blocks = re.findall(r"^```llvm\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    assert blocks, "the README shows no program"
    lines = source.read_text().splitlines()
    for block in blocks:
        at = 0
        for line in block.splitlines():
            assert line in lines[at:] or not line, f"the README's line is not in {source.name} (in this order): {line}"
            at = lines.index(line, at) + 1 if line else at


def main():
    build, flags = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    cases = [(f"{source.name}{level}", lambda work, s=source, o=level: smoke(build, s, o, flags, work))
             for suffix in (".ll", ".tml") for folder in sorted((ROOT / "examples").iterdir())
             for source in [folder / (folder.name + suffix)] if source.exists() for level in LEVELS]
    cases.append(("readme", lambda work: readme_shows(ROOT / "examples/hello/hello.ll")))
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="examples-") as folder:
        for name, action in cases:
            try:
                action(pathlib.Path(folder))
                passed += 1
            except (AssertionError, subprocess.TimeoutExpired) as error:
                failed += 1
                print(f"FAILED {name}\n  {error}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
