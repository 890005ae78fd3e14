# SPDX-License-Identifier: Apache-2.0
"""Why a peer may refuse what we accept: each row names the peers, the property of the refused message, where the RFC leaves
it, and why ours is right to accept it. A row looks at the one message that the peer did not take, not at the whole input.
docs/guide/conformance.md shows the table.
"""
import dataclasses
import re


@dataclasses.dataclass
class Message:
    """A request that we accepted, so its form is known: `fields` as (lower-case name, value), `raw` all of it, `behind` what follows it."""

    method: bytes
    target: bytes
    version: bytes
    fields: list
    raw: bytes
    trailers: list
    after_empty_line: bool
    behind: bytes

    def values(self, name):
        return [value for key, value in self.fields if key == name]


def chunked_end(data, at, trailers):
    """Where a chunked body that is well-formed ends; its trailers are added to the list."""
    while (end := data.find(b"\r\n", at)) >= 0:
        size = int(data[at:end].split(b";")[0], 16)
        at = end + 2
        if size == 0:
            while (end := data.find(b"\r\n", at)) > at:
                trailers.append(data[at:end].partition(b":")[0].lower())
                at = end + 2
            return at + 2
        at += size + 2
    return len(data)


def messages(data, number):
    """The first `number` requests of an input that we accepted."""
    at, found = 0, []
    while len(found) < number:
        start = at
        while data.startswith(b"\r\n", at):
            at += 2
        stop = data.find(b"\r\n\r\n", at)
        if stop < 0:
            break
        head = data[at:stop]
        lines = head.split(b"\r\n")
        method, target, version = lines[0].split(b" ", 2)
        fields = [(name.lower(), value.strip(b" \t")) for name, _, value in (line.partition(b":") for line in lines[1:])]
        names = dict(fields)
        end, trailers = stop + 4, []
        if b"transfer-encoding" in names:
            end = chunked_end(data, end, trailers)
        elif b"content-length" in names:
            end += int(names[b"content-length"])
        found.append(Message(method, target, version, fields, data[start:end], trailers, at > start, data[end:]))
        at = end
    return found


@dataclasses.dataclass
class Reason:
    id: str
    peers: tuple
    holds: object  # of a Message
    source: str
    why: str


def path(message):
    """Path of the target, as sent."""
    target = re.sub(rb"^[A-Za-z]+://[^/?]*", b"", message.target)
    return target.split(b"?")[0]


def climbs(message):
    """The path goes above its root."""
    depth = 0
    for part in path(message).split(b"/")[1:]:
        depth += -1 if part == b".." else part not in (b"", b".")
        if depth < 0:
            return True
    return False


def other_authority(message):
    found = re.match(rb"[A-Za-z]+://([^/?]*)", message.target)
    return found is not None and message.values(b"host") != [found.group(1)]


def hosts(message):
    """Host, and the authority of the target."""
    found = re.match(rb"[A-Za-z]+://([^/?]*)", message.target)
    return message.values(b"host") + ([found.group(1)] if found else [])


FORBIDDEN_TRAILERS = {b"host", b"transfer-encoding", b"content-length", b"connection", b"expect", b"te", b"trailer"}
NODE_METHODS = set(b"""ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL
MOVE NOTIFY OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND
UNLINK UNLOCK UNSUBSCRIBE""".split())

REASONS = [
    Reason("empty-line", ("go",), lambda m: m.after_empty_line, "RFC 9112 2.2",
           "a server SHOULD ignore at least one empty line before a request line; we ignore one"),
    Reason("escape", ("go", "haproxy", "nginx", "apache2"),
           lambda m: re.search(rb"%(?![0-9A-Fa-f]{2})", path(m)), "RFC 3986 2.1",
           "a broken escape in the path is the router's to refuse (400), not the codec's"),
    Reason("nul-escape", ("nginx", "apache2"), lambda m: b"%00" in path(m), "RFC 9110 4.2.3",
           "an escaped NUL in the path is the router's to refuse"),
    Reason("above-root", ("nginx", "apache2"), climbs, "RFC 3986 5.2.4",
           "a path above the root is the router's to refuse; those two map paths to files"),
    Reason("method", ("nginx",), lambda m: re.search(rb"[^A-Z_-]", m.method), "RFC 9110 9.1",
           "a method is any token and case-sensitive; nginx knows A-Z, _ and - only"),
    Reason("unknown-method", ("node",), lambda m: m.method not in NODE_METHODS, "RFC 9110 9.1",
           "an unknown method is for who answers to refuse (501, 405); node has a fixed list"),
    Reason("version", ("node", "go"), lambda m: m.version not in (b"HTTP/1.0", b"HTTP/1.1"), "RFC 9110 6.2",
           "a higher minor version is to be handled as the highest that the server knows"),
    Reason("options-asterisk", ("nginx",), lambda m: m.target == b"*", "RFC 9112 3.2.4",
           "OPTIONS * asks about the server; nginx has no such thing"),
    Reason("line-length", ("nginx", "apache2"), lambda m: len(m.raw.split(b"\r\n", 1)[0]) >= 8190, "RFC 9112 3",
           "a server SHOULD take request lines of 8,000 bytes; the bound is each server's own"),
    Reason("authority", ("haproxy",), other_authority, "RFC 9112 3.2.2",
           "a server MUST ignore Host when the target is absolute; haproxy wants both alike"),
    Reason("trailer", ("haproxy", "node"), lambda m: FORBIDDEN_TRAILERS & set(m.trailers), "RFC 9110 6.5.1",
           "a trailer field that must not be one is passed over and never merged"),
    Reason("websocket-key", ("haproxy",), lambda m: any(b"websocket" in v.lower() for v in m.values(b"upgrade")) and
           not m.values(b"sec-websocket-key"), "RFC 9110 7.8",
           "an offer to upgrade may be ignored; haproxy refuses one without its key"),
    Reason("tab-before-value", ("nginx",), lambda m: re.search(rb"\r\n[^\r\n:]+:[ ]*\t|[ \t]\r\n", m.raw), "RFC 9110 5.5",
           "white space around a value is no part of it; nginx knows no tab there"),
    Reason("old-get-body", ("haproxy",), lambda m: m.version == b"HTTP/1.0" and m.values(b"content-length"),
           "RFC 9110 9.3.1", "the content of a GET has no meaning but is framed; haproxy refuses it in HTTP/1.0"),
    Reason("port", ("apache2",), lambda m: any(re.search(rb":0*$", v) for v in m.values(b"host")), "RFC 9110 4.2",
           "the port may be empty, and any number: port = *DIGIT"),
    Reason("host-bytes", ("apache2", "nginx"), lambda m: any(re.search(rb"[!$&'()*+;=%~_]|^[0-9]+(:|$)|^\.", host)
                                                             for host in hosts(m)), "RFC 3986 3.2.2",
           "reg-name has sub-delims, escapes and digits; those two want names of the DNS"),
    Reason("expect-twice", ("apache2", "nginx"), lambda m: len(m.values(b"expect")) > 1, "RFC 9110 10.1.1",
           "Expect is a list, so it may come twice; those two do not"),
]
CLOSES = Reason("closes", ("all",), None, "RFC 9112 9.6", "the peer answered what came before and closed: a server may, at any time")
BEHIND = Reason("behind", ("node",), None, "RFC 9112 9.3.2",
                "node gives an answer up for bytes behind the message, which we refuse, too, or never read")


def not_taken(data, ours, theirs):
    """The messages of an input that we accepted and the peer did not; none when there is no telling."""
    return messages(data, len(ours.accepted))[len(theirs.accepted):]


def rule(peer, message):
    return next((reason for reason in REASONS if peer in reason.peers and reason.holds(message)), None)


def explain(peer, table, ours, theirs, alone):
    """The reason for which `peer` did not take the first message of `table` where it stood; `alone`: what it answers to
    each of them by itself."""
    if not alone[0].accepted:
        return rule(peer, table[0])
    if theirs.accepted and not theirs.refusal:
        return CLOSES
    if peer != "node" or not table[0].behind:
        return None
    if ours.refusal or table[-1].behind:
        return BEHIND
    if b"connection" in table[0].trailers:  # node takes "close" from there
        return rule(peer, table[0])
    later = (message for message, answer in zip(table, alone) if not answer.accepted)
    return next((rule(peer, message) for message in later), None)
