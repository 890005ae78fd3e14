#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/users as its operator sees it: started by a service manager that hands a socket over and is told, configured
by a file, logged, probed, reloaded and stopped. Ends with "N passed, N failed, N skipped".

usage: test_operations.py BUILD_FOLDER [LINK_FLAG...]      the flags are the sanitizers of the build
"""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
WAIT_S = 60


class Skipped(Exception):
    pass


class Running:
    """A server that was started with what a case sets and nothing of this process's settings; killed at the end if it still runs."""

    def __init__(self, program, *arguments, **env):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("TMLRT_")}
        self.process = subprocess.Popen([program, *arguments], env=clean | env, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.printed = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def until(self, pattern):
        """Reads on to the line that has the pattern."""
        while not (found := re.search(pattern, line := self.process.stdout.readline())):
            assert line, f"the server ended: {self.printed}"
            self.printed += line
        self.printed += line
        return found

    def places(self, num=1):
        """What it says that it listens on: schemes and ports."""
        found = [self.until(r"^listening on (https?)://127\.0\.0\.1:(\d+) ") for _ in range(num)]
        return [(one.group(1), int(one.group(2))) for one in found]

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.printed += self.process.communicate(timeout=WAIT_S)[0]
        assert self.process.returncode == 0, self.printed
        return self.printed


class Manager:
    """What systemd is to a service: a socket that is told, and one that is handed over."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(self.path)
        self.notify.settimeout(WAIT_S)
        self.web = socket.create_server(("127.0.0.1", 0))

    def start(self, program, *arguments):
        """The shell sets LISTEN_PID to what exec keeps."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("TMLRT_")}
        env |= {"NOTIFY_SOCKET": self.path, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "web", "WATCHDOG_USEC": "200000"}
        os.set_inheritable(self.web.fileno(), True)
        script = f'exec 3<&{self.web.fileno()}; LISTEN_PID=$$ exec "$0" "$@"'
        return subprocess.Popen(["bash", "-c", script, program, *arguments], env=env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, close_fds=False)

    def heard(self, word):
        while True:
            text = self.notify.recv(1000).decode()
            if word in text:
                return text


def get(where, path):
    family = socket.AF_INET if isinstance(where, tuple) else socket.AF_UNIX
    with socket.socket(family) as client:
        client.settimeout(WAIT_S)
        client.connect(where)
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Basic c2VjcmV0\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: client.recv(65536), b"")).decode()
    return int(answer.split()[1]), answer


def lifetime(program, folder):
    manager = Manager(folder)
    config, log, local = folder / "app.conf", folder / "access.log", str(folder / "app.sock")
    config.write_text(f"listen = systemd:web, unix:{local} mode=0600\nadmin = unix:{folder}/admin.sock mode=0600\n"
                      f"access_log = {log}\n[limits]\nlame_duck = 10ms\n", encoding="utf-8")
    server = manager.start(program, "--config", str(config))
    try:
        manager.heard("READY=1")
        manager.heard("WATCHDOG=1")
        admin = f"{folder}/admin.sock"
        for where in (manager.web.getsockname(), local):
            status, answer = get(where, "/api/users?token=hidden-1")
            assert status == 200, answer
        assert get(admin, "/readyz")[0] == 200
        assert 'http_route="/api/users",status="2xx"} 2' in get(admin, "/metrics")[1]
        shown = get(admin, "/debug/config")[1]
        assert re.search(r"^lame_duck = 10ms +# .*app\.conf:5$", shown, re.M), shown
        log.rename(folder / "access.log.1")
        server.send_signal(signal.SIGHUP)
        manager.heard("RELOADING=1")
        manager.heard("READY=1")
        assert get(local, "/api/users/1")[0] == 200
        server.send_signal(signal.SIGTERM)
        manager.heard("STOPPING=1")
        printed = server.communicate(timeout=WAIT_S)[0]
        assert server.returncode == 0, printed
        assert re.search(r"^admin on unix:.*/admin\.sock mode=0600 \(from .*app\.conf:2\)$", printed, re.M), printed
    finally:
        server.kill()
        server.wait()
    lines = [json.loads(line) for file in (folder / "access.log.1", log) for line in file.read_text().splitlines()]
    seen = sorted((line["peer"], line["route"], line.get("query")) for line in lines if "query" in line)
    assert seen == [("127.0.0.1", "/api/users", "token=[redacted]"), ("unix", "/api/users", "token=[redacted]")], lines
    assert [line["peer"] for line in lines if line["route"] == "/api/users/:id"] == ["unix"], lines
    assert not os.path.exists(local) and not os.path.exists(admin)


def wrong_sockets(program, folder):
    manager = Manager(folder)
    server = manager.start(program, "--listen", "systemd:other")
    printed = server.communicate(timeout=WAIT_S)[0]
    assert server.returncode == 2 and "has handed over no such socket" in printed, printed


def taken(program, folder):
    manager = Manager(folder)
    port = manager.web.getsockname()[1]
    server = manager.start(program, "--listen", f"unix:{folder}/x.sock,127.0.0.1:{port}")
    printed = server.communicate(timeout=WAIT_S)[0]
    assert server.returncode == 1, printed
    assert f"cannot listen on 127.0.0.1:{port}: the address is in use" in printed, printed
    assert not (folder / "x.sock").exists()


def one_port_twice(program, _):
    """An IPv6 place takes IPv4 as well: the error of the other one on that port says what to do."""
    with socket.socket(socket.AF_INET6) as held:  # bound and not listening: nobody else is given the port
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind(("::", 0))
        except OSError:
            raise Skipped("no IPv6 here") from None
        port = held.getsockname()[1]
        for places in (f"[::]:{port}, 0.0.0.0:{port}", f"127.0.0.1:{port}, [::]:{port}"):
            with Running(program, "--listen", places) as server:
                server.printed += server.process.communicate(timeout=WAIT_S)[0]
                assert server.process.returncode == 1, server.printed
                second = places.partition(", ")[2]
                assert (f"cannot listen on {second}: [::]:{port} takes IPv4 as well; write `v6only` behind it, or leave "
                        "the IPv4 place out\n") in server.printed, server.printed
                assert "stop the other process" not in server.printed, server.printed
        with Running(program, "--listen", f"[::]:{port} v6only, 127.0.0.1:{port}") as server:
            assert server.places()[0][1] == port
            server.stop()


def tls_and_plain(program, folder):
    """One place over TLS and one in the clear; the log says which."""
    subprocess.run([TLS_FILES], cwd=folder, check=True, timeout=WAIT_S)
    log = folder / "access.log"
    env = {"TMLRT_LISTEN": "127.0.0.1:0,127.0.0.1:0 plain", "TMLRT_TLS_CERT": f"{folder}/server.pem",
           "TMLRT_TLS_KEY": f"{folder}/server.key", "TMLRT_ACCESS_LOG": str(log)}
    with Running(program, **env) as server:
        places = server.places(2)
        assert [scheme for scheme, _ in places] == ["https", "http"], places
        context = ssl.create_default_context(cafile=folder / "ca.pem")
        with socket.create_connection(("127.0.0.1", places[0][1]), WAIT_S) as raw, \
             context.wrap_socket(raw, server_hostname="localhost") as client:
            client.sendall(b"GET /api/users HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200")
        assert get(("127.0.0.1", places[1][1]), "/api/users")[0] == 200
        server.stop()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert sorted(line.get("tls", False) for line in lines) == [False, True], lines


def ask_over_tls(port, ca, *pair):
    """An answer of whom the authority stands for; `pair`: certificate and key that the client shows."""
    context = ssl.create_default_context(cafile=ca)
    if pair:
        context.load_cert_chain(*pair)
    with socket.create_connection(("127.0.0.1", port), WAIT_S) as raw, \
         context.wrap_socket(raw, server_hostname="localhost") as client:
        client.sendall(b"GET /api/users HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200")


def refused(error, *arguments):
    try:
        ask_over_tls(*arguments)
    except error:
        return True
    return False


def certificates_of_places(program, folder):
    """A place with its own certificate and clients beside one with the program's; SIGHUP reads both again."""
    own = folder / "own"
    own.mkdir()
    for at in (folder, own):
        subprocess.run([TLS_FILES], cwd=at, check=True, timeout=WAIT_S)
    config = folder / "app.conf"
    config.write_text(f"listen = 127.0.0.1:0 cert={own}/server.pem key={own}/server.key client_ca={own}/ca.pem, 127.0.0.1:0\n"
                      f"tls_cert = {folder}/server.pem\ntls_key = {folder}/server.key\n")
    with Running(program, TMLRT_CONFIG=str(config)) as server:
        ports = [port for _, port in server.places(2)]
        pair = own / "client.pem", own / "client.key"
        ask_over_tls(ports[0], own / "ca.pem", *pair)
        ask_over_tls(ports[1], folder / "ca.pem")
        assert refused(ssl.SSLCertVerificationError, ports[1], own / "ca.pem")
        assert refused(ssl.SSLCertVerificationError, ports[0], folder / "ca.pem", *pair)
        assert refused(OSError, ports[0], own / "ca.pem"), "a client without a certificate was served"
        subprocess.run([TLS_FILES], cwd=own, check=True, timeout=WAIT_S)
        server.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + WAIT_S
        while refused(OSError, ports[0], own / "ca.pem", *pair):
            assert time.monotonic() < end, "the new certificate of the place was not read"
        ask_over_tls(ports[1], folder / "ca.pem")
        server.stop()


def handshakes_that_fail(program, folder):
    """One line says who had no TLS and why, however many fail; who leaves in the middle is told apart, and not by default."""
    subprocess.run([TLS_FILES], cwd=folder, check=True, timeout=WAIT_S)
    place = f"127.0.0.1:0 cert={folder}/server.pem key={folder}/server.key client_ca={folder}/ca.pem"
    for level in ("warn", "info"):
        with Running(program, "--listen", place, "--admin", f"unix:{folder}/admin.sock", TMLRT_LOG=level) as server:
            port = server.places()[0][1]
            socket.create_connection(("127.0.0.1", port), WAIT_S).close()
            for _ in range(3):
                assert refused(OSError, port, folder / "ca.pem")
            assert b" 400 " in (data := plain_to(port)), data
            end = time.monotonic() + WAIT_S
            while f'limit="handshakes_failed"}} 5\n' not in get(f"{folder}/admin.sock", "/metrics")[1]:
                assert time.monotonic() < end, get(f"{folder}/admin.sock", "/metrics")[1]
            printed = server.stop()
        assert sorted(re.findall(r"^tmlrt: (\w+): http: 127\.0\.0\.1: no TLS: (.*)$", printed, re.M)) == [
            ("info", "the connection ended without the end of TLS; data may be missing"),
            ("warn", "the client sent no certificate")][level == "warn":], printed


def plain_to(port):
    with socket.create_connection(("127.0.0.1", port), WAIT_S) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        return client.recv(100)


def wrong_certificate_of_a_place(program, folder):
    """Nothing is opened, and the place is named."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("TMLRT_")}
    done = subprocess.run([program, "--listen", f"127.0.0.1:0 cert={folder}/none.pem key={folder}/none.key"], env=env,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=WAIT_S)
    assert done.returncode == 1, done
    assert f"tmlrt: no TLS on 127.0.0.1:0 (listen from --listen): certificate chain: cannot read {folder}/none.pem" in done.stderr, done.stderr
    assert "listening" not in done.stdout


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    return b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def refused_over_http2(where):
    """TRACE is answered in the form of every other answer (RFC 9110 15.5.6: with Allow, 6.6.1: with Date); a malformed
    request (RFC 9113 8.2.1) is reset. Both are in the log."""
    common = literal(":scheme", "http") + literal(":path", "/") + literal(":authority", "a")
    heads = literal(":method", "TRACE") + common, literal(":method", "GET") + common + literal("connection", "close")
    frames = []
    with socket.create_connection(where, WAIT_S) as client:
        client.settimeout(WAIT_S)
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) +
                       b"".join(frame(1, 5, 2 * i + 1, head) for i, head in enumerate(heads)))
        data = b""
        while not any(kind == 0 for kind, _, _ in frames) or not any(kind == 3 for kind, _, _ in frames):
            data += client.recv(65536)
            frames, at = [], 0
            while len(data) - at >= 9 and len(data) - at >= 9 + (length := int.from_bytes(data[at:at + 3], "big")):
                frames.append((data[at + 3], int.from_bytes(data[at + 5:at + 9], "big"), data[at + 9:at + 9 + length]))
                at += 9 + length
    head = next(payload for kind, stream, payload in frames if (kind, stream) == (1, 1))
    body = next(payload for kind, stream, payload in frames if (kind, stream) == (0, 1))
    for index in (22, 31, 33):  # allow, content-type, date: names of the static table (RFC 7541 A)
        assert bytes([0x40 | index]) in head or bytes([0x0f, index - 15]) in head, (index, head)
    assert json.loads(body)["status"] == 405, body
    assert (3, 3, b"\0\0\0\x01") in frames, frames
    return len(body)


def fields_over(port, path, tls=None):
    """The fields of an answer over HTTP/1.1, names in small letters; tls: an ssl.SSLContext."""
    with socket.create_connection(("127.0.0.1", port), WAIT_S) as raw, \
         (tls.wrap_socket(raw, server_hostname="localhost") if tls else contextlib.nullcontext(raw)) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        head = b"".join(iter(lambda: client.recv(65536), b"")).partition(b"\r\n\r\n")[0].decode()
    return dict((name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:]))


SAFE = {"x-content-type-options": "nosniff", "referrer-policy": "same-origin",
        "content-security-policy": "default-src 'self'; frame-ancestors 'self'",
        "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin"}
HSTS = "strict-transport-security"


def fields_for_browsers(program, folder):
    """Every answer has them, errors and the server's own too, and over TLS one more; each can be had otherwise."""
    subprocess.run([TLS_FILES], cwd=folder, check=True, timeout=WAIT_S)
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    env = {"TMLRT_LISTEN": "127.0.0.1:0,127.0.0.1:0 plain", "TMLRT_TLS_CERT": f"{folder}/server.pem",
           "TMLRT_TLS_KEY": f"{folder}/server.key"}
    for arguments, safe, hsts in (((), SAFE, "max-age=31536000"), (("--hsts", "off"), SAFE, None),
                                  (("--hsts", "max-age=60; preload"), SAFE, "max-age=60; preload"),
                                  (("--security-headers", "off"), {}, None)):
        with Running(program, *arguments, "--admin", f"unix:{folder}/admin.sock", **env) as server:
            (_, over_tls), (_, plain) = server.places(2)
            assert ("nosniff" in get(f"{folder}/admin.sock", "/livez")[1]) == bool(safe)
            for path in ("/api/users", "/nowhere", "/a b"):
                for port, tls in ((over_tls, context), (plain, None)):
                    found = fields_over(port, path, tls)
                    assert {name: found[name] for name in SAFE if name in found} == safe, (path, found)
                    assert found.get(HSTS) == (hsts if tls else None), (path, found)
            server.stop()
    for wrong in (("--security-headers", "no"), ("--hsts", "365d")):
        server = Running(program, *wrong)
        server.printed += server.process.communicate(timeout=WAIT_S)[0]
        assert server.process.returncode == 2 and "must be" in server.printed, server.printed


def own_answers(program, folder):
    """The log has the bytes of what the server answers by itself, too."""
    log = folder / "access.log"
    bodies = {}
    with Running(program, "--port", "0", "--h2c", "on", "--access-log", str(log), "--limit", "body_bytes=1") as server:
        where = ("127.0.0.1", server.places()[0][1])
        for path in ("/a b", "/api/users HTTP/1.1\r\nContent-Length: 2\r\nX:"):
            status, answer = get(where, path)
            bodies[status] = len(answer.partition("\r\n\r\n")[2])
        bodies[405] = refused_over_http2(where)
        server.stop()
    assert sorted(bodies) == [400, 405, 413] and min(bodies.values()) > 50, bodies
    seen = sorted((line["status"], line["bytes_out"]) for line in map(json.loads, log.read_text().splitlines()))
    assert seen == sorted([*bodies.items(), (400, 0)]), seen


def dump_until(server, *patterns):
    """Asks for dumps until one has all of the patterns. A dump ends where the next one begins."""
    end, text = time.monotonic() + WAIT_S, ""
    while not all(re.search(pattern, text, re.M) for pattern in patterns):
        assert time.monotonic() < end, f"no {patterns} in\n{text}"
        begin = len(server.printed)
        server.process.send_signal(signal.SIGQUIT)
        server.until("^worker 0 ")
        text = server.printed[begin:]


def handlers_that_wait(program, folder):
    """A dump names the routes that connections answer, over HTTP/1.1 and HTTP/2, and not those that they have answered."""
    with Running(program, "--port", "0", "--h2c", "on", TMLRT_DUMP_SIGNAL="quit", TMLRT_THREADS="1") as server:
        where = ("127.0.0.1", server.places()[0][1])
        with socket.create_connection(where, WAIT_S) as idle, socket.create_connection(where, WAIT_S) as first, \
             socket.create_connection(where, WAIT_S) as second, socket.create_connection(where, WAIT_S) as events:
            idle.sendall(b"GET /seen/panic/1 HTTP/1.1\r\nHost: a\r\n\r\n")
            assert idle.recv(100).startswith(b"HTTP/1.1 500")
            first.sendall(b"GET /seen/wait/7 HTTP/1.1\r\nHost: a\r\n\r\n")
            events.sendall(b"GET /seen/events HTTP/1.1\r\nHost: a\r\n\r\n")
            assert events.recv(100).startswith(b"HTTP/1.1 200")
            second.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) + b"".join(
                frame(1, 5, stream, literal(":method", "GET") + literal(":scheme", "http") + literal(":path", path) +
                      literal(":authority", "a")) for stream, path in ((1, "/seen/wait/8"), (3, "/seen/events"), (5, "/seen/wait/9"))))
            lines = [r"^task \d+ waiting http_connection, bound to worker 0$",
                     r"^task \d+ waiting http_connection for GET Seen\.waits, bound to worker 0$",
                     r"^task \d+ waiting http_connection for GET Seen\.events, bound to worker 0$",
                     r"^task \d+ waiting http2_connection for GET Seen\.waits and 2 more, bound to worker 0$"]
            dump_until(server, *lines)
            second.sendall(frame(3, 0, 1, b"\0\0\0\x08"))
            dump_until(server, *lines[:3], lines[3].replace("waits and 2", r"events and 1"))


def handlers_that_panic(program, folder):
    """Panics are counted by route, and a line has the route and the message; who is asked is answered with 500."""
    with Running(program, "--port", "0", "--admin", f"unix:{folder}/admin.sock") as server:
        where = ("127.0.0.1", server.places()[0][1])
        for path in ("/seen/panic/1", "/seen/panic/2", "/seen/refused"):
            assert get(where, path)[0] == 500
        page = get(f"{folder}/admin.sock", "/metrics")[1]
        assert re.search(r'^tmlrt_http_panics_total\{http_request_method="GET",http_route="/seen/panic/:id"\} 2$', page, re.M), page
        assert re.search(r'^tmlrt_http_panics_total\{http_request_method="GET",http_route="/seen/refused"\} 1$', page, re.M), page
        assert len(re.findall("^tmlrt_http_panics_total", page, re.M)) == 2, page
        printed = server.stop()
        assert re.search(r"^tmlrt: task \d+ for GET Seen\.panics panicked: no such user", printed, re.M), printed
        assert re.search(r"^tmlrt: task \d+ for GET Seen\.refused panicked: the guard went wrong", printed, re.M), printed


def ask(port, request):
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as client:
        client.sendall(request.encode())
        with client.makefile("rb") as answer:
            return answer.readline().decode()


def one_worker(program, _):
    """main drives the one worker while it serves: there is no thread for it. A job that is left goes on while a hook of the end waits."""
    post = 'POST /jobs HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"steps":200}'
    for arguments, env in (((), {"TMLRT_THREADS": "1"}), (("--threads", "1"), {})):
        with Running(program, "--port", "0", *arguments, **env) as server:
            port = server.places()[0][1]
            assert " 202 " in (line := ask(port, post)), line
            threads = [task.joinpath("comm").read_text().strip() for task in pathlib.Path(f"/proc/{server.process.pid}/task").iterdir()]
            assert "tmlrt-0" not in threads, threads
            printed = server.stop()
            assert "hook" not in printed and "warn" not in printed, printed


def inside_a_task(program, _):
    """A task that runs a server is told that it cannot: the server would wait in it."""
    done = subprocess.run([program], capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert done.returncode == 1 and "block_on inside a worker; use await" in done.stderr, (done.returncode, done.stderr)


def main():
    global TLS_FILES
    build, flags = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    passed = failed = skipped = 0
    TLS_FILES = build / "tests/tls_files"
    with tempfile.TemporaryDirectory(prefix="operations-") as made:
        program = pathlib.Path(made) / "users"
        link = ["--", *flags] if flags else []
        subprocess.run([build / "codegen-hooks/tmlcg", "build", HERE.parents[1] / "examples/users/users.ll", "-o", program,
                        *link], check=True, timeout=120)
        seen = str(pathlib.Path(made) / "seen")
        jobs, inside = str(pathlib.Path(made) / "jobs"), str(pathlib.Path(made) / "inside")
        sources = {seen: HERE / "seen.tml", jobs: HERE.parents[1] / "examples/jobs/jobs.tml", inside: HERE / "inside.tml"}
        for made_of, source in sources.items():
            subprocess.run([build / "codegen-hooks/tmlc", "build", source, "-o", made_of, *flags], check=True, timeout=120)
        programs = {one_worker: jobs, inside_a_task: inside}
        of_users = (lifetime, wrong_sockets, taken, one_port_twice, tls_and_plain, certificates_of_places, handshakes_that_fail,
                    wrong_certificate_of_a_place, own_answers, fields_for_browsers)
        for case in (*of_users, handlers_that_wait, handlers_that_panic, one_worker, inside_a_task):
            folder = pathlib.Path(made) / case.__name__
            folder.mkdir()
            try:
                case(str(program) if case in of_users else programs.get(case, seen), folder)
                passed += 1
            except Skipped as why:
                skipped += 1
                print(f"SKIPPED {case.__name__}: {why}")
            except (AssertionError, OSError, ValueError, subprocess.TimeoutExpired) as error:
                failed += 1
                print(f"FAILED {case.__name__}: {error}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
