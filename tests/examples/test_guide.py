#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles every block ```tml of docs/guide as a program: one with @Example is served and calls itself, one with @test
is tested, any other is checked. A block ```console whose first line is `$ tmlc check` shows what the block before it is
answered with.

Every message in the first column of docs/guide/errors.md is one of the golden files'.

Ends with "N passed, N failed, N skipped".

usage: test_guide.py BUILD_FOLDER [LINK_FLAG...]      the flags are the sanitizers of the build
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(tml|console)\n(.*?)^```", re.M | re.S)


def run(*command):
    done = subprocess.run([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120, env={**os.environ, "TMLRT_THREADS": "2"})
    return done.returncode, done.stdout


def must(*command):
    code, printed = run(*command)
    assert code == 0, f"{' '.join(map(str, command))}: exit code {code}\n{printed[-3000:]}"


def try_program(tmlc, source, flags):
    text = source.read_text()
    if "@test" in text:
        must(tmlc, "test", source, *flags)
    elif "@Example" in text:
        program = source.with_suffix("")
        must(tmlc, "build", source, "-o", program, *flags)
        must(program, "--smoke", "--port", "0")
    else:
        must(tmlc, "check", source)


def is_check(block):
    return block is not None and block[0] == "console" and block[1].startswith("$ tmlc check")


def catalogue():
    """Messages of the page that no golden file has."""
    golden = [path.read_text(errors="replace") for folder in ("lit/tmlc", "tests/unit/std/http/framework")
              for path in (ROOT / folder).rglob("*.txt")]
    said = "".join(golden).replace("error ", "")
    rows = re.findall(r"^\| `(.*?)` \|", (ROOT / "docs/guide/errors.md").read_text(), re.M)
    assert rows, "errors.md has no rows"
    return [row for row in rows if row not in said]


def main():
    tmlc, flags = pathlib.Path(sys.argv[1]).resolve() / "codegen-hooks/tmlc", sys.argv[2:]
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="guide-") as folder:
        for page in sorted((ROOT / "docs/guide").glob("*.md")):
            blocks = [(m[1], m[2], page.read_text()[:m.start()].count("\n") + 2) for m in BLOCK.finditer(page.read_text())]
            for index, (kind, text, line) in enumerate(blocks):
                if kind != "tml":
                    continue
                following = blocks[index + 1] if index + 1 < len(blocks) else None
                source = pathlib.Path(folder) / (f"{page.stem}_{line}.tml")
                if is_check(following):
                    source = pathlib.Path(folder) / following[1].split("\n", 1)[0].split()[-1]
                source.write_text(text)
                try:
                    if is_check(following):
                        printed = run(tmlc, "check", source)[1]
                        assert printed == following[1].split("\n", 1)[1], f"it says:\n{printed}"
                    else:
                        try_program(tmlc, source, flags)
                    passed += 1
                except (AssertionError, subprocess.TimeoutExpired) as error:
                    failed += 1
                    print(f"FAILED {page.name}:{line}\n  {error}")
    missing = catalogue()
    passed, failed = passed + (not missing), failed + bool(missing)
    for row in missing:
        print(f"FAILED errors.md: nobody says: {row}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
