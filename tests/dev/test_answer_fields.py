#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests that a bench ends when a peer answers other fields than ours. Ends with "N passed, N failed, N skipped"."""
import pathlib
import sys
import types

import cases

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bench/lib"))
import fields
import http2_client
import servers

OURS = (b"HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: application/json\r\nX-Content-Type-Options: nosniff\r\n"
        b"Content-Security-Policy: default-src 'self'; frame-ancestors 'self'\r\nContent-Length: 2\r\n\r\n{}")
# RFC 7541 C.6.1: Huffman-coded, of the static table, kept.
HEAD = bytes.fromhex("488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3")


def side(name, found):
    return types.SimpleNamespace(name=name, fields=found)


def refusal(theirs):
    """What the bench ends with, or nothing."""
    try:
        servers.Server.compare(side("nginx", theirs), side("ours", fields.of_answer(OURS)))
    except SystemExit as end:
        return str(end)
    return ""


def in_capitals_or_not_in_any_order():
    theirs = [(name.lower(), value) for name, value in reversed(fields.of_answer(OURS))]
    assert refusal(theirs + [("server", "nginx")]) == "", refusal(theirs)


def one_is_missing():
    theirs = [field for field in fields.of_answer(OURS) if field[0] != "X-Content-Type-Options"]
    said = refusal(theirs).splitlines()[:-1]  # the last one is what to do
    assert said == ["nginx does not answer the fields that ours does:", "  lacks x-content-type-options: nosniff"], said


def another_value_and_one_too_many():
    theirs = [(name, "none" if value == "nosniff" else value) for name, value in fields.of_answer(OURS)]
    said = refusal([*theirs, ("content-type", "application/json")])
    for line in ("lacks x-content-type-options: nosniff", "has x-content-type-options: none, ours has not",
                 "has content-type: application/json, ours has not"):
        assert line in said, said


def told_are_those_of_no_peer():
    names = [name for name, _ in fields.given(fields.of_answer(OURS))]
    assert names == ["X-Content-Type-Options", "Content-Security-Policy"], names


def http2_head():
    found = http2_client.first_fields(HEAD)
    assert found == [("cache-control", "private"), ("date", "Mon, 21 Oct 2013 20:13:21 GMT"),
                     ("location", "https://www.example.com")], found


def http2_head_cut_off():
    for end in range(1, len(HEAD)):
        try:
            found = http2_client.first_fields(HEAD[:end])
        except RuntimeError:
            continue
        assert len(found) < 3, f"{end} bytes: {found}"


if __name__ == "__main__":
    sys.exit(cases.run(in_capitals_or_not_in_any_order, one_is_missing, another_value_and_one_too_many, told_are_those_of_no_peer,
                       http2_head, http2_head_cut_off))
