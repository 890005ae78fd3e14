#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every header compiles alone, with the compiler of the build; public ones as C++ too where there is a C++ compiler."""
import concurrent.futures
import os
import re
import shutil
import subprocess

from common import CODE_FOLDERS, ROOT, Report, arguments, files

INCLUDES = ["-I.", "-Iabi/include", "-Irt/include", "-Istd/http/include", "-Icodegen-hooks/include"]


def cache_value(build, name):
    """A value of the build's CMake cache, None without one."""
    cache = ROOT / build / "CMakeCache.txt"
    if cache.is_file():
        match = re.search(rf"^{name}:\w+=(.+)$", cache.read_text(), re.M)
        if match:
            return match.group(1)
    return None


def compile_one(job):
    path, command = job
    done = subprocess.run(command + ["-include", str(path), "-"], cwd=ROOT, input="",
                          capture_output=True, text=True)
    return path, done.returncode, done.stderr


def main():
    args = arguments(__doc__.splitlines()[0])
    report = Report("check_headers")
    llvm = cache_value(args.build, "LLVM_CONFIG")
    system = []
    if llvm:
        system = ["-isystem", subprocess.run([llvm, "--includedir"], capture_output=True, text=True).stdout.strip()]
    cc = cache_value(args.build, "CMAKE_C_COMPILER") or "cc"
    base = ["-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Werror", *INCLUDES, *system]
    jobs = []
    for path in files(".h", folders=CODE_FOLDERS):
        jobs.append((path, [cc, "-std=gnu17", *base, "-xc"]))
        if "include" in path.parts and shutil.which("c++"):
            jobs.append((path, ["c++", "-std=c++17", *base, "-xc++"]))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, code, errors in pool.map(compile_one, jobs):
            report.looked_at += 1
            if code != 0:
                first = next((line for line in errors.splitlines() if "error" in line), errors[:200])
                report.problem(path, 1, f"does not compile alone: {first}")
    report.finish("headers")


if __name__ == "__main__":
    main()
