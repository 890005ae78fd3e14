#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/users as its operator sees it: started by a service manager that hands a socket over and is told, configured
by a file, logged, probed, reloaded and stopped. Ends with "N passed, N failed, N skipped".

usage: test_operations.py BUILD_FOLDER [LINK_FLAG...]      the flags are the sanitizers of the build
"""
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


def tls_and_plain(program, folder):
    """One place over TLS and one in the clear; the log says which."""
    subprocess.run([TLS_FILES], cwd=folder, check=True, timeout=WAIT_S)
    log = folder / "access.log"
    env = {k: v for k, v in os.environ.items() if not k.startswith("TMLRT_")}
    env |= {"TMLRT_LISTEN": "127.0.0.1:0,127.0.0.1:0 plain", "TMLRT_TLS_CERT": f"{folder}/server.pem",
            "TMLRT_TLS_KEY": f"{folder}/server.key", "TMLRT_ACCESS_LOG": str(log)}
    server = subprocess.Popen([program], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
    try:
        places = []
        while len(places) < 2:
            line = server.stdout.readline()
            assert line, "the server ended"
            if found := re.match(r"listening on (https?)://127\.0\.0\.1:(\d+) ", line):
                places.append((found.group(1), int(found.group(2))))
        assert [scheme for scheme, _ in places] == ["https", "http"], places
        context = ssl.create_default_context(cafile=folder / "ca.pem")
        with socket.create_connection(("127.0.0.1", places[0][1]), WAIT_S) as raw, \
             context.wrap_socket(raw, server_hostname="localhost") as client:
            client.sendall(b"GET /api/users HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200")
        assert get(("127.0.0.1", places[1][1]), "/api/users")[0] == 200
        server.send_signal(signal.SIGINT)
        printed = server.communicate(timeout=WAIT_S)[0]
        assert server.returncode == 0, printed
    finally:
        server.kill()
        server.wait()
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
    env = {k: v for k, v in os.environ.items() if not k.startswith("TMLRT_")} | {"TMLRT_CONFIG": str(config)}
    server = subprocess.Popen([program], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
    try:
        ports = []
        while len(ports) < 2:
            line = server.stdout.readline()
            assert line, "the server ended"
            if found := re.match(r"listening on https://127\.0\.0\.1:(\d+) ", line):
                ports.append(int(found.group(1)))
        pair = own / "client.pem", own / "client.key"
        ask_over_tls(ports[0], own / "ca.pem", *pair)
        ask_over_tls(ports[1], folder / "ca.pem")
        assert refused(ssl.SSLCertVerificationError, ports[1], own / "ca.pem")
        assert refused(ssl.SSLCertVerificationError, ports[0], folder / "ca.pem", *pair)
        assert refused(OSError, ports[0], own / "ca.pem"), "a client without a certificate was served"
        subprocess.run([TLS_FILES], cwd=own, check=True, timeout=WAIT_S)
        server.send_signal(signal.SIGHUP)
        end = time.monotonic() + WAIT_S
        while refused(OSError, ports[0], own / "ca.pem", *pair):
            assert time.monotonic() < end, "the new certificate of the place was not read"
        ask_over_tls(ports[1], folder / "ca.pem")
        server.send_signal(signal.SIGINT)
        printed = server.communicate(timeout=WAIT_S)[0]
        assert server.returncode == 0, printed
    finally:
        server.kill()
        server.wait()


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


def own_answers(program, folder):
    """The log has the bytes of what the server answers by itself, too."""
    log = folder / "access.log"
    env = {k: v for k, v in os.environ.items() if not k.startswith("TMLRT_")}
    arguments = ["--port", "0", "--h2c", "on", "--access-log", str(log), "--limit", "body_bytes=1"]
    server = subprocess.Popen([program, *arguments], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
    bodies = {}
    try:
        while not (found := re.match(r"listening on http://127\.0\.0\.1:(\d+) ", line := server.stdout.readline())):
            assert line, "the server ended"
        where = ("127.0.0.1", int(found.group(1)))
        for path in ("/a b", "/api/users HTTP/1.1\r\nContent-Length: 2\r\nX:"):
            status, answer = get(where, path)
            bodies[status] = len(answer.partition("\r\n\r\n")[2])
        bodies[405] = refused_over_http2(where)
        server.send_signal(signal.SIGINT)
        printed = server.communicate(timeout=WAIT_S)[0]
        assert server.returncode == 0, printed
    finally:
        server.kill()
        server.wait()
    assert sorted(bodies) == [400, 405, 413] and min(bodies.values()) > 50, bodies
    seen = sorted((line["status"], line["bytes_out"]) for line in map(json.loads, log.read_text().splitlines()))
    assert seen == sorted([*bodies.items(), (400, 0)]), seen


def main():
    global TLS_FILES
    build, flags = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    passed = failed = 0
    TLS_FILES = build / "tests/tls_files"
    with tempfile.TemporaryDirectory(prefix="operations-") as made:
        program = pathlib.Path(made) / "users"
        link = ["--", *flags] if flags else []
        subprocess.run([build / "codegen-hooks/tmlcg", "build", HERE.parents[1] / "examples/users/users.ll", "-o", program,
                        *link], check=True, timeout=120)
        for case in (lifetime, wrong_sockets, taken, tls_and_plain, certificates_of_places, wrong_certificate_of_a_place,
                     own_answers):
            folder = pathlib.Path(made) / case.__name__
            folder.mkdir()
            try:
                case(str(program), folder)
                passed += 1
            except (AssertionError, OSError, ValueError, subprocess.TimeoutExpired) as error:
                failed += 1
                print(f"FAILED {case.__name__}: {error}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
