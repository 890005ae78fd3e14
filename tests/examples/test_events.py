#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Streams of events as a client on a socket sees them: the head is there before the handler has done anything, and a
handler that waits ends when its client goes, before the first event and behind it. Ends with "N passed, N failed, N
skipped".

usage: test_events.py BUILD_FOLDER [LINK_FLAG...]      the flags are the sanitizers of the build
"""
import json
import pathlib
import socket
import struct
import sys

import served

SOURCE = pathlib.Path(__file__).with_suffix(".tml")
CASES = []


def case(function):
    CASES.append(function)
    return function


class Server(served.Program):
    def open(self, path, fields="", method="GET"):
        link = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        link.sendall(f"{method} {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode())
        return link

    def said(self, text):
        """Lines of its output up to this one."""
        for line in self.process.stdout:
            if line.strip() == text:
                return
        raise AssertionError(f"it ended without: {text}")


def read_until(link, end):
    text = b""
    while end not in text:
        piece = link.recv(4096)
        assert piece, f"closed behind {text}"
        text += piece
    return text.decode()


@case
def head_is_there_while_the_handler_sets_up(server):
    link = server.open("/slow/setup")
    head = read_until(link, b"\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 "), head
    for field in ("Content-Type: text/event-stream; charset=utf-8", "Cache-Control: no-cache, no-transform",
                  "X-Accel-Buffering: no"):
        assert field in head, f"{field} is missing in {head}"
    server.said("setting up")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link.close()  # a reset
    server.said("setup dropped")


@case
def head_of_a_stream(server):
    """The head that GET would have, so no Content-Length (RFC 9110 8.6, 9.3.2), and no handler."""
    link = server.open("/slow/setup", method="HEAD", fields="Connection: close\r\n")
    head = read_until(link, b"\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 ") and "Cache-Control: no-cache" in head and "Content-Length" not in head, head
    assert link.recv(1) == b""


@case
def head_of_a_stream_over_http2(server):
    fields = {":method": "HEAD", ":scheme": "http", ":authority": "a", ":path": "/slow/setup"}
    block = b"".join(b"\0" + bytes([len(n)]) + n.encode() + bytes([len(v)]) + v.encode() for n, v in fields.items())
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as link:
        link.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]) +
                     bytes([0, 0, len(block), 1, 5, 0, 0, 0, 1]) + block)
        got = b""
        while bytes([1, 5, 0, 0, 0, 1]) not in got:  # HEADERS that end stream 1
            piece = link.recv(4096)
            assert piece, f"closed behind {got}"
            got += piece


@case
def client_that_closes_its_side_before_an_event(server):
    link = server.open("/slow/setup")
    read_until(link, b"\r\n\r\n")
    server.said("setting up")
    link.shutdown(socket.SHUT_WR)
    server.said("setup dropped")
    link.close()


@case
def client_that_goes_behind_an_event(server):
    link = server.open("/slow/one")
    assert "data: one\n\n" in read_until(link, b"\n\n\r\n")
    link.close()
    server.said("one dropped")


@case
def client_of_a_task_that_sends(server):
    link = server.open("/slow/task")
    read_until(link, b"data: a task\n\n")
    link.close()
    server.said("the task is told")


def environment(folder):
    return {"TMLRT_H2C": "on", "TMLRT_ACCESS_LOG": str(folder / "access.log")}


def at_end(server, folder):
    server.stop()
    heads = [line for line in map(json.loads, (folder / "access.log").read_text().splitlines()) if line["method"] == "HEAD"]
    assert len(heads) == 2 and not any(line.get("cut") for line in heads), heads


if __name__ == "__main__":
    sys.exit(served.run_cases(SOURCE, Server, CASES, at_end, environment))
