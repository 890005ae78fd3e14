#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A process of its own that holds idle connections: opens so many, one checked request on each.

usage: idle_client.py PROTOCOL PORT PATH COUNT EXPECTED_BODY_FILE NETWORK
PROTOCOL: plain, h2 (in the clear), or the file of a certificate that HTTP/1.1 over TLS is to be answered with.
Prints "ready COUNT", then waits for a line on its input, sends one more request on every connection to see that all
are alive still, prints "alive COUNT" and ends. Connections come from 127.0.NETWORK.1 and following, 200 of each, because a
server limits connections of one source address.
"""
import pathlib
import sys

import http2_client
import servers
import tls_servers

PER_ADDRESS = 200


class Http2Client(http2_client.Client):
    def requests(self, path, count, expected):
        for _ in range(count):
            found, body = self.get(path)
            if not found or body != expected:
                raise RuntimeError(f"wrong answer: {body!r}")


def opener(protocol, port):
    """How a connection from an address is opened."""
    if protocol == "h2":
        return lambda source: Http2Client(port, source)
    context = None if protocol == "plain" else tls_servers.context_of(protocol)
    return lambda source: servers.Client(port, source=source, tls=context)


def main():
    protocol, port, path, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    expected = pathlib.Path(sys.argv[5]).read_bytes()
    connect = opener(protocol, port)
    clients = []
    for number in range(count):
        client = connect(f"127.0.{sys.argv[6]}.{1 + number // PER_ADDRESS}")
        client.requests(path, 1, expected)
        clients.append(client)
    print("ready", len(clients), flush=True)
    sys.stdin.readline()
    for client in clients:
        client.requests(path, 1, expected)
    print("alive", len(clients), flush=True)


if __name__ == "__main__":
    main()
