#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sums test cases over every ctest run of ./dev test.

A ctest entry is a program with many cases: what counts is what its output says ("N passed, N failed, N skipped"
lines of our programs, the counts of lit). An entry that says nothing counts as one case. An entry that failed
without reporting a failed case (a crash, a leak report, a timeout) counts as one failed case.
Prints the failed and the skipped by name, and the sum as the last line. Exit code 1 when anything failed, or when
nothing ran at all.

usage: summary.py DIRECTORY
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

COUNTS = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
CASE_SKIPPED = re.compile(r"^skipped:? +([^:\n]+): *(.*)$", re.M)
CASE_FAILED = re.compile(r"^FAILED (\S+)", re.M)
LIT_TOTAL = re.compile(r"^Total Discovered Tests: (\d+)", re.M)
LIT_ROW = re.compile(r"^  ([A-Z][A-Za-z ]+?) *: +(\d+) \(", re.M)
LIT_CASE = re.compile(r"^(FAIL|UNRESOLVED|TIMEOUT|XPASS): (\S+ :: \S+)", re.M)
LIT_UNSUPPORTED = re.compile(r"^Unsupported Tests \(\d+\):\n((?: +\S.*\n)+)", re.M)
LIT_PASSED = {"Passed", "Passed With Retry", "Expectedly Failed"}
LIT_SKIPPED = {"Unsupported", "Skipped", "Excluded"}


class Sum:
    def __init__(self):
        self.passed = self.failed = 0
        self.failures = []
        self.skips = []

    @property
    def skipped(self):
        return sum(n for n, _ in self.skips)


def read_counts(output):
    """(passed, failed, skipped, names of failed, [(n, text)] of skipped) as the output reports, or None."""
    if LIT_TOTAL.search(output):
        rows = {name.strip(): int(n) for name, n in LIT_ROW.findall(output)}
        passed = sum(n for name, n in rows.items() if name in LIT_PASSED)
        skipped = sum(n for name, n in rows.items() if name in LIT_SKIPPED)
        failed = sum(rows.values()) - passed - skipped
        cases = LIT_CASE.findall(output)
        names = sorted({case for kind, case in cases})
        listed = LIT_UNSUPPORTED.search(output)
        skips = [(1, case.strip() + ": unsupported here") for case in listed.group(1).splitlines()] if listed else []
        return passed, failed, skipped, names, skips
    found = COUNTS.findall(output)
    if not found:
        return None
    passed, failed, skipped = (sum(int(row[i] or 0) for row in found) for i in range(3))
    skips = [(1, f"{name}: {reason}") for name, reason in CASE_SKIPPED.findall(output)]
    return passed, failed, skipped, CASE_FAILED.findall(output), skips


def skip_reason(case, output):
    spoken = re.search(r"^skipped:? *(.*)$", output, re.M)
    if spoken:
        return spoken.group(1)
    element = case.find("skipped")
    return (element.get("message") if element is not None else "") or "not run"


def add_entry(total, label, case):
    name = f"{label}: {case.get('name')}"
    status = case.get("status")
    element = case.find("system-out")
    output = (element.text or "") if element is not None else ""
    if status in ("notrun", "disabled"):
        reason = skip_reason(case, output)
        if "SKIP" in reason or "Disabled" in reason or "skipped" in output:
            total.skips.append((1, f"{name}: {reason}"))
        else:
            total.failed += 1
            total.failures.append(f"{name}: {reason}")
        return
    counts = read_counts(output)
    if counts is None:
        if status == "run":
            total.passed += 1
        else:
            total.failed += 1
            total.failures.append(f"{name}: failed")
        return
    passed, failed, skipped, names, skips = counts
    total.passed += passed
    named = [(n, f"{name}: {text}") for n, text in skips]
    if len(named) != skipped:
        named = [(skipped, f"{name}: {skipped} cases")] if skipped else []
    total.skips += named
    if status == "fail" and failed == 0:
        failed, names = 1, ["ended badly after its cases passed (crash, sanitizer report or timeout)"]
    total.failed += failed
    if failed:
        total.failures += [f"{name}: {n}" for n in names] or [f"{name}: {failed} cases"]


def main():
    folder = pathlib.Path(sys.argv[1])
    total = Sum()
    for path in sorted(folder.glob("*.xml")):
        label = path.stem.split("-", 1)[1]
        for case in ElementTree.parse(path).iter("testcase"):
            add_entry(total, label, case)
    for path in sorted(folder.glob("*.failed")):
        total.failed += 1
        total.failures.append(f"{path.stem}: {path.read_text().strip()}")
    for text in total.failures:
        print("failed", text)
    for _, text in total.skips:
        print("skipped", text)
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 1 if total.failed or total.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
