#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a program of the TML blocks of proposal.md: declarations, decorators and signatures as they stand, bodies
filled in, one injected field in the controller, additions.tml behind them.

Fails when a body has no place, when a place has no body, or when a line of the blocks is not in the program.
Called by `./dev run --smoke` and by test_proposal.py.

usage: extract.py OUTPUT
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
# The start of the line whose body it is, and the body.
BODIES = {
    "pub func block_on": "return block_on(future)",
    "pub func spawn": "return spawn(future)",
    "pub async func list": 'return Response::new(200).text("{this.service.repository.len()} users, '
                           '{this.service.cache.warm} warm")',
    "pub async func get": "sleep(1.milliseconds()).await\n"
                          "let name = this.service.repository.name(id)\n"
                          "return when name {\n"
                          '    Just(text) => Response::new(200).text("{id} is {text.as_str()}")\n'
                          '    Nothing => Response::new(404).text("no user {id}")\n'
                          "}",
    "pub async func create": "let id = this.service.repository.add(dto.name)\n"
                             'return Response::new(201).text("{dto.name} is {id}")',
}
CLASS, FIELD = "pub class UserController {", "    service: UserService"


def indented(body, by):
    return "".join(f"{' ' * by}{line}\n" for line in body.splitlines())


def filled(block, missing):
    lines, out = block.splitlines(keepends=True), []
    at = 0
    while at < len(lines):
        line, start = lines[at], next((s for s in missing if lines[at].lstrip().startswith(s + "[")
                                       or lines[at].lstrip().startswith(s + "(")), None)
        indent = len(line) - len(line.lstrip())
        if start and line.rstrip().endswith("{ ... }"):
            out += [line.rstrip()[:-len(" ... }")] + "\n", indented(missing.pop(start), indent + 4), " " * indent + "}\n"]
        elif start and line.rstrip().endswith("{") and lines[at + 1].lstrip().startswith("//"):
            out += [line, lines[at + 1], indented(missing.pop(start), indent + 4)]
            at += 1
        else:
            out.append(line)
        if line.strip() == CLASS:
            out.append(FIELD + "\n\n")
        at += 1
    return "".join(out)


def program():
    blocks = re.findall(r"^```tml\n(.*?)^```", (HERE / "proposal.md").read_text(), re.M | re.S)
    missing = dict(BODIES)
    text = "\n".join(filled(block, missing) for block in blocks)
    if missing or "..." in text or text.count(FIELD) != 1:
        raise SystemExit(f"extract.py: proposal.md and the bodies do not fit: {sorted(missing)}")
    lines = text.splitlines()
    for block in blocks:
        at = 0
        for line in block.splitlines():
            line = line.removesuffix(" ... }")
            if line not in lines[at:]:
                raise SystemExit(f"extract.py: this line of proposal.md is not in the program: {line}")
            at = lines.index(line, at) + 1
    return text + "\n" + (HERE / "additions.tml").read_text()


if __name__ == "__main__":
    pathlib.Path(sys.argv[1]).write_text(program())
