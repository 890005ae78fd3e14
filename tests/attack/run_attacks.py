#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Attacks examples/users with every row of rows.py, and prints a line per row, source and mode.

attack=NAME source=1|64 mode=once|reconnect rss_kib=GROWTH cpu_ratio=SERVER/ATTACKER p99_ratio=ATTACKED/SINK end=CODES
verdict=ok|FAILED [why]

What is asked: every connection ends with a code of the row; RSS grows by at most 16 MiB + 8 KiB per open connection
(and what the row lets it hold); the server's CPU time is at most 10 x the attacker's, or 1 % of a core. The long mode
has an honest client beside (200 requests a second): its p99 is at most 2 x what it is while the same attacker is busy
with a sink on the server's core (which closes where a server would), or grows by less than 1 ms; a run of less than
2 s has none. The short mode judges no times, and CPU only up to 40 x.
Ends with "N passed, N failed, N skipped".
"""
import argparse
import contextlib
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import rows
import rows_h2

SETS = {"h1": rows.ROWS, "h2": rows_h2.ROWS}
ROOT = pathlib.Path(__file__).resolve().parents[2]
PATH = "/api/users/1"
LAST_CORE = os.cpu_count() - 1
RSS_KIB, RSS_KIB_PER_CONNECTION = 16384, 8


def pinned(core, *command):
    return ["taskset", "-c", str(core), *map(str, command)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fields(line):
    return dict(word.split("=", 1) for word in line.split())


def cpu_s(pid):
    """CPU time of a whole process, user and kernel."""
    return time.clock_gettime(~pid << 3 | 2)


class Server:
    def __init__(self, program, limits, environment, arguments=()):
        self.port = free_port()
        text = ",".join(f"{name}={value}" for name, value in limits.items())
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            pinned(0, program, "--port", self.port, *arguments), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={**os.environ, "TMLRT_THREADS": "1", "TMLRT_LIMITS": text, "TMLRT_LOG": "info",
                 **environment})
        self.pid = self.process.pid
        self.fill()

    def fill(self):
        """A first answer shows that it serves; it also makes the user that is asked for."""
        body = b'{"name":"ann","email":"a@b.c","age":5}'
        for _ in range(500):
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended: {self.said()}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as s:
                s.sendall(rows.post(body) + b"GET " + PATH.encode() + b" HTTP/1.1\r\nHost: a\r\n"
                          b"Connection: close\r\n\r\n")
                data = b""
                while piece := s.recv(4096):
                    data += piece
                if data.count(b"HTTP/1.1 20") != 2:
                    raise RuntimeError(f"the server answers {data!r}")
                return
            time.sleep(0.01)
        raise RuntimeError("the server does not answer")

    def said(self):
        self.log.seek(0)
        return self.log.read()[-3000:].decode(errors="replace")

    def refused(self):
        """How many connections one address had too many, as the stopped server told."""
        found = re.search(r"in all (\d+) connections refused: conns_per_source", self.said())
        return int(found.group(1)) if found else 0

    def rss_kib(self):
        return int(pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * resource.getpagesize() // 1024

    def stop(self, seconds=20):
        self.process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
            raise RuntimeError("the server did not stop after the attack")
        if self.process.returncode != 0:
            raise RuntimeError(f"exit code {self.process.returncode}: {self.said()}")


class Attack:
    """The attacker's command line for a row."""

    def __init__(self, options, row, work, sources, mode):
        self.options, self.row, self.sources, self.mode = options, row, sources, mode
        self.conns = row.conns if sources == 1 else 64 * row.conns64
        self.open, self.more = work / "open", work / "more"
        self.open.write_bytes(row.open)
        self.more.write_bytes(row.more)

    def start(self, port, seconds):
        row = self.row
        return subprocess.Popen(
            pinned(LAST_CORE, self.options.attacker, "flood", port, f"open={self.open}", f"more={self.more}",
                   f"repeat={row.repeat}", f"every={row.every}", f"answers={row.answers}", f"after={row.after}",
                   f"window={row.window}", f"reads={int(row.reads)}", f"h2={int(row.h2)}", f"sources={self.sources}", f"conns={self.conns}",
                   f"reconnect={int(self.mode == 'reconnect')}", f"ms={int(seconds * 1000)}"),
            stdout=subprocess.PIPE, text=True)


def honest(options, port, seconds):
    return subprocess.Popen(pinned(LAST_CORE, options.attacker, "honest", port, seconds, PATH), stdout=subprocess.PIPE,
                            text=True)


def result_of(process, seconds):
    out, _ = process.communicate(timeout=seconds + 30)
    if process.returncode != 0:
        raise RuntimeError(f"the attacker ended with {process.returncode}")
    return fields(out)


def attacked(server, attack, seconds, client):
    """Runs the attack to its end. (attacker's figures, greatest RSS growth, CPU of the server, seconds, honest's)."""
    before, cpu, peak, start = server.rss_kib(), cpu_s(server.pid), 0, time.monotonic()
    attacker = attack.start(server.port, seconds)
    while attacker.poll() is None:
        if server.process.poll() is not None:
            attacker.kill()
            raise RuntimeError(f"the server ended: {server.said()}")
        peak = max(peak, server.rss_kib() - before)
        time.sleep(0.02)
    figures, cpu, took = result_of(attacker, seconds), cpu_s(server.pid) - cpu, time.monotonic() - start
    if client:
        time.sleep(max(0.0, 1 - time.monotonic() + start))
        client.terminate()
    return figures, peak, cpu, took, client and result_of(client, seconds)


def against_sink(options, attack, server, seconds):
    """p99 of the honest client while the attacker is busy with a sink on the server's core."""
    row = attack.row
    size = 0 if row.every or not row.reads else min(300000, len(row.open) + row.repeat * len(row.more))
    if row.holds:
        size = 0
    sink = subprocess.Popen(pinned(0, options.attacker, "sink", size), stdout=subprocess.PIPE, text=True)
    try:
        attacker = attack.start(int(sink.stdout.readline()), seconds)
        client = result_of(honest(options, server.port, seconds * 0.9), seconds)
        result_of(attacker, seconds)
        return int(client["p99_us"])
    finally:
        sink.kill()
        sink.wait()


def faults(options, attack, figures, rss, cpu, p99, sink_p99, seconds, refused):
    """What of the row is not kept. `refused`: a reconnecting address is ahead of the server's view of it."""
    row, found = attack.row, []
    ends = {key[4:]: int(value) for key, value in figures.items() if key.startswith("end.")}
    total = sum(ends.values())
    if not total:
        found.append("no connection ended")
    wrong = sum(value for key, value in ends.items() if key not in row.end)
    wrong -= min(wrong, refused, 0 if "reset" in row.end else ends.get("reset", 0))
    if wrong > total * 0.01:
        found.append(f"{wrong} of {total} did not end with {'/'.join(row.end)}")
    for end, share in row.least.items():
        if ends.get(end, 0) < share * total:
            found.append(f"fewer than {share:.0%} ended with {end}")
    bound = RSS_KIB + int(figures["peak"]) * (RSS_KIB_PER_CONNECTION + row.body_kib)
    if rss > bound and not options.sanitized:
        found.append(f"rss over {bound}")
    attacker = float(figures["cpu"])
    times, idle = (40, 0.2) if options.short else (10, 0)
    if not options.sanitized and cpu > times * attacker and cpu > 0.01 * seconds + idle:
        found.append(f"cpu {cpu:.3f} s against {attacker:.3f} s")
    if sink_p99 and p99 > 2 * sink_p99 and p99 > sink_p99 + 1000:
        found.append(f"p99 {p99} us, with a sink {sink_p99}")
    return found, ",".join(f"{key}:{value}" for key, value in sorted(ends.items(), key=lambda e: -e[1])) or "none"


def run(options, row, work, sources, mode):
    """One line. True when the row is kept."""
    attack = Attack(options, row, work, sources, mode)
    limits = {**(rows.SHORT if options.short else {}), **row.limits}
    seconds = row.seconds if not options.short else row.short
    if mode == "reconnect":
        seconds = options.seconds or seconds if options.short else max(options.seconds, row.seconds)
    elif options.short:
        seconds = 15
    environment = {"ASAN_OPTIONS": "detect_leaks=0"} if options.sanitized else {}
    p99 = sink_p99 = base = 0
    server = Server(options.server, limits, environment, options.h2c if row.h2 else ())
    try:
        client = None
        if not options.short:
            warm = honest(options, server.port, 1.5)
            start, cpu = time.monotonic(), cpu_s(server.pid)
            result_of(warm, 2)
            base = (cpu_s(server.pid) - cpu) / (time.monotonic() - start)
            sink_p99 = against_sink(options, attack, server, min(seconds, options.sink_seconds))
            client = honest(options, server.port, seconds + 5)
        figures, rss, cpu, took, client = attacked(server, attack, seconds, client)
        cpu = max(0.0, cpu - base * took)
        p99 = int(client["p99_us"]) if client else 0
        sink_p99 = sink_p99 if took >= 2 else 0  # too few answers for a hundredth of them
    finally:
        server.stop()
    found, ends = faults(options, attack, figures, rss, cpu, p99, sink_p99, took, server.refused())
    ratio = cpu / max(float(figures["cpu"]), 1e-4)
    ratio99 = f"{p99 / sink_p99:.2f}" if sink_p99 else "-"
    print(f"attack={row.name} source={sources} mode={mode} rss_kib={rss} cpu_ratio={ratio:.2f} p99_ratio={ratio99} "
          f"end={ends} verdict={'FAILED ' + '; '.join(found) if found else 'ok'}", flush=True)
    return not found


def shutdown(options, work):
    """SIGTERM while connections are held open: gone within lame duck and drain; a second one: at once."""
    ok = True
    row = next(r for r in rows.ROWS if r.name == "slow_body")
    for signals, least, most in ((1, 1.0, 6.0), (2, 0.0, 2.0)):
        server = Server(options.server, {"lame_duck": "500ms", "drain": "1500ms", "body_grace": "60s"}, {})
        attacker = Attack(options, row, work, 64, "once").start(server.port, 15)
        time.sleep(0.7)
        start = time.monotonic()
        for i in range(signals):
            time.sleep(0.1 if i else 0)
            server.process.send_signal(signal.SIGTERM)
        code = server.process.wait(20)
        took = time.monotonic() - start
        attacker.wait(20)
        kept = code == 0 and (options.short or least <= took <= most)
        ok = ok and kept
        print(f"attack=shutdown source=64 mode={'sigterm' if signals == 1 else 'twice'} rss_kib=0 cpu_ratio=- "
              f"p99_ratio=- end=exit:{code} verdict={'ok' if kept else f'FAILED after {took:.1f} s'}", flush=True)
    return ok


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path, help="build folder")
    parser.add_argument("--short", action="store_true", help="seconds per row, no times judged")
    parser.add_argument("--seconds", type=float, help="of a reconnecting attack (default 60, short: as the row says)")
    parser.add_argument("--sink-seconds", type=float, default=10, help="of the measurement against the sink")
    parser.add_argument("--once", action="store_true", help="without the runs that reconnect")
    parser.add_argument("--set", choices=list(SETS), default="h1", help="which table of rows")
    parser.add_argument("--rows", help="only these, with commas")
    parser.add_argument("--sanitized", action="store_true", help="the server is: its memory and time say nothing")
    parser.add_argument("--link", action="append", default=[], help="a flag to link the server with")
    options = parser.parse_args()
    options.seconds = options.seconds or (None if options.short else 60)
    return options


def compile_server(options, work):
    program = work / "users"
    link = ["--", *options.link] if options.link else []
    compiler, source = options.build.resolve() / "codegen-hooks/tmlcg", ROOT / "examples/users/users.ll"
    subprocess.run([compiler, "build", source, "-o", program, *link], check=True, stdin=subprocess.DEVNULL)
    return program


def h2c_of(program):
    """The option of the server for HTTP/2 by prior knowledge; nothing when it has none."""
    told = subprocess.run([program, "--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL).stdout
    return ["--h2c", "on"] if "--h2c" in told else []


def attacker_of(options, work):
    """The build's own, or one made here: the release build has no tests."""
    built, program = options.build.resolve() / "tests/attack/attack", work / "attack"
    if built.exists():
        return built
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-D_GNU_SOURCE", "-o", program,
                    pathlib.Path(__file__).parent / "attack.c"], check=True, stdin=subprocess.DEVNULL)
    return program


def main():
    options = arguments()
    table = SETS[options.set]
    wanted = options.rows.split(",") if options.rows else [r.name for r in table] + ["shutdown"] * (options.set == "h1")
    limit = min(20000, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    passed = failed = skipped = 0
    with tempfile.TemporaryDirectory(prefix="attack-") as folder:
        work = pathlib.Path(folder)
        options.server, options.attacker = compile_server(options, work), attacker_of(options, work)
        options.h2c = h2c_of(options.server)
        for row in [r for r in table if r.name in wanted]:
            if options.short and row.long:
                continue
            if row.h2 and not options.h2c:
                print(f"skipped attack/{row.name}: the server has no option for HTTP/2 in the clear")
                skipped += 1
                continue
            if row.plain and options.sanitized:
                print(f"skipped attack/{row.name}: its time and memory are those of the server without a sanitizer")
                skipped += 1
                continue
            for sources in row.sources:
                for mode in [mode for mode in row.modes if mode == "once" or not options.once]:
                    kept = run(options, row, work, sources, mode)
                    passed, failed = passed + kept, failed + (not kept)
        if "shutdown" in wanted:
            kept = shutdown(options, work)
            passed, failed = passed + kept, failed + (not kept)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
