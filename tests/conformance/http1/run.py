#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Conformance to RFC 9110 and 9112: every row of rows.txt under every segmentation, against the codec (codec.c) and, as a
client, against examples/users.

Over a socket the client sends the pieces one by one, says that it sends no more, and reads to the end: so many final
answers, the refusal last, the connection closed. How the pieces reach the server is the system's business; the codec is
where every cut is exact. Prints a line per row, and ends with "conformance http1: N rows, N segmentations, N failed".
"""
import argparse
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading

import rows

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
LONG, EDGE, STRIDE, BYTEWISE = 2048, 16, 4093, 20000
STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3}) [ -~]*\r\n")


class Server:
    def __init__(self, build, work, link):
        program = work / "users"
        subprocess.run([build / "codegen-hooks/tmlcg", "build", ROOT / "examples/users/users.ll", "-o", program,
                        *(["--", *link] if link else [])], check=True, stdin=subprocess.DEVNULL)
        self.log = open(work / "log", "w+b")
        self.process = subprocess.Popen([program, "--port", "0"], stdout=subprocess.PIPE, stderr=self.log,
                                        stdin=subprocess.DEVNULL, text=True, env={**os.environ, "TMLRT_THREADS": "2"})
        for line in self.process.stdout:
            found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                return
        raise RuntimeError("the users example did not start: " + self.said())

    def said(self):
        self.log.seek(0)
        return self.log.read().decode("latin-1")[-3000:]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        return self.process.returncode


def send(link, pieces):
    """A server that refuses may close before it has everything."""
    try:
        for piece in pieces:
            link.sendall(piece)
        link.shutdown(socket.SHUT_WR)
    except (BrokenPipeError, ConnectionResetError, OSError):
        pass


def exchange(port, number, pieces):
    """What comes back to the end. Addresses take turns, so that no address runs out of ports."""
    with socket.socket() as link:
        link.settimeout(30)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.bind((f"127.0.1.{number % 250 + 1}", 0))
        link.connect(("127.0.0.1", port))
        sender = threading.Thread(target=send, args=(link, pieces)) if sum(map(len, pieces)) > LONG else None
        if sender:
            sender.start()
        else:
            send(link, pieces)
        data = bytearray()
        try:
            while piece := link.recv(1 << 18):
                data += piece
        finally:
            if sender:
                sender.join()
        return bytes(data)


def answers(data, first_is_head):
    """(status, fields) of each final answer; ValueError when the bytes are anything else."""
    found, at = [], 0
    while at < len(data):
        line = STATUS_LINE.match(data, at)
        end = data.find(b"\r\n\r\n", at)
        if not line or end < 0:
            raise ValueError(f"no answer: {data[at:at + 60]!r}")
        status = int(line.group(1))
        fields = dict(f.lower().split(b": ", 1) for f in data[line.end():end].split(b"\r\n") if b": " in f)
        at = end + 4
        if status < 200:
            continue
        bodyless = status in (204, 304) or (first_is_head and not found)
        length = 0 if bodyless else int(fields[b"content-length"])
        if at + length > len(data):
            raise ValueError(f"an answer is cut: {data[end:end + 60]!r}")
        at += length
        found.append((status, fields))
    return found


def judge(row, data):
    """Empty when it is what the row wants, else why not."""
    try:
        found = answers(data, row.mode == "head")
    except (ValueError, KeyError) as error:
        return f"{type(error).__name__} {error}"
    if len(found) != row.answers + (row.status != 0):
        return f"{len(found)} answers: {[status for status, _ in found][:20]}"
    if row.status and (found[-1][0] != row.status or found[-1][1].get(b"connection") != b"close"):
        return f"refused with {found[-1][0]}, Connection {found[-1][1].get(b'connection')}"
    if row.mode == "close" and found[-1][1].get(b"connection") != b"close":
        return "the last answer does not say that the connection closes"
    return ""


def segmentations(row, short):
    """(name, pieces): whole, byte by byte, in two at every place (of a long row: at both ends and now and then)."""
    data, size = row.data, len(row.data)
    yield "whole", [data]
    if size <= BYTEWISE:
        yield "byte by byte", [data[i:i + 1] for i in range(size)]
    if short:
        cuts = {1, size // 2, size - 1} - {0, size}
    elif size <= LONG:
        cuts = range(1, size)
    else:
        cuts = [*range(1, EDGE), *range(EDGE, size - EDGE, STRIDE), *range(size - EDGE, size)]
    for cut in sorted(cuts):
        yield f"cut at {cut}", [data[:cut], data[cut:]]


def codec(build):
    """Segmentations of every row that holds, and the reasons of those that do not."""
    program = build / "tests/conformance/http1/conformance_http1_codec"
    done = subprocess.run([program, rows.PATH], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{program.name} ended with {done.returncode}")
    lines = [line.split(" ", 2) for line in done.stdout.splitlines()]
    return ({line[0]: int(line[1]) for line in lines if line[0] != "FAILED"},
            {line[1]: line[2] for line in lines if line[0] == "FAILED"})


def over_sockets(row, server, short, number):
    """(segmentations, first reason for a failure)."""
    done = 0
    for how, pieces in segmentations(row, short):
        done += 1
        try:
            why = judge(row, exchange(server.port, number + done, pieces))
        except OSError as error:
            why = f"{type(error).__name__} {error}"
        if why:
            return done, f"socket, {how}: {why}"
    return done, ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/dev", help="a build folder with tests")
    parser.add_argument("--short", action="store_true", help="sockets: each row whole, byte by byte, cut in three places")
    parser.add_argument("--rows", help="only these, with commas")
    parser.add_argument("link", nargs="*", help="flags to link the server with, behind --")
    options = parser.parse_args()
    table = rows.read()
    wanted = options.rows.split(",") if options.rows else [row.name for row in table]
    unknown = set(wanted) - {row.name for row in table}
    if unknown:
        parser.error(f"rows.txt has no row {', '.join(sorted(unknown))}")
    build = options.build.resolve()
    good, bad = codec(build)
    total = failed = ran = 0
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        server = Server(build, pathlib.Path(folder), options.link)
        for row in [row for row in table if row.name in wanted]:
            if row.elsewhere:
                print(f"{row.name:6} tested by {row.elsewhere}")
                continue
            ran += 1
            cuts, why = over_sockets(row, server, options.short, total)
            why = f"codec: {bad[row.name]}" if row.name in bad else why
            if row.name not in good and not why:
                why = "codec: the row was not run"
            failed += bool(why)
            total += cuts + good.get(row.name, 0)
            print(f"{row.name:6} {row.outcome:10} codec {good.get(row.name, 0):5} socket {cuts:4} "
                  f"{why and 'FAILED ' + why or 'ok'}", flush=True)
        code = server.stop()
        if code != 0:
            failed += 1
            print(f"FAILED server: exit code {code}: {server.said()}")
    if options.short:
        print(f"{ran - failed} passed, {failed} failed, 0 skipped")
    print(f"conformance http1: {ran} rows, {total} segmentations, {failed} failed")
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
