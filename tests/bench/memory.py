#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an idle connection and a request cost in memory.

User-space bytes per idle keep-alive connection: the growth of anonymous resident memory from 500 to 10,500 connections,
each of which had one checked answer; afterwards every one is asked again. Peers: nginx, hyper, Go, each with the fields
of our answer, or the bench ends.
Over TLS (HTTP/1.1) and over HTTP/2 (in the clear) the same from 500 to 5,500, beside the floor of the library that both use: one
SSL, one nghttp2 session per connection over epoll, and nothing else (peers/tls_floor.c, peers/h2_floor.c).
Heap allocations: calls of malloc and its kin, of the whole process (counted by interposition), during requests 1,001
to 101,000 of `GET /:id`. Growth: the slope of anonymous resident memory over ten million mixed requests (lib/mixed.py:
answers from a record, a kilobyte of JSON read, bodies in pieces, what is not there, what is wrong) over HTTP/1.1 and HTTP/2,
in the clear and over TLS, connections closed and opened anew at each sample.
"""
import argparse
import contextlib
import functools
import pathlib
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import time

LIB = pathlib.Path(__file__).parent / "lib"
sys.path.insert(0, str(LIB))
import benchlib
import mixed
import servers
import tls_servers

BENCH = "memory"
IDLE_BYTES, GROWN_BYTES = 4096, 1 << 20
OVER_FLOOR = {"tls": 2048, "h2": 3072}  # bytes of an idle connection beyond those of the library
FLOOR_CONNECTIONS = 5000


class Idlers:
    """A group of idle connections in a process of their own."""

    def __init__(self, server, count, body_file, network, protocol):
        self.count = count
        self.process = subprocess.Popen(
            ["taskset", "-c", servers.CLIENT_CORE, sys.executable, str(LIB / "idle_client.py"), str(protocol),
             str(server.port), server.path, str(count), str(body_file), str(network)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.expect(f"ready {count}")

    def expect(self, line):
        said = self.process.stdout.readline().strip()
        if said != line:
            raise RuntimeError(f"idle connections: '{said}' instead of '{line}'")

    def finish(self):
        """Asks every connection once more."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.expect(f"alive {self.count}")
        self.process.stdin.close()
        self.process.wait(30)


def bytes_per_connection(server, count, body_file, protocol="plain"):
    first = Idlers(server, 500, body_file, 1, protocol)
    time.sleep(0.3)
    before = server.anonymous_bytes()
    rest = Idlers(server, count, body_file, 2, protocol)
    time.sleep(0.3)
    after = server.anonymous_bytes()
    rest.finish()
    first.finish()
    return (after - before) / count


def idle(figures, starts, options, work, body):
    body_file = work / "body"
    body_file.write_bytes(body)
    for _ in range(options.rounds):
        for start in starts:
            server = start()
            if server is None:
                starts.remove(start)
                continue
            with server:
                figures.add("bytes_per_idle_connection", server.name,
                            bytes_per_connection(server, options.connections, body_file))
    figures.emit("bytes_per_idle_connection")


class Floors:
    """Ours and the floor of a library, as they are started for one kind of connection. The floor answers what ours did."""

    def __init__(self, ours, work):
        self.ours, self.answer, self.body = ours, work / "answer", work / "body"
        self.certificate = tls_servers.Certificate(work)
        self.tls_kind = functools.partial(tls_servers.TlsServer, self.certificate.context())

    def protocol(self, kind):
        return self.certificate.pem if kind == "tls" else kind

    def start_ours(self, kind):
        if kind == "tls":
            options, asked = ["--tls-cert", self.certificate.pem, "--tls-key", self.certificate.key], self.tls_kind
        else:
            options, asked = ["--h2c", "on"], servers.Http2Server
        self.like = self.ours.start(options=options, kind=asked)
        self.answer.write_bytes(self.like.answer if kind == "tls" else servers.canned_http2(self.like))
        self.body.write_bytes(self.like.body)
        return self.like

    def start_floor(self, kind):
        port = servers.free_port()
        if kind == "tls":
            command = [servers.compile_floor("tls_floor", "ssl", "crypto"), port, self.answer, self.certificate.pem,
                       self.certificate.key]
            return self.tls_kind("floor", command, self.ours.PATH, port, self.like.body, like=self.like)
        return servers.Http2Server("floor", [servers.compile_floor("h2_floor", "nghttp2"), port, self.answer],
                                   self.ours.PATH, port, self.like.body, like=self.like)


def idle_over_floors(figures, floors, options):
    for kind in OVER_FLOOR:
        metric = f"bytes_per_idle_{kind}_connection"
        for _ in range(options.rounds):
            for start in (floors.start_ours, floors.start_floor):
                with start(kind) as server:
                    figures.add(metric, server.name, bytes_per_connection(server, min(options.connections, FLOOR_CONNECTIONS),
                                                                          floors.body, floors.protocol(kind)))
        figures.emit(metric)


def compile_counter(work):
    library = work / "count_allocations.so"
    benchlib.run("gcc", "-O2", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", library, LIB / "count_allocations.c")
    return library


def allocations(start, work, library, first, count):
    """(calls, bytes) while `count` requests are answered after `first` of them, in four connections' turns."""
    table = work / "allocations"
    table.write_bytes(bytes(16))
    environment = {"LD_PRELOAD": str(library), "ALLOCATION_COUNT_FILE": str(table)}
    with start(env=environment) as server, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(servers.Client(server.port)) for _ in range(4)]
        body = servers.body_of(server.answer)
        for client in clients:
            client.requests(server.path, first // 4, body)
        before = struct.unpack("QQ", table.read_bytes())
        if before[0] == 0:
            raise RuntimeError("no allocation was counted before the first request: the counter is not in the process")
        for client in clients:
            client.requests(server.path, count // 4, body)
        after = struct.unpack("QQ", table.read_bytes())
    print(f"# {count} requests after the first {first}: {after[0] - before[0]} allocations of "
          f"{after[1] - before[1]} bytes; {before[0]} before")
    return after[0] - before[0]


def growth(figures, mix, requests):
    """The slope of memory, as bytes in so many requests: a line through the samples by least squares."""
    with mix.start() as server:
        print(f"# {mix.run()} mixed requests warmed up")
        points = [(0, server.anonymous_bytes())]
        while points[-1][0] < requests:
            points.append((points[-1][0] + mix.run(), server.anonymous_bytes()))
    print("# memory in KiB, sample by sample: " + " ".join(str(size >> 10) for _, size in points))
    slope, _ = statistics.linear_regression(*zip(*points))
    figures.add(f"bytes_grown_in_{requests}_mixed_requests", "ours", slope * requests)
    figures.add(f"bytes_grown_in_{requests}_mixed_requests", "goal", GROWN_BYTES)
    figures.emit(f"bytes_grown_in_{requests}_mixed_requests")


def check(figures, options):
    """What was not measured in this run is left out."""
    goals = benchlib.Goals()
    for what, metric, limit in (("idle keep-alive connection", "bytes_per_idle_connection", IDLE_BYTES),
                                ("allocations in 100,000 requests", "allocations_in_100000_requests", 0),
                                (f"growth in {options.requests} mixed requests",
                                 f"bytes_grown_in_{options.requests}_mixed_requests", GROWN_BYTES)):
        if metric in figures.samples:
            goals.check(what, figures.median(metric, "ours"), limit)
    for kind, more in OVER_FLOOR.items():
        metric = f"bytes_per_idle_{kind}_connection"
        if metric in figures.samples:
            goals.check(f"idle {kind} connection, {more} bytes over the library", figures.median(metric, "ours"),
                        figures.median(metric, "floor") + more)
    goals.summary()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds of idle connections (default 3)")
    parser.add_argument("--connections", type=int, default=10000)
    parser.add_argument("--requests", type=int, default=10000000, help="mixed requests (default 10000000)")
    parser.add_argument("--only", choices=["idle", "floors", "allocations", "growth"], help="one part")
    return parser.parse_args()


def main():
    options = arguments()
    benchlib.need("taskset", "gcc", "wrk", "h2load", "openssl")
    benchlib.header(BENCH)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < options.connections + 1000:
        sys.exit(f"this needs {options.connections + 1000} open files in one process; the limit is {hard}")
    figures = benchlib.Figures(BENCH)
    ours = servers.Ours()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        work = pathlib.Path(folder)
        if options.only in (None, "idle"):
            with ours.start() as server:
                peers = servers.Peers(BENCH, server, work)
            idle(figures, [ours.start, peers.nginx, peers.hyper, peers.go], options, work, server.body)
        if options.only in (None, "floors"):
            idle_over_floors(figures, Floors(ours, work), options)
        if options.only in (None, "allocations"):
            figures.add("allocations_in_100000_requests", "ours",
                        allocations(ours.start, work, compile_counter(work), 1000, 100000))
            figures.add("allocations_in_100000_requests", "goal", 0)
            figures.emit("allocations_in_100000_requests")
        if options.only in (None, "growth"):
            growth(figures, mixed.Mix(work), options.requests)
        check(figures, options)


if __name__ == "__main__":
    main()
