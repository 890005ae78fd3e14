#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TLS against what others issue and test with: chains that a client has to refuse, an ACME authority, testssl.sh.

Ends with "N passed, N failed, N skipped".
"""
import argparse
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import acme
import chains
import testssl
import tools


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=tools.ROOT / "build/dev", help="a build folder with tests")
    parser.add_argument("--short", action="store_true", help="the chains only")
    parser.add_argument("--only", help="chains, acme, tlslite or testssl")
    options = parser.parse_args()
    tally = tools.Tally()
    peer = options.build.resolve() / "tests/conformance/tls/conformance_tls_peer"
    parts = {"chains": (chains.run, ["openssl"]), "acme": (acme.run, ["openssl", "pebble", "curl"]),
             "tlslite": (testssl.run_stranger, ["openssl", "python/bin/python"]),
             "testssl": (testssl.run, ["openssl", "testssl"])}
    for name, (run, programs) in parts.items():
        if options.only not in (None, name) or (options.short and name != "chains"):
            continue
        missing = [program for program in programs if not tools.find(program)]
        if missing:
            tally.lacks(f"tls/{name}", ", ".join(missing))
            continue
        with tools.workspace(name) as place:
            run(peer, pathlib.Path(place), tally)
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
