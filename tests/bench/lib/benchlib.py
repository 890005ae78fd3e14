# SPDX-License-Identifier: Apache-2.0
"""What every bench shares: the header, the one-line figures, medians with their spread, interleaved rounds.

    import benchlib
    benchlib.header("await")
    figures = benchlib.Figures("await")
    for name, value in ...: figures.add("ns_per_await", "ours", value)
    figures.emit("ns_per_await")                                  # ours against every peer
    figures.emit("req_per_s", rate=True)

A figure's line is `bench=NAME metric=M ours=X peer=P:Y ratio=R`. The ratio is cost-like: ours/peer for time,
instructions and bytes, peer/ours for rates, so below 1 is ahead. The line before it, with a #, has the spread of
every side: median (lowest..highest of N).
"""
import os
import platform
import shlex
import shutil
import statistics
import subprocess
import sys


def header(bench):
    """Prints the machine and the command; first thing a bench does."""
    model = "unknown"
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    print(f"# {bench} on {model}, {os.cpu_count()} cores, Linux {platform.release()}")
    print(f"# command: {shlex.join(sys.argv)}")


def number(value):
    """A figure as printed: three or four significant digits, whole numbers whole."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.4g}" if abs(value) < 10000 else f"{value:.0f}"


def line(bench, metric, ours, peer, theirs, rate=False):
    """Prints one figure."""
    over, under = (theirs, ours) if rate else (ours, theirs)
    ratio = f"{over / under:.3f}" if under else ("1.000" if over == 0 else "inf")
    print(f"bench={bench} metric={metric} ours={number(ours)} peer={peer}:{number(theirs)} ratio={ratio}", flush=True)


def skipped(bench, what, reason):
    print(f"# skipped {bench} {what}: {reason}", flush=True)


class Figures:
    """Samples by metric and side; the side "ours" is compared with each other one."""

    def __init__(self, bench):
        self.bench, self.samples = bench, {}

    def add(self, metric, side, value):
        self.samples.setdefault(metric, {}).setdefault(side, []).append(value)

    def median(self, metric, side):
        return statistics.median(self.samples[metric][side])

    def spread(self, metric):
        """Prints the spread of every side of a metric."""
        parts = [f"{side} {number(statistics.median(v))} ({number(min(v))}..{number(max(v))} of {len(v)})"
                 for side, v in self.samples[metric].items()]
        print(f"# {self.bench} {metric}: {', '.join(parts)}")

    def emit(self, metric, rate=False):
        """Prints the figures of a metric: ours against every peer that has one."""
        sides = self.samples.get(metric, {})
        if "ours" not in sides:
            return
        self.spread(metric)
        for side in sides:
            if side != "ours":
                line(self.bench, metric, self.median(metric, "ours"), side, self.median(metric, side), rate)


class Goals:
    """What a bench must reach: a line for each, and their sum at the end."""

    def __init__(self):
        self.met, self.missed = [], []

    def check(self, what, value, limit, unit="", least=False):
        """least: the value is to be at least the limit, not at most."""
        met = value >= limit if least else value <= limit
        (self.met if met else self.missed).append(what)
        print(f"# goal {what}: {number(value)}{unit} {'>=' if least else '<='} {number(limit)}{unit}: "
              f"{'met' if met else 'MISSED'}", flush=True)

    def summary(self):
        print(f"# goals: {len(self.met)} met, {len(self.missed)} missed"
              f"{': ' + ', '.join(self.missed) if self.missed else ''}")


def need(*programs):
    """Ends the bench when one of the programs it cannot do without is missing."""
    missing = [p for p in programs if not shutil.which(p)]
    if missing:
        sys.exit(f"missing: {' '.join(missing)}; ./dev setup --bench installs what Debian has")


def run(*command, **options):
    """Runs a command and returns what it printed."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(map(str, command))}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout
