#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The runtime beside Tokio and Go, row by row on the same work: tasks, channels, timers, wakes, TCP echo.

    tests/bench/runtime.py [--rounds 5] [--rows spawn_join,yield,...] [--no-instructions]

What a row does is in docs/bench/runtime.md. Rounds are interleaved, figures are medians. Flavours: current (one thread,
one core) and multi (two workers, two cores). A row of the current-thread flavour is compared by the CPU time of the
whole process, which other load on the machine disturbs least, one of two workers by the time that passed. Instructions
are callgrind's, as the difference of two run lengths. Ours is compiled by tmlc where the language has what the row
needs (runtime/*.tml), else C over the same functions in the form that compiled code has (runtime/*.c).
"""
import argparse
import contextlib
import os
import pathlib
import re
import resource
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))
import benchlib  # noqa: E402
import drivers  # noqa: E402
import servers  # noqa: E402

BENCH = "runtime"
TOKIO, GO = servers.PEERS / "tokio/release/tokio-peer", servers.PEERS / "goroutines"
FLAVOURS = {"current": ("1", servers.SERVER_CORE), "multi": ("2", f"{servers.SERVER_CORE},{servers.CLIENT_CORE}")}
BEHIND, AHEAD = 1.0, 1 / 1.5  # cost ratios to Tokio: not behind, 1.5 times as fast
ECHO_TURNS = 8  # of every server in a round
ECHO_ROUNDS = 9  # at least: what is left to differ is as small as the rounds differ
MANY_CONNECTIONS = 5000


class Row:
    """One row: the program it is in, how many operations a round has, and what it must reach.

    ratio: of ours to Tokio's cost, at most; None: a part of ours that no peer has. limits: flavour to nanoseconds at
    most.
    """

    def __init__(self, name, program, count, ratio=BEHIND, limits=None, few=2000, many=12000):
        self.name, self.program, self.count, self.ratio = name, program, count, ratio
        self.limits, self.few, self.many = limits or {}, few, many


# So many that a side takes a tenth of a second at least: its start is in the CPU time, some milliseconds of it.
ROWS = [
    Row("spawn_join", "tasks", 1200000, AHEAD, {"current": 200, "multi": 2000}),
    Row("spawn_many", "tasks", 1200000, AHEAD),
    Row("join_set", "tasks", 1200000, AHEAD),
    Row("chained", "channels", 4000000, AHEAD),
    Row("ping_pong", "channels", 1200000, AHEAD),
    Row("yield", "tasks", 6000000, AHEAD, few=20000, many=60000),
    Row("mpsc", "channels", 4000000, few=20000, many=60000),
    Row("broadcast", "channels", 8000000, few=20000, many=60000),
    Row("mutex_free", "channels", 16000000),
    Row("mutex_contended", "channels", 1200000),
    Row("timer", "timers", 2000000),
    Row("insert_cancel", "timers", 4000000, None, {"current": 50}),
]
OTHER_ROWS = ["million", "wake", "ticker", "echo", "idle"]


class Ours:
    """Our programs, built when a row first needs them."""

    def __init__(self, folder):
        self.folder, self.programs = folder, {}

    def program(self, name):
        """The path, or None when it could not be built (said once)."""
        if name not in self.programs:
            self.programs[name] = self.build(name)
        return self.programs[name]

    def build(self, name):
        source = HERE / BENCH / f"{name}.c"
        try:
            if source.exists():
                return drivers.compile_driver(source)
            source = source.with_suffix(".tml")
            benchlib.run(servers.RELEASE / "codegen-hooks/tmlc", "build", source, "-o", self.folder / name,
                         cwd=servers.ROOT)
            return self.folder / name
        except RuntimeError as error:
            reason = next((line for line in str(error).splitlines() if "error" in line), str(error).splitlines()[-1])
            benchlib.skipped(BENCH, f"what is in {source.name}", reason)
            return None

    def command(self, row, flavour, count):
        program = self.program(row.program)
        environment = {"TMLRT_THREADS": FLAVOURS[flavour][0], "ROW": row.name, "COUNT": str(count)}
        return [program, row.name, count], environment


class Side:
    """A peer: a program that takes ROW FLAVOUR COUNT."""

    def __init__(self, name, program):
        self.name, self.program = name, program

    def command(self, row, flavour, count):
        return [self.program, row.name, flavour, count], {}


def rotated(items, number):
    number %= max(len(items), 1)
    return items[number:] + items[:number]


def cores_for(flavour):
    return ["taskset", "-c", FLAVOURS[flavour][1]]


def set_priority(nice):
    """Children inherit it: on a shared machine a negative one keeps other load out of the figures (needs root)."""
    if nice:
        os.setpriority(os.PRIO_PROCESS, 0, nice)


def run_once(command, environment, prefix):
    """(what it printed, CPU nanoseconds of the process)"""
    words = [*prefix, *[str(word) for word in command]]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                               env={**os.environ, **environment}, text=True)
    output = process.stdout.read()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: exit code {process.returncode}\n{errors[-2000:]}")
    return output, (usage.ru_utime + usage.ru_stime) * 1e9


def late_of_own(ticks):
    """What of each tick's lateness is the runtime's own. The loop beside the ticker never sleeps, so time that passed
    since the tick before without CPU time was other programs'; and a tick that was due before the last one was served
    has waited since then only."""
    own, inherited = [], 0
    for late, stolen in ticks:
        own.append(max(0, late - max(0, inherited) - max(0, stolen)))
        inherited = late - 10000000
    return own


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.figures, self.goals, self.ours = benchlib.Figures(BENCH), benchlib.Goals(), Ours(folder)
        self.peers = []
        for name, program, tool in (("tokio", TOKIO, "Rust"), ("go", GO, "Go")):
            if program.exists():
                self.peers.append(Side(name, program))
            else:
                benchlib.skipped(BENCH, f"peer {name}", f"not built: ./dev setup --bench needs a {tool} toolchain for it")

    def wanted(self, name):
        return not self.options.rows or name in self.options.rows

    def sides(self, row):
        """Every side that has the row, ours first; empty when ours has not."""
        if self.ours.program(row.program) is None:
            return []
        if row.ratio is None:
            return [("ours", self.ours)]
        lacking = {"go": ("broadcast",)}  # Go has no such channel
        for peer in self.peers:
            if row.name in lacking.get(peer.name, ()):
                benchlib.skipped(BENCH, f"{row.name} {peer.name}", "has nothing like it")
        return [("ours", self.ours)] + [(p.name, p) for p in self.peers if row.name not in lacking.get(p.name, ())]

    def ratio(self, metric, side="tokio"):
        """The median of the rounds' ratios: of a host that changes its speed both sides of a round have the same."""
        samples = self.figures.samples.get(metric, {})
        if side not in samples:
            return None
        return statistics.median(ours / peer for ours, peer in zip(samples["ours"], samples[side], strict=True))

    def not_behind(self, what, metric, limit=BEHIND):
        ratio = self.ratio(metric)
        if ratio is None:
            benchlib.skipped(BENCH, f"goal {what} to tokio", "no such peer")
        else:
            self.goals.check(f"{what}/tokio", ratio, limit)

    # ---- rows of many equal operations ----------------------------------------------------------

    def row(self, row, flavour):
        sides, name = self.sides(row), f"{row.name}_{flavour}"
        if not sides:
            return
        for number in range(self.options.rounds + 1):  # the first one warms up, and shows that all do the same
            count, sums = (row.count if number else max(row.many, row.count // 20)), set()
            for side, program in sides:
                command, environment = program.command(row, flavour, count)
                output, cpu = run_once(command, environment, cores_for(flavour))
                checksum, ns = output.split()
                sums.add(checksum)
                if number:
                    self.figures.add(f"ns_{name}", side, float(ns))
                    self.figures.add(f"cpu_ns_{name}", side, cpu / count)
            if len(sums) != 1:
                raise RuntimeError(f"{name}: the sides do not do the same: {sums}")
        self.figures.emit(f"ns_{name}")
        self.figures.emit(f"cpu_ns_{name}")
        if flavour == "current" and not self.options.no_instructions:
            self.instructions(row, sides)
        metric = f"cpu_ns_{name}" if flavour == "current" else f"ns_{name}"
        if row.ratio is not None:
            self.not_behind(name, metric, row.ratio)
        if flavour in row.limits:
            self.goals.check(name, self.figures.median(metric, "ours"), row.limits[flavour], " ns")

    def instructions(self, row, sides):
        metric = f"instructions_{row.name}_current"
        for side, program in sides:
            if side == "go":
                continue  # valgrind does not run Go programs faithfully
            totals = []
            for count in (row.few, row.many):
                command, environment = program.command(row, "current", count)
                with tempfile.NamedTemporaryFile() as out:
                    run_once(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", "--quiet", *command],
                             environment, ())
                    totals.append(drivers.instructions_in(pathlib.Path(out.name)))
            self.figures.add(metric, side, (totals[1] - totals[0]) / (row.many - row.few))
        self.figures.emit(metric)

    def allocations(self, row, few=10000, many=110000):
        """Heap allocations of one operation of a current-thread row."""
        library, table = self.folder / "count_allocations.so", self.folder / "allocations"
        benchlib.run("gcc", "-O2", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", library, HERE / "lib/count_allocations.c")
        for side, program in self.sides(row):
            if side == "go":
                continue  # does not use malloc
            calls = []
            for count in (few, many):
                table.write_bytes(bytes(16))
                command, environment = program.command(row, "current", count)
                run_once(command, {**environment, "LD_PRELOAD": str(library), "ALLOCATION_COUNT_FILE": str(table)}, ())
                calls.append(struct.unpack("QQ", table.read_bytes())[0])
            self.figures.add(f"allocations_{row.name}", side, (calls[1] - calls[0]) / (many - few))
        self.figures.emit(f"allocations_{row.name}")
        self.goals.check(f"allocations of {row.name}", self.figures.median(f"allocations_{row.name}", "ours"), 1)

    # ---- a million timers -----------------------------------------------------------------------

    def million(self):
        row = Row("million", "timers", self.options.timers)
        parts = ("ns_to_arm_of_million", "ns_to_drop_of_million", "bytes_of_armed_timer", "idle_cpu_us_per_s_with_million")
        for number in range(self.options.rounds):
            for side, program in self.sides(row):
                command, environment = program.command(row, "current", row.count)
                output, _ = run_once(command, environment, cores_for("current"))
                for metric, value in zip(parts, output.split()):
                    self.figures.add(metric, side, float(value))
        for metric in parts:
            self.figures.emit(metric)
        if parts[3] in self.figures.samples:
            for metric in parts[:3]:
                self.not_behind(metric, metric)
            self.goals.check("CPU while idle with a million timers", self.figures.median(parts[3], "ours"), 10000, " us/s")

    # ---- wakes ----------------------------------------------------------------------------------

    def wake(self):
        busy, parked = Row("wake_busy", "wake", 50000), Row("wake_parked", "wake", 60000)
        floor = Row("futex", "wake", 60000)
        for flavour in FLAVOURS:
            for row in (busy, parked):
                metric = f"ns_{row.name}_{flavour}"
                sides = [(s, p, row) for s, p in self.sides(row) if s != "go"]
                if row is parked and sides:
                    sides.append(("futex", self.ours, floor))
                # A thread that sleeps and a worker that sleeps share a core: neither has to wait for another core.
                cores = cores_for("current" if row is parked else "multi")
                for _ in range(self.options.rounds):
                    for side, program, what in sides:
                        command, environment = program.command(what, flavour, what.count)
                        output, _ = run_once(command, environment, cores)
                        self.figures.add(metric, side, float(output.split()[-1]))
                self.figures.emit(metric)
                if metric not in self.figures.samples:
                    continue
                self.not_behind(f"{row.name}_{flavour}", metric)
                if row is busy:
                    self.goals.check(f"{row.name}_{flavour}", self.figures.median(metric, "ours"), 1000, " ns")
                else:
                    self.goals.check(f"{row.name}_{flavour}/futex", self.ratio(metric, "futex"), 1.3)
        benchlib.skipped(BENCH, "wake go", "a plain thread cannot wake a goroutine")

    # ---- an always-ready loop beside a ticker ---------------------------------------------------

    def ticker(self):
        row = Row("ticker", "tasks", self.options.ticks)
        for side, program in self.sides(row):
            command, environment = program.command(row, "current", row.count)
            output, _ = run_once(command, environment, cores_for("current"))
            words = [int(word) for word in output.split()]
            ticks = list(zip(words[::2], words[1::2]))
            if len(ticks) != row.count:
                raise RuntimeError(f"ticker {side}: {len(ticks)} ticks instead of {row.count}")
            for metric, values in (("us_late", [late for late, _ in ticks]), ("us_late_of_own", late_of_own(ticks))):
                values.sort()
                self.figures.add(f"{metric}_median_of_ticks", side, statistics.median(values) / 1e3)
                self.figures.add(f"{metric}_p99_of_ticks", side, values[len(values) * 99 // 100] / 1e3)
        for metric in ("us_late_median", "us_late_p99", "us_late_of_own_median", "us_late_of_own_p99"):
            self.figures.emit(f"{metric}_of_ticks")
        if "us_late_p99_of_ticks" in self.figures.samples:
            for metric, what in (("us_late", ""), ("us_late_of_own", ", less what other programs took")):
                p99 = self.figures.median(f"{metric}_p99_of_ticks", "ours")
                self.goals.check(f"p99 of a 10 ms ticker{what}", p99, 2000, " us")

    # ---- TCP echo -------------------------------------------------------------------------------

    def echo_sides(self, flavour):
        row = Row("echo", "echo", 0)
        sides = [(side, *program.command(row, flavour, 0)) for side, program in self.sides(row)]
        if sides and flavour == "current":
            sides.append(("epoll", [self.compile_peer("echo_floor")], {}))
        return sides

    def compile_peer(self, name, folder="peers"):
        program = self.folder / name
        benchlib.run("gcc", "-O2", "-g", "-D_GNU_SOURCE", HERE / folder / f"{name}.c", "-o", program)
        return program

    def echo(self, flavour, connections, count):
        """CPU time of a message, server side. New processes in every round: where a process got its memory is worth
        some percent for as long as it lives. In a round all servers are up and asked in turns, each first once: who is
        first pays for what the end of the round before left to the kernel."""
        load = self.compile_peer("echo_load", "lib")
        metric = f"cpu_us_per_echo_{connections}_{flavour}"
        rounds = max(self.options.rounds, ECHO_ROUNDS)
        if connections < MANY_CONNECTIONS:  # servers that are soon up: more of them, and a part of the messages each
            rounds, count = 3 * rounds, count // 3
        for number in range(rounds):
            with contextlib.ExitStack() as stack:
                pairs = self.echo_pairs(stack, load, flavour, connections, number)
                for _, _, client in pairs:
                    client.ask(connections)
                used, each = dict.fromkeys((side for side, _, _ in pairs), 0), max(count // ECHO_TURNS, 1)
                for turn in range(ECHO_TURNS):
                    for side, server, client in rotated(pairs, turn):
                        before = server.cpu_ns()
                        client.ask(each)
                        used[side] += server.cpu_ns() - before
                for side in used:
                    self.figures.add(metric, side, used[side] / each / ECHO_TURNS / 1e3)
                last = number + 1 == rounds
                if last and connections == min(self.options.connections) and self.wanted("idle"):
                    self.idle(flavour, pairs)
        self.figures.emit(metric)
        if metric in self.figures.samples:
            self.not_behind(metric, metric)

    def echo_pairs(self, stack, load, flavour, connections, number):
        pairs = []
        for side, command, environment in rotated(self.echo_sides(flavour), number):
            server = stack.enter_context(Process([*cores_for(flavour), *command], environment))
            port = server.line()
            client = stack.enter_context(Process(["taskset", "-c", servers.CLIENT_CORE, load, port, connections], {}))
            if client.line() != "ready":
                raise RuntimeError(f"echo {side}: no {connections} connections")
            pairs.append((side, server, client))
        return pairs

    def echo_instructions(self, few=2000, many=12000):
        """User-space instructions of a message: the servers under callgrind, ended by a signal."""
        load, metric = self.compile_peer("echo_load", "lib"), "instructions_per_echo_current"
        for side, command, environment in self.echo_sides("current"):
            if side == "go":
                continue  # valgrind does not run Go programs faithfully
            totals = []
            for count in (few, many):
                with tempfile.NamedTemporaryFile() as out:
                    under = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", "--quiet"]
                    with Process([*under, *command], environment) as server:
                        port = server.line()
                        with Process([load, port, 100], {}) as client:
                            client.line()
                            client.ask(count)
                        server.end(port)
                    totals.append(drivers.instructions_in(pathlib.Path(out.name)))
            self.figures.add(metric, side, (totals[1] - totals[0]) / (many - few))
        self.figures.emit(metric)

    def idle(self, flavour, pairs, seconds=5):
        """Wake-ups of each server while nobody asks it anything."""
        metric = f"wakeups_per_s_idle_{flavour}"
        before = {side: server.wakeups() for side, server, _ in pairs}
        time.sleep(seconds)
        for side, server, _ in pairs:
            self.figures.add(metric, side, (server.wakeups() - before[side]) / seconds)
        self.figures.emit(metric)
        if metric in self.figures.samples:
            self.goals.check(f"wake-ups of an idle runtime, {flavour}", self.figures.median(metric, "ours"), 2, "/s")

    def idle_server(self, connections=200, settle=12, seconds=10):
        """Wake-ups of an HTTP server in TML of eight workers with idle connections and a timer that is far away."""
        program, metric = self.ours.program("idle"), "wakeups_per_s_idle_http_8"
        if program is None:
            return
        with Process([program, "--port", "0"], {"TMLRT_THREADS": "8"}) as server, contextlib.ExitStack() as stack:
            found = None
            while found is None:
                found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", server.line())
            port = int(found.group(1))
            for _ in range(connections):
                client = servers.Client(port)
                stack.callback(client.socket.close)
                client.requests("/idle", 1, b"here")
            time.sleep(settle)  # what a request leaves behind is given back once, after seconds
            before = server.wakeups()
            time.sleep(seconds)
            self.figures.add(metric, "ours", (server.wakeups() - before) / seconds)
        self.figures.emit(metric)
        self.goals.check("wake-ups of an idle HTTP server of 8 workers", self.figures.median(metric, "ours"), 2, "/s")

    def run(self):
        for row in ROWS:
            if self.wanted(row.name):
                for flavour in FLAVOURS:
                    self.row(row, flavour)
                if row.name == "spawn_join":
                    self.allocations(row)
        for name in ("million", "wake", "ticker"):
            if self.wanted(name):
                getattr(self, name)()
        if self.wanted("idle"):
            self.idle_server()
        if self.wanted("echo") or self.wanted("idle"):
            for flavour in FLAVOURS:
                for connections in self.options.connections:
                    self.echo(flavour, connections, self.options.messages)
            if self.wanted("echo") and not self.options.no_instructions:
                self.echo_instructions()
        self.goals.summary()


class Process:
    """A child that talks in lines."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env={**os.environ, **environment}, text=True)

    def line(self):
        text = self.process.stdout.readline().strip()
        if not text:
            raise RuntimeError(f"{self.process.args}: ended")
        return text

    def ask(self, number):
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        return self.line()

    def cpu_ns(self):
        """CPU time of the whole process, by the kernel's own clock for it."""
        return int(time.clock_gettime(~self.process.pid << 3 | 2) * 1e9)

    def wakeups(self):
        """How often a thread of it has gone to sleep of its own accord."""
        total = 0
        for status in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/status"):
            total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status.read_text(), re.M).group(1))
        return total

    def end(self, port):
        """Ends it by a signal that it dies of. Under valgrind one that sleeps only notes it: a connection wakes it."""
        for _ in range(40):
            self.process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1)
                return
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", int(port)), timeout=1).close()
        raise RuntimeError(f"{self.process.args}: does not end")

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0],
                                     epilog=f"rows: {' '.join(r.name for r in ROWS)} {' '.join(OTHER_ROWS)}")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    parser.add_argument("--rows", type=lambda text: text.split(","), help="only these, separated by commas")
    parser.add_argument("--no-instructions", action="store_true", help="no runs under callgrind")
    parser.add_argument("--nice", type=int, default=0, help="priority of all sides; below 0 on a machine with other load")
    parser.add_argument("--timers", type=int, default=1000000, help="of the row million")
    parser.add_argument("--ticks", type=int, default=1000, help="of the row ticker")
    parser.add_argument("--connections", type=lambda text: [int(n) for n in text.split(",")], default=[1000, 10000],
                        help="of the row echo (default 1000,10000)")
    parser.add_argument("--messages", type=int, default=100000, help="of a round of the row echo")
    options = parser.parse_args()
    unknown = set(options.rows or ()) - {row.name for row in ROWS} - set(OTHER_ROWS)
    if unknown:
        parser.error(f"no row {', '.join(sorted(unknown))}")
    return options


def main():
    options = arguments()
    benchlib.need("taskset", "gcc", "valgrind")
    benchlib.header(BENCH)
    set_priority(options.nice)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    fitting = [number for number in options.connections if number + 100 <= hard]
    for number in set(options.connections) - set(fitting):
        benchlib.skipped(BENCH, f"echo {number}", f"the limit of open files is {hard}")
    options.connections = fitting
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        Bench(options, pathlib.Path(folder)).run()


if __name__ == "__main__":
    main()
