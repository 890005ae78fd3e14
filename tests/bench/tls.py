#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TLS: CPU per gigabyte both ways, per full handshake and per resumption, beside nginx and the openssl program.

All sides speak TLS 1.3 with the cipher that ours takes, with one ECDSA P-256 certificate; all use the OpenSSL of this
machine. down: an answer over HTTP/1.1, ours written by a compiled handler in pieces of 16 KiB, nginx's and openssl's
read from a file that is in memory. up: a body over HTTP/1.1 that ours hands to a compiled handler and nginx throws
away; openssl writes what comes to /dev/null. Handshakes: connect, handshake, close_notify, one after the other; those
that resume do so with one ticket of the server. nginx answers the fields that ours does, or the bench ends. Servers are
pinned to one core, the client to the other; rounds are interleaved, each begins with another server. CPU time is the
server's whole process's, kernel included.
"""
import argparse
import contextlib
import functools
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent / "lib"))
import benchlib
import fields
import servers
import tls_servers

BENCH = "tls"
MIB, PIECE = 1 << 20, 1 << 16


class Longer(tls_servers.TlsServer):
    """down, up: the paths of a long answer and of a long body, if it has them."""

    def __init__(self, context, down, up, *rest, **more):
        self.down, self.up = down, up
        super().__init__(context, *rest, **more)


class Program(Longer):
    """`openssl s_server`: one connection at a time. It answers with files, as HTTP/1.0, or takes all that comes."""
    STDIN = subprocess.PIPE  # it watches its input, and does nothing else once that has ended

    def ask(self):
        with self.client() as client:
            with contextlib.suppress(OSError):
                client.socket.unwrap()
        return True, self.body


def nginx_config(folder, port, certificate, first, files):
    config = folder / "nginx.conf"
    config.write_text(f"""
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 1000; }}
http {{
    access_log off; keepalive_requests 1000000000; keepalive_timeout 300s; tcp_nodelay on; client_max_body_size 0;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{
        listen 127.0.0.1:{port} ssl backlog=4096;
        ssl_certificate {certificate.pem}; ssl_certificate_key {certificate.key};
        ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites {first.cipher};
        {servers.nginx_fields(first.fields)}
        location = {first.path} {{ default_type application/json; return 200 '{first.body.decode()}'; }}
        location = /up {{ return 200 'read'; }}
        location /files/ {{ alias {files}/; }}
    }}
}}
""", encoding="utf-8")
    return config


class Sides:
    """Starts the servers."""

    def __init__(self, folder, certificate, options):
        self.folder, self.certificate, self.options = folder, certificate, options
        self.files = folder / "files"
        self.files.mkdir()
        with open(self.files / "long", "wb") as file:
            for _ in range(options.mib):
                file.write(b"x" * MIB)

    def ours(self):
        program = servers.Load()
        kind = functools.partial(Longer, self.certificate.context(), f"/load/bytes/{self.options.mib * MIB}", "/load/bytes")
        return program.start(options=["--tls-cert", self.certificate.pem, "--tls-key", self.certificate.key], kind=kind)

    def nginx(self, first):
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if not program:
            return benchlib.skipped(BENCH, "nginx", "not installed")
        port = servers.free_port()
        config = nginx_config(self.folder, port, self.certificate, first, self.files)
        return Longer(self.certificate.context(), "/files/long", "/up", "nginx", [program, "-e", "stderr", "-c", config],
                         first.path, port, first.body, like=first)

    def openssl(self, first, *mode, down=None, up=None):
        port = servers.free_port()
        command = ["sh", "-c", 'cd "$0" && exec openssl s_server "$@" >/dev/null', self.files, "-accept", f"127.0.0.1:{port}",
                   "-cert", self.certificate.pem, "-key", self.certificate.key, "-tls1_3", "-ciphersuites", first.cipher, *mode]
        return Program(self.certificate.context(), down, up, "openssl", command, "/", port)


def check_cipher(server, connection, first):
    if connection.cipher()[0] != first.cipher:
        raise RuntimeError(f"{server.name} speaks {connection.cipher()[0]}, not {first.cipher}")


def read_head(connection):
    """Reads to the end of an answer's head: how much of the body came with it."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(4096)
        if not piece:
            raise ConnectionError(f"no answer: {data!r}")
        data += piece
    if not data.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
        raise RuntimeError(f"answers {data[:200]!r}")
    return len(data) - data.index(b"\r\n\r\n") - 4


def down(server, first, amount):
    """Seconds of CPU to send so many bytes."""
    with server.client() as client:
        check_cipher(server, client.socket, first)
        before, room = server.cpu_ns(), bytearray(PIECE)
        client.request(server.down)
        left = amount - read_head(client.socket)
        while left > 0:
            got = client.socket.recv_into(room)
            if not got:
                raise ConnectionError(f"{server.name}: {left} bytes are missing")
            left -= got
        return (server.cpu_ns() - before) / 1e9


def up(server, first, amount):
    """Seconds of CPU to read so many bytes; they have been read when the server answers or, without HTTP, closes."""
    with server.client() as client:
        check_cipher(server, client.socket, first)
        before, piece = server.cpu_ns(), b"x" * PIECE
        if server.up:
            client.socket.sendall(f"POST {server.up} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {amount}\r\n\r\n".encode())
        for _ in range(amount // PIECE):
            client.socket.sendall(piece)
        if not server.up:
            client.socket.unwrap()
        else:
            said = servers.body_of(client.read_answer())
            if server.name == "ours" and said != str(amount).encode():
                raise RuntimeError(f"ours has read {said.decode()} of {amount} bytes")
            client.get(server.path)  # nginx answers first: what it has not read yet comes before the next request
        return (server.cpu_ns() - before) / 1e9


def connect(server, context, session=None):
    """Whether the handshake resumed the session. The server has seen the end of the connection afterwards."""
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    with context.wrap_socket(plain, server_hostname="localhost", session=session) as connection:
        resumed = connection.session_reused
        with contextlib.suppress(OSError):
            connection.unwrap()
    return resumed


def ticket(server):
    """A session that can be resumed: it comes behind the handshake, with the first bytes that are read."""
    with server.client() as client:
        client.request(server.down if server.name == "openssl" else server.path)
        client.socket.recv(1)
        return client.socket.context, client.socket.session


def handshakes(server, count, resume):
    """Milliseconds of CPU of one connection that does nothing but come, shake hands and go."""
    context, session = ticket(server) if resume else (server.context, None)
    before = server.cpu_ns()
    for _ in range(count):
        if connect(server, context, session) != resume:
            raise RuntimeError(f"{server.name} has {'not ' if resume else ''}resumed a session")
    return (server.cpu_ns() - before) / 1e6 / count


def rounds(figures, metric, sides, measure, number):
    for turn in range(number + 1):  # the first one warms up
        for server in sides[turn % len(sides):] + sides[:turn % len(sides)]:
            value = measure(server)
            if turn:
                figures.add(metric, server.name, value)
    figures.emit(metric)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    parser.add_argument("--mib", type=int, default=256, help="length of one body, at most 1024 (default 256)")
    parser.add_argument("--handshakes", type=int, default=500, help="connections of one round (default 500)")
    parser.add_argument("--only", choices=["bytes", "handshakes"], help="one part")
    options = parser.parse_args()
    if not 1 <= options.mib <= 1024:
        parser.error("--mib: from 1 to 1024, what the route for bodies takes")
    return options


def judge(figures):
    """What was measured; a peer that is missing is not judged against."""
    goals = benchlib.Goals()
    for way in ("down", "up"):
        metric = f"cpu_s_per_gib_{way}"
        for peer, most in (("nginx", 0.9), ("openssl", 1)):
            if peer in figures.samples.get(metric, ()):
                goals.check(f"CPU of a GiB to {peer}'s, {way}", figures.median(metric, "ours") / figures.median(metric, peer), most)
    for what in ("full_handshake", "resumption"):
        if f"cpu_ms_per_{what}" in figures.samples:
            goals.check(f"CPU of a {what.replace('_', ' ')}", figures.median(f"cpu_ms_per_{what}", "ours"), 1, " ms")
    goals.summary()


def main():
    options = arguments()
    benchlib.need("openssl", "taskset")
    benchlib.header(BENCH)
    print(f"# {benchlib.run('openssl', 'version').strip()}")
    os.sched_setaffinity(0, {int(servers.CLIENT_CORE)})
    figures, amount = benchlib.Figures(BENCH), options.mib * MIB
    with tempfile.TemporaryDirectory(prefix="bench-") as name, contextlib.ExitStack() as stack:
        sides = Sides(pathlib.Path(name), tls_servers.Certificate(pathlib.Path(name)), options)
        first = stack.enter_context(sides.ours())
        print(f"# cipher: {first.cipher}")
        fields.tell(first.fields)
        nginx = sides.nginx(first)
        both = [first] + ([stack.enter_context(nginx)] if nginx else [])
        files = stack.enter_context(sides.openssl(first, "-WWW", down="/long"))
        print("# not compared: openssl, which answers with files and a head of its own")
        if options.only in (None, "bytes"):
            swallows = stack.enter_context(sides.openssl(first, "-quiet"))
            per_gib = 1024 / options.mib
            rounds(figures, "cpu_s_per_gib_down", [*both, files], lambda side: down(side, first, amount) * per_gib,
                   options.rounds)
            rounds(figures, "cpu_s_per_gib_up", [*both, swallows], lambda side: up(side, first, amount) * per_gib,
                   options.rounds)
        if options.only in (None, "handshakes"):
            for metric, resume in (("cpu_ms_per_full_handshake", False), ("cpu_ms_per_resumption", True)):
                rounds(figures, metric, [*both, files],
                       lambda side, resume=resume: handshakes(side, options.handshakes, resume), options.rounds)
    judge(figures)


if __name__ == "__main__":
    main()
