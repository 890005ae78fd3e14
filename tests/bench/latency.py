#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Latency under a fixed rate of requests, from the moment each was due: ours, the canned-answer floor, nginx, hyper, Go.

Ours is the users example with its default limits; every peer answers the same body and the same fields, or the bench
ends. Every server is pinned to one core, the load (lib/open_loop.c, which has what an open loop is) to the other. In a
round each server gets the same schedule, one after the other.
"""
import argparse
import contextlib
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent / "lib"))
import benchlib
import servers

BENCH = "latency"
HERE = pathlib.Path(__file__).parent
PARTS = ("p50", "p90", "p99", "p999", "max")
GOAL_US, GOAL_OVER_FLOOR_US = 10000, 2000


def compile_load(work):
    program = work / "open_loop"
    benchlib.run("gcc", "-O2", "-g", "-D_GNU_SOURCE", HERE / "lib/open_loop.c", "-o", program)
    return program


def measure(figures, load, server, options):
    out = benchlib.run("taskset", "-c", servers.CLIENT_CORE, load, server.port, server.path, options.connections,
                       options.rate, options.seconds)
    found = {name: int(value) for name, value in re.findall(r"(\w+) (\d+)", out)}
    if found["errors"] or found["answered"] != found["sent"]:
        raise RuntimeError(f"{server.name}: {out.strip()}")
    for part in PARTS:
        figures.add(f"us_{part}", server.name, found[f"{part}_us"])
    figures.add("us_generator_late_p99", server.name, found["late_us"])


def check(figures):
    ours, floor = figures.median("us_p99", "ours"), figures.median("us_p99", "floor")
    goals = benchlib.Goals()
    goals.check("p99", ours, GOAL_US, " us")
    goals.check("p99 against the floor and 2 ms", ours, floor + GOAL_OVER_FLOOR_US, " us")
    goals.summary()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds (default 3)")
    parser.add_argument("--seconds", type=float, default=5, help="length of one load (default 5)")
    parser.add_argument("--connections", type=int, default=10000)
    parser.add_argument("--rate", type=int, default=20000, help="requests per second in all")
    options = parser.parse_args()
    benchlib.need("taskset", "gcc")
    benchlib.header(BENCH)
    figures, ours = benchlib.Figures(BENCH), servers.Ours()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, contextlib.ExitStack() as stack:
        work = pathlib.Path(folder)
        load = compile_load(work)
        first = stack.enter_context(ours.start())
        peers = servers.Peers(BENCH, first, work)
        sides = [first]
        for start in (peers.floor, peers.nginx, peers.hyper, peers.go):
            server = start()
            if server:
                sides.append(stack.enter_context(server))
        for _ in range(options.rounds):
            for server in sides:
                measure(figures, load, server, options)
        for part in PARTS:
            figures.emit(f"us_{part}")
        figures.spread("us_generator_late_p99")
        check(figures)


if __name__ == "__main__":
    main()
