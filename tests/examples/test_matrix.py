#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every program of examples/ as it is on one worker (the current-thread flavour), on two and on eight: it calls its own
routes, then clients that do not wait for each other send the same requests, then it is asked to end. A program without
routes prints what its .out file says.

In a build with ThreadSanitizer compiled code is instrumented as the runtime is (-fsanitize=thread of tmlc and tmlcg),
no report is suppressed, and one report fails the program; race.tml, which has a race, must be reported. There the
programs of lit/tmlc/run run as well; what they print is lit's to check, on one worker where the order matters.
Prints a line per program and number of workers, the total, and ends with "N passed, N failed, N skipped".

usage: test_matrix.py BUILD_FOLDER [LINK_FLAG...]      the flags are the sanitizers of the build
"""
import concurrent.futures
import http.client
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKERS = (1, 2, 8)
CLIENTS, ROUNDS = 12, 4
ONE_WORKER = {"coop.tml"}  # its tasks wait for each other by looking at plain fields: a race anywhere else
REPORTED = 66  # exit code of a program that ThreadSanitizer reported something of


def environment(workers):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TMLRT_")}
    options = f"exitcode={REPORTED} atexit_sleep_ms=20"  # the default sleeps a second at every end
    return {**clean, "TMLRT_THREADS": str(workers), "TSAN_OPTIONS": options}


def run(*command, workers=1, code=0):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120, env=environment(workers))
    assert done.returncode == code, f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout[-4000:]}"
    return done.stdout


def compile_program(build, flags, source, out):
    run(build / "codegen-hooks" / ("tmlc" if source.suffix == ".tml" else "tmlcg"), "build", source, "-o", out, *flags)
    if "-fsanitize=thread" in flags:
        symbols = run("nm", out)
        assert "__tsan_func_entry" in symbols, f"{source.name} is not instrumented"
    return out


def requests_of(printed):
    """What --smoke sent and the status of the answer, as (method, path, fields, body, status)."""
    found = []
    for block, status in re.findall(r"((?:^  >.*\n)+)  < (\d+)", printed, re.M):
        lines = [line[4:] for line in block.splitlines()]
        method, path = lines[0].split(" ", 1)
        end = lines.index("") if "" in lines else len(lines)
        fields = dict(line.split(": ", 1) for line in lines[1:end])
        found.append((method, path, fields, "\n".join(lines[end + 1:]), int(status)))
    return found


class Server:
    def __init__(self, program, workers):
        self.process = subprocess.Popen([program, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        stdin=subprocess.DEVNULL, text=True, env=environment(workers))
        for line in self.process.stdout:
            found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                return
        raise AssertionError("it does not listen")

    def client(self, requests):
        """One client's requests, one after the other. Returns how many were answered."""
        num, link = 0, None
        for _ in range(ROUNDS):
            for method, path, fields, body, status in requests:
                link = link or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                link.request(method, path, body=body.encode() or None, headers=fields)
                answer = link.getresponse()
                answer.read()
                assert answer.status in (status, *range(500)), f"{method} {path}: {answer.status}"
                num += 1
                if answer.will_close:
                    link.close()
                    link = None
        if link:
            link.close()
        return num

    def load(self, requests):
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            return sum(pool.map(self.client, [requests] * CLIENTS))

    def stop(self, code=0):
        self.process.send_signal(signal.SIGTERM)
        printed, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == code, f"exit code {self.process.returncode}: {printed[-6000:]}"
        return printed


def serve(program, workers, requests, code=0):
    """Returns how many requests were answered, and what the program printed."""
    server = Server(program, workers)
    try:
        num = server.load(requests)
    except BaseException:
        server.process.kill()
        print(server.process.communicate()[0][-4000:])
        raise
    return num, server.stop(code)


def try_program(source, program, workers):
    """Returns what was done, as the words of the line that is printed."""
    printed = run(program, "--smoke", "--port", "0", workers=workers)
    wanted = source.with_suffix(".out")
    if wanted.exists():
        lines = [line for line in printed.splitlines() if not line.startswith("tmlrt: ")]  # panics, on stderr
        assert lines == wanted.read_text().splitlines(), f"it prints something else:\n{printed}"
        return f"lines={len(lines)}"
    requests = requests_of(printed)
    assert requests, f"no request in what --smoke prints:\n{printed}"
    num, _ = serve(program, workers, requests)
    return f"smoke={len(requests)} requests={num}"


def lit_programs():
    return [source for source in sorted((ROOT / "lit/tmlc/run").glob("*.tml")) if source.name not in ONE_WORKER]


def try_lit_program(build, flags, source, folder):
    program = compile_program(build, flags, source, folder / f"run-{source.stem}")
    for workers in WORKERS[1:]:
        run(program, "--smoke", "--port", "0", workers=workers)
    program.unlink()
    return "reports=0"


def race_is_seen(build, flags, folder):
    program = compile_program(build, flags, pathlib.Path(__file__).with_name("race.tml"), folder / "race")
    _, printed = serve(program, 8, [("GET", "/count", {}, "", 200)] * 10, REPORTED)
    found = re.search(r"SUMMARY: ThreadSanitizer: (data race race\.tml.*)", printed)
    assert found, f"not the race of Counter:\n{printed[-4000:]}"
    return f"reported={found.group(1)!r}"


class Total:
    def __init__(self, build):
        self.build, self.passed, self.failed = build, 0, 0

    def case(self, name, workers, action):
        try:
            print(f"example={name} workers={workers} build={self.build} {action()} ok", flush=True)
            self.passed += 1
        except (AssertionError, OSError, http.client.HTTPException, subprocess.SubprocessError) as error:
            self.failed += 1
            print(f"FAILED example={name} workers={workers} build={self.build}\n  {error!r}", flush=True)


def main():
    build, flags = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    sources = [source for suffix in (".ll", ".tml") for folder in sorted((ROOT / "examples").iterdir())
               for source in [folder / (folder.name + suffix)] if source.exists()]
    total = Total(build.name)
    with tempfile.TemporaryDirectory(prefix="matrix-") as name:
        folder = pathlib.Path(name)
        for source in sources:
            program = folder / source.name.replace(".", "-")
            try:
                compile_program(build, flags, source, program)
            except (AssertionError, subprocess.SubprocessError) as error:
                total.failed += 1
                print(f"FAILED example={source.name}\n  {error}")
                continue
            for workers in WORKERS:
                total.case(source.name, workers, lambda s=source, p=program, w=workers: try_program(s, p, w))
        if "-fsanitize=thread" in flags:
            total.case("race.tml", 8, lambda: race_is_seen(build, flags, folder))
            for source in lit_programs():
                total.case(f"run/{source.name}", "2,8", lambda s=source: try_lit_program(build, flags, s, folder))
    print(f"matrix build={total.build} programs={len(sources)} workers={','.join(map(str, WORKERS))} "
          f"ok={total.passed}/{total.passed + total.failed}")
    print(f"{total.passed} passed, {total.failed} failed, 0 skipped")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
