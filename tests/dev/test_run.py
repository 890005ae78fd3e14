#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What ./dev run says about its command line before it builds anything. Ends with "N passed, N failed, N skipped"."""
import pathlib
import subprocess
import tempfile

DEV = pathlib.Path(__file__).resolve().parents[2] / "dev"
# (arguments, what it says; {cwd} is the folder it is called from)
CASES = [
    (["gone.ll"], "there is no program '{cwd}/gone.ll'"),  # the caller's folder, not the repository's
    (["examples/users/users.tml"], "there is no program '{cwd}/examples/users/users.tml'"),
    (["/gone.tml"], "there is no program '/gone.tml'"),
    (["folder.ll"], "there is no program '{cwd}/folder.ll'"),
    (["folder"], "'folder' is no program: it must be TML source (.tml) or LLVM IR (.ll, .bc)"),
    (["notes.md"], "'notes.md' is no program"),
    (["a.ll", "b.ll"], "two programs, 'a.ll' and 'b.ll'; arguments of the program come after --"),
    ([""], "the program's name is empty"),
    (["--port"], "--port wants a value"),
    (["--port", "x"], "'x' is no port number"),
    (["--bogus"], "unknown option '--bogus'"),
]


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        cwd = pathlib.Path(folder).resolve()
        (cwd / "folder.ll").mkdir()
        (cwd / "folder").mkdir()
        (cwd / "notes.md").write_text("notes\n")
        for arguments, text in CASES:
            done = subprocess.run([DEV, "run", *arguments], cwd=cwd, capture_output=True, text=True)
            wanted = f"dev: error: run: {text.format(cwd=cwd)}"
            if done.returncode != 1 or not done.stderr.startswith(wanted):
                failed += 1
                print(f"FAILED {arguments}: exit code {done.returncode}: {done.stderr!r}, wanted {wanted!r}")
    print(f"{len(CASES) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
