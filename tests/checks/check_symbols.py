#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every global of our archives carries one of our prefixes; libtmlrt.so exports exactly the baseline.

The baseline is abi/symbols/<target>.txt, a name a line; `--update` writes it. Every row of functions.def must be
exported. A static link shares one name space with the program and with the compiler's own runtime, hence the
prefixes.
"""
import pathlib
import re
import subprocess

from common import ROOT, Report, arguments, lines_of, row_name

ARCHIVES = {
    "libtmlrt.a": r"(tmlrt|trt)_",
    "codegen-hooks/libtmlcg.a": r"(tmlcg|tcg)_",
}
# Put there by the compiler, not by us.
COMPILERS = re.compile(r"^(__start_|__stop_|__asan_|__odr_asan|__gcov|__llvm_|__TMC_|DW\.ref\.|_fini$|_init$)")


def nm(path, *options):
    """(kind, name) of every defined global."""
    out = subprocess.run(["nm", "--defined-only", "-g", *options, str(path)], check=True, capture_output=True, text=True)
    for line in out.stdout.splitlines():
        match = re.match(r"[0-9a-f]+ ([A-Za-z]) (\S+)$", line)
        if match:
            yield match.group(1), match.group(2).split("@")[0]


def table_rows():
    """Names of the rows of functions.def."""
    return [name for name in map(row_name, lines_of("abi/include/tmlrt/abi/functions.def")) if name]


def target_name():
    """The compiler's target, as Debian writes it: x86_64-linux-gnu."""
    out = subprocess.run(["gcc", "-dumpmachine"], capture_output=True, text=True)
    return out.stdout.strip() or "unknown"


def check_baseline(report, exported, update):
    path = pathlib.Path("abi/symbols") / (target_name() + ".txt")
    if update:
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_text("\n".join(sorted(exported)) + "\n")
    if not (ROOT / path).is_file():
        report.problem(path, 1, "there is no baseline for this target; write it with --update")
        return
    baseline = {line for line in lines_of(path) if line and not line.startswith("#")}
    for name in sorted(exported - baseline):
        report.problem(path, 1, f"{name} is exported and not in the baseline (new: add it with --update)")
    for name in sorted(baseline - exported):
        report.problem(path, 1, f"{name} is in the baseline and no longer exported: that breaks compiled programs")


def main():
    args = arguments(__doc__.splitlines()[0],
                     (["--update"], {"action": "store_true", "help": "write the baseline from the build"}))
    build = ROOT / args.build
    report = Report("check_symbols")
    for archive, prefixes in ARCHIVES.items():
        if not (build / archive).is_file():
            report.problem(archive, 1, f"is not in {args.build}: build it first")
            continue
        for kind, name in nm(build / archive):
            report.looked_at += 1
            if not re.match(prefixes, name) and not COMPILERS.match(name):
                report.problem(archive, 1, f"global {name} ({kind}) does not begin with {prefixes}")
    exported = {name for _, name in nm(build / "libtmlrt.so", "-D") if not COMPILERS.match(name)}
    for name in sorted(exported):
        if not name.startswith("tmlrt_"):
            report.problem("libtmlrt.so", 1, f"exports {name}, which is not tmlrt_*")
    for name in table_rows():
        if name not in exported:
            report.problem("abi/include/tmlrt/abi/functions.def", 1, f"{name} is a row and not exported by libtmlrt.so")
    check_baseline(report, exported, args.update)
    report.finish("symbols")


if __name__ == "__main__":
    main()
