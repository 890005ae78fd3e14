#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a served program prints for its options, compared with the files of golden/: --help, --routes, --limits, --smoke
and wrong options of examples/users. Ports and what depends on the machine are replaced by a word.

TMLRT_GOLDEN_UPDATE=1 writes the files instead. Ends with "N passed, N failed, N skipped".

usage: test_options.py BUILD_FOLDER [LINK_FLAG...]      the flags are the sanitizers of the build
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CASES = {  # name: (arguments, exit code, environment)
    "help": (["--help"], 0, {}),
    "help_wins": (["--prot", "1", "--help"], 0, {}),
    "routes": (["--routes"], 0, {}),
    "limits": (["--limits", "--limit", "num_conns=200"], 0, {"TMLRT_LIMITS": "handler=5s"}),
    "smoke": (["--smoke", "--port", "0", "--limit=memory_bytes=1GiB"], 0, {}),
    "wrong": (["--smok", "--limit", "handlr=1s", "serve"], 2, {"TMLRT_PORT": "http"}),
    "wrong_names": ([], 2, {"TMLRT_PROT": "1", "TMLRT_ACESS_LOG": "-", "TMLRT_OWN": "x"}),
    "no_log": (["--port", "0", "--access-log", "/no/such/folder/access.log"], 1, {}),
    "no_socket": (["--listen", "unix:/dev/null"], 1, {}),
    "no_admin": (["--port", "0", "--admin", "unix:/dev/null"], 1, {}),
}


def mask(text):
    text = re.sub(r"(127\.0\.0\.1):\d+", r"\1:PORT", text)
    return re.sub(r"^((?:memory|held)_bytes +)\S+ +default", r"\1MACHINE default", text, flags=re.M)


def check(program, name, arguments, code, environment):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TMLRT_") or k == "TMLRT_THREADS"}
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, env={**clean, **environment})
    assert done.returncode == code, f"exit code {done.returncode}, not {code}: {done.stderr}"
    got, path = mask(done.stdout + done.stderr), HERE / "golden" / f"{name}.txt"
    if os.environ.get("TMLRT_GOLDEN_UPDATE"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(got, encoding="utf-8")
    want = path.read_text(encoding="utf-8")
    difference = difflib.unified_diff(want.splitlines(), got.splitlines(), str(path), "printed", lineterm="")
    assert got == want, "\n".join(difference)


def main():
    build, flags = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    source = HERE.parents[1] / "examples/users/users.ll"
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="options-") as folder:
        program = pathlib.Path(folder) / "users"
        link = ["--", *flags] if flags else []
        subprocess.run([build / "codegen-hooks/tmlcg", "build", source, "-o", program, *link], check=True, timeout=120)
        for name, (arguments, code, environment) in CASES.items():
            try:
                check(program, name, arguments, code, environment)
                passed += 1
            except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
                failed += 1
                print(f"FAILED {name}\n{error}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
