#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every call of rt/ and std/ that allocates has failed in some test, at least once.

Runs the test programs that inject allocation failures (test_allocator_fail_at); the harness notes the stack of each failed
allocation. Prints the calls that never failed, "allocation sites N/N", and ends with "N passed, N failed, N skipped": a
case is a file that allocates. Needs a build with line tables that inlines nothing, so the debug builds.

usage: check_sites.py BUILD_FOLDER
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CALL = re.compile(r"\b(?:trt_(?:alloc|alloc_zero|alloc_aligned|alloc_array|realloc))\(")
NEAR = 3  # lines between a call and where the compiler says it is: a call of several lines


def call_sites():
    """file -> lines of the calls that allocate."""
    found = {}
    for top in ("rt", "std"):
        for path in sorted((ROOT / top).rglob("*.[ch]")):
            file = str(path.relative_to(ROOT))
            if file.startswith("rt/base/alloc."):
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if CALL.search(line.split("//")[0]):
                    found.setdefault(file, []).append(number)
    return found


def programs(build):
    sources = [path for path in (ROOT / "tests").rglob("test_*.c") if "test_allocator_fail_at" in path.read_text()]
    for source in sorted(sources):
        name = str(source.relative_to(ROOT / "tests").with_suffix("")).replace("/", ".").replace("-", "_")
        if (build / "tests" / name).exists():
            yield build / "tests" / name


def lines_of(program, offsets):
    """offset -> [(file, line)] of a program, innermost first."""
    out = subprocess.run(["addr2line", "-a", "-i", "-e", program], input="\n".join(hex(o - 1) for o in offsets),
                         capture_output=True, text=True, check=True).stdout
    found, at = {}, None
    for line in out.splitlines():
        if line.startswith("0x"):
            at = found.setdefault(int(line, 16) + 1, [])
        else:
            place = re.match(r"(.*?):(\d+)", line)
            if place and place[1].startswith(f"{ROOT}/"):
                at.append((place[1][len(str(ROOT)) + 1:], int(place[2])))
    return found


def failed_sites(program):
    """Runs a program; returns the places whose allocation failed: of each stack the first that is ours."""
    with tempfile.TemporaryDirectory(prefix="oom-") as folder:
        log = pathlib.Path(folder) / "sites"
        done = subprocess.run([program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=300, env={**os.environ, "TMLRT_OOM_SITES": str(log)})
        if done.returncode != 0:
            raise SystemExit(f"{program.name}: exit code {done.returncode}\n{done.stdout[-2000:]}")
        stacks = {stack for stack in log.read_text().split("\n\n")} if log.exists() else set()
    frame = re.compile(rf"^{re.escape(str(program))}\(\+0x([0-9a-f]+)\)", re.M)
    stacks = [[int(offset, 16) for offset in frame.findall(stack)] for stack in stacks]
    lines = lines_of(program, sorted({o for stack in stacks for o in stack}))
    sites = set()
    for stack in stacks:
        places = [place for offset in stack for place in lines[offset]]
        ours = [p for p in places if p[0].startswith(("rt/", "std/")) and not p[0].startswith("rt/base/alloc.")]
        sites.update(ours[:1])
    return sites


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    hit = set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for sites in pool.map(failed_sites, list(programs(build))):
            hit |= sites
    passed = failed = num = missing = 0
    sites = call_sites()
    for file, numbers in sites.items():
        left = [n for n in numbers if not any(f == file and -1 <= line - n <= NEAR for f, line in hit)]
        num += len(numbers)
        missing += len(left)
        failed += bool(left)
        passed += not left
        for number in left:
            print(f"FAILED {file}:{number} never failed in a test: "
                  f"{(ROOT / file).read_text().splitlines()[number - 1].strip()}")
    print(f"allocation sites {num - missing}/{num} in {len(sites)} files")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
