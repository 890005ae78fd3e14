#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs a build into a fresh prefix and uses it from outside, as an embedder and as a compiler would.

A C program and an IR program, each linked through pkg-config, through CMake's find_package and with a plain
-ltmlrt, against the shared library and the archive, with gcc and with clang; then each is run, and the program of
docs/guide/embedding.md with them. The prefix is moved
after the installation: nothing in it may name where it was. Ends with "N passed, N failed, N skipped".

usage: test_install.py BUILD_FOLDER
"""
import os
import pathlib
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
COMPILERS = ("gcc", "clang-19")


class Results:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def case(self, name, action):
        try:
            action()
            self.passed += 1
        except (subprocess.CalledProcessError, AssertionError, OSError) as error:
            self.failed += 1
            print(f"FAILED {name}")
            print("  ", getattr(error, "cmd", ""), error)
            print("  ", (getattr(error, "stderr", None) or "")[-2000:])

    def skip(self, name, reason):
        self.skipped += 1
        print(f"skipped {name}: {reason}")


def run(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, **options).stdout


def expect_slept(program, prefix):
    """Runs a linked program, with the moved library folder for the loader."""
    out = run(program, env={**os.environ, "LD_LIBRARY_PATH": str(prefix / libdir(prefix))}, timeout=60)
    assert out == "slept\n", f"{program} printed {out!r}"


def libdir(prefix):
    return next(prefix.rglob("libtmlrt.a")).parent.relative_to(prefix)


def pkg_config(prefix, *arguments):
    folder = prefix / libdir(prefix) / "pkgconfig"
    return shlex.split(run("pkg-config", *arguments, "tmlrt", env={**os.environ, "PKG_CONFIG_PATH": str(folder)}))


def static_flags(flags):
    """pkg-config --static names the private libraries; the archive itself is chosen by the linker option."""
    return ["-Wl,-Bstatic", "-ltmlrt", "-Wl,-Bdynamic", *[f for f in flags if f != "-ltmlrt"]]


def link(compiler, way, kind, source, prefix, output, *more):
    lib = prefix / libdir(prefix)
    flags = [f"-I{prefix}/include"]
    if way == "pkg-config":
        flags = pkg_config(prefix, "--cflags")
        libs = pkg_config(prefix, "--libs", *(["--static"] if kind == "static" else []))
        libs = static_flags([f for f in libs]) if kind == "static" else libs
    elif kind == "static":
        libs = [lib / "libtmlrt.a", "-lffi", "-lnghttp2", "-lssl", "-lcrypto", "-lpthread"]
    else:
        libs = [f"-L{lib}", "-ltmlrt"]
    lib_path = [f"-L{lib}"]
    run(compiler, *flags, *more, source, "-o", output, *lib_path, *libs)
    dynamic = run("ldd", output)
    assert ("libtmlrt" in dynamic) == (kind == "shared"), f"linked {kind}, but ldd says:\n{dynamic}"


def try_direct(results, prefix, work, compiler, what, source):
    for way in ("pkg-config", "plain"):
        for kind in ("shared", "static"):
            output = work / f"{what}-{compiler}-{way}-{kind}"

            def build_and_run(output=output, way=way, kind=kind):
                link(compiler, way, kind, source, prefix, output)
                expect_slept(output, prefix)
            results.case(output.name, build_and_run)


def guide_program():
    """The one C program of docs/guide/embedding.md."""
    text = (HERE.parents[1] / "docs/guide/embedding.md").read_text(encoding="utf-8")
    return re.search(r"^```c\n(.*?)^```$", text, re.M | re.S).group(1)


def expect_echo(program, prefix):
    """Answers what five peers send; the end of its input is its end, also while a peer is there."""
    environment = {**os.environ, "LD_LIBRARY_PATH": str(prefix / libdir(prefix))}
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as server:
        port = int(server.stdout.readline().split()[1])
        peers = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(5)]
        for number, peer in enumerate(peers):
            peer.sendall(b"hello %d" % number)
        answers = [peer.recv(100) for peer in peers]
        peers[0].close()
        server.stdin.close()
        code = server.wait(60)
        rest = [peer.recv(100) for peer in peers[1:]]
        for peer in peers:
            peer.close()
    assert answers == [b"hello %d" % number for number in range(5)], answers
    assert code == 0 and rest == [b""] * 4, (code, rest)


def try_guide(results, prefix, work, compiler):
    source = work / "echo.c"
    source.write_text(guide_program(), encoding="utf-8")
    for kind in ("shared", "static"):
        output = work / f"guide-{compiler}-{kind}"

        def build_and_run(output=output, kind=kind):
            link(compiler, "pkg-config", kind, source, prefix, output, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-pthread")
            expect_echo(output, prefix)
        results.case(output.name, build_and_run)


def try_cmake(results, prefix, work, compiler, program):
    folder = work / f"cmake-{compiler}"
    options = [f"-DCMAKE_C_COMPILER={compiler}", f"-DCMAKE_PREFIX_PATH={prefix}",
               f"-DEMBEDDER_SOURCE={HERE / 'embedder.c'}"]
    if program:
        options.append(f"-DPROGRAM_OBJECT={program}")

    def build():
        run("cmake", "-G", "Ninja", "-S", HERE / "cmake_project", "-B", folder, *options)
        run("cmake", "--build", folder)
    results.case(f"cmake-{compiler}-build", build)
    for what in ("embedder", "program") if program else ("embedder",):
        for kind in ("tmlrt", "static"):
            results.case(f"cmake-{compiler}-{what}-{kind}", lambda: expect_slept(folder / f"{what}_{kind}", prefix))


def try_copies(results, prefix, work, compiler):
    """Two copies of the runtime in one process: refused when both would run, fine when one is never used."""
    lib = prefix / libdir(prefix)
    archive = [lib / "libtmlrt.a", "-lffi", "-lnghttp2", "-lssl", "-lcrypto", "-lpthread"]
    include = f"-I{prefix}/include"

    def check(host_libs, plugin_flags, expected):
        host, plugin = work / f"copies-host-{compiler}", work / f"copies-plugin-{compiler}.so"
        run(compiler, include, HERE / "copies_host.c", "-o", host, *host_libs)
        run(compiler, include, "-shared", "-fPIC", HERE / "copies_plugin.c", "-o", plugin, *archive, *plugin_flags)
        done = subprocess.run([host, plugin], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "LD_LIBRARY_PATH": str(lib)})
        assert done.stdout == f"{expected}\n", f"printed {done.stdout!r} {done.stderr!r}"
        assert ("another copy of the runtime" in done.stderr) == (expected != 0), done.stderr

    shared = [f"-L{lib}", "-ltmlrt"]
    results.case(f"copies-{compiler}-two-archives", lambda: check(archive, [], -206))
    results.case(f"copies-{compiler}-shared-and-bound-archive", lambda: check(shared, ["-Wl,-Bsymbolic"], -206))
    results.case(f"copies-{compiler}-archive-never-used", lambda: check(shared, [], 0))


def check_relocatable(prefix, first):
    for path in prefix.rglob("*"):
        if path.suffix in (".pc", ".cmake", ".h", ".def"):
            assert str(first) not in path.read_text(), f"{path.name} names the prefix it was installed to"


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    results = Results()
    with tempfile.TemporaryDirectory(prefix="tmlrt-install-") as folder:
        work = pathlib.Path(folder)
        first, prefix = work / "first", work / "moved"
        run("cmake", "--install", build, "--prefix", first)
        first.rename(prefix)
        results.case("relocatable", lambda: check_relocatable(prefix, first))
        tmlcg, program = prefix / "bin" / "tmlcg", None
        if tmlcg.exists():
            program = work / "sleeper.o"
            results.case("tmlcg-lower", lambda: run(tmlcg, "lower", "-O2", "--emit-obj", HERE / "sleeper.ll", "-o", program))
            results.case("tmlcg-build", lambda: (run(tmlcg, "build", HERE / "sleeper.ll", "-o", work / "built"),
                                                 expect_slept(work / "built", prefix)))
        else:
            results.skip("tmlcg", "this build has no codegen-hooks")
        for compiler in COMPILERS:
            if not shutil.which(compiler):
                results.skip(compiler, "not installed")
                continue
            try_direct(results, prefix, work, compiler, "embedder", HERE / "embedder.c")
            if program:
                try_direct(results, prefix, work, compiler, "program", program)
            try_guide(results, prefix, work, compiler)
            try_cmake(results, prefix, work, compiler, program)
            try_copies(results, prefix, work, compiler)
    print(f"{results.passed} passed, {results.failed} failed, {results.skipped} skipped")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
