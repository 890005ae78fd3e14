#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The program of proposal.md, as extract.py makes it: compiled at -O2, at -O0, without passes and as several modules,
it calls its own routes (--smoke), and answers a client the same each time. Ends with "N passed, N failed, N skipped".

usage: test_proposal.py BUILD_FOLDER [LINK_FLAG...]      the flags are the sanitizers of the build
"""
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import extract

LEVELS = (["-O2"], ["-O0"], ["--no-passes"], ["-O2", "--modules", "3"])
# method, path, JSON body or None, status, text or None
CALLS = (
    ("GET", "/api/users/", None, 200, "0 users, 42 warm"),
    ("POST", "/api/users/", {"name": "Ada"}, 201, "Ada is 1"),
    ("POST", "/api/users", {"name": "Grace"}, 201, "Grace is 2"),
    ("GET", "/api/users/2", None, 200, "2 is Grace"),
    ("GET", "/api/users/18446744073709551615", None, 404, "no user 18446744073709551615"),
    ("GET", "/api/users/18446744073709551616", None, 400, None),
    ("GET", "/api/users/ada", None, 400, None),
    ("POST", "/api/users", {}, 400, None),
    ("POST", "/api/users", {"name": "Ada", "role": "admin"}, 400, None),
    ("DELETE", "/api/users", None, 405, None),
    ("GET", "/api/user", None, 404, None),
    ("GET", "/api/users", None, 200, "2 users, 42 warm"),
)


def call(port, method, path, body):
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    text, fields = (json.dumps(body), {"Content-Type": "application/json"}) if body is not None else (None, {})
    link.request(method, path, text, fields)
    answer = link.getresponse()
    said = answer.read().decode()
    link.close()
    return answer.status, said


def serve(program):
    """The answers to CALLS, from a start to a stop."""
    process = subprocess.Popen([program, "--port", "0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, env={**os.environ, "TMLRT_THREADS": "2"})
    try:
        said = ""
        for line in process.stdout:
            said += line
            found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", line)
            if found:
                break
        else:
            raise AssertionError(f"no port: {said}")
        answers = [call(int(found.group(1)), *row[:3]) for row in CALLS]
    finally:
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=60)[0]
    assert process.returncode == 0, f"exit code {process.returncode}: {rest[-2000:]}"
    return answers


def check(build, flags, options, work):
    source, program = work / "proposal.tml", work / "proposal"
    source.write_text(extract.program())
    for command in ([build / "codegen-hooks/tmlc", "build", source, "-o", program, *options, *flags],
                    [program, "--smoke", "--port", "0"]):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=120)
        assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout[-3000:]}"
    assert re.search(r"smoke: 3 requests, 0 failed", done.stdout), done.stdout
    for row, (status, text) in zip(CALLS, serve(program)):
        assert status == row[3] and (row[4] is None or text == row[4]), f"{row[:3]}: {status} {text}"


def main():
    build, flags = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    passed = failed = 0
    for options in LEVELS:
        with tempfile.TemporaryDirectory(prefix="proposal-") as folder:
            try:
                check(build, flags, options, pathlib.Path(folder))
                passed += 1
            except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
                failed += 1
                print(f"FAILED {' '.join(options)}: {error}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
