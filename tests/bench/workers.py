#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two workers against one: a route that burns a millisecond, and the CPU of small requests at a fixed rate.

The server and the load have both cores of the machine, with one worker and with two. burn: 32 connections that ask again
at once; a round counts for the goal when nothing else kept more than a tenth of a core busy meanwhile, since two workers
can use two cores only where they are free. fixed rate: so many
small requests a second, evenly spread over 64 connections by an open loop; CPU time is the server's whole process's. One
worker at half the rate stands beside it: what that costs more than the whole rate does is what each of two workers pays
because fewer requests wait for it when it wakes. Rounds are interleaved, each begins with another side.
"""
import argparse
import contextlib
import os
import pathlib
import re
import resource
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent / "lib"))
import benchlib
import servers

BENCH = "workers"
ONE, HALF = "one_worker", "one_worker_half_rate"
BURN_US, BURNING, STEADY = 1000, 32, 64
SCALES, COSTS = 1.9, 1.10
QUIET_CORES = 0.1


class Both(servers.Server):
    CORES = f"{servers.SERVER_CORE},{servers.CLIENT_CORE}"


def rounds_of_a_millisecond(server):
    """How many rounds of arithmetic take a millisecond here: measured by the server's own CPU time."""
    rounds, count = 100000, 40
    with servers.Client(server.port) as client:
        client.requests(f"/load/burn/{rounds}", 5)
        before = server.cpu_ns()
        client.requests(f"/load/burn/{rounds}", count)
        return round(rounds * BURN_US * 1e3 * count / (server.cpu_ns() - before))


def busy_seconds():
    """Of all cores together since the machine started, with what a host took away."""
    with open("/proc/stat", encoding="ascii") as stat:
        ticks = [int(word) for word in stat.readline().split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def ours_seconds(server):
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return server.cpu_ns() / 1e9 + children.ru_utime + children.ru_stime


def burn(server, path, seconds):
    """Requests per second, and how many cores were busy with something else meanwhile."""
    url = f"http://127.0.0.1:{server.port}{path}"
    start, others = time.monotonic(), busy_seconds() - ours_seconds(server)
    out = benchlib.run("wrk", "-t1", f"-c{BURNING}", f"-d{seconds}s", url)
    others = max(busy_seconds() - ours_seconds(server) - others, 0) / (time.monotonic() - start)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", out)
    if wrong:
        raise RuntimeError(f"{server.name}: {wrong.group(0)}")
    return float(re.search(r"Requests/sec: +([\d.]+)", out).group(1)), others


def steady(server, load, rate, seconds):
    """Microseconds of CPU per request."""
    before = server.cpu_ns()
    out = benchlib.run(load, server.port, server.path, STEADY, rate, seconds)
    spent = server.cpu_ns() - before
    found = {name: int(value) for name, value in re.findall(r"(\w+) (\d+)", out)}
    if found["errors"] or found["answered"] != found["sent"]:
        raise RuntimeError(f"{server.name}: not every request had its answer: a busy machine, or --rate is too much for it: "
                           f"{out.strip()}")
    return spent / 1e3 / found["answered"]


def rounds(sides, measure, number):
    """(side, what was measured) of so many interleaved rounds; the first one warms up and is left out."""
    for turn in range(number + 1):
        for name, *side in sides[turn % len(sides):] + sides[:turn % len(sides)]:
            value = measure(*side)
            if turn:
                yield name, value


def check(figures):
    goals = benchlib.Goals()
    quiet = figures.samples.get("quiet_requests_per_s_burn", {})
    if len(quiet) == 2:
        ratio = figures.median("quiet_requests_per_s_burn", "ours") / figures.median("quiet_requests_per_s_burn", ONE)
        goals.check("two workers to one, a millisecond of work", ratio, SCALES, least=True)
    else:
        benchlib.skipped(BENCH, "goal two workers to one", "no quiet round of both: something else kept the cores busy")
    metric = "cpu_us_per_request_fixed_rate"
    goals.check("CPU of a request at a fixed rate, two workers to one",
                figures.median(metric, "ours") / figures.median(metric, ONE), COSTS)
    goals.summary()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds (default 7)")
    parser.add_argument("--seconds", type=int, default=2, help="length of one load (default 2)")
    parser.add_argument("--rate", type=int, default=20000, help="requests per second at the fixed rate (default 20000)")
    options = parser.parse_args()
    benchlib.need("wrk", "taskset", "gcc")
    benchlib.header(BENCH)
    if os.cpu_count() < 2:
        sys.exit("this needs two cores")
    figures, program = benchlib.Figures(BENCH), servers.Load()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, contextlib.ExitStack() as stack:
        load = pathlib.Path(folder) / "open_loop"
        benchlib.run("gcc", "-O2", "-g", "-D_GNU_SOURCE", servers.ROOT / "tests/bench/lib/open_loop.c", "-o", load)
        two, one = (stack.enter_context(program.start(env={"TMLRT_THREADS": threads}, kind=Both)) for threads in "21")
        path = f"/load/burn/{rounds_of_a_millisecond(one)}"
        print(f"# a millisecond: {path}")
        sides = [("ours", two), (ONE, one)]
        for name, (rate, others) in rounds(sides, lambda server: burn(server, path, options.seconds), options.rounds):
            figures.add("requests_per_s_burn", name, rate)
            figures.add("cores_of_others_burn", name, others)
            if others <= QUIET_CORES:
                figures.add("quiet_requests_per_s_burn", name, rate)
        sides = [("ours", two, options.rate), (ONE, one, options.rate), (HALF, one, options.rate // 2)]
        for name, cost in rounds(sides, lambda server, rate: steady(server, load, rate, options.seconds), options.rounds):
            figures.add("cpu_us_per_request_fixed_rate", name, cost)
        figures.spread("cores_of_others_burn")
        figures.emit("requests_per_s_burn", rate=True)
        figures.emit("quiet_requests_per_s_burn", rate=True)
        figures.emit("cpu_us_per_request_fixed_rate")
        check(figures)


if __name__ == "__main__":
    main()
