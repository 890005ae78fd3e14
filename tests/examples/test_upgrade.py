#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A handler of a compiled program that takes another protocol than HTTP, as a client on a socket sees it. Ends with "N
passed, N failed, N skipped".

usage: test_upgrade.py BUILD_FOLDER [LINK_FLAG...]      the flags are the sanitizers of the build
"""
import pathlib
import socket
import sys

import served

SOURCE = pathlib.Path(__file__).with_suffix(".tml")
CASES = []


def case(function):
    CASES.append(function)
    return function


class Server(served.Program):
    def ask(self, fields):
        link = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        link.sendall(f"GET /echo HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode())
        return link


def read_until(link, end):
    text = b""
    while end not in text:
        piece = link.recv(4096)
        assert piece, f"closed behind {text}"
        text += piece
    return text.decode()


@case
def taken_and_both_sides_talk(server):
    link = server.ask("Connection: upgrade\r\nUpgrade: other, echo\r\n")
    head = read_until(link, b"\r\n\r\n")
    assert head.startswith("HTTP/1.1 101 "), head
    for field in ("Upgrade: echo\r\n", "Connection: upgrade\r\n", "X-Took: yes\r\n"):
        assert field in head, f"{field} is missing in {head}"
    link.sendall(b"to and")
    read_until(link, b"to and")
    link.sendall(b" fro")
    read_until(link, b" fro")
    link.shutdown(socket.SHUT_WR)
    read_until(link, b" 10")
    assert link.recv(100) == b"", "no end"
    link.close()


@case
def another_protocol_is_asked_for(server):
    link = server.ask("Connection: upgrade\r\nUpgrade: other\r\n")
    head = read_until(link, b"\r\n\r\n")
    assert head.startswith("HTTP/1.1 426 ") and "X-Asked: other\r\n" in head, head
    assert "Upgrade: echo\r\n" in head and "Connection: upgrade\r\n" in head, head
    link.sendall(b"GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")  # HTTP goes on
    head = read_until(link, b"\r\n\r\n")
    assert head.startswith("HTTP/1.1 426 ") and "X-Asked: nothing\r\n" in head, head
    link.close()


if __name__ == "__main__":
    sys.exit(served.run_cases(SOURCE, Server, CASES))
