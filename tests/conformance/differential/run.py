#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Differential test of HTTP/1.1: the rows and 100,000 mutations of them, to us and to nginx, haproxy, apache2, node and Go.

Each input goes over a connection of its own, the client half-closes and reads to the end (drive.c). A server accepts a
request when its answer is none of those that refuse a message; how many requests of an input it accepts is what is
compared, and with those servers that tell (X-Seen) also which. An input of which we accept more than a peer does has to
be explained by a row of reasons.py, which says what the RFC leaves to each. Ends with
"conformance differential: N inputs, ... N unexplained".
"""
import argparse
import collections
import pathlib
import struct
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import inputs
import peers
import reasons
import tools

REFUSED = {"400", "405", "408", "411", "413", "414", "417", "421", "426", "431", "500", "501", "502", "503", "504", "505"}


class Answer:
    """What a server said to an input: `accepted` requests as (method, length), empty strings where it does not tell."""

    def __init__(self, line):
        self.line = line.rstrip("\n")
        text, _, self.end = self.line.rpartition(" ")
        self.answers = [part.split(" ", 1) for part in text.split(",")] if text else []
        self.accepted = [part[1] if len(part) > 1 else "" for part in self.answers if part[0] not in REFUSED]
        self.refusal = next((part[0] for part in self.answers if part[0] in REFUSED), "")


def show(kind, peer, cases, limit):
    for name, data, ours, theirs in cases[:limit]:
        print(f"{kind} {peer} {name}: ours {ours.line[:99]!r} theirs {theirs.line[:99]!r} "
              f"input {data[:400]!r}")


def explained(peer, cases, ask):
    """Sorts inputs of which we accept more: reason -> cases. The messages in question are sent again, each by itself."""
    found, table, raw = collections.defaultdict(list), [], []
    for case in cases:
        rest = reasons.not_taken(*case[1:])
        if rest:
            table.append((case, rest))
            raw += [message.raw for message in rest]
        else:
            found["unexplained"].append(case)
    alone = iter(ask(raw))
    for case, rest in table:
        reason = reasons.explain(peer, rest, *case[2:], [next(alone) for _ in rest])
        found[reason.id if reason else "unexplained"].append(case)
    return found


def compare(peer, table, ours, answers, ask):
    """reason -> [(name, bytes, ours, theirs)] of all inputs of which not the same was accepted."""
    found, more = collections.defaultdict(list), []
    for (name, data), mine, theirs in zip(table, ours, answers):
        case = (name, data, mine, theirs)
        if len(mine.accepted) > len(theirs.accepted):
            more.append(case)
        elif len(mine.accepted) < len(theirs.accepted):
            found["we are stricter"].append(case)
        elif any(a != b for a, b in zip(mine.accepted, theirs.accepted) if a and b):
            found["other requests"].append(case)
    found.update(explained(peer, more, ask))
    return found


def judge(peer, table, found, options, tally):
    """The number of inputs that are not explained."""
    kinds = ", ".join(f"{kind} {len(cases)}" for kind, cases in sorted(found.items()))
    agree = len(table) - sum(map(len, found.values()))
    wrong = found["unexplained"] + found["other requests"]
    print(f"peer={peer} agree={agree} {kinds}")
    for kind in ("unexplained", "other requests", *(["we are stricter"] if options.stricter else [])):
        show(kind, peer, found[kind], options.show)
    tally.case(f"differential/{peer}", f"{len(wrong)} inputs are not explained" if wrong else "")
    return len(wrong)


class Driver:
    """Sends inputs to a port: the list of answers."""

    def __init__(self, program, work):
        self.program, self.path = program, work / "inputs"

    def __call__(self, port, table):
        self.path.write_bytes(b"".join(struct.pack("<I", len(data)) + data for data in table))
        done = subprocess.run([self.program, str(port), self.path, "64"], stdout=subprocess.PIPE, check=True,
                              stdin=subprocess.DEVNULL, encoding="latin-1")
        return [Answer(line) for line in done.stdout.split("\n")[:-1]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=tools.ROOT / "build/dev", help="a build folder with tests")
    parser.add_argument("--short", action="store_true", help="3,000 mutations")
    parser.add_argument("--mutations", type=int, default=100000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peers", help="only these, with commas")
    parser.add_argument("--show", type=int, default=10, help="so many inputs of each kind are printed")
    parser.add_argument("--stricter", action="store_true", help="print also what we refuse and a peer accepts")
    options = parser.parse_args()
    wanted = options.peers.split(",") if options.peers else list(peers.PEERS)
    tally, started = tools.Tally(), time.monotonic()
    folder = options.build.resolve() / "tests/conformance/differential"
    table = list(inputs.inputs(3000 if options.short else options.mutations, options.seed))
    unexplained = 0
    with tools.workspace("differential") as place:
        work, running = pathlib.Path(place), {}
        work.chmod(0o755)
        drive = Driver(folder / "conformance_differential_drive", work)
        server = tools.Process([folder / "conformance_differential_server"], work / "server.log")
        try:
            ours = drive(server.port, [data for _, data in table])
            for name, (tool, start) in peers.PEERS.items():
                program = tools.find(tool)
                if name not in wanted and not (name == "go" and "haproxy" in wanted):
                    continue
                if not program or (name == "haproxy" and "go" not in running):
                    tally.lacks(f"differential/{name}", tool if not program else "the Go peer behind it")
                    continue
                running[name] = start(program, work, running)
                answers = drive(running[name].port, [data for _, data in table])
                found = compare(name, table, ours, answers, lambda raw, port=running[name].port: drive(port, raw))
                unexplained += judge(name, table, found, options, tally)
        finally:
            for process in running.values():
                process.stop()
            code = server.stop()
        tally.case("differential/server", f"exit code {code}: {server.said()}" if code else "")
        stuck = sum(answer.end == "T" for answer in ours)
        tally.case("differential/every connection ends", f"{stuck} were left open" if stuck else "")
    result = tally.end()
    print(f"conformance differential: {len(table)} inputs, {len(running)} peers, {time.monotonic() - started:.0f} s, "
          f"{unexplained} unexplained")
    return result


if __name__ == "__main__":
    sys.exit(main())
