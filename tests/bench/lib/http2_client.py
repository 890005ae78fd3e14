# SPDX-License-Identifier: Apache-2.0
"""One request over HTTP/2 by prior knowledge, to see that a server answers what it should before it is measured."""
import socket
import struct

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1
STATUS_200 = 0x88  # of HPACK's static table


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(index, text):
    """A field whose name is in the static table, its value as it is, not kept in the dynamic one."""
    if len(text) > 126:
        raise ValueError(f"{len(text)} bytes do not fit one byte of length")
    return bytes([index, len(text)]) + text.encode()


def first_field(block):
    """The first byte behind the changes of the table's size."""
    at = 0
    while block[at] & 0xE0 == 0x20:
        at += 1
        if block[at - 1] & 0x1F == 0x1F:
            while block[at] & 0x80:
                at += 1
            at += 1
    return block[at]


class Client:
    def __init__(self, port, source=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30,
                                               source_address=(source, 0) if source else None)
        self.stream, self.rest = -1, b""
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0))

    def get(self, path):
        """(whether the status was 200, the body)"""
        self.stream += 2
        block = b"\x82\x86" + literal(4, path) + literal(1, "localhost")  # GET, http, :path, :authority
        self.socket.sendall(frame(HEADERS, END_STREAM | END_HEADERS, self.stream, block))
        block = body = b""
        while True:
            kind, flags, stream, payload = self.read_frame()
            if kind == GOAWAY or kind == RST_STREAM and stream == self.stream:
                raise ConnectionError(f"ended by the server: {payload!r}")
            if kind in (SETTINGS, PING) and not flags & ACK:
                self.socket.sendall(frame(kind, ACK, 0, payload if kind == PING else b""))
            if stream != self.stream:
                continue
            if kind in (HEADERS, CONTINUATION):
                block += payload
            elif kind == DATA:
                body += payload
            if flags & END_STREAM and kind in (HEADERS, DATA):
                return first_field(block) == STATUS_200, body

    def read(self, length):
        while len(self.rest) < length:
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionError("closed by the server")
            self.rest += piece
        data, self.rest = self.rest[:length], self.rest[length:]
        return data

    def read_frame(self):
        head = self.read(9)
        length = int.from_bytes(head[:3], "big")
        if head[:5] == b"HTTP/":
            raise ConnectionError("the server answers in HTTP/1.1")
        return head[3], head[4], int.from_bytes(head[5:], "big") & 0x7FFFFFFF, self.read(length)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.socket.close()
