# SPDX-License-Identifier: Apache-2.0
"""A server program that tests ask: started on a free port, which it prints."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile


class Program:
    def __init__(self, program):
        self.process = subprocess.Popen([program, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        stdin=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                return
        raise AssertionError(f"no port: {self.process.stderr.read()}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, f"exit code {self.process.returncode}: {errors[-2000:]}"


def failed(name, function, *arguments):
    """Runs it; prints and tells whether it failed."""
    try:
        function(*arguments)
        return False
    except (AssertionError, OSError) as failure:
        print(f"FAILED {name}: {failure}")
        return True


def run_cases(source, kind, cases, at_end=lambda server, folder: server.stop(), environment=lambda folder: {}):
    """Builds the program beside a test (argv: BUILD_FOLDER [LINK_FLAG...]), runs every case with one server of it and
    `at_end` when they are done. Prints the counts; returns the exit code."""
    build, flags = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        program = folder / source.stem
        os.environ.update(environment(folder))
        subprocess.run([build / "codegen-hooks/tmlc", "build", source, "-o", program, *flags], check=True, timeout=120)
        server = kind(program)
        num_failed = sum(failed(case.__name__, case, server) for case in cases)
        num_failed += failed("at its end", at_end, server, folder)
    print(f"{len(cases) + 1 - num_failed} passed, {num_failed} failed, 0 skipped")
    return int(num_failed != 0)
