#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nothing in the repository names one machine's folders, a registry's host, or a secret.

A lock file that a registry's own client writes is exempt from the host rule.
"""
import re

from common import Report, arguments, files, lines_of

RULES = [
    (re.compile(r"(?<![\w.$}/])/(home|root|Users|work|mnt|opt)/\w"), "an absolute path of one machine"),
    (re.compile(r"\b(deb\.debian|snapshot\.debian|security\.debian|crates\.io|static\.crates|proxy\.golang|"
                r"sum\.golang|pypi\.org|files\.pythonhosted|registry\.npmjs|repo\d?\.maven)\b"), "a registry's host"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), "a private key"),
    (re.compile(r"\b(ghp_|github_pat_|AKIA|xox[bp]-)[A-Za-z0-9_]{16,}"), "a token"),
]
LOCK_FILES = {"go.sum"}
BINARY = {".bin", ".png", ".gz", ".bc", ".o", ".a"}
# Keys that tests make for themselves and that protect nothing.
TEST_KEYS = re.compile(r"^tests/.*\bcerts?/")


def main():
    arguments(__doc__.splitlines()[0])
    report = Report("check_paths")
    for path in files():
        if path.suffix in BINARY or path.name in LOCK_FILES or "corpus" in path.parts or path.name == "check_paths.py":
            continue
        report.looked_at += 1
        for number, line in enumerate(lines_of(path), 1):
            for pattern, what in RULES:
                if pattern.search(line) and not (what == "a private key" and TEST_KEYS.match(path.as_posix())):
                    report.problem(path, number, f"{what}: {line.strip()[:80]}")
    report.finish()


if __name__ == "__main__":
    main()
