# SPDX-License-Identifier: Apache-2.0
"""Starting, measuring and asking HTTP servers on loopback: ours and its peers, each answering the same body and fields."""
import contextlib
import getpass
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import benchlib
import fields as answer_fields
import http2_client
import many_routes

ROOT = pathlib.Path(__file__).resolve().parents[3]
SERVER_CORE, CLIENT_CORE = "0", str(min(1, os.cpu_count() - 1))
RELEASE = ROOT / "build/release"
PEERS = ROOT / "build/peers"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One server process on a port of its own, pinned to the server's core. It is asked once, and what is expected of it is
    compared: `body`, and the fields of `like`, a server of ours."""
    STDIN, CORES = subprocess.DEVNULL, SERVER_CORE

    def __init__(self, name, command, path, port, body=None, env=None, prefix=(), like=None):
        self.name, self.path, self.port, self.body = name, path, port, body
        self.url = f"http://127.0.0.1:{port}{path}"
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            ["taskset", "-c", self.CORES, *prefix, *[str(c) for c in command]], stdin=self.STDIN,
            stdout=self.log, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}, cwd=ROOT)
        try:
            self.wait_ready()
            if like:
                self.compare(like)
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self):
        return self.process.pid

    def wait_ready(self, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                self.log.seek(0)
                raise RuntimeError(f"{self.name} ended: {self.log.read()[-1500:].decode(errors='replace')}")
            try:
                found, body = self.ask()
                break
            except OSError as error:
                why = error
                time.sleep(0.01)
        else:
            raise RuntimeError(f"{self.name} does not answer on port {self.port}: {why}")
        if not found or self.body is not None and body != self.body:
            raise RuntimeError(f"{self.name} answers {self.answer[:1000]!r}")
        self.body = body

    def compare(self, like):
        """Ends the bench when the answer's fields are others than those of a server of ours."""
        found = answer_fields.differences(self.fields, like.fields)
        if found:
            sys.exit(f"{self.name} does not answer the fields that {like.name} does:\n  " + "\n  ".join(found) +
                     "\n./dev setup --bench builds the peers of this tree; what they are told is in tests/bench/lib/fields.py")

    def ask(self):
        """Sends the request once: (whether the status was 200, the body). Keeps the answer and its fields."""
        with self.client() as client:
            self.answer = client.get(self.path)
        self.fields = answer_fields.of_answer(self.answer)
        return self.answer.startswith(b"HTTP/1.1 200"), body_of(self.answer)

    def client(self):
        return Client(self.port)

    def cpu_ns(self):
        """CPU time of the whole process, user and kernel, by the kernel's own clock for it."""
        return int(time.clock_gettime(~self.pid << 3 | 2) * 1e9)

    def anonymous_bytes(self):
        """User-space bytes of its own: anonymous resident memory."""
        text = pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return int(re.search(r"^Anonymous:\s+(\d+) kB", text, re.M).group(1)) * 1024

    def stop(self, sig=signal.SIGTERM):
        """Ends the process; a connection wakes one that noted the signal and went back to sleep (under valgrind)."""
        for _ in range(40):
            if self.process.poll() is not None:
                break
            self.process.send_signal(sig)
            try:
                self.process.wait(1)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        else:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.stop()


class Http2Server(Server):
    """Asked over HTTP/2 by prior knowledge; its answer is the body alone."""

    def ask(self):
        with http2_client.Client(self.port) as client:
            found, self.answer = client.get(self.path)
            self.fields = http2_client.first_fields(client.head)
        return found, self.answer


def body_of(answer):
    return answer.split(b"\r\n\r\n", 1)[1]


class Client:
    """A blocking keep-alive connection that reads exactly one answer per request (Content-Length only)."""

    def __init__(self, port, source=None, host="127.0.0.1", fields="", tls=None):
        """fields: lines behind Host; tls: an ssl.SSLContext."""
        self.fields = fields
        self.socket = socket.create_connection((host, port), timeout=30,
                                               source_address=(source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.rest = b""

    def request(self, path, count=1):
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{self.fields}\r\n".encode() * count)

    def read_answer(self):
        data = self.rest
        while True:
            end = data.find(b"\r\n\r\n")
            if end >= 0:
                length = re.search(rb"\r\nContent-Length: *(\d+)", data[:end + 2], re.I)
                if length is None:
                    raise RuntimeError(f"an answer without Content-Length: {data[:end]!r}")
                total = end + 4 + int(length.group(1))
                if len(data) >= total:
                    self.rest = data[total:]
                    return data[:total]
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionError("closed by the server")
            data += piece

    def get(self, path):
        self.request(path)
        return self.read_answer()

    def requests(self, path, count, expected=None, batch=1):
        """`count` requests, `batch` at a time; every answer has the expected body."""
        for _ in range(count // batch):
            self.request(path, batch)
            for _ in range(batch):
                answer = self.read_answer()
                if not answer.startswith(b"HTTP/1.1 200") or expected is not None and body_of(answer) != expected:
                    raise RuntimeError(f"wrong answer: {answer!r}")

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()


def compile_floor(name="floor", *libraries):
    """A peer with a canned answer, built from peers/NAME.c with the release flags."""
    PEERS.mkdir(parents=True, exist_ok=True)
    folder, program = ROOT / "tests/bench/peers", PEERS / name
    sources = [folder / f"{name}.c", folder / "floor.h"]
    if not program.exists() or program.stat().st_mtime < max(source.stat().st_mtime for source in sources):
        benchlib.run("gcc", "-O2", "-g", "-D_GNU_SOURCE", "-o", program, sources[0], *[f"-l{library}" for library in libraries])
    return program


def canned_http2(like):
    """What peers/h2_floor.c reads: the fields of an answer, an empty line, the body."""
    return answer_fields.lines(like.fields).encode() + b"\n" + like.body


def nginx_fields(fields):
    return " ".join(f'add_header {name} "{value}";' for name, value in answer_fields.given(fields))


def nginx_config(folder, port, like, listen=""):
    quoted = like.body.decode().replace("'", "\\'")
    config = folder / "nginx.conf"
    config.write_text(f"""
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 20000; multi_accept on; }}
http {{
    access_log off; keepalive_requests 1000000000; keepalive_timeout 300s; tcp_nodelay on;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{
        listen 127.0.0.1:{port} backlog=4096{listen};
        {nginx_fields(like.fields)}
        location = {like.path} {{ default_type application/json; return 200 '{quoted}'; }}
    }}
}}
""", encoding="utf-8")
    return config


def h2o_config(folder, port, like):
    (folder / "answer.json").write_bytes(like.body)
    fields = "".join(f'\n    header.set: "{name}: {value}"' for name, value in answer_fields.given(like.fields))
    config = folder / "h2o.conf"
    config.write_text(f"""
num-threads: 1
error-log: /dev/null
user: {getpass.getuser()}
file.mime.settypes: {{ application/json: [.json] }}
hosts:
  default:
    listen: {{ host: 127.0.0.1, port: {port} }}{fields}
    paths:
      {like.path}: {{ file.file: {folder}/answer.json, file.etag: OFF }}
""", encoding="utf-8")
    return config


class Peers:
    """Makes the servers of one bench, each answering as `like` does, a server of ours that was asked; what cannot be had
    is named as skipped."""
    KIND, LISTEN, PROTOCOL = Server, "", "http/1.1"

    def __init__(self, bench, like, work):
        self.bench, self.like, self.work = bench, like, work
        answer_fields.tell(like.fields)

    def server(self, name, command, port, env=None, prefix=()):
        return self.KIND(name, command, self.like.path, port, self.like.body, env, prefix, self.like)

    def floor(self, prefix=()):
        canned = self.work / "canned"
        canned.write_bytes(self.like.answer)
        port = free_port()
        return self.server("floor", [compile_floor(), port, canned], port, prefix=prefix)

    def nginx(self, prefix=()):
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if not program:
            return self.skip("nginx", "not installed")
        port, folder = free_port(), pathlib.Path(tempfile.mkdtemp(dir=self.work))
        config = nginx_config(folder, port, self.like, self.LISTEN)
        return self.server("nginx", [program, "-e", "stderr", "-c", config], port, prefix=prefix)

    def h2o(self, prefix=()):
        program = shutil.which("h2o")
        if not program:
            return self.skip("h2o", "not installed")
        port, folder = free_port(), pathlib.Path(tempfile.mkdtemp(dir=self.work))
        config = h2o_config(folder, port, self.like)
        return self.server("h2o", [program, "-c", config], port, prefix=prefix)

    def hyper(self, prefix=()):
        program = PEERS / "hyper/release/hyper-peer"
        if not program.exists():
            return self.skip("hyper", "not built: ./dev setup --bench needs a Rust toolchain for it")
        port = free_port()
        return self.server("hyper", [program], port, self.environment(port), prefix)

    def go(self, prefix=()):
        program = PEERS / "nethttp"
        if not program.exists():
            return self.skip("go", "not built: ./dev setup --bench needs a Go toolchain for it")
        port = free_port()
        return self.server("go", [program], port, {**self.environment(port), "GOMAXPROCS": "1"}, prefix)

    def environment(self, port):
        return {"PEER_PORT": str(port), "PEER_PATH": self.like.path, "PEER_BODY": self.like.body.decode(),
                "PEER_FIELDS": answer_fields.lines(answer_fields.given(self.like.fields)), "PEER_PROTOCOL": self.PROTOCOL}

    def skip(self, name, reason):
        benchlib.skipped(self.bench, name, reason)


class Http2Peers(Peers):
    """The same over HTTP/2 in the clear; an answer is its body."""
    KIND, LISTEN, PROTOCOL = Http2Server, " http2", "h2"

    def floor(self, prefix=(), name="floor", blocks=("reuse",)):
        """nghttp2 alone: its blocks used again, or (floor_malloc) libc's."""
        canned = self.work / "canned"
        canned.write_bytes(canned_http2(self.like))
        port = free_port()
        return self.server(name, [compile_floor("h2_floor", "nghttp2"), port, canned, *blocks], port, prefix=prefix)

    def floor_malloc(self, prefix=()):
        return self.floor(prefix, "floor-malloc", ())


class Ours:
    """The users example, compiled by tmlcg against the release build: routed, record-driven, JSON."""
    PATH = "/api/users/1"

    def __init__(self):
        self.program = ROOT / "build/bench/users"
        self.program.parent.mkdir(parents=True, exist_ok=True)
        self.compile()

    def compile(self):
        compile_program(ROOT / "examples/users/users.ll", self.program)

    def start(self, prefix=(), env=None, path=None, body=None, options=(), kind=Server):
        port, path = free_port(), path or self.PATH
        environment = {"TMLRT_THREADS": "1", **(env or {})}
        return kind("ours", [self.program, "--port", port, *options], path, port, body, environment, prefix)


class Routes(Ours):
    """One route among a hundred, compiled as the users example is: a parameter is bound, the answer written as JSON."""
    PATH = "/many/r57/12345"

    def compile(self):
        source = self.program.parent / "routes.ll"
        source.write_text(many_routes.program(100), encoding="ascii")
        self.program = self.program.parent / "routes"
        compile_program(source, self.program)


class Load(Ours):
    """http/load.tml: a small answer, a kilobyte of JSON read, a millisecond of work, bodies of any length both ways."""
    PATH = "/load/item/12345"

    def compile(self):
        self.program = self.program.parent / "load"
        compile_program(ROOT / "tests/bench/http/load.tml", self.program)


def compile_program(source, output):
    compiler = RELEASE / "codegen-hooks" / ("tmlc" if source.suffix == ".tml" else "tmlcg")
    benchlib.run(compiler, "build", source, "-o", output, cwd=ROOT)
