# SPDX-License-Identifier: Apache-2.0
"""The header fields of an answer: what ours has every peer has to have as well, or it is not the same work.

The list is our own answer's, taken when the bench starts: peers are told it (`given`), each in the way of its users, and
every one is held against it (`differences`) before it is measured. Fields are pairs (name, value) of text in the order
they came in; HTTP/1.1 has names in capitals, HTTP/2 in small letters.
"""
# What a server says of itself, of its connection, of the moment and of its file: it may differ, and some have it alone.
OWN = frozenset({"accept-ranges", "connection", "content-length", "date", "keep-alive", "last-modified", "server"})
# What every peer has a place of its own for; it is compared.
TYPE = "content-type"


def of_answer(answer):
    """Of an answer over HTTP/1.1, from its first byte on."""
    head = answer.split(b"\r\n\r\n", 1)[0].decode("latin-1").split("\r\n")[1:]
    return [(name, value.strip()) for name, _, value in (line.partition(":") for line in head)]


def given(fields):
    """Those that a peer is told to answer."""
    return [(name, value) for name, value in fields if name.lower() not in OWN | {TYPE}]


def lines(fields):
    """As files and environments of peers have them: one a line."""
    return "".join(f"{name}: {value}\n" for name, value in fields)


def tell(fields):
    """Prints which they are, once a bench."""
    print(f"# fields that every peer answers too: {', '.join(name for name, _ in given(fields)) or 'none'}")


def compared(fields):
    return sorted((name.lower(), value) for name, value in fields if name.lower() not in OWN)


def differences(theirs, ours):
    """What is between two answers' fields, a line each; nothing when they are equal in all that is compared."""
    left, more = compared(ours), []
    for field in compared(theirs):
        if field in left:
            left.remove(field)
        else:
            more.append(field)
    return ([f"lacks {name}: {value}" for name, value in left] + [f"has {name}: {value}, ours has not" for name, value in more])
