# SPDX-License-Identifier: Apache-2.0
"""What the checks share: the files of the repository, C text without comments, and how problems are reported.

Every check takes `--build DIR` (most ignore it), prints one line per problem as path:line: text, then one line
that tells what it looked at, and exits 1 when there was a problem.
"""
import argparse
import os
import pathlib
import re
import sys

# Another tree than this repository's is what test_checks.py gives them.
ROOT = pathlib.Path(os.environ.get("TMLRT_CHECK_ROOT") or pathlib.Path(__file__).resolve().parents[2])
SKIPPED_FOLDERS = {"build", ".git", "target", "__pycache__", ".cache"}
CODE_FOLDERS = ("abi", "rt", "std", "codegen-hooks")


class Report:
    def __init__(self, name):
        self.name, self.problems, self.looked_at = name, 0, 0

    def problem(self, path, line, text):
        self.problems += 1
        print(f"{path}:{line}: {text}")

    def note(self, path, line, text):
        print(f"{path}:{line}: note: {text}")

    def finish(self, what="files"):
        print(f"{self.name}: {self.looked_at} {what}, {self.problems} problems")
        sys.exit(1 if self.problems else 0)


def arguments(description, *more):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--build", default="build/dev", help="build folder of preset dev")
    for names, options in more:
        parser.add_argument(*names, **options)
    return parser.parse_args()


def files(*suffixes, folders=None):
    """Paths relative to the root, sorted, of the repository's own files with these suffixes ("" for all)."""
    found = []
    for top in folders or [""]:
        for path in (ROOT / top).rglob("*"):
            relative = path.relative_to(ROOT)
            if SKIPPED_FOLDERS.intersection(relative.parts) or not path.is_file():
                continue
            if not suffixes or path.suffix in suffixes:
                found.append(relative)
    return sorted(found)


def lines_of(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="replace").splitlines()


def without_comments(text):
    """The C text with comments and the contents of literals blanked; line numbers stay."""
    def blank(match):
        piece = match.group(0)
        if piece.startswith(("/*", "//")):
            return re.sub(r"[^\n]", " ", piece)
        return piece[0] + " " * (len(piece) - 2) + piece[-1]
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def row_name(line):
    """The name of a row of functions.def, None for another line."""
    match = re.match(r"TMLRT_FN\(\w+, \w+(?:\([^()]*\))?, (\w+)", line) or re.match(
        r"TMLRT_(?:DATA|TLS)\(.*?(\w+)\)$", line)
    return match.group(1) if match else None
