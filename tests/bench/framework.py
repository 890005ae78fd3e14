#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The framework: routing, the pipeline's stages, binding, and the start of a large program.

route: a canonical path and its route, of random requests over 1,000 routes, a quarter of them without one; peers:
matchit (axum's router) and Go's ServeMux, which get the same requests and must find the same routes.
stages: user instructions that no-op stages add to a request: one of each kind alone, and one of each together.
bind: a 1 KB JSON document into nested structs by record; peer: serde_json with unknown fields denied.
start: from exec to the first answer, with 1,000 providers and 1,000 routes, against a program with one of each.
records: the checks of a start over 100,000 records, right ones and some with errors (tests/support/many_records.h).
A goal is a peer named "goal". What this tree or machine does not have is named as skipped.
"""
import argparse
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))
import benchlib
import drivers
import many_routes
import route_workload
import servers

BENCH = "framework"
DRIVERS = HERE / "framework"
GOALS = {"ns_route": 100, "instructions_stage": 60, "instructions_all_stages": 300, "start_ms": 20, "records_cpu_ms": 100}


def goal(figures, metric, value):
    benchlib.line(BENCH, metric, figures.median(metric, "ours"), "goal", value)


def driver(name, part):
    """The program of a driver of ours, or None when this tree has not got it."""
    source = DRIVERS / f"{name}.c"
    if not source.exists():
        benchlib.skipped(BENCH, part, f"{source.relative_to(servers.ROOT)} is not here")
        return None
    return drivers.compile_driver(source)


def peer(sides, side, program, arguments, units=1):
    path = servers.PEERS / program
    if path.exists():
        sides.append(drivers.Driver(side, [path, *arguments], units))
    else:
        benchlib.skipped(BENCH, side, "not built: ./dev setup --bench builds it where its toolchain is")


def route(figures, options, work):
    program = driver("route", "route")
    if not program:
        return
    routes = route_workload.routes()
    requests = route_workload.requests(routes)
    route_workload.write(work / "routes", routes)
    route_workload.write(work / "requests", requests)
    files, units = [work / "routes", work / "requests"], len(requests)
    sides = [drivers.Driver("ours", [program, *files], units)]
    peer(sides, "matchit", "matchit/release/matchit-peer", files, units)
    peer(sides, "go", "servemux", files, units)
    drivers.compare(figures, "route", sides, options.rounds, 200, 1, 3, options.only_kind)
    if options.only_kind != "instructions":
        goal(figures, "ns_route", GOALS["ns_route"])


def stages(figures, options, work):
    """pipeline.c: `pipeline STAGES COUNT`, a letter per no-op stage around the one route."""
    program = driver("pipeline", "stages")
    if not program or options.only_kind == "ns":
        return
    letters = {"middleware": "M", "guard": "G", "interceptor": "I", "pipe": "P", "filter": "F"}
    whole = "".join(letters.values())
    wanted = ["", whole, *[letter * times for letter in whole for times in (1, 3)]]
    counts = {which: drivers.Driver("ours", [program, which]).instructions(1000, 2000) for which in wanted}
    print(f"# a request without stages, from path to answer: {benchlib.number(counts[''])} instructions")
    for name, letter in letters.items():
        figures.add(f"instructions_{name}", "ours", (counts[letter * 3] - counts[letter]) / 2)
        goal(figures, f"instructions_{name}", GOALS["instructions_stage"])
        print(f"# the first {name} of a handler, and its pipeline: {benchlib.number(counts[letter] - counts[''])} instructions")
    figures.add("instructions_all_stages", "ours", counts[whole] - counts[""])
    goal(figures, "instructions_all_stages", GOALS["instructions_all_stages"])


def bind(figures, options, work):
    program, document = driver("bind_ours", "bind"), DRIVERS / "order.json"
    if not program:
        return
    print(f"# bind: {document.stat().st_size} bytes of JSON")
    sides = [drivers.Driver("ours", [program, document])]
    peer(sides, "serde_json", "serde/release/serde-peer", [document])
    drivers.compare(figures, "bind_1k", sides, options.rounds, 200000, 1000, 5000, options.only_kind)


def instructions_of_life(program, work):
    """From exec over one request to the end, one worker."""
    out, port = work / "callgrind.out", servers.free_port()
    prefix = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--quiet"]
    servers.Server("ours", [program, "--port", port], "/many/r0/7", port, None, {"TMLRT_THREADS": "1"}, prefix).stop()
    return drivers.instructions_in(out)


def start(figures, options, work):
    starter = work / "first_answer"
    benchlib.run("gcc", "-O2", "-D_GNU_SOURCE", "-o", starter, HERE / "lib/first_answer.c")
    sides = {}
    for side, count in (("ours", 1000), ("one_of_each", 1)):
        source, sides[side] = work / f"start{count}.ll", work / f"start{count}"
        source.write_text(many_routes.program(count, providers=count))
        servers.compile_program(source, sides[side])
    for number in range(options.runs + 1 if options.only_kind != "instructions" else 0):
        for side, program in sides.items():
            port = servers.free_port()
            ns = int(benchlib.run(starter, port, "/many/r0/7", program, "--port", port))
            if number:
                figures.add("start_ms", side, ns / 1e6)
    if options.only_kind != "instructions":
        figures.emit("start_ms")
        goal(figures, "start_ms", GOALS["start_ms"])
    if options.only_kind != "ns":
        for side, program in sides.items():
            figures.add("start_instructions", side, instructions_of_life(program, work))
        figures.emit("start_instructions")


def records(figures, options, _work):
    """`start_steps SHAPE RECORDS` prints the milliseconds of one processor; it makes the records beforehand."""
    tests = HERE.parent
    program = drivers.compile_driver(tests / "linear/start_steps.c", tests / "support/many_records.c")
    for shape in ("CORRECT", "MODULES", "PLANTED", "MISSING", "NO_GUARD") if options.only_kind != "instructions" else ():
        metric = f"records_cpu_ms_{shape.lower()}"
        for number in range(options.rounds + 1):
            ms = float(benchlib.run("taskset", "-c", servers.SERVER_CORE, program, shape, 100000))
            if number:
                figures.add(metric, "ours", ms)
        goal(figures, metric, GOALS["records_cpu_ms"])


PARTS = {"route": route, "stages": stages, "bind": bind, "start": start, "records": records}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=list(PARTS), action="append", help="one part; more than once: several")
    parser.add_argument("--only-kind", choices=["ns", "instructions"], help="one kind of figure")
    parser.add_argument("--rounds", type=int, default=9, help="interleaved rounds of times (default 9)")
    parser.add_argument("--runs", type=int, default=30, help="starts (default 30)")
    options = parser.parse_args()
    benchlib.need("gcc", "taskset", "valgrind")
    benchlib.header(BENCH)
    figures = benchlib.Figures(BENCH)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for name in options.only or PARTS:
            PARTS[name](figures, options, pathlib.Path(folder))


if __name__ == "__main__":
    main()
