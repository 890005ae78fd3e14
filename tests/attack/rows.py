# SPDX-License-Identifier: Apache-2.0
"""The attacks on an HTTP/1.1 server, one row per limit.

A row is a script that every attacking connection follows (see attack.c), how many connections there are, the limits
the server is started with, and what the connections have to end with. `short` is added to the limits when a row may
take seconds only; timeouts of the defaults are minutes.
"""
import dataclasses

HOST = b"Host: a\r\n"
GET = b"GET /api/users/1 HTTP/1.1\r\n" + HOST + b"\r\n"
REPORT = b"GET /api/users/1/report HTTP/1.1\r\n" + HOST + b"\r\n"
HEAD = b"GET / HTTP/1.1\r\n" + HOST
POST = b"POST /api/users HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS = 1 << 40
HOLD, FIN, RESET = 0, 1, 2
SHORT = {"head_timeout": "2s", "body_grace": "500ms", "body_idle": "1s", "write_stall": "1500ms", "keep_alive": "1s",
         "linger": "500ms"}


def get(path):
    return b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n"


def post(body):
    return POST + b"Content-Length: %d\r\n\r\n" % len(body) + body


def length(number):
    return POST + b"Content-Length: %d\r\n\r\n" % number


@dataclasses.dataclass
class Row:
    name: str
    end: tuple                   # what every connection may end with
    open: bytes = b""
    more: bytes = b""
    repeat: int = 0
    every: int = 0               # ms between two `more`
    answers: int = 0             # the connection ends itself after so many
    after: int = HOLD
    reads: bool = True
    window: int = 0              # the receive buffer asked for
    conns: int = 100             # from one source
    conns64: int = 4             # from each of 64
    limits: dict = dataclasses.field(default_factory=dict)
    least: dict = dataclasses.field(default_factory=dict)   # end -> share of the connections at least
    body_kib: int = 0            # what a connection has sent and the server may hold for it
    seconds: int = 3             # with the defaults a connection is over in this time
    holds: bool = False          # the connection waits until the server ends it
    h2: bool = False             # the script is frames, and so are the answers
    long: bool = False           # not in the short mode
    plain: bool = False          # only against a server without a sanitizer, whose time and memory it depends on
    short: float = 1             # seconds of a reconnecting run in the short mode
    sources: tuple = (1, 64)
    modes: tuple = ("once", "reconnect")


ROWS = [
    Row("request_line", ("414",), b"GET /" + b"a" * 65536),
    Row("field", ("431",), HEAD + b"X: " + b"v" * 16384),
    Row("fields", ("431",), HEAD + (b"X: " + b"v" * 500 + b"\r\n") * 80),
    Row("num_fields", ("431",), HEAD + b"Cookie: a=b\r\n" * 5000),
    Row("chunk_extension", ("400",), CHUNKED + b"1;" + b"e" * 400),
    Row("body_extensions", ("400",), CHUNKED + (b"1;" + b"e" * 200 + b"\r\nx\r\n") * 200),
    Row("trailer", ("400",), CHUNKED + b"0\r\nX: " + b"t" * 6000),
    Row("num_trailers", ("400",), CHUNKED + b"0\r\n" + b"X: y\r\n" * 100),
    Row("chunk_overhead", ("400",), CHUNKED, (b"%016x\r\nx\r\n" % 1) * 1000, repeat=11, conns64=1, plain=True),
    Row("body", ("413",), length(2000000), b"x" * 65536, repeat=30),
    Row("lingering", ("413",), length(2000000), b"x" * 65536, repeat=ENDLESS, conns=50, conns64=1),
    Row("silent", ("close",), conns=120, conns64=60, short=3, seconds=13, holds=True),
    Row("slow_head", ("408",), HEAD + b"X: ", b"y", repeat=ENDLESS, every=300, conns=120, conns64=60,
        short=3, seconds=13, holds=True),
    Row("slow_body", ("408",), length(100000), b"y", repeat=ENDLESS, every=200, conns=120, conns64=60,
        short=2, seconds=13, holds=True),
    Row("body_idle", ("408",), length(100000) + b"x" * 20000, conns=120, conns64=20, body_kib=64,
        seconds=40, short=3, holds=True),
    Row("never_reads", ("reset",), GET * 20, GET * 20, repeat=ENDLESS, reads=False, window=2048, conns=60, conns64=1,
        seconds=45, short=3, plain=True),
    Row("pipelining", ("200",), GET * 10000, answers=10000, conns=8, conns64=1, short=6, plain=True),
    Row("keep_alive", ("close",), GET, conns=120, conns64=60, seconds=90, short=3, holds=True),
    Row("conn_age", ("close",), GET, GET, repeat=ENDLESS, every=100, limits={"conn_age": "1s"}, short=2),
    Row("handler", ("503",), REPORT, answers=1, limits={"handler": "1ms"}),
    Row("per_source", ("reset", "close"), conns=24, conns64=24, limits={"conns_per_source": 16},
        least={"reset": 0.3}, modes=("once",), seconds=13, holds=True),
    Row("connections", ("close", "reset"), GET, conns=200, conns64=8, limits={"num_conns": 64}, least={"close": 0.5},
        modes=("once",), seconds=90, holds=True),
    Row("held_bytes", ("503", "408"), length(1000000) + b"x" * 300000, conns=60, conns64=2,
        limits={"held_bytes": "4MiB", "held_wait": "300ms"}, least={"503": 0.5}, body_kib=0, seconds=40, holds=True),
    Row("memory", ("503", "408", "close"), HEAD + b"X: ", b"y", repeat=ENDLESS, every=300, conns64=60, sources=(64,),
        limits={"memory_bytes": "5500KiB", "held_bytes": "64MiB"}, least={"503": 0.01}, modes=("reconnect",),
        short=5, seconds=13, holds=True, plain=True),
    Row("json_depth", ("400",), post(b"[" * 5000), answers=1),
    Row("json_keys", ("400",), post(b"{" + b",".join(b'"k%d":1' % i for i in range(2000)) + b"}"), answers=1),
    Row("json_duplicate", ("400",), post(b"{" + b'"name":"x",' * 2000 + b'"a":1}'), answers=1),
    Row("path_length", ("414",), get(b"/" + b"a" * 5000), answers=1),
    Row("path_segments", ("400",), get(b"/a" * 80), answers=1),
    Row("query", ("400",), get(b"/api/users?" + b"&".join(b"a%d=1" % i for i in range(300))), answers=1),
    Row("client_gone", ("gone",), REPORT, after=RESET),
    Row("half_close", ("200",), GET, after=FIN),
]
