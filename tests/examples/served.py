# SPDX-License-Identifier: Apache-2.0
"""A server program that tests ask: started on a free port, which it prints."""
import re
import subprocess


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
