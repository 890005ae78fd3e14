#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1: what one request costs the server, against a canned-answer floor, nginx, hyper and Go.

Ours is the users example: a routed, record-driven JSON answer; every peer answers the same body, the floor the very
same bytes. Every server is pinned to one core, the load generator to the other; rounds are interleaved. Measured:
CPU time per request by the kernel's clock of the process, requests per second, system calls per request (strace) and
user-space instructions per request (callgrind), one request at a time per connection and sixteen pipelined.
"""
import argparse
import contextlib
import pathlib
import re
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent / "lib"))
import benchlib
import servers

BENCH = "http1"
PIPELINE = pathlib.Path(__file__).parent / "peers/pipelined16.lua"
MODES = {"plain": [], "pipelined16": ["-s", str(PIPELINE)]}
CONNECTIONS = 64


def wrk(server, seconds, mode):
    """(requests, requests per second) of one run."""
    out = benchlib.run("taskset", "-c", servers.CLIENT_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s",
                       *MODES[mode], server.url)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", out)
    if wrong and "read 0" not in out:
        raise RuntimeError(f"{server.name}: {wrong.group(0)}")
    count = int(re.search(r"(\d+) requests in", out).group(1))
    return count, float(re.search(r"Requests/sec: +([\d.]+)", out).group(1))


def loads(figures, sides, options):
    for mode in MODES:
        for number in range(options.rounds + 1):  # the first one warms up
            for server in sides:
                before = server.cpu_ns()
                count, rate = wrk(server, options.seconds, mode)
                if number:
                    figures.add(f"cpu_us_per_request_{mode}", server.name, (server.cpu_ns() - before) / 1e3 / count)
                    figures.add(f"requests_per_s_{mode}", server.name, rate)
        figures.emit(f"cpu_us_per_request_{mode}")
        figures.emit(f"requests_per_s_{mode}", rate=True)


def system_calls(figures, sides):
    """strace slows the server but does not change what it asks of the kernel per request."""
    for mode in MODES:
        for server in sides:
            with tempfile.NamedTemporaryFile("r") as table:
                trace = benchlib.subprocess.Popen(["strace", "-c", "-f", "-q", "-o", table.name, "-p", str(server.pid)])
                time.sleep(0.5)
                try:
                    count, _ = wrk(server, 2, mode)
                finally:
                    trace.send_signal(2)
                    trace.wait(20)
                rows = re.findall(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$", table.read(), re.M)
            calls = {name: int(n) for n, name in rows if name != "total"}
            figures.add(f"system_calls_per_request_{mode}", server.name, sum(calls.values()) / count)
            top = sorted(calls.items(), key=lambda row: -row[1])[:5]
            print(f"# {server.name} {mode}: " + ", ".join(f"{name} {n / count:.3f}" for name, n in top))
        figures.emit(f"system_calls_per_request_{mode}")


def count_instructions(start, path, body, batch, requests, work):
    """Instructions of a server's whole life that answers so many requests on one connection."""
    out = pathlib.Path(tempfile.mkdtemp(dir=work)) / "callgrind.out"
    prefix = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--quiet"]
    server = start(prefix)
    try:
        with servers.Client(server.port) as client:
            client.requests(path, requests, body, batch)
    finally:
        server.stop()
    return int(re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.M).group(1))


def instructions(figures, starts, path, body, work):
    """The difference of a long and a short life, per request: what starting and stopping cost drops out."""
    few, many = 1600, 9600
    for mode, batch in (("plain", 1), ("pipelined16", 16)):
        metric = f"user_instructions_per_request_{mode}"
        for name, start in starts.items():
            totals = [count_instructions(start, path, body, batch, n, work) for n in (few, many)]
            figures.add(metric, name, (totals[1] - totals[0]) / (many - few))
        figures.emit(metric)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9, help="interleaved rounds of load (default 9)")
    parser.add_argument("--seconds", type=int, default=2, help="length of one load (default 2)")
    parser.add_argument("--only", choices=["load", "syscalls", "instructions"], help="one part")
    return parser.parse_args()


def main():
    options = arguments()
    benchlib.need("wrk", "taskset", "strace", "valgrind", "gcc")
    benchlib.header(BENCH)
    figures = benchlib.Figures(BENCH)
    ours = servers.Ours()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, contextlib.ExitStack() as stack:
        work = pathlib.Path(folder)
        first = stack.enter_context(ours.start())
        peers = servers.Peers(BENCH, ours.PATH, first.answer, work)
        print(f"# answer: {len(first.answer)} bytes, body {peers.body.decode()}")
        sides = [first]
        for start in (peers.floor, peers.nginx, peers.hyper, peers.go):
            server = start()
            if server:
                sides.append(stack.enter_context(server))
        if options.only in (None, "load"):
            loads(figures, sides, options)
        if options.only in (None, "syscalls"):
            system_calls(figures, sides)
        if options.only in (None, "instructions"):
            starts = {"ours": ours.start, "floor": peers.floor, "nginx": peers.nginx, "hyper": peers.hyper}
            starts = {name: start for name, start in starts.items() if name in [side.name for side in sides]}
            benchlib.skipped(BENCH, "go instructions", "valgrind does not run Go programs faithfully")
            instructions(figures, starts, ours.PATH, peers.body, work)


if __name__ == "__main__":
    main()
