#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Explores the concurrent structures of rt/ and of the server under a weak memory model, then shows that the exploration
would notice mistakes: every order weakened and every seeded mutant must be found.

usage: explore.py [--cc CC] [--build DIRECTORY] [--report FILE] [--jobs N] [--long] [--only NAME[,NAME]] [--no-mutants]

Prints a line per structure and case, a line per mutant with what found it, and ends with "mutants N/N" and
"N passed, N failed"; --report writes it to a file as well. --long explores without a bound on preemptions and checks the list of equivalent mutants.
structures.py says what is built of what, mutants.py what is broken on purpose; docs/design/model.md how it works.
"""
import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import time

import mutants as table
import structures

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
COMMON = ["-std=gnu17", "-g", "-O1", "-I.", "-Iabi/include", "-Irt/include", "-Istd/http/include", "-D_GNU_SOURCE",
          "-DTRT_MODEL", "-fno-strict-aliasing", "-fno-pie", "-Wall", "-Werror", "-Wno-unused-value", "-Wno-attributes",
          "-DTRT_BASE_SANITIZE_H", "-DTRT_TSAN=0", "-DTRT_SANITIZED=0",  # the instrumentation here is no sanitizer
          "-D__thread=__attribute__((section(\"model_tls\")))", "-Dtls_model(x)=unused"]
CHECKED = ["-fsanitize=thread", "-DMODEL_STRUCTURE_FILE", "-include", "tests/model/explore/seam.h",
           "-Dmemcpy=model_memcpy"]
ENGINE = sorted(path.name for path in (HERE / "engine").glob("*.c"))
TIMEOUT = 900


class Report:
    file = None


def say(text):
    print(text, flush=True)
    if Report.file:
        print(text, file=Report.file, flush=True)


class Builder:
    def __init__(self, cc, folder):
        self.cc, self.folder = cc, folder
        folder.mkdir(parents=True, exist_ok=True)

    def compile(self, source, out, flags, before=()):
        made = subprocess.run([self.cc, *before, *COMMON, *flags, "-c", str(source), "-o", str(out)], cwd=ROOT,
                              capture_output=True, text=True)
        if made.returncode != 0:
            raise SystemExit(f"{source} does not compile in the model build:\n{made.stderr}")
        return out

    def engine(self):
        return [self.compile(f"tests/model/explore/engine/{name}", self.folder / f"engine-{name}.o", ["-O2"])
                for name in ENGINE] + [
            self.compile(f"tests/model/explore/{name}.c", self.folder / f"{name}.o", []) for name in ("wakers", "rig")]

    def checked(self, structure, file, text=None, tag="", before=()):
        """Compiles one file of a structure, scaled, or `text` in its place; `before`: include paths that come first."""
        stem = f"{structure.name}{tag}-{file.replace('/', '_')}"
        flags = CHECKED + structure.flags
        text = structure.scaled(file, (ROOT / file).read_text()) if text is None else text
        copy = self.folder / f"{stem}.c"
        copy.write_text(f'#line 1 "{file}"\n{text}')
        return self.compile(copy, self.folder / f"{stem}.o", flags, before)

    def link(self, objects, out):
        used = [path for path in objects]
        made = subprocess.run([self.cc, "-no-pie", *map(str, used), "-o", str(out)], capture_output=True, text=True)
        if made.returncode != 0:
            raise SystemExit(f"{out.name} does not link:\n{made.stderr}")
        return out

    def structure(self, structure, engine):
        objects = {file: self.checked(structure, file) for file in structure.all_files()}
        rig = engine if structure.rig else engine[:-1]
        structure.objects, structure.base = objects, rig
        structure.program = self.link([*objects.values(), *rig], self.folder / structure.name)

    def mutant(self, structure, mutant, number):
        text = structure.scaled(mutant.file, (ROOT / mutant.file).read_text())
        if text.count(mutant.old) != 1:
            raise SystemExit(f"mutant {mutant.name}: its text is {text.count(mutant.old)} times in {mutant.file};"
                             f" bring tests/model/explore/mutants.py up to date:\n{mutant.old}")
        text, tag = text.replace(mutant.old, mutant.new), f"-m{number}"
        objects = dict(structure.objects)
        if mutant.file.endswith(".h"):  # every file of the structure sees the mutant instead of the header
            overlay = self.folder / f"{structure.name}{tag}-include"
            (overlay / mutant.file).parent.mkdir(parents=True, exist_ok=True)
            (overlay / mutant.file).write_text(f'#line 1 "{mutant.file}"\n{text}')
            for file in structure.all_files():
                objects[file] = self.checked(structure, file, None, tag, [f"-I{overlay}"])
        else:
            objects[mutant.file] = self.checked(structure, mutant.file, text, tag)
        return self.link([*objects.values(), *structure.base], self.folder / f"{structure.name}{tag}")


def run(program, *arguments):
    try:
        done = subprocess.run([str(program), *arguments], capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return "timeout", ""
    if done.returncode == 0:
        return "holds", done.stdout
    return ("fails" if done.returncode == 1 else "broken"), done.stdout + done.stderr


def with_places(program, output):
    """Replaces the program counters of a race report by source lines."""
    def place(found):
        said = subprocess.run(["addr2line", "-e", str(program), hex(int(found.group(1), 16) - 1)],
                              capture_output=True, text=True).stdout.strip()
        return said.replace(f"{ROOT}/", "") or found.group(0)
    return re.sub(r"pc 0x([0-9a-f]+)", place, output)


def failure_of(output):
    case = re.findall(r"case=(\S+)", output)
    why = re.search(r"^failure: (.*)$", output, re.M)
    return f"{case[-1] if case else '?'}: {why.group(1) if why else output.strip()[-200:]}"


class Accesses:
    """Every atomic access that was reached, with the cases that reach it, cheapest first."""
    def __init__(self):
        self.cases = {}

    def add(self, structure, output):
        states = {m[0]: int(m[1]) for m in re.findall(r"case=(\S+) .*?states=(\d+)", output)}
        for case, key, how in re.findall(r"^site\t(.*?)\t(.*?)\t(.*)$", output, re.M):
            self.cases.setdefault((key, how), set()).add((states[case], structure.name, case))

    def of_product(self):
        return sorted((key, how, sorted(cases)) for (key, how), cases in self.cases.items()
                      if not key.startswith("tests/"))


def explore(chosen, options):
    bound = ["--bound", "0"] if options.long else []
    accesses, failed, passed, shown = Accesses(), 0, 0, {}

    def one(structure):
        return run(structure.program, "--sites", *(bound or structure.bound()))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for structure, (result, output) in zip(chosen, pool.map(one, chosen)):
            lines = [line for line in output.splitlines() if not line.startswith("site\t")]
            say(with_places(structure.program, "\n".join(lines)))
            cases = len(re.findall(r"result=holds", output))
            states = sum(map(int, re.findall(r" states=(\d+)", output)))
            executions = sum(map(int, re.findall(r" executions=(\d+)", output)))
            say(f"structure={structure.name} cases={cases} states={states} executions={executions} {result}")
            passed += cases
            if result != "holds":
                say(f"FAILED {structure.name}")
                failed += 1
            accesses.add(structure, output)
            shown[structure.name] = set(",".join(re.findall(r" shows=(\S+) threads=", output)).split(","))
    if len(chosen) == len(structures.STRUCTURES):
        failed += undocumented(shown)
    return accesses, passed, failed


def unmodelled():
    """Names the product's files with atomics that no structure has; returns how many are not accounted for."""
    modelled = {file for structure in structures.STRUCTURES for file in structure.files}
    using = {str(path.relative_to(ROOT)) for top in ("rt", "std") for path in (ROOT / top).rglob("*.c")
             if re.search(r"\btrt_atomic_(?!init\b)\w+\(", path.read_text())}
    failed = 0
    for file in sorted(using - modelled):
        why = structures.NOT_MODELLED.get(file)
        failed += why is None
        say(f"not modelled {file}: {why}" if why else f"FAILED {file} has atomics and is in no structure")
    for file in sorted(set(structures.NOT_MODELLED) - (using - modelled)):
        failed += 1
        say(f"FAILED {file} is in NOT_MODELLED and should not be")
    say(f"files with atomics: {len(using & modelled)} modelled, {len(using - modelled)} not")
    return failed


def undocumented(shown):
    """Names the structures that docs/design/invariants.md has for an id and that show it in no case (shown: structure to
    the ids of its cases); returns how many."""
    failed = 0
    rows = re.findall(r"^\| ([A-Z]\d) \|[^|]*\|([^|]*)\|", (ROOT / "docs/design/invariants.md").read_text(), re.M)
    for number, cell in rows:
        for name in re.findall(r"`(\w+)`", cell):
            if number not in shown.get(name, ()):
                failed += 1
                say(f"FAILED docs/design/invariants.md: {name} shows {number} in no case")
    say(f"invariants: {len(rows)} listed, {sum('`' in cell for _, cell in rows)} explored")
    return failed


def function_of(key):
    """The function that an access is in: the last line before it that begins a definition."""
    file, line = re.match(r"(.*?):(\d+) ", key).groups()
    for text in reversed((ROOT / file).read_text().splitlines()[:int(line)]):
        found = re.match(r"(?:[A-Za-z_][\w* ]*?)\b(\w+)\(", re.sub(r"__attribute__\(\(.*?\)\) ", "", text))
        if found and not text.startswith(("#", "//")):
            return file, found.group(1)
    return file, "?"


def equivalent(key, how):
    file, function = function_of(key)
    access = key.split(" ", 1)[1]
    return table.EQUIVALENT.get((file, function, access, how))


def found_by(result, name, output, program):
    """What noticed a mutant; None: nothing did. A program that hangs or is refused has noticed nothing."""
    if result in ("holds", "timeout"):
        return None
    if result == "broken":
        raise SystemExit(f"{name}: {output}")
    return f"{name}/{failure_of(with_places(program, output))}"


def weaken(by_name, key, how, cases):
    for _, name, case in cases:
        structure = by_name[name]
        result, output = run(structure.program, "--case", case, "--weaken", key, how, *structure.bound())
        found = found_by(result, name, output, structure.program)
        if found:
            return found
    return None


def seed(builder, by_name, mutant, number):
    for name in mutant.structures:
        structure = by_name[name]
        program = builder.mutant(structure, mutant, number)
        result, output = run(program, *structure.bound())
        found = found_by(result, name, output, program)
        if found:
            return found
    return None


def mutants(builder, chosen, accesses, options):
    by_name = {structure.name: structure for structure in chosen}
    jobs, used = [], set()
    for key, how, cases in accesses.of_product():
        file, function = function_of(key)
        name = f"{file}:{function} {key.split(' ', 1)[1]} {how}"
        why = equivalent(key, how)
        used.add((file, function, key.split(" ", 1)[1], how))
        if why is None or options.long:
            jobs.append((name, why, lambda k=key, h=how, c=cases: weaken(by_name, k, h, c)))
        else:
            say(f"equivalent {name}: {why}")
    for number, mutant in enumerate(table.MUTANTS):
        if all(name in by_name for name in mutant.structures):
            jobs.append((mutant.name, None, lambda m=mutant, n=number: seed(builder, by_name, m, n)))
    killed = survived = 0
    if len(chosen) == len(structures.STRUCTURES):
        for entry in sorted(set(table.EQUIVALENT) - used):
            say(f"FAILED equivalent {' '.join(entry)}: there is no such access; bring mutants.py up to date")
            survived += 1
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for (name, why, _), found in zip(jobs, pool.map(lambda job: job[2](), jobs)):
            if why is not None:
                say(f"equivalent {name}: {why}" + (f"\nFAILED it is not: {found}" if found else ""))
                survived += found is not None
                continue
            killed += found is not None
            survived += found is None
            say(f"mutant {name}: found by {found}" if found else f"FAILED mutant {name}: not found")
    say(f"mutants {killed}/{killed + survived}")
    return killed, survived


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/model-explore")
    parser.add_argument("--report", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--no-mutants", action="store_true")
    options = parser.parse_args()
    if options.report:
        Report.file = options.report.open("w")
    started = time.monotonic()
    names = options.only.split(",") if options.only else None
    chosen = [s for s in structures.STRUCTURES if names is None or s.name in names]
    if not chosen:
        raise SystemExit(f"no structure of that name (known: {' '.join(s.name for s in structures.STRUCTURES)})")
    builder = Builder(options.cc, options.build.resolve())
    engine = builder.engine()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(lambda structure: builder.structure(structure, engine), chosen))
    unlisted = unmodelled() if names is None else 0
    accesses, passed, failed = explore(chosen, options)
    failed += unlisted
    if failed == 0 and not options.no_mutants:
        killed, survived = mutants(builder, chosen, accesses, options)
        passed, failed = passed + killed, failed + survived
    say(f"explored in {time.monotonic() - started:.0f} s")
    say(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
