# SPDX-License-Identifier: Apache-2.0
"""What the parts of ./dev conformance share: finding tools, starting servers on free ports, telling what was not run.

A tool that is missing is a skip by name, and a failure with TMLRT_CONFORMANCE=required, which .ci/run sets.
"""
import contextlib
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
TOOLS = ROOT / "build/tools"
PYTHON = TOOLS / "python/bin/python"
SYSTEM = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))


class Tally:
    """Counts cases and tells each that is not passed."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def case(self, name, why=""):
        """`why` is empty when it passed."""
        self.passed, self.failed = self.passed + (not why), self.failed + bool(why)
        print(f"FAILED {name}: {why}" if why else f"ok {name}", flush=True)

    def lacks(self, name, tool, why="./dev setup --conformance installs it"):
        if os.environ.get("TMLRT_CONFORMANCE") == "required":
            self.failed += 1
            print(f"FAILED {name}: {tool} is missing: {why}", flush=True)
        else:
            self.skipped += 1
            print(f"skipped {name}: {tool} is missing: {why}", flush=True)

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed or not self.passed + self.skipped else 0


def find(name):
    """The program, from build/tools or the path; None when it is not there."""
    built = TOOLS / name
    return str(built) if built.is_file() else shutil.which(name, path=SYSTEM)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A server that was started: `port` is where it listens."""

    def __init__(self, command, log, port=0, says=r"^(\d+)$", environment=None, seconds=20):
        """With port 0 the program prints a line that matches `says`, its group the port."""
        self.log = open(log, "w+b")
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stderr=self.log,
                                        stdout=self.log if port else subprocess.PIPE,
                                        env={**os.environ, **(environment or {})})
        self.pid = self.process.pid
        self.port = port or self.printed(re.compile(says), seconds)
        self.answers(seconds)

    def printed(self, says, seconds):
        data, end = b"", time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.process.stdout], [], [], 0.1)[0]:
                piece = os.read(self.process.stdout.fileno(), 4096)
                data += piece
                for line in data.decode("latin-1").splitlines():
                    if found := says.search(line):
                        return int(found.group(1))
                if not piece:
                    break
        self.stop()
        raise RuntimeError(f"{self.process.args[0]} did not start: {self.said()}")

    def answers(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
                return
            time.sleep(0.02)
        self.stop()
        raise RuntimeError(f"{self.process.args[0]} does not answer: {self.said()}")

    def said(self):
        self.log.seek(0)
        return self.log.read().decode("latin-1")[-3000:]

    def stop(self, with_signal=signal.SIGTERM):
        """The exit code."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return self.process.returncode


def users(build, work, link=(), arguments=(), environment=None, says=r"listening on https?://127\.0\.0\.1:(\d+)"):
    """examples/users, compiled from its IR and started."""
    program = pathlib.Path(work) / "users"
    if not program.exists():
        subprocess.run([build / "codegen-hooks/tmlcg", "build", ROOT / "examples/users/users.ll", "-o", program,
                        *(["--", *link] if link else [])], check=True, stdin=subprocess.DEVNULL)
    return Process([program, "--port", "0", *arguments], pathlib.Path(work) / "users.log", says=says,
                   environment={"TMLRT_THREADS": "2", **(environment or {})})


def workspace(name):
    return tempfile.TemporaryDirectory(prefix=f"conformance-{name}-")
