#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 in the clear: what one request costs the server, beside h2o, nginx, hyper (h2) and Go.

Ours is a compiled route with every limit that is on by default: a parameter is bound, the answer written from the record
as JSON; `post1k` reads a kilobyte of JSON into its type before. Every peer answers the same body and the same fields, or the
bench ends; it reads the kilobyte and throws it away. Every server is pinned to one core, h2load to the other; rounds are
interleaved, each begins with another server. `floor` is nghttp2 with a canned answer and nothing else, its blocks used
again; `floor-malloc` the same with libc's blocks: ours is on nghttp2 for all but the fields of answers, so only there can it
cost less. Measured, with 100 requests at once on each of 8 connections and with 10 on each of 100: CPU time per request by
the kernel's clock of the process, requests per second, and user-space instructions per request (callgrind).
"""
import argparse
import contextlib
import json
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent / "lib"))
import benchlib
import drivers
import servers

BENCH = "http2"
SHAPES = {"c8m100": ("-c8", "-m100"), "c100m10": ("-c100", "-m10")}
WORK = ("small", "post1k")
KILOBYTE = 1024
WARM = 20000  # requests before it counts
CPU_US = 2.3  # of a request
RATE = 400000  # small requests a second in the best round


def note():
    """A kilobyte of JSON that our route reads into its type."""
    value = {"id": 12345, "title": "a note", "text": "", "tags": ["one", "two", "three", "four"]}
    value["text"] = "x" * (KILOBYTE - len(json.dumps(value)))
    return json.dumps(value)


class Load:
    """h2load against one server; `fields` are those of a request beside the pseudo-fields."""

    def __init__(self, folder):
        self.file = folder / "note.json"
        self.file.write_text(note(), encoding="ascii")

    def run(self, server, work, shape, *amount):
        """(requests, requests per second); every answer must be a 2xx."""
        body = ("-d", self.file, "-H", "content-type: application/json") if work == "post1k" else ()
        out = benchlib.run("taskset", "-c", servers.CLIENT_CORE, "h2load", "-t1", *SHAPES[shape], *amount, *body, server.url)
        rate = float(re.search(r"finished in [^,]+, ([\d.]+) req/s", out).group(1))
        wrong = re.search(r"(\d+) failed, (\d+) errored, (\d+) timeout", out)
        statuses = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", out)
        if any(map(int, [*wrong.groups(), *statuses.groups()[1:]])) or statuses.group(1) == "0":
            raise RuntimeError(f"{server.name} {work} {shape}: {wrong.group(0)}, {statuses.group(0)}")
        return int(statuses.group(1)), rate


def can(server, work):
    """h2o's module for files, the one of its modules that answers a fixed body without a script, knows GET only."""
    return work == "small" or server != "h2o"


def loads(figures, sides, load, options):
    """As many requests as a server answers in the time: so every one of them has its answer when h2load ends."""
    for work in WORK:
        able = [server for server in sides if can(server.name, work)]
        for shape in SHAPES:
            name = f"{work}_{shape}"
            counts = {}
            for server in able:
                load.run(server, work, shape, f"-n{WARM}")
                counts[server.name] = max(WARM, int(load.run(server, work, shape, f"-n{WARM}")[1] * options.seconds))
            for number in range(options.rounds):
                for server in able[number % len(able):] + able[:number % len(able)]:
                    before = server.cpu_ns()
                    count, rate = load.run(server, work, shape, f"-n{counts[server.name]}")
                    figures.add(f"cpu_us_per_request_{name}", server.name, (server.cpu_ns() - before) / 1e3 / count)
                    figures.add(f"requests_per_s_{name}", server.name, rate)
            figures.emit(f"cpu_us_per_request_{name}")
            figures.emit(f"requests_per_s_{name}", rate=True)
            for side, rates in figures.samples[f"requests_per_s_{name}"].items():
                figures.add(f"best_requests_per_s_{name}", side, max(rates))
            figures.emit(f"best_requests_per_s_{name}", rate=True)


def count_instructions(start, load, work, shape, requests, folder):
    """Instructions of a server's whole life that answers so many requests."""
    out = pathlib.Path(tempfile.mkdtemp(dir=folder)) / "callgrind.out"
    server = start(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--quiet"])
    try:
        load.run(server, work, shape, f"-n{requests}")
    finally:
        server.stop()
    return drivers.instructions_in(out)


def instructions(figures, starts, load, folder):
    """The difference of a long and a short life, per request: what starting and stopping cost drops out."""
    few, many = 4000, 20000
    for work in WORK:
        name = f"user_instructions_per_request_{work}_c8m100"
        for side, start in starts.items():
            if can(side, work):
                totals = [count_instructions(start, load, work, "c8m100", n, folder) for n in (few, many)]
                figures.add(name, side, (totals[1] - totals[0]) / (many - few))
        figures.emit(name)


def check(figures):
    """What was not measured in this run is left out."""
    goals = benchlib.Goals()
    for what in (f"{work}_{shape}" for work in WORK for shape in SHAPES):
        metric = f"cpu_us_per_request_{what}"
        if "ours" not in figures.samples.get(metric, {}):
            continue
        ours = figures.median(metric, "ours")
        goals.check(f"CPU of a request, {what}", ours, CPU_US, " us")
        if "h2o" in figures.samples[metric]:
            goals.check(f"CPU of a request to h2o's, {what}", ours / figures.median(metric, "h2o"), 1)
        if what.startswith("small"):
            goals.check(f"requests a second, best round, {what}", max(figures.samples[f"requests_per_s_{what}"]["ours"]),
                        RATE, least=True)
    goals.summary()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds of load (default 7)")
    parser.add_argument("--seconds", type=int, default=2, help="length of one load, about (default 2)")
    parser.add_argument("--only", choices=["load", "instructions"], help="one part")
    return parser.parse_args()


def main():
    options = arguments()
    benchlib.need("h2load", "taskset", "valgrind")
    benchlib.header(BENCH)
    figures = benchlib.Figures(BENCH)
    program = servers.Load()

    def ours(prefix=()):
        """Under valgrind it is behind for as long as it runs, which is no reason to refuse requests there."""
        slow = ["--limit", "queue_delay=1h"] if prefix else []
        return program.start(prefix, options=["--h2c", "on", *slow], kind=servers.Http2Server)

    with tempfile.TemporaryDirectory(prefix="bench-") as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        load = Load(folder)
        first = stack.enter_context(ours())
        print(f"# answer: {first.answer.decode()}")
        peers = servers.Http2Peers(BENCH, first, folder)
        benchlib.skipped(BENCH, "h2o post1k", "its module for files answers GET only")
        sides, starts = [first], {"ours": ours}
        for start in (peers.floor, peers.floor_malloc, peers.h2o, peers.nginx, peers.hyper, peers.go):
            server = start()
            if server:
                sides.append(stack.enter_context(server))
                starts[server.name] = start
        if options.only in (None, "load"):
            loads(figures, sides, load, options)
        if options.only in (None, "instructions"):
            if starts.pop("go", None):
                benchlib.skipped(BENCH, "go instructions", "valgrind does not run Go programs faithfully")
            instructions(figures, starts, load, folder)
        check(figures)


if __name__ == "__main__":
    main()
