# SPDX-License-Identifier: Apache-2.0
"""Mixed requests against http/load.tml over everything that is spoken: HTTP/1.1 and HTTP/2, in the clear and over TLS.

HTTP/1.1 by wrk with peers/mixed.lua: eight kinds, three of them refused, sixteen in one write. HTTP/2 by h2load, ten at once
on each of 64 connections: five kinds of GET, two of them refused; three of POST with a kilobyte of JSON, one refused. Every
call opens its connections anew. All answers must be there, and as many refused as should be.
"""
import contextlib
import pathlib
import re

import benchlib
import servers
import tls_servers

LUA = pathlib.Path(__file__).resolve().parents[1] / "peers/mixed.lua"
REFUSED = 3 / 8  # of the requests in mixed.lua
GETS = ["/load/item/12345", "/load/bytes/20000", "/load/burn/1", "/load/nothing", "/load/item/none"]
POSTS = ["/load/item/12345", "/load/bytes", "/load/item/7"]  # the last one's id is not the note's
GET_REFUSED, POST_REFUSED = 2 / 5, 1 / 3
HTTP2_GETS, HTTP2_POSTS = 20000, 12000


def check_share(what, refused, count, wanted, out):
    if abs(refused / count - wanted) > 0.01 + 400 / count:  # the end cuts writes of 64 connections in pieces
        raise RuntimeError(f"of {count} {what} requests {refused / count:.3f} were refused, not {wanted:.3f}: {out}")


def http1(url, seconds):
    """Requests that were answered, each as it should be as far as their numbers tell."""
    out = benchlib.run("taskset", "-c", servers.CLIENT_CORE, "wrk", "-t1", "-c64", f"-d{seconds}s", "-s", LUA, url)
    count = int(re.search(r"(\d+) requests in", out).group(1))
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
    check_share("mixed", int(refused.group(1)) if refused else 0, count, REFUSED, out)
    if broken and any(map(int, broken.groups())):
        raise RuntimeError(f"mixed requests: {broken.group(0)}")
    return count


def http2(base, paths, count, wanted, *more):
    command = ["taskset", "-c", servers.CLIENT_CORE, "h2load", "-t1", "-c64", "-m10", f"-n{count}", *more,
               *[base + path for path in paths]]
    out = benchlib.run(*command)
    failed = re.search(r"(\d+) errored, (\d+) timeout", out)
    statuses = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", out)
    good, _, refused, broken = map(int, statuses.groups())
    if any(map(int, failed.groups())) or broken or good + refused != count:
        raise RuntimeError(f"of {count} requests over HTTP/2: {failed.group(0)}, {statuses.group(0)}")
    check_share("HTTP/2", refused, count, wanted, statuses.group(0))
    return count


class Mix:
    """A server that speaks it all, and the load on it."""

    def __init__(self, folder):
        self.certificate, self.note = tls_servers.Certificate(folder), folder / "note.json"
        head, tail = '{"id":12345,"title":"a note","text":"', '","tags":["one","two"]}'
        self.note.write_text(head + "x" * (1024 - len(head) - len(tail)) + tail, encoding="ascii")

    @contextlib.contextmanager
    def start(self):
        program, plain, tls = servers.Load(), servers.free_port(), servers.free_port()
        self.plain, self.tls = f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{tls}"
        command = [program.program, "--listen", f"127.0.0.1:{plain} plain, 127.0.0.1:{tls}", "--h2c", "on", "--tls-cert",
                   self.certificate.pem, "--tls-key", self.certificate.key]
        with servers.Server("ours", command, program.PATH, plain, env={"TMLRT_THREADS": "1"}) as server:
            yield server

    def run(self):
        """One round of everything: how many requests that was."""
        count = http1(self.plain, 2) + http1(self.tls, 1)
        for base in (self.plain, self.tls):
            count += http2(base, GETS, HTTP2_GETS, GET_REFUSED)
            count += http2(base, POSTS, HTTP2_POSTS, POST_REFUSED, "-d", self.note, "-H", "content-type: application/json")
        return count
