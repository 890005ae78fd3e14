#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The stages that are built in (std/http/tml), asked as a browser and as an impatient client
would: examples/limited is served and its header fields are compared with what the Fetch standard and the RateLimit
draft want. Ends with "N passed, N failed, N skipped".

usage: test_stages.py BUILD_FOLDER [LINK_FLAG...]      the flags are the sanitizers of the build
"""
import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile

import served

ROOT = pathlib.Path(__file__).resolve().parents[2]
APP = "https://app.example"
CASES = []


def case(function):
    CASES.append(function)
    return function


class Server(served.Program):
    def ask(self, method, path, **fields):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        link.request(method, path, headers={name.replace("_", "-"): value for name, value in fields.items()})
        answer = link.getresponse()
        body = answer.read()
        link.close()
        return answer, body

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, f"exit code {self.process.returncode}: {errors[-2000:]}"
        return errors


def preflight(server, origin, path="/quotes/1"):
    return server.ask("OPTIONS", path, Origin=origin, Access_Control_Request_Method="PUT",
                      Access_Control_Request_Headers="x-a, x-b")[0]


@case
def preflight_of_an_allowed_origin(server):
    answer = preflight(server, APP)
    assert answer.status == 204
    assert answer.getheader("Access-Control-Allow-Origin") == APP
    assert answer.getheader("Access-Control-Allow-Headers") == "x-a, x-b"
    assert "PUT" in answer.getheader("Access-Control-Allow-Methods")
    assert answer.getheader("Access-Control-Max-Age") == "600"
    assert "Origin" in answer.getheader("Vary")
    assert answer.getheader("Access-Control-Allow-Credentials") is None


@case
def preflight_of_others(server):
    for origin in ("https://evil.example", "https://app.example.evil", "https://app.exampl", "null", APP + ":8443"):
        answer = preflight(server, origin)
        assert answer.status == 204 and answer.getheader("Access-Control-Allow-Origin") is None, origin
        assert answer.getheader("Access-Control-Allow-Methods") is None, origin


@case
def preflight_where_no_route_is(server):
    assert preflight(server, APP, "/nowhere").getheader("Access-Control-Allow-Origin") == APP


@case
def answers_say_who_may_read_them(server):
    answer, _ = server.ask("GET", "/quotes", Origin=APP)
    assert answer.getheader("Access-Control-Allow-Origin") == APP and answer.getheader("RateLimit-Limit") == "10"
    left = int(answer.getheader("RateLimit-Remaining"))
    answer, _ = server.ask("GET", "/quotes", Origin="https://evil.example")
    assert answer.getheader("Access-Control-Allow-Origin") is None and "Origin" in answer.getheader("Vary")
    assert int(answer.getheader("RateLimit-Remaining")) == left - 1


@case
def streams_have_the_fields_too(server):
    for path, said in (("/quotes/all", b"less is more\nmore is less\n"), ("/quotes/new", b"data: less is more\n\n")):
        answer, body = server.ask("GET", path, Origin=APP)
        assert body == said and answer.getheader("Transfer-Encoding") == "chunked", (path, body)
        assert answer.getheader("Access-Control-Allow-Origin") == APP, path
        assert answer.getheader("Vary").split(", ")[-1] == "Origin", answer.headers
        assert answer.getheader("X-Content-Type-Options") == "nosniff" and answer.getheader("X-Frame-Options") == "DENY"
        assert int(answer.getheader("RateLimit-Remaining")) >= 1


@case
def a_handler_has_the_last_word(server):
    answer, _ = server.ask("GET", "/quotes/card")
    assert answer.headers.get_all("Content-Security-Policy") == ["default-src 'none'"]
    assert answer.getheader("X-Frame-Options") is None and answer.getheader("X-Content-Type-Options") == "nosniff"


@case
def a_missing_route_has_the_fields_too(server):
    for method, path, status in (("GET", "/nowhere", 404), ("DELETE", "/quotes", 405)):
        answer, _ = server.ask(method, path, Origin=APP)
        assert answer.status == status and answer.getheader("X-Content-Type-Options") == "nosniff"
        assert answer.getheader("X-Frame-Options") == "DENY" and answer.getheader("Access-Control-Allow-Origin") == APP
        assert "default-src 'none'" in answer.getheader("Content-Security-Policy")


@case
def who_waits_for_100_has_its_404_at_once(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as link:
        link.sendall(b"POST /nowhere HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n")
        said = b""
        while piece := link.recv(65536):  # the body was not sent: this was the last answer
            said += piece
    head = said.split(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"http/1.1 404 ") and b"connection: close" in head, said
    assert b"x-content-type-options: nosniff" in head, said


@case
def no_token_and_a_wrong_one_are_challenged(server):
    answer, body = server.ask("PUT", "/quotes/own", Authorization="Basic czpz")
    assert answer.status == 401 and answer.getheader("WWW-Authenticate") == 'Bearer realm="api"', answer.headers
    assert b"challenge" not in body and b"about:blank" in body, body
    assert answer.getheader("X-Content-Type-Options") == "nosniff", answer.headers
    answer, _ = server.ask("PUT", "/quotes/own", Authorization="bearer s3creT")
    assert answer.getheader("WWW-Authenticate") == 'Bearer realm="api", error="invalid_token"', answer.headers


@case
def one_too_many(server):
    for _ in range(8):
        answer, body = server.ask("GET", "/quotes")
        if answer.status != 200:
            break
    assert answer.status == 429 and b'"status":429' in body
    assert 1 <= int(answer.getheader("Retry-After")) <= 3600 and answer.getheader("RateLimit-Remaining") == "0"
    assert answer.getheader("X-Content-Type-Options") == "nosniff"  # from the stage around it


# What Cors cannot do is told at start: providers, and what is said of them.
WRONG_CORS = (
    ("*", "true", "CORS_ORIGINS is * and CORS_CREDENTIALS true"),
    (" * ,https://a.example", "true", "CORS_ORIGINS is * and CORS_CREDENTIALS true"),
    ("https://a.example, *", "false", "CORS_ORIGINS has * beside other origins"),
    ("https://a.example,null", "false", "CORS_ORIGINS has null"),
    ("https://a.example", "yes", "CORS_CREDENTIALS is neither true nor false"),
)


def refuses_to_start(build, flags, folder, origins, credentials, said):
    source, program = folder / "wrong.tml", folder / "wrong"
    source.write_text(f'''@Provider("CORS_ORIGINS") const ORIGINS: Str = "{origins}"
@Provider("CORS_CREDENTIALS") const CREDENTIALS: Str = "{credentials}"
@Controller("/x") @Use(Cors)
class X {{ @Get func get(this) -> Str {{ return "x" }} }}
''')
    subprocess.run([build / "codegen-hooks/tmlc", "build", source, "-o", program, *flags], check=True, timeout=120)
    done = subprocess.run([program, "--port", "0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60)
    assert done.returncode == 1 and said in done.stdout and "listening" not in done.stdout, done.stdout


def main():
    build, flags = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="stages-") as folder:
        program = pathlib.Path(folder) / "limited"
        subprocess.run([build / "codegen-hooks/tmlc", "build", ROOT / "examples/limited/limited.tml", "-o", program, *flags],
                       check=True, timeout=120)
        server = Server(program)
        for function in CASES:
            try:
                function(server)
                passed += 1
            except (AssertionError, OSError, TypeError) as error:
                failed += 1
                print(f"FAILED {function.__name__}: {error!r}")
        log = server.stop()
        if re.search(r"^info: http: GET /quotes 429 \d+ us 127\.0\.0\.1$", log, re.M):
            passed += 1
        else:
            failed += 1
            print(f"FAILED the log: {log}")
        for row in WRONG_CORS:
            try:
                refuses_to_start(build, flags, pathlib.Path(folder), *row)
                passed += 1
            except (AssertionError, subprocess.SubprocessError) as error:
                failed += 1
                print(f"FAILED {row}: {error}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
