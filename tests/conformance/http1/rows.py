# SPDX-License-Identifier: Apache-2.0
"""Reads rows.txt: what a row is, its bytes, what has to come of it. rows.txt says the form."""
import pathlib
import re

PATH = pathlib.Path(__file__).with_name("rows.txt")
PLAIN = {"r": b"\r", "n": b"\n", "t": b"\t", "\\": b"\\", "|": b""}
PIECE = re.compile(r"\\\{(\d+):((?:[^\\}]|\\.)*)\}|\\x([0-9a-fA-F]{2})|\\([rnt\\|])|([^\\])")
OUTCOME = re.compile(r"(?:A(\d+))?(?: ?\b([45]\d\d))?(?: (close|eof|head))?")


def unescape(text):
    data, at = bytearray(), 0
    while at < len(text):
        found = PIECE.match(text, at)
        if not found:
            raise ValueError(f"no escape of rows.txt: {text[at:at + 20]!r}")
        count, inner, byte, plain, char = found.groups()
        if count:
            data += unescape(inner) * int(count)
        elif byte:
            data.append(int(byte, 16))
        else:
            data += PLAIN[plain] if plain else char.encode("latin-1")
        at = found.end()
    return bytes(data)


class Row:
    """answers: final answers before a refusal; status: of the refusal, 0 for none; mode: close, eof, head or empty."""

    def __init__(self, name, outcome, title, text):
        self.name, self.title, self.outcome = name, title, outcome
        self.elsewhere = text if outcome == "elsewhere" else ""
        self.data, self.answers, self.status, self.mode = b"", 0, 0, ""
        if not self.elsewhere:
            found = OUTCOME.fullmatch(outcome)
            if not found:
                raise ValueError(f"{name}: no outcome of rows.txt: {outcome!r}")
            self.answers, self.status = int(found.group(1) or 0), int(found.group(2) or 0)
            self.mode = found.group(3) or ""
            self.data = unescape(text)


def read(path=PATH):
    with open(path, encoding="ascii", newline="\n") as lines:
        rows = [Row(*line.rstrip("\n").split("\t", 3)) for line in lines if line.strip() and not line.startswith("#")]
    names = [row.name for row in rows]
    if len(set(names)) != len(names):
        raise ValueError("two rows have one id")
    return rows
