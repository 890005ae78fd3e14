# SPDX-License-Identifier: Apache-2.0
"""The inputs of the differential test: the rows of HTTP/1.1, and mutations of them, the same for the same seed."""
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "http1"))
import rows

SMALL = 1024  # a row that is mutated is no longer than that
BYTES = b"\r\n\t \x00\x0b\x0c\x1b\x7f\x80\xa0\xff:,;=\"'()/\\?#%@[]{}<>_-+.*09aAfFxXzZ|~!$&^`"
LINES = (b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", b"Transfer-Encoding: gzip, chunked",
         b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding : chunked", b"Transfer-Encoding:\tchunked",
         b"Transfer-Encoding: xchunked", b"Transfer-Encoding: \"chunked\"", b"transfer-encoding: CHUNKED",
         b"Transfer_Encoding: chunked", b" Transfer-Encoding: chunked", b"X: y\r\n Transfer-Encoding: chunked",
         b"Transfer-Encoding\n: chunked", b"Transfer-Encoding: chunked;q=1", b"Transfer-Encoding:",
         b"Content-Length: 0", b"Content-Length: 1", b"Content-Length: 5", b"Content-Length: +5", b"Content-Length: -1",
         b"Content-Length: 05", b"Content-Length: 0x5", b"Content-Length: 5, 5", b"Content-Length: 5,6",
         b"Content-Length: 18446744073709551621", b"Content-Length : 5", b"Content-Length: 5 5", b"Content-Length:",
         b"Content-Length: 5\r\nContent-Length: 5", b"Content_Length: 5", b"content-length: 3",
         b"Host: b", b"Host: a", b"Host:", b"Host: a:b", b"Host: a b", b"host: [::1]", b"Host: a, b", b"Host: a/b",
         b"Connection: close", b"Connection: keep-alive", b"Connection: Transfer-Encoding",
         b"Connection: Content-Length", b"Connection: upgrade", b"Upgrade: websocket", b"Expect: 100-continue",
         b"Expect: x", b"TE: trailers", b"Trailer: X", b"X: y", b"X:", b": y", b"X", b"X y: z", b"X\x00: y", b"X: \x00",
         b"X: a\rb", b"X: a\nb", b"\tX: y", b"Max-Forwards: 0", b"Range: bytes=0-1", b"Cookie: a=b")
STARTS = (b"GET / HTTP/1.1", b"GET / HTTP/1.0", b"POST / HTTP/1.1", b"HEAD / HTTP/1.1", b"OPTIONS * HTTP/1.1",
          b"PUT /x HTTP/1.1", b"DELETE /x HTTP/1.1", b"GET http://b/ HTTP/1.1", b"GET /?a HTTP/1.1", b"GET / HTTP/2.0",
          b"GET / HTTP/1.2", b"GET /", b"CONNECT a:80 HTTP/1.1", b"TRACE / HTTP/1.1", b"PRI * HTTP/2.0",
          b"get / HTTP/1.1", b"GET /%00 HTTP/1.1", b"GET /a%zz HTTP/1.1", b"GET /../ HTTP/1.1", b"M / HTTP/1.1")
ENDS = (b"\r\n", b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\n\r\n", b"\r\n ", b" \r\n", b"\x00\r\n")
CHUNKS = (b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"5;a=b\r\nhello\r\n0\r\n\r\n", b"05\r\nhello\r\n0\r\n\r\n",
          b"5\nhello\r\n0\r\n\r\n", b"5 \r\nhello\r\n0\r\n\r\n", b"5\r\nhello0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n",
          b"+5\r\nhello\r\n0\r\n\r\n", b"-0\r\n\r\n", b"5\r\nhello\r\n00\r\n\r\n", b"0\r\nX: y\r\n\r\n",
          b"0\r\nContent-Length: 5\r\n\r\n", b"0\r\n X: y\r\n\r\n", b"0\r\nX : y\r\n\r\n", b"5\r\nhello\n0\n\n",
          b"10000000000000005\r\nhello\r\n0\r\n\r\n", b"5;\r\nhello\r\n0\r\n\r\n", b"5;a=\"\n\"\r\nhello\r\n0\r\n\r\n")
NEXT = b"GET /n HTTP/1.1\r\nHost: a\r\n\r\n"


def bytewise(random_, data):
    """One byte is put in, taken away, replaced, doubled, or its case or number changed."""
    at = random_.randrange(len(data) + 1)
    kind = random_.randrange(6)
    if kind == 0 or at == len(data):
        return data[:at] + bytes([random_.choice(BYTES)]) + data[at:]
    if kind == 1:
        return data[:at] + data[at + 1:]
    if kind == 2:
        return data[:at] + bytes([random_.choice(BYTES)]) + data[at + 1:]
    if kind == 3:
        return data[:at] + data[at:at + 1] + data[at:]
    if kind == 4:
        return data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1:]
    return data[:at] + bytes([data[at] ^ (1 << random_.randrange(8))]) + data[at + 1:]


def linewise(random_, data):
    """A line of the head is replaced, put in, taken away, doubled, moved or ended in another way."""
    head, gap, body = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    at = random_.randrange(len(lines))
    kind = random_.randrange(8)
    if kind < 3:
        lines.insert(random_.randint(1, len(lines)), random_.choice(LINES))
    elif kind == 3:
        lines[at] = random_.choice(STARTS if at == 0 else LINES)
    elif kind == 4:
        lines[0] = random_.choice(STARTS)
    elif kind == 5 and len(lines) > 1:
        del lines[at]
    elif kind == 6:
        lines.insert(random_.randrange(len(lines)), lines[at])
    else:
        return b"\r\n".join(lines[:at + 1]) + random_.choice(ENDS) + b"\r\n".join(lines[at + 1:]) + gap + body
    return b"\r\n".join(lines) + gap + body


def bodywise(random_, data, other):
    """Another body, another request behind it, a cut, or the head of one with the body of the other."""
    head, gap, body = data.partition(b"\r\n\r\n")
    kind = random_.randrange(5)
    if kind == 0:
        return head + gap + random_.choice(CHUNKS) + NEXT
    if kind == 1:
        return head + gap + body + NEXT
    if kind == 2:
        return data[:random_.randrange(len(data) + 1)]
    if kind == 3:
        return head + gap + other.partition(b"\r\n\r\n")[2]
    return data + other


def mutations(seeds, number, seed):
    random_ = random.Random(seed)
    for _ in range(number):
        data = random_.choice(seeds)
        for _ in range(random_.choice((1, 1, 1, 2, 2, 3))):
            kind = random_.randrange(10)
            if kind < 5:
                data = bytewise(random_, data)
            elif kind < 8:
                data = linewise(random_, data)
            else:
                data = bodywise(random_, data, random_.choice(seeds))
        yield data


def inputs(number, seed):
    """(name, bytes): every row, then `number` mutations without a repetition."""
    table = [row for row in rows.read() if not row.elsewhere]
    for row in table:
        yield row.name, row.data
    seeds = [row.data for row in table if 0 < len(row.data) <= SMALL]
    seen = {row.data for row in table}
    made = 0
    for data in mutations(seeds, number * 2, seed):
        if made < number and data and data not in seen:
            seen.add(data)
            made += 1
            yield f"M{made}", data
