#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an operator does to a server that is busy, and what its clients notice of it: nothing.

    tests/bench/restarts.py [--handshakes 10000] [--reloads 100] [--requests 10000]

Reloads: full TLS handshakes with a request each, one behind the other on two threads, while the certificate's files are
replaced and SIGHUP is sent again and again; every second pair does not fit and must be kept out. Afterwards the last
good certificate is the one that is shown.
Stops: requests of a handler that takes four seconds, one per connection of HTTP/1.1 and a hundred per connection of
HTTP/2 (h2load); when all are in flight, SIGTERM. Every one is answered with 200, and the server ends by itself.
Fails when anything does.
"""
import argparse
import contextlib
import os
import pathlib
import re
import resource
import selectors
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import benchlib  # noqa: E402
import servers  # noqa: E402

BENCH = "restarts"
SLOW = pathlib.Path(__file__).resolve().parent / "restarts/slow.tml"
PER_ADDRESS = 200  # below the server's limit for one source


class Program:
    """A server of ours and where it listens."""

    def __init__(self, *command):
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        env={**os.environ, "TMLRT_THREADS": "2"})
        self.port, self.admin = None, None
        for line in self.process.stdout:
            found = re.match(r"(listening|admin) on https?://[^ ]*:(\d+)", line)
            if found:
                self.port, self.admin = (int(found.group(2)), self.admin) if found.group(1) == "listening" else (
                    self.port, int(found.group(2)))
            if self.port and ("--admin" not in command or self.admin):
                break
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def running(self):
        """Requests that are being answered."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics") as answer:
            return int(re.search(rb"^http_server_active_requests(?:{[^}]*})? (\d+)", answer.read(), re.M).group(1))

    def wait_running(self, count, seconds=30):
        end = time.monotonic() + seconds
        while self.running() < count:
            if time.monotonic() > end:
                raise RuntimeError(f"{self.running()} of {count} requests are in flight")
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.process.kill()
        self.process.wait()


# ---- reloads ------------------------------------------------------------------------------------


def make_pair(folder, name):
    """A self-signed pair whose common name is `name`."""
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    benchlib.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                 key, "-out", cert, "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost")
    return cert.read_bytes(), key.read_bytes()


def replace(path, data):
    """As a renewal does it: no reader sees half of a file."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(data)
    fresh.replace(path)


class Handshakes(threading.Thread):
    def __init__(self, port, count):
        super().__init__()
        self.port, self.count, self.done, self.failed = port, count, 0, []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE

    def once(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as plain:
            with self.context.wrap_socket(plain, server_hostname="localhost") as secure:
                secure.sendall(b"GET /api/users/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                answer = b""
                while piece := secure.recv(4096):
                    answer += piece
        if not answer.startswith(b"HTTP/1.1 200"):
            raise OSError(f"answered {answer[:60]!r}")

    def run(self):
        for _ in range(self.count):
            try:
                self.once()
            except OSError as error:
                self.failed.append(str(error))
            self.done += 1


def shown_name(port):
    pem = ssl.get_server_certificate(("127.0.0.1", port))
    text = subprocess.run(["openssl", "x509", "-noout", "-subject"], input=pem, capture_output=True, text=True, check=True)
    return text.stdout.rsplit("=", 1)[1].strip()


def reloads(options, folder, goals):
    cert, key = folder / "cert.pem", folder / "key.pem"
    pairs = [make_pair(folder, name) for name in ("first", "second")]
    replace(cert, pairs[0][0])
    replace(key, pairs[0][1])
    with Program(servers.Ours().program, "--port", "0", "--tls-cert", cert, "--tls-key", key) as server:
        threads = [Handshakes(server.port, options.handshakes // 2) for _ in range(2)]
        for thread in threads:
            thread.start()
        num, good = 0, 0
        while num < options.reloads or any(thread.is_alive() for thread in threads):
            broken = num % 2 != 0
            good = good if broken else num // 2 % 2
            replace(key, pairs[1 - good][1] if broken else pairs[good][1])
            replace(cert, pairs[good][0])
            server.process.send_signal(signal.SIGHUP)
            num += 1
            time.sleep(0.05)
        for thread in threads:
            thread.join()
        replace(key, pairs[1][1])
        replace(cert, pairs[1][0])
        server.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 10
        while (name := shown_name(server.port)) != "second" and time.monotonic() < end:
            time.sleep(0.05)
    failed = [text for thread in threads for text in thread.failed]
    print(f"# {sum(thread.done for thread in threads)} handshakes during {num} reloads, {num // 2} of them with a pair that "
          f"does not fit; {len(failed)} failed{': ' + failed[0] if failed else ''}; at last shown: {name}")
    goals.check("failed handshakes", len(failed), 0)
    goals.check("the last good pair is shown", int(name == "second"), 1, least=True)


# ---- stops --------------------------------------------------------------------------------------


def slow_program(folder):
    program = folder / "slow"
    benchlib.run(servers.RELEASE / "codegen-hooks/tmlc", "build", SLOW, "-o", program)
    return program


def http1_requests(port, count):
    """Open sockets with one request each on its way."""
    opened = []
    for number in range(count):
        source = f"127.0.1.{number // PER_ADDRESS + 1}"
        one = socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(source, 0))
        one.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        opened.append(one)
    return opened


def answered(opened, seconds=60):
    """How many have a 200."""
    good, waiting = 0, selectors.DefaultSelector()
    for one in opened:
        one.setblocking(False)
        waiting.register(one, selectors.EVENT_READ)
    end, left = time.monotonic() + seconds, len(opened)
    while left and time.monotonic() < end:
        for entry, _ in waiting.select(1):
            with contextlib.suppress(OSError):
                good += entry.fileobj.recv(4096).startswith(b"HTTP/1.1 200")
            waiting.unregister(entry.fileobj)
            entry.fileobj.close()
            left -= 1
    return good


def stop(server):
    server.process.send_signal(signal.SIGTERM)
    return time.monotonic()


def report(goals, what, count, good, server, since):
    try:
        code = server.process.wait(60)
    except subprocess.TimeoutExpired:
        code = "none"
    print(f"# {what}: {good} of {count} requests in flight were answered; exit code {code}, "
          f"{time.monotonic() - since:.1f} s after SIGTERM")
    goals.check(f"requests lost by SIGTERM, {what}", count - good, 0)
    goals.check(f"exit code, {what}", code if code != "none" else 1, 0)


def stops(options, folder, goals):
    count, program = options.requests, slow_program(folder)
    limits = ["--limit", f"num_requests={2 * count}"]
    with Program(program, "--port", "0", "--admin", "127.0.0.1:0", *limits) as server:
        opened = http1_requests(server.port, count)
        server.wait_running(count)
        since = stop(server)
        report(goals, "HTTP/1.1", count, answered(opened), server, since)
    with Program(program, "--port", "0", "--h2c", "on", "--admin", "127.0.0.1:0", *limits) as server:
        client = subprocess.Popen(["h2load", "-n", str(count), "-c", str(count // 100), "-m", "100",
                                   f"http://127.0.0.1:{server.port}/slow"], stdout=subprocess.PIPE, text=True)
        server.wait_running(count)
        since = stop(server)
        said = client.communicate(timeout=60)[0]
        report(goals, "HTTP/2", count, int(re.search(r"status codes: (\d+) 2xx", said).group(1)), server, since)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--handshakes", type=int, default=10000)
    parser.add_argument("--reloads", type=int, default=100, help="at least")
    parser.add_argument("--requests", type=int, default=10000)
    options = parser.parse_args()
    benchlib.need("openssl", "h2load")
    benchlib.header(BENCH)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < options.requests + 1000:
        sys.exit(f"this needs {options.requests + 1000} open files in one process; the limit is {hard}")
    goals = benchlib.Goals()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        reloads(options, pathlib.Path(name), goals)
        stops(options, pathlib.Path(name), goals)
    goals.summary()
    sys.exit(1 if goals.missed else 0)


if __name__ == "__main__":
    main()
