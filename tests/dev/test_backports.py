#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of dev.d/backports.py on made-up apt folders, in both formats. Ends with "N passed, N failed, N skipped"."""
import pathlib
import subprocess
import sys
import tempfile

TOOL = pathlib.Path(__file__).resolve().parents[2] / "dev.d" / "backports.py"
LIST = "# a comment\ndeb-src http://mirror/debian bookworm main\n" \
       "deb [arch=amd64 signed-by=/k.gpg] http://mirror/debian bookworm main contrib # cdrom\n" \
       "deb http://mirror/debian bookworm-updates main\n"
SOURCES = "Types: deb\nURIs: http://mirror/debian\nSuites: bookworm bookworm-updates\nComponents: main\n" \
          "Signed-By: /k.gpg\n"
# (name, {file: text}, exit code, file written, its text)
CASES = [
    ("one_line", {"sources.list": LIST}, 0, "sources.list.d/bookworm-backports.list",
     "deb [arch=amd64 signed-by=/k.gpg] http://mirror/debian bookworm-backports main contrib\n"),
    ("one_line_in_parts", {"sources.list.d/debian.list": "deb http://mirror/debian bookworm main\n"}, 0,
     "sources.list.d/bookworm-backports.list", "deb http://mirror/debian bookworm-backports main\n"),
    ("deb822", {"sources.list.d/debian.sources": SOURCES}, 0, "sources.list.d/bookworm-backports.sources",
     SOURCES.replace("bookworm bookworm-updates", "bookworm-backports")),
    ("deb822_disabled", {"sources.list.d/debian.sources": SOURCES + "Enabled: no\n"}, 1, None, None),
    ("there_already", {"sources.list": LIST + "deb http://mirror/debian bookworm-backports main\n"}, 0, None, None),
    ("other_release", {"sources.list": "deb http://mirror/debian trixie main\n"}, 1, None, None),
    ("nothing", {}, 1, None, None),
]


def run(files, code, written, text):
    with tempfile.TemporaryDirectory() as folder:
        apt = pathlib.Path(folder)
        for name, content in files.items():
            (apt / name).parent.mkdir(exist_ok=True)
            (apt / name).write_text(content)
        for time in (1, 2):  # the second run finds what the first one added
            done = subprocess.run([sys.executable, TOOL, "bookworm", apt], capture_output=True, text=True)
            assert done.returncode == code, f"run {time}: exit code {done.returncode}: {done.stderr}"
            told = f"{apt / written}\n" if written and time == 1 else ""
            assert done.stdout == told, f"run {time}: printed {done.stdout!r}"
        got = {str(p.relative_to(apt)) for p in apt.rglob("*") if p.is_file()} - set(files)
        assert got == ({written} if written else set()), f"wrote {got}"
        assert not written or (apt / written).read_text() == text, (apt / written).read_text()


def main():
    failed = 0
    for name, *case in CASES:
        try:
            run(*case)
        except AssertionError as error:
            failed += 1
            print(f"FAILED {name}: {error}")
    print(f"{len(CASES) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
