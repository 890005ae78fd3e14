#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random timers against a sorted oracle: 0 early, 0 lost, none later than a tick.

    tests/bench/timers.py [--timers 10000000]

Runs the long case of tests/unit/rt/time/test_oracle.c, over virtual time from 0 to 2^40 ms, against the release build and
prints its counts. `./dev test` runs it with 1,000,000.
"""
import argparse
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import benchlib  # noqa: E402
import drivers  # noqa: E402
import servers  # noqa: E402

CASE = "timers__a_million_random_ones__as_the_sorted_oracle"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--timers", type=int, default=10000000)
    args = parser.parse_args()
    benchlib.header("timers")
    program = drivers.compile_driver(servers.ROOT / "tests/unit/rt/time/test_oracle.c",
                                     servers.ROOT / "tests/support/harness.c",
                                     servers.ROOT / "tests/support/oom_sites.c")
    print(benchlib.run(program, CASE, env={**os.environ, "TMLRT_TEST_TIMERS": str(args.timers)}), end="")


main()
