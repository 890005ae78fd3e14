#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an await costs: one operation is 4 nested awaits, against plain calls and Rust.

Variants: ready (no leaf suspends) and pend (the leaf suspends once per operation); inlined (one module, internal
functions) and opaque (weak linkage: a call the optimiser cannot look through, as between modules). Instructions are
callgrind's, as the difference of two run lengths; nanoseconds are medians of interleaved rounds. The program is
compiled by `tmlcg lower -O2`, the synchronous peer by the same tool from the same text without markers.

    tests/bench/await.py [--build build/release] [--rounds N]
"""
import argparse
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
import benchlib  # noqa: E402

CHAIN = ("bench", "outer", "middle", "inner", "leaf")
SHORT, LONG = 2000, 12000
LIMITS = {"ready opaque": 70, "pend inlined": 45, "pend opaque": 190}


def program(mode, opaque):
    """The chain as IR. mode: sync, ready or pend."""
    marked = mode != "sync"
    linkage = "weak" if opaque else "internal"
    attribute = '"tmlrt.async"' if marked else ""
    await_ = '"tmlrt.await"' if marked else ""
    suspend = "  call void @tmlrt.suspend()\n" if mode == "pend" else ""
    text = "declare void @tmlrt.suspend()\n" if mode == "pend" else ""
    text += f"""define {linkage} i64 @leaf(i64 %x) {attribute} {{
{suspend}  %a = mul i64 %x, -7046029254386353131
  %b = lshr i64 %x, 29
  %c = xor i64 %a, %b
  ret i64 %c
}}
"""
    for index, (name, child) in enumerate((("inner", "leaf"), ("middle", "inner"), ("outer", "middle"))):
        text += f"""define {linkage} i64 @{name}(i64 %x) {attribute} {{
  %y = add i64 %x, {2 * index + 1}
  %v = call i64 @{child}(i64 %y) {await_}
  %r = {("add", "xor", "add")[index]} i64 %v, %x
  ret i64 %r
}}
"""
    return text + f"""define i64 @bench(i64 %n) {attribute} {{
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i2, %more ]
  %s = phi i64 [ 1, %entry ], [ %v, %more ]
  %go = icmp ult i64 %i, %n
  br i1 %go, label %more, label %end
more:
  %x = add i64 %s, %i
  %v = call i64 @outer(i64 %x) {await_}
  %i2 = add i64 %i, 1
  br label %loop
end:
  ret i64 %s
}}
"""


def build(args, folder, mode, opaque):
    """Compiles one variant; returns the executable."""
    name = f"{mode}-{'opaque' if opaque else 'inlined'}"
    base = os.path.join(folder, name)
    with open(base + ".ll", "w", encoding="ascii") as out:
        out.write(program(mode, opaque))
    benchlib.run(args.tmlcg, "lower", base + ".ll", "-O2", "--emit-obj", "-o", base + ".o")
    driver = os.path.join(HERE, "await", "driver.c")
    flags = [] if mode == "sync" else ["-DLOWERED"]
    benchlib.run(args.cc, "-O2", "-fno-pie", "-no-pie", *flags, f"-I{args.source}/abi/include", driver, base + ".o",
                 "-o", base)
    return base


def build_rust(folder):
    rustc = shutil.which("rustc") or os.path.expanduser("~/.cargo/bin/rustc")
    if not os.access(rustc, os.X_OK):
        benchlib.skipped("await", "peer rust", "no rustc")
        return None
    exe = os.path.join(folder, "rust")
    benchlib.run(rustc, "--edition", "2021", "-Copt-level=3", "-Ccodegen-units=1",
                 os.path.join(HERE, "await", "peer.rs"), "-o", exe)
    return exe


def instructions(exe, variant):
    """Instructions per operation: callgrind totals of two run lengths, subtracted."""
    totals = []
    for count in (SHORT, LONG):
        with tempfile.NamedTemporaryFile() as out:
            benchlib.run("valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", exe, count, *variant)
            with open(out.name, encoding="ascii", errors="replace") as text:
                totals += [int(line.split()[1]) for line in text if line.startswith(("summary:", "totals:"))][:1]
    return (totals[1] - totals[0]) / (LONG - SHORT)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--operations", type=int, default=3000000)
    parser.add_argument("--cc", default=os.environ.get("CC", "cc"))
    args = parser.parse_args()
    args.source = os.path.dirname(os.path.dirname(HERE))
    args.tmlcg = os.path.join(args.build, "codegen-hooks", "tmlcg")
    benchlib.need("valgrind", args.cc)
    benchlib.header("await")
    print("# one operation = 4 nested awaits; pend: the leaf suspends once per operation")
    figures, over = benchlib.Figures("await"), []
    with tempfile.TemporaryDirectory() as folder:
        rust = build_rust(folder)
        runs = []
        for opaque in (False, True):
            where = "opaque" if opaque else "inlined"
            sync = build(args, folder, "sync", opaque)
            for mode in ("ready", "pend"):
                runs.append((f"{mode}_{where}", "ours", build(args, folder, mode, opaque), ()))
                runs.append((f"{mode}_{where}", "sync", sync, ()))
                if rust:
                    runs.append((f"{mode}_{where}", "rust", rust, (mode, where)))
        expected = {benchlib.run(exe, 1000, *variant).split()[0] for _, _, exe, variant in runs}
        if len(expected) != 1:
            sys.exit(f"await: the variants compute different values: {sorted(expected)}")
        for metric, side, exe, variant in runs:
            figures.add("instructions_" + metric, side, instructions(exe, variant))
        for _ in range(args.rounds):
            for metric, side, exe, variant in runs:
                figures.add("ns_" + metric, side, float(benchlib.run(exe, args.operations, *variant).split()[1]))
    for unit in ("instructions", "ns"):
        for metric in ("ready_inlined", "ready_opaque", "pend_inlined", "pend_opaque"):
            figures.emit(f"{unit}_{metric}")
    limits = {name: limit for name, limit in LIMITS.items()}
    limits["ready inlined"] = 1.1 * figures.median("instructions_ready_inlined", "sync")
    for name, limit in limits.items():
        value = figures.median("instructions_" + name.replace(" ", "_"), "ours")
        print(f"# limit {name}: {benchlib.number(value)} <= {benchlib.number(limit)} instructions: "
              f"{'ok' if value <= limit else 'OVER'}")
        over += [name] if value > limit else []
    sys.exit(1 if over else 0)


main()
