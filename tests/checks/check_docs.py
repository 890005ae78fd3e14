#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every function that crosses files is documented where it is declared.

In headers (and functions.def): a declaration stands directly under a `///` comment whose first word is its name; a
comment may cover the declarations that follow it without a gap, and then names each. Fields ("Errors:", "Owns:")
are the house's. Every source file opens with the SPDX line and, a .c file, with what it is.
"""
import re

from common import CODE_FOLDERS, Report, arguments, files, lines_of, row_name, without_comments

FIELDS = {"Ends", "Shape", "Units", "Errors", "Owns", "Thread", "Cost", "Source", "Order", "Usage", "Note"}
FIELD = re.compile(r"(?:^///\s*|\s{2,})([A-Z][a-z]+):\s")
# A declaration begins in column 0 with a type; the name is the word before the first parenthesis.
DECLARATION = re.compile(r"^(?!typedef|struct|enum|union|static|extern \"C\"|return|else|if|for|while|#)[A-Za-z_]")
NAME = re.compile(r"\b((?:tmlrt|trt|tmlcg|tcg)_\w+)\s*\(")


def declarations(lines):
    """(line, name, comment, shared) of each declared function; comment is the list of /// lines over it."""
    code = without_comments("\n".join(lines)).splitlines()
    comment, covers, pending = [], False, None
    for number, line in enumerate(lines, 1):
        if pending is not None:  # the rest of a declaration over several lines
            pending[1] += " " + code[number - 1].strip()
        elif line.startswith("///"):
            comment = comment + [line] if not covers else [line]
            covers = False
            continue
        elif row_name(line):
            yield number, row_name(line), comment, covers
            covers = True
            continue
        elif DECLARATION.match(code[number - 1]) and "(" in line:
            pending = [number, code[number - 1]]
        else:
            if not line.strip() or not line.startswith((" ", "}")):
                comment, covers = ([], False) if not line.startswith(("#", " ")) else (comment, covers)
            continue
        if re.search(r"[;{]\s*$", pending[1]):
            name = NAME.search(pending[1])
            if name and pending[1].rstrip().endswith(";"):
                yield pending[0], name.group(1), comment, covers
                covers = True
            pending = None


def begins_with(name, text):
    """The first word is the name, or a family's ("tmlrt_request_*")."""
    word = text.split()[0].rstrip("():,")
    return word == name or (word.endswith("*") and name.startswith(word[:-1]))


def named(name, text):
    """The comment over an earlier declaration names this one too, or says "the next"; a descriptor goes with its _init."""
    words = set(re.findall(r"\w+", text))
    families = re.findall(r"(\w+)\*", text)
    leaf = re.sub(r"_desc$", "_init", name)
    return "the next" in text or bool({name, leaf} & words) or any(name.startswith(f) for f in families)


def check_header(report, path, lines):
    for number, name, comment, covers in declarations(lines):
        report.looked_at += 1
        text = " ".join(line.lstrip("/ ") for line in comment)
        if not comment:
            report.problem(path, number, f"{name} has no /// comment")
        elif not covers and not begins_with(name, text):
            report.problem(path, number, f"the comment of {name} begins with '{text.split()[0]}', not with its name")
        elif covers and not named(name, text):
            report.problem(path, number, f"{name} has no /// comment of its own and the one above does not name it")
        for line in comment if not covers else []:
            for field in FIELD.findall(line):
                if field not in FIELDS:
                    report.problem(path, number, f"{name}: unknown field '{field}:' (known: {' '.join(sorted(FIELDS))})")


def check_opening(report, path, lines):
    if not lines or "SPDX-License-Identifier: Apache-2.0" not in lines[0]:
        report.problem(path, 1, "the first line is not the SPDX line")
    elif path.suffix == ".c" and (len(lines) < 2 or not lines[1].startswith("//")):
        report.problem(path, 2, "does not open with what it is")


def main():
    arguments(__doc__.splitlines()[0])
    report = Report("check_docs")
    for path in files(".h", ".c", ".def", folders=CODE_FOLDERS):
        lines = lines_of(path)
        check_opening(report, path, lines)
        if path.suffix != ".c":
            check_header(report, path, lines)
    report.finish("declarations")


if __name__ == "__main__":
    main()
