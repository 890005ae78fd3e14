#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What runs next is fetched ahead: the optimised code has the prefetches that the source asks for.

A compiler may take a function that only prefetches for one without an effect and leave out the call; nothing but speed
tells.
"""
import json
import pathlib
import re
import shlex
import subprocess

from common import ROOT, Report, arguments

# Function to the source file it is compiled from and how many prefetches its text has at least (a loop is one): of a
# header, a frame and a connection from either queue; of slots and of tasks; of a frame and a connection that I/O woke;
# of a session of HTTP/2.
FETCHING = {"trt_next_of_many": ("rt/exec/schedule.c", 8), "deliver": ("rt/reactor/reactor.c", 2),
            "trt_schedule": ("rt/exec/schedule.c", 3), "trt_h2_conn_fetch": ("std/http/h2/conn.c", 2)}


def assembly(build, source):
    """The file's assembly as the release build makes it."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if pathlib.Path(entry["file"]) == ROOT / source:
            words = [word for word in shlex.split(entry["command"]) if not re.match(r"-(O.|g|flto|c)$", word)]
            words[words.index("-o") + 1] = "-"
            out = subprocess.run([*words, "-O2", "-S"], cwd=entry["directory"], check=True, capture_output=True, text=True)
            return out.stdout
    raise RuntimeError(f"{source} is not in {build}/compile_commands.json: build first")


def main():
    args = arguments(__doc__.splitlines()[0])
    report = Report("prefetch")
    for function, (source, least) in FETCHING.items():
        report.looked_at += 1
        text = assembly(pathlib.Path(args.build).resolve(), source)
        body = re.search(rf"^{function}:$(.*?)^\s*\.size\s+{function},", text, re.M | re.S)
        found = 0 if body is None else len(re.findall(r"^\s*prefetch", body.group(1), re.M))
        if found < least:
            report.problem(pathlib.Path(source), 1, f"{function} has {found} prefetches, {least} are asked for")
    report.finish("functions")


if __name__ == "__main__":
    main()
