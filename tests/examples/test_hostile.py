#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hostile requests to a program in TML, hostile.tml: paths around a guard, values that do not fit, bodies that are none,
clients that leave, and texts of a client in answers and in the log. What is asked is the status, that the guarded handler did not run, and
that nothing of the client's is a header field, a second answer or a line of the log.
Ends with "N passed, N failed, N skipped".

usage: test_hostile.py BUILD_FOLDER [LINK_FLAG...]      the flags are the sanitizers of the build
"""
import json
import pathlib
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
CASES = []
JSON = ("Content-Type: application/json",)
FORM = ("Content-Type: application/x-www-form-urlencoded",)


def case(function):
    CASES.append(function)
    return function


class Answer:
    def __init__(self, data):
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1]) if lines[0].startswith("HTTP/1.1 ") else 0
        self.fields = [(n.lower(), v.strip()) for n, _, v in (line.partition(":") for line in lines[1:])]
        self.data = data

    def get(self, name):
        return [value for key, value in self.fields if key == name.lower()]


class Server:
    def __init__(self, program):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([program, "--port", "0"], stdout=subprocess.PIPE, stderr=self.log,
                                        stdin=subprocess.DEVNULL, text=True,
                                        env={**os.environ, "TMLRT_THREADS": "2", "TMLRT_LOG": "info"})
        for line in self.process.stdout:
            found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                return
        raise AssertionError(f"no port: {self.said()}")

    def said(self):
        self.log.seek(0)
        return self.log.read().decode("latin-1")

    def ask(self, method, target, *fields, body=b""):
        head = [f"{method} {target} HTTP/1.1", "Host: a", "Connection: close", *fields]
        if body or method in ("POST", "PUT", "PATCH"):
            head.append(f"Content-Length: {len(body)}")
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as link:
            link.sendall("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body)
            data = b""
            while piece := link.recv(65536):
                data += piece
        return Answer(data)

    def count(self):
        return int(self.ask("GET", "/bind/count").body)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)
        assert self.process.returncode == 0, f"exit code {self.process.returncode}: {self.said()[-3000:]}"


def expect(answer, *statuses):
    assert answer.status in statuses, f"{answer.status} for {statuses}: {answer.data[:300]}"
    assert answer.data.count(b"HTTP/1.1 ") == 1, answer.data[:500]


@case
def ids(server):
    before = server.count()
    for text in ("18446744073709551616", "-1", "+1", "%201", "1e3", "0x10", "00", "007", "1%20", "1.0", "", "%E2%91%A0", "1_0"):
        answer = server.ask("GET", "/bind/id/" + text)
        expect(answer, 404 if text == "" else 400)
        assert text == "" or [e["name"] for e in json.loads(answer.body)["errors"]] == ["id"], answer.body
    assert server.count() == before
    assert server.ask("GET", "/bind/id/18446744073709551615").body == b"18446744073709551615"
    assert server.ask("GET", "/bind/id/0").body == b"0"


@case
def escapes(server):
    for text in ("%00", "%zz", "%c0%af", "%", "%1", "%ed%a0%80", "a%00b", "%ff"):
        expect(server.ask("GET", "/bind/text/" + text), 400)
        expect(server.ask("GET", "/bind/text/a?q=" + text), 400)
        expect(server.ask("GET", f"/bind/text/a?{text}=1"), 400)


@case
def ways_around_a_guard(server):
    before = server.count()
    for path in ("/a/../admin", "/a/%2e%2e/admin", "/a/.%2E/admin", "/./admin", "//admin", "/admin//", "/%2e/admin", "/free/..%2fadmin",
                 "/admin/..", "/admin/../admin", "/bind%5c..%5cadmin", "\\admin", "/%5cadmin", "/admin%00", "/admin%"):
        expect(server.ask("GET", path), 400)
    for path in ("/admin", "/admin/", "/%61dmin", "/admin?x", "/admin/?", "/admin/%61/x", "/admin/a%2Fb/x", "/%61%64%6D%69%6E/"):
        expect(server.ask("GET", path), 403)
        expect(server.ask("HEAD", path), 403)
    for path in ("/ADMIN", "/Admin", "/admin;x", "/admin.", "/admin%20", "/admin%2F", "/admin%2f", "/%2Fadmin", "/admin%3F", "/admin/a/b/x"):
        answer = server.ask("GET", path)
        expect(answer, 404)
    assert server.count() == before
    assert server.ask("GET", "/admin", "X-Key: open").body == b"secret"
    assert server.ask("GET", "/admin/a%2Fb/x", "X-Key: open").body == b"secret a/b"


@case
def guard_and_route_see_one_path(server):
    for path in ("/free/admin", "/free/%61dmin", "/free/admin/", "/free/%61%64min/"):
        expect(server.ask("GET", path), 403)
    answer = server.ask("GET", "/free/adm%69n%2F")
    expect(answer, 200)
    assert answer.body == b"admin/ at /free/admin%2F", answer.body


@case
def methods(server):
    before = server.count()
    for field in ("X-HTTP-Method-Override: GET", "X-HTTP-Method: GET", "X-Method-Override: GET"):
        expect(server.ask("POST", "/admin/drop", field), 403)
        expect(server.ask("POST", "/admin?_method=GET", field), 405)
    for method in ("BREW", "get", "PROPFIND", "DELETE"):
        answer = server.ask(method, "/admin")
        expect(answer, 405)
        assert set(answer.get("allow")[0].replace(" ", "").split(",")) == {"GET", "HEAD", "OPTIONS"}, answer.fields
        assert answer.get("x-stamp") == ["yes"]
    answer = server.ask("OPTIONS", "/admin/drop")
    expect(answer, 204)
    assert set(answer.get("allow")[0].replace(" ", "").split(",")) == {"POST", "OPTIONS"}
    assert answer.get("x-stamp") == ["yes"]
    expect(server.ask("TRACE", "/admin"), 405)
    expect(server.ask("CONNECT", "a:80"), 501, 400)
    assert server.ask("GET", "/nowhere").get("x-stamp") == ["yes"]
    assert server.count() == before


@case
def json_bodies(server):
    deep = b'{"value":' + b"[" * 100000
    for body in (b"", b"{", b"[" * 100000, deep, b'{"value":1,"value":2}', b'{"value":1e9999}', b'{"value":1}x', b'{"value":1}\0',
                 b'\xef\xbb\xbf{"value":1}', b'{"value":"\\ud800"}', b'{"v\\ud800":1}', b'{"value":1,"\xff":2}', b"{'value':1}", b'{"value":01}',
                 b'{"value":1,}', b'{"value":NaN}', b'{"value":9223372036854775808}', b'{"value":1.5}', b'{"value":null}', b"null", b"[]", b"1",
                 b'{"value":1,"__proto__":{}}', b'{"value":1,"next":[' + b"[" * 63 + b"]" * 63 + b"]}"):
        expect(server.ask("POST", "/bind/json", *JSON, body=body), 400)
    keys = ",".join(f'"k{i}":1' for i in range(100000))
    answer = server.ask("POST", "/bind/json", *JSON, body=f"{{{keys}}}".encode())
    expect(answer, 400, 413)
    assert len(answer.body) < 8192
    expect(server.ask("POST", "/bind/list", *JSON, body=b"[1e9999]"), 400)
    expect(server.ask("POST", "/bind/json", *JSON, body=b'{"value":1}'), 201)
    expect(server.ask("POST", "/bind/json", body=b'{"value":1}'), 415)
    expect(server.ask("POST", "/bind/json", "Content-Type: text/plain", body=b'{"value":1}'), 415)
    answer = server.ask("POST", "/bind/json", *JSON, "Content-Encoding: gzip", body=b'{"value":1}')
    expect(answer, 415)
    assert answer.get("accept-encoding") == ["identity"] and not answer.get("accept"), answer.fields
    expect(server.ask("POST", "/bind/json", *JSON, *FORM, body=b'{"value":1}'), 400)


@case
def floods_of_fields(server):
    for text in ("a=1&" * 1000, "&".join(f"k{i}=1" for i in range(257)), "a;" * 3000 + "=%"):
        expect(server.ask("GET", "/bind/text/a?" + text), 400)
    for body in (b"a=1&" * 5000, b"&".join(b"k%d=1" % i for i in range(5000)), b"a=%", b"a=%00", b"a=1&a=2", b"a=1&b=2", b"n=1", b"a=1&n=-1", b"a=1&n=%2B1"):
        expect(server.ask("POST", "/bind/form", *FORM, body=body), 400)
    expect(server.ask("POST", "/bind/form", *FORM, body=b"a=1&n=2"), 201)


@case
def texts_in_answers(server):
    for where in ("header", "name", "cookie", "cookie-name", "cookie-path", "location", "type"):
        for text in ("a%0D%0AX-Evil:%201", "a%0AX-Evil:%201", "a%0DX-Evil:%201", "a%0D%0A%0D%0AHTTP/1.1%20200%20OK", "a%7F%01"):
            answer = server.ask("GET", f"/say/{where}?v={text}")
            expect(answer, 500)
            assert not answer.get("x-evil") and b"HTTP/1.1 200" not in answer.data, answer.data
            assert not answer.get("set-cookie") and not answer.get("location")
    for where, text in (("name", "x%20y"), ("name", "a:b"), ("name", ""), ("cookie", "1;Domain=evil.example"), ("cookie-name", "a=b;x"),
                        ("cookie-name", ""), ("cookie-name", "a%20b"), ("cookie-path", "/;Domain=evil.example")):
        answer = server.ask("GET", f"/say/{where}?v={text}")
        expect(answer, 500)
        assert not answer.get("set-cookie"), answer.fields
    assert server.ask("GET", "/say/cookie?v=plain").get("set-cookie") == ["said=plain; HttpOnly; SameSite=Lax"]
    for status in (99, 100, 199, 1000, -1, 0):
        expect(server.ask("GET", f"/say/status/{status}"), 500)
    answer = server.ask("GET", "/say/length")
    assert answer.status == 500 or (answer.get("content-length") == ["2"] and not answer.get("transfer-encoding")), answer.data
    answer = server.ask("GET", "/say/problem?v=%22%7D%0D%0A%3Cb%3E%01")
    expect(answer, 409)
    assert json.loads(answer.body)["detail"] == '"}\r\n<b>\x01' and answer.get("content-type") == ["application/problem+json"]


@case
def lines_in_the_log(server):
    server.ask("GET", "/say/log?v=one%0Aerror:%20http:%20forged%0D%1B%5B31mred")
    server.ask("GET", "/bind/text/x%0Aerror:%20http:%20forged%1B%5B2J")
    said = server.said()
    assert "one" in said and not re.search(r"^error: http: forged", said, re.M), said[-2000:]
    assert "\x1b" not in said and "\r" not in said, repr(said[-2000:])


@case
def many_fields(server):
    expect(server.ask("GET", "/bind/count", *(f"X-{i}: 1" for i in range(200))), 431)
    expect(server.ask("GET", "/bind/count", "Cookie: " + "a=1; " * 1000), 200, 400, 431)
    expect(server.ask("GET", "/bind/count", "X-Key: " + "a" * 200000), 431)
    expect(server.ask("GET", "/" + "a/" * 3000), 400, 414)
    expect(server.ask("GET", "/" + "a" * 5000), 400, 414)


def ends(server, before, **wanted):
    """Waits until the ledger has grown by that much."""
    until = time.monotonic() + 20
    while True:
        now = json.loads(server.ask("GET", "/ends").body)
        grown = {name: now[name] - before[name] for name in now}
        if grown == wanted:
            return
        assert time.monotonic() < until, f"{grown} for {wanted}"


def leave(server, request, how):
    """Sends a request, waits until its handler runs, and goes away with a reset or half-closes."""
    before = json.loads(server.ask("GET", "/ends").body)
    link = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    link.sendall(request)
    until = time.monotonic() + 20
    while json.loads(server.ask("GET", "/ends").body)["started"] == before["started"]:
        assert time.monotonic() < until, "the handler does not start"
    data = b""
    if how == "reset":
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    else:
        link.shutdown(socket.SHUT_WR)
        while piece := link.recv(4096):
            data += piece
    link.close()
    return before, data


@case
def handlers_that_fail(server):
    before = json.loads(server.ask("GET", "/ends").body)
    for path in ("/long/error", "/long/panic"):
        answer = server.ask("GET", path)
        expect(answer, 500)
        assert b"1234" not in answer.data and json.loads(answer.body)["status"] == 500, answer.data
    expect(server.ask("GET", "/long/late"), 503)
    ends(server, before, guards=3, started=2, dropped=2, finished=0)


@case
def clients_that_leave(server):
    for method in ("GET", "HEAD"):
        before, _ = leave(server, f"{method} /long/never HTTP/1.1\r\nHost: a\r\n\r\n".encode(), "reset")
        ends(server, before, guards=1, started=1, dropped=1, finished=0)
    before, _ = leave(server, b"POST /long/soon HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "reset")
    ends(server, before, guards=1, started=1, dropped=1, finished=1)
    before, data = leave(server, b"GET /long/soon HTTP/1.1\r\nHost: a\r\n\r\n", "half-close")
    expect(Answer(data), 200)
    ends(server, before, guards=1, started=1, dropped=1, finished=1)


def main():
    build, flags = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        program = pathlib.Path(folder) / "hostile"
        subprocess.run([build / "codegen-hooks/tmlc", "build", HERE / "hostile.tml", "-o", program, *flags], check=True, timeout=120)
        server = Server(program)
        for function in CASES:
            try:
                function(server)
                passed += 1
            except (AssertionError, OSError, ValueError, LookupError) as error:
                failed += 1
                print(f"FAILED {function.__name__}: {error!r}")
        server.stop()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
