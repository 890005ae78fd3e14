#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 as others speak it: h2spec --strict, nghttp, h2load, curl, Python's h2 and Node, in the clear and over TLS.

The server is examples/users. Ends with "N passed, N failed, N skipped".
"""
import argparse
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "tls")]
import authority
import tools

CASES = 146  # of this h2spec, all of them with --strict


class Target:
    """A server: in the clear without `root`."""

    def __init__(self, process, name, path, root=None):
        self.process, self.name, self.path, self.root = process, name, path, root
        self.port = process.port
        self.url = f"{'https' if root else 'http'}://localhost:{self.port}"


def said(command, seconds=300):
    done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=seconds)
    return done.returncode, done.stdout


def h2spec(target, work, tally):
    report = work / "h2spec.xml"
    _, text = said([tools.find("h2spec"), "--strict", "-h", "127.0.0.1", "-p", target.port, "-P", target.path, "-o", "5",
                    "-j", report, *(["-t", "-k"] if target.root else [])])
    found = re.search(r"(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed", text)
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        wrong = case.find("failure") if case.find("failure") is not None else case.find("error")
        if wrong is not None:
            where = f"{case.get('package')} {case.get('classname')}"
            print(f"h2spec {target.name} {where}: {' '.join((wrong.text or '').split())[:300]}")
    good = found and int(found.group(2)) == int(found.group(1)) == CASES
    print(f"h2spec {target.name}: {found.group(0) if found else text[-300:]}")
    tally.case(f"http2/{target.name}/h2spec --strict", "" if good else found.group(0) if found else "no result")


def check(target, name, command, wanted, tally, times=1):
    code, text = said(command)
    good = code == 0 and len(re.findall(wanted, text)) >= times
    tally.case(f"http2/{target.name}/{name}", "" if good else f"exit code {code}: {text[-400:]}")


def nghttp(target, work, tally):
    body = work / "body"
    body.write_bytes(b"x" * 200000)
    program, url = tools.find("nghttp"), target.url + target.path
    check(target, "nghttp: 20 requests on a connection", [program, "-nv", "-m", "20", url], r":status: 200", tally, 20)
    check(target, "nghttp: a body", [program, "-nv", "-d", body, url], r":status: [24]\d\d", tally)
    check(target, "nghttp: a body in padded frames", [program, "-nv", "-b", "100", "-d", body, url], r":status: [24]\d\d", tally)
    check(target, "nghttp: trailers", [program, "-nv", "-d", body, "--trailer", "x-sum: 7", url], r":status: [24]\d\d", tally)
    check(target, "nghttp: windows of 64 bytes", [program, "-nv", "-w", "6", "-W", "6", url], r":status: 200", tally)
    check(target, "nghttp: no dynamic table", [program, "-nv", "--header-table-size", "0", "-m", "5", url], r":status: 200",
          tally, 5)


def h2load(target, _work, tally):
    check(target, "h2load: 5,000 requests, 10 connections, 50 streams",
          [tools.find("h2load"), "-n", "5000", "-c", "10", "-m", "50", target.url + target.path],
          r"5000 succeeded, 0 failed, 0 errored", tally)


def curl(target, work, tally):
    trust = ["--cacert", target.root, "--http2"] if target.root else ["--http2-prior-knowledge"]
    body = work / "curl-body"
    body.write_bytes(b"x" * 200000)
    show = ["-sS", "-o", work / "out", "-w", "%{http_version} %{http_code}\n", *trust]
    number = 2 if target.root else 1  # curl 7.88 cannot ask twice by prior knowledge, of no server
    check(target, f"curl: {number} of a connection", ["curl", *show, "-o", work / "out2",
                                                      *[target.url + target.path] * number], r"(?m)^2 200$", tally, number)
    check(target, "curl: a body", ["curl", *show, "--data-binary", f"@{body}", target.url + target.path],
          r"(?m)^2 [24]\d\d$", tally)


def script(target, name, command, tally):
    code, text = said(command)
    lines = [line for line in text.splitlines() if line.startswith(("ok ", "FAILED "))]
    for line in lines:
        state, _, rest = line.partition(" ")
        row, _, why = rest.partition(": ")
        tally.case(f"http2/{target.name}/{name}: {row}", "" if state == "ok" else why or "no reason")
    if code != 0 or len(lines) < 8:
        tally.case(f"http2/{target.name}/{name}", f"exit code {code}: {text[-400:]}")


def python(target, _work, tally):
    script(target, "h2", [tools.PYTHON, HERE / "peer.py", target.port, target.path, *([target.root] if target.root else [])],
           tally)


def node(target, _work, tally):
    script(target, "node", ["node", HERE / "peer.js", target.url, target.path, *([target.root] if target.root else [])], tally)


PARTS = {"h2spec": h2spec, "nghttp": nghttp, "h2load": h2load, "curl": curl, "python": python, "node": node}
PROGRAM = {"python": "python/bin/python"}
PATH = "/api/users/1"


def targets(work):
    """(name, the server's arguments, root): `only` is a port that is asked for nothing but HTTP/2, where h2spec is right to
    want no answer of HTTP/1.1."""
    ca = authority.Authority(work)
    root = ca.root()
    leaf = ca.leaf(root, "DNS:localhost,IP:127.0.0.1", extra=("keyUsage=critical,digitalSignature",))
    return (("h2c", ["--h2c", "on"], None), ("only", ["--h2c", "only"], None),
            ("tls", ["--tls-cert", leaf.pem, "--tls-key", leaf.key], root.pem))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=tools.ROOT / "build/dev", help="a build folder with tests")
    parser.add_argument("--short", action="store_true", help="what ./dev test runs: all but h2load")
    parser.add_argument("--only", help="some of " + ",".join(PARTS))
    options = parser.parse_args()
    tally = tools.Tally()
    wanted = options.only.split(",") if options.only else [name for name in PARTS if name != "h2load" or not options.short]
    with tools.workspace("http2") as place:
        work = pathlib.Path(place)
        for name, arguments, root in targets(work):
            target = Target(tools.users(options.build.resolve(), work, arguments=arguments), name, PATH, root)
            for part in wanted:
                if (part == "h2spec") != (name != "h2c") and name != "tls":
                    continue
                if tools.find(PROGRAM.get(part, part)):
                    PARTS[part](target, work, tally)
                else:
                    tally.lacks(f"http2/{name}/{part}", part)
            code = target.process.stop()
            tally.case(f"http2/{name}/the server ends", f"exit code {code}: {target.process.said()}" if code else "")
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
