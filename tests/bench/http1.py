#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1: what one request costs the server, against a canned-answer floor, nginx, h2o, hyper and Go.

Ours is one compiled route among a hundred with every limit and field that is on by default: a parameter is bound, the
answer written from the record as JSON. Every peer answers the same body and the same fields, or the bench ends; the
floor the very same bytes. Every server is pinned to one core, the load generator to the other; rounds are interleaved,
each begins with another server. Measured: CPU time per request by the kernel's clock of the process, requests per
second, system calls per request (strace) and user-space instructions per request (callgrind), one request at a time per
connection and sixteen pipelined, with two and with thirty header fields.
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
CONNECTIONS = 64
TWO = {"Accept": "*/*"}  # beside Host
THIRTY = TWO | {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
    "Accept-Encoding": "gzip, deflate, br", "Accept-Language": "en-GB,en;q=0.9,de;q=0.8", "Cache-Control": "no-cache",
    "Pragma": "no-cache", "DNT": "1", "Referer": "https://shop.example/articles/page/7?sort=price", "Priority": "u=1, i",
    "Cookie": "session=0123456789abcdef0123456789abcdef; theme=dark; consent=1",
    "Authorization": "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.4Adcj3UFYzPUVaVF43FmMab6RlaQD8A9V8wFzzht-KQ",
    "Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin", "Sec-CH-UA-Mobile": "?0",
    "Sec-CH-UA-Platform": '"Linux"', "Origin": "https://shop.example", "X-Requested-With": "XMLHttpRequest",
    "X-Forwarded-For": "203.0.113.195, 198.51.100.17", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "shop.example",
    "Forwarded": "for=203.0.113.195;proto=https", "Via": "1.1 proxy", "X-Request-ID": "7b2f4c1e-5d3a-4f6b-8c9d-0e1f2a3b4c5d",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": "vendor=00f067aa0ba902b7",
    "If-None-Match": '"33a64df551425fcc"', "X-Csrf-Token": "i8XNjC4b8KVok4uw5RftR38Wgp2BFwql", "Save-Data": "on"}


class Mode:
    """How requests come: header fields beside Host, how many in one write, wrk's options, instructions counted."""

    def __init__(self, fields, batch=1, options=()):
        self.batch = batch
        self.text = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.options = [*options, *(word for name, value in fields.items() for word in ("-H", f"{name}: {value}"))]


MODES = {"plain": Mode(TWO), "fields30": Mode(THIRTY), "pipelined16": Mode(TWO, 16, ["-s", str(PIPELINE)])}


def wrk(server, seconds, mode):
    """(requests, requests per second) of one run."""
    out = benchlib.run("taskset", "-c", servers.CLIENT_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s",
                       *MODES[mode].options, server.url)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", out)
    if wrong and "read 0" not in out:
        raise RuntimeError(f"{server.name}: {wrong.group(0)}")
    count = int(re.search(r"(\d+) requests in", out).group(1))
    return count, float(re.search(r"Requests/sec: +([\d.]+)", out).group(1))


def loads(figures, sides, options):
    for mode in MODES:
        for number in range(options.rounds + 1):  # the first one warms up
            for server in sides[number % len(sides):] + sides[:number % len(sides)]:
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
            waits = sum(n for name, n in calls.items() if name.startswith(("epoll_wait", "epoll_pwait")))
            figures.add(f"system_calls_per_request_{mode}", server.name, sum(calls.values()) / count)
            figures.add(f"system_calls_but_waits_per_request_{mode}", server.name, (sum(calls.values()) - waits) / count)
            top = sorted(calls.items(), key=lambda row: -row[1])[:5]
            print(f"# {server.name} {mode}: " + ", ".join(f"{name} {n / count:.3f}" for name, n in top))
        figures.emit(f"system_calls_per_request_{mode}")
        figures.emit(f"system_calls_but_waits_per_request_{mode}")


def count_instructions(start, path, body, mode, requests, work):
    """Instructions of a server's whole life that answers so many requests on one connection."""
    out = pathlib.Path(tempfile.mkdtemp(dir=work)) / "callgrind.out"
    prefix = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--quiet"]
    server = start(prefix)
    try:
        with servers.Client(server.port, fields=mode.text) as client:
            client.requests(path, requests, body, mode.batch)
    finally:
        server.stop()
    return int(re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.M).group(1))


def instructions(figures, starts, path, body, work):
    """The difference of a long and a short life, per request: what starting and stopping cost drops out."""
    few, many = 1600, 9600
    for name_of_mode, mode in MODES.items():
        metric = f"user_instructions_per_request_{name_of_mode}"
        for name, start in starts.items():
            totals = [count_instructions(start, path, body, mode, n, work) for n in (few, many)]
            figures.add(metric, name, (totals[1] - totals[0]) / (many - few))
        figures.emit(metric)


def check(figures):
    """What issue and proposal ask for; what was not measured in this run is left out."""
    goals = benchlib.Goals()

    def ratio(metric, peer):
        samples = figures.samples.get(metric, {})
        return figures.median(metric, "ours") / figures.median(metric, peer) if peer in samples else None

    def at_most(what, value, limit):
        if value is not None:
            goals.check(what, value, limit)

    at_most("CPU of a request to the floor's", ratio("cpu_us_per_request_plain", "floor"), 1.10)
    plain = figures.samples.get("cpu_us_per_request_plain", {})
    if "hyper" in plain:
        won = sum(ours < hyper for ours, hyper in zip(plain["ours"], plain["hyper"]))
        goals.check("rounds with less CPU than hyper", won, len(plain["ours"]) // 2 + 1, least=True)
    calls = figures.samples.get("system_calls_but_waits_per_request_plain")
    if calls:
        goals.check("system calls of a request, without the wait", calls["ours"][0], 2.05)
    for mode in ("plain", "fields30"):
        at_most(f"instructions to hyper's, {mode}", ratio(f"user_instructions_per_request_{mode}", "hyper"), 0.5)
    many = figures.samples.get("requests_per_s_pipelined16")
    if many:
        rate, to_hyper = figures.median("requests_per_s_pipelined16", "ours"), ratio("cpu_us_per_request_pipelined16", "hyper")
        if to_hyper is not None and rate < 800000:
            goals.check("CPU of a pipelined request to hyper's", to_hyper, 0.7)
        else:
            goals.check("pipelined requests a second", rate, 800000, least=True)
    goals.summary()


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
    ours = servers.Routes()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, contextlib.ExitStack() as stack:
        work = pathlib.Path(folder)
        first = stack.enter_context(ours.start())
        peers = servers.Peers(BENCH, first, work)
        print(f"# answer: {len(first.answer)} bytes, body {first.body.decode()}")
        sides = [first]
        for start in (peers.floor, peers.nginx, peers.h2o, peers.hyper, peers.go):
            server = start()
            if server:
                sides.append(stack.enter_context(server))
        if options.only in (None, "load"):
            loads(figures, sides, options)
        if options.only in (None, "syscalls"):
            system_calls(figures, sides)
        if options.only in (None, "instructions"):
            starts = {"ours": ours.start, "floor": peers.floor, "nginx": peers.nginx, "h2o": peers.h2o,
                      "hyper": peers.hyper}
            starts = {name: start for name, start in starts.items() if name in [side.name for side in sides]}
            benchlib.skipped(BENCH, "go instructions", "valgrind does not run Go programs faithfully")
            instructions(figures, starts, ours.PATH, first.body, work)
        check(figures)


if __name__ == "__main__":
    main()
