# SPDX-License-Identifier: Apache-2.0
"""Runs the cases of a test program of this folder, functions that assert."""


def run(*cases):
    """Prints the failures and "N passed, N failed, N skipped"; returns the exit code."""
    failed = 0
    for case in cases:
        try:
            case()
        except AssertionError as error:
            failed += 1
            print(f"FAILED {case.__name__}\n  {error}")
    print(f"{len(cases) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0
