# SPDX-License-Identifier: Apache-2.0
"""The attacks on an HTTP/2 server, by prior knowledge, and those of slow clients in great numbers.

The counts are of frames that the attacker sends, or tries to: the ledger ends a connection after some hundreds.
"""
import dataclasses
import struct

import rows

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST, SETTINGS, PING, WINDOW, CONTINUATION = 0, 1, 2, 3, 4, 6, 8, 9
END_STREAM, END_HEADERS = 1, 4
PATH = b"/api/users/1"
GET = b"\x82\x86\x01\x01a\x04" + bytes([len(PATH)]) + PATH     # :method, :scheme, :authority, :path without indexing
POST = b"\x83\x86\x01\x01a\x04\x0a/api/users"
CALM = ("goaway11", "reset", "close")
BROKEN = ("goaway1", "goaway5", "goaway6", "goaway9", *CALM)
CONNS = 20


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">IBBI", len(payload), kind, flags, stream)[1:] + payload


START = PREFACE + frame(SETTINGS, 0, 0)


def streams(number, *frames):
    """`frames` (kind, flags, payload) on so many streams, one after the other."""
    return START + b"".join(frame(kind, flags, 2 * i + 1, payload) for i in range(number) for kind, flags, payload in frames)


def field(name, value, first=b"\0"):
    """A literal field; the bytes of a length beyond 126 as RFC 7541 5.1 has them."""
    def text(data):
        if len(data) < 127:
            return bytes([len(data)]) + data
        rest, size = len(data) - 127, b"\x7f"
        while rest >= 128:
            size, rest = size + bytes([rest % 128 + 128]), rest // 128
        return size + bytes([rest]) + data
    return first + text(name) + text(value)


def row(name, end, opened, more=b"", repeat=0, **how):
    return rows.Row(name, end, opened, more, repeat, h2=True, conns=CONNS, conns64=1, **how)


def flood(name, one, number):
    """`number` times the same frame."""
    return row(name, CALM, START, one * 1000, number // 1000)


def many(name, base, **how):
    """A row of rows.py with 10,048 connections from 64 addresses."""
    found = next(r for r in rows.ROWS if r.name == base)
    return dataclasses.replace(found, name=name, conns64=157, sources=(64,), modes=("once",), plain=True, long=True, **how)


OPEN_POST = (HEADERS, END_HEADERS, POST)
BOMB = field(b"x", b"v" * 3900, b"\x40")
ROWS = [
    # Answered before the reset is read, a request has paid for it; then nghttp2's own count ends it (2).
    row("rapid_reset", ("goaway2", *CALM), streams(100000, (HEADERS, END_HEADERS | END_STREAM, GET), (RST, 0, b"\0\0\0\x08"))),
    row("too_many_requests", CALM, streams(100000, (HEADERS, END_HEADERS | END_STREAM, GET))),
    row("server_reset_window_0", BROKEN, streams(50000, OPEN_POST, (WINDOW, 0, b"\0\0\0\0"))),
    row("server_reset_window_2_31", CALM, streams(50000, OPEN_POST, (WINDOW, 0, b"\x7f\xff\xff\xff"))),
    row("server_reset_length", CALM, streams(50000, (HEADERS, END_HEADERS, POST + b"\x0f\x0d\x011"), (DATA, 0, b"xx"))),
    row("server_reset_trailers", CALM, streams(50000, OPEN_POST, (HEADERS, END_HEADERS, field(b"x", b"y")))),
    row("server_reset_head", CALM, streams(50000, (HEADERS, END_HEADERS | END_STREAM, GET + field(b"connection", b"x")))),
    row("server_reset_half_closed", BROKEN, streams(50000, (HEADERS, END_HEADERS | END_STREAM, POST), (DATA, 0, b"x"))),
    row("continuation", CALM, START + frame(HEADERS, END_STREAM, 1, GET), frame(CONTINUATION, 0, 1) * 1000, 200),
    row("continuation_of_fields", CALM, START + frame(HEADERS, END_STREAM, 1, GET),
        frame(CONTINUATION, 0, 1, field(b"x", b"y" * 60)) * 1000, 200),
    row("hpack_bomb", BROKEN, START + frame(HEADERS, END_HEADERS | END_STREAM, 1, GET + BOMB) +
        b"".join(frame(HEADERS, END_HEADERS | END_STREAM, 2 * i + 3, GET + b"\xbe" * 16000) for i in range(200))),
    flood("ping", frame(PING, 0, 0, b"12345678"), 1000000),
    flood("settings", frame(SETTINGS, 0, 0), 1000000),
    row("empty_data", CALM, START + frame(HEADERS, END_HEADERS, 1, POST), frame(DATA, 0, 1) * 1000, 1000),
    flood("priority", frame(PRIORITY, 0, 1, b"\0\0\0\0\x07"), 1000000),
    flood("window_update", frame(WINDOW, 0, 0, b"\0\0\0\x01"), 1000000),
    # The streams are reset after 30 s, the PING that follows has no answer for 15 s.
    row("zero_window", ("reset", "close"), PREFACE + frame(SETTINGS, 0, 0, b"\0\4\0\0\0\0") +
        b"".join(frame(HEADERS, END_HEADERS | END_STREAM, 2 * i + 1, GET) for i in range(100)),
        seconds=55, holds=True, modes=("once",), long=True),
    many("slowloris_10000", "slow_head"),
    many("slow_body_10000", "slow_body"),
    many("slow_read_10000", "never_reads"),
]
