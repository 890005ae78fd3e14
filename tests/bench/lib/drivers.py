# SPDX-License-Identifier: Apache-2.0
"""Drivers: small programs that do one thing COUNT times. `driver ARGUMENT... COUNT` prints the nanoseconds of one as its
last word; a word before it is a checksum, on which all sides must agree.
"""
import pathlib
import re
import tempfile

import benchlib
import servers


def compile_driver(source, *more):
    """A C driver over the release build's internals, with more sources if need be; returns the program."""
    program = servers.ROOT / "build/bench" / source.stem
    program.parent.mkdir(parents=True, exist_ok=True)
    folders = ["", "abi/include", "rt/include", "std/http/include"]
    libraries = [f"-l{name}" for name in ("ffi", "nghttp2", "ssl", "crypto", "pthread", "m", "dl")]
    benchlib.run("gcc", "-O2", "-g", "-D_GNU_SOURCE", *[f"-I{servers.ROOT / folder}" for folder in folders], source, *more,
                 servers.RELEASE / "libtmlrt.a", "-Wl,--as-needed", *libraries, "-o", program)
    return program


def instructions_in(callgrind_out):
    text = callgrind_out.read_text(encoding="ascii", errors="replace")
    return int(re.search(r"^(?:summary|totals): (\d+)", text, re.M).group(1))


def instructions(*command):
    """Instructions of a program's whole run, by callgrind."""
    with tempfile.NamedTemporaryFile() as out:
        benchlib.run("valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", "--quiet", *command)
        return instructions_in(pathlib.Path(out.name))


class Driver:
    """One side of a comparison. `units`: how many of what is counted one COUNT stands for."""

    def __init__(self, side, command, units=1):
        self.side, self.command, self.units = side, [str(c) for c in command], units

    def run(self, count):
        """(checksum or None, nanoseconds of one)"""
        words = benchlib.run("taskset", "-c", servers.SERVER_CORE, *self.command, count).split()
        return (words[0] if len(words) > 1 else None), float(words[-1])

    def instructions(self, few, many):
        """Per unit: the difference of two lengths, so that starting and ending drop out."""
        totals = [instructions(*self.command, count) for count in (few, many)]
        return (totals[1] - totals[0]) / ((many - few) * self.units)


def compare(figures, what, sides, rounds, count, few, many, only=None):
    """Adds ns_WHAT (interleaved rounds) and instructions_WHAT of all sides, and prints them."""
    sums = {side.run(1)[0] for side in sides}
    if len(sums) != 1:
        raise RuntimeError(f"{what}: the sides do not do the same: {sums}")
    if only != "instructions":
        for number in range(rounds + 1):  # the first one warms up
            for side in sides:
                ns = side.run(count)[1]
                if number:
                    figures.add(f"ns_{what}", side.side, ns)
        figures.emit(f"ns_{what}")
    if only != "ns":
        for side in sides:
            if side.side == "go":
                benchlib.skipped(figures.bench, "go instructions", "valgrind does not run Go programs faithfully")
            else:
                figures.add(f"instructions_{what}", side.side, side.instructions(few, many))
        figures.emit(f"instructions_{what}")
