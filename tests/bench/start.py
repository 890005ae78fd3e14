#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What many routes cost at the start: from exec to the first answer, of 1,000 routes against one.

Both programs are generated IR, compiled by tmlcg; runs are interleaved, the figure is the median. Afterwards every
one of the 1,000 routes is asked and must give its own answer.
"""
import argparse
import pathlib
import sys
import tempfile

LIB = pathlib.Path(__file__).parent / "lib"
sys.path.insert(0, str(LIB))
import benchlib
import many_routes
import servers

BENCH = "start"


def build(work, count):
    source, output = work / f"routes{count}.ll", work / f"routes{count}"
    source.write_text(many_routes.program(count))
    servers.compile_program(source, output)
    return output


def ask_all(program, count):
    port = servers.free_port()
    with servers.Server("all routes", [program, "--port", port], "/many/r0/7", port) as server:
        with servers.Client(server.port) as client:
            for k in range(count):
                answer = servers.body_of(client.get(f"/many/r{k}/{k + 5}"))
                if answer != f'{{"route":{k},"id":{k + 5}}}'.encode():
                    raise RuntimeError(f"route {k} answers {answer!r}")
    print(f"# every one of the {count} routes gave its own answer")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--routes", type=int, default=1000)
    options = parser.parse_args()
    benchlib.need("gcc", "taskset")
    benchlib.header(BENCH)
    figures = benchlib.Figures(BENCH)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        work = pathlib.Path(folder)
        starter = work / "first_answer"
        benchlib.run("gcc", "-O2", "-D_GNU_SOURCE", "-o", starter, LIB / "first_answer.c")
        programs = {"ours": build(work, options.routes), "one_route": build(work, 1)}
        for number in range(options.runs + 1):  # the first one warms the page cache
            for side, program in programs.items():
                port = servers.free_port()
                ns = int(benchlib.run(starter, port, "/many/r0/7", program, "--port", port))
                if number:
                    figures.add("ms_to_first_answer", side, ns / 1e6)
        figures.emit("ms_to_first_answer")
        more = figures.median("ms_to_first_answer", "ours") - figures.median("ms_to_first_answer", "one_route")
        benchlib.line(BENCH, f"ms_more_for_{options.routes}_routes", round(more, 4), "goal", 1)
        ask_all(programs["ours"], options.routes)


if __name__ == "__main__":
    main()
