# SPDX-License-Identifier: Apache-2.0
"""One request over HTTP/2 by prior knowledge, to see that a server answers what it should before it is measured.

Heads are read with nghttp2's decoder: our server and the floors are on that library, so it is there.
"""
import ctypes
import ctypes.util
import socket
import struct

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1
STATUS_200 = 0x88  # of HPACK's static table
INFLATE_FINAL, INFLATE_EMIT = 1, 2


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


class Pair(ctypes.Structure):
    """nghttp2_nv"""
    _fields_ = [("name", ctypes.c_void_p), ("value", ctypes.c_void_p), ("name_len", ctypes.c_size_t),
                ("value_len", ctypes.c_size_t), ("flags", ctypes.c_uint8)]

    def text(self):
        return tuple(ctypes.string_at(at, length).decode("latin-1")
                     for at, length in ((self.name, self.name_len), (self.value, self.value_len)))


def decoder():
    """nghttp2's library, its calls declared."""
    name = ctypes.util.find_library("nghttp2")
    if not name:
        raise RuntimeError("libnghttp2 is not installed: ./dev setup installs it")
    library = ctypes.CDLL(name)
    library.nghttp2_hd_inflate_new.argtypes = [ctypes.POINTER(ctypes.c_void_p)]
    library.nghttp2_hd_inflate_hd2.argtypes = [ctypes.c_void_p, ctypes.POINTER(Pair), ctypes.POINTER(ctypes.c_int),
                                               ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
    library.nghttp2_hd_inflate_hd2.restype = ctypes.c_ssize_t
    library.nghttp2_hd_inflate_del.argtypes, library.nghttp2_hd_inflate_del.restype = [ctypes.c_void_p], None
    return library


def first_fields(block):
    """The fields of a connection's first head, when the table is empty, without the pseudo-fields."""
    library, inflater, found = decoder(), ctypes.c_void_p(), []
    if library.nghttp2_hd_inflate_new(ctypes.byref(inflater)) != 0:
        raise MemoryError
    try:
        pair, flags = Pair(), ctypes.c_int()
        while not flags.value & INFLATE_FINAL:
            used = library.nghttp2_hd_inflate_hd2(inflater, ctypes.byref(pair), ctypes.byref(flags), block, len(block), 1)
            if used < 0 or not used and not flags.value:
                raise RuntimeError(f"not HPACK: {block!r}")
            block = block[used:]
            if flags.value & INFLATE_EMIT:
                found.append(pair.text())
    finally:
        library.nghttp2_hd_inflate_del(inflater)
    return [field for field in found if not field[0].startswith(":")]


class Client:
    def __init__(self, port, source=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30,
                                               source_address=(source, 0) if source else None)
        self.stream, self.rest = -1, b""
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0))

    def get(self, path):
        """(whether the status was 200, the body); keeps the head as it came"""
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
                self.head = block
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
