#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A process of its own that holds idle keep-alive connections: opens so many, one checked request on each.

usage: idle_client.py PORT PATH COUNT EXPECTED_BODY_FILE NETWORK
Prints "ready COUNT", then waits for a line on its input, sends one more request on every connection to see that all
are alive still, prints "alive COUNT" and ends. Connections come from 127.0.NETWORK.1 and following, 200 of each, because a
server limits connections of one source address.
"""
import pathlib
import sys

import servers

PER_ADDRESS = 200


def main():
    port, path, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    expected = pathlib.Path(sys.argv[4]).read_bytes()
    clients = []
    for number in range(count):
        client = servers.Client(port, source=f"127.0.{sys.argv[5]}.{1 + number // PER_ADDRESS}")
        client.requests(path, 1, expected)
        clients.append(client)
    print("ready", len(clients), flush=True)
    sys.stdin.readline()
    for client in clients:
        client.requests(path, 1, expected)
    print("alive", len(clients), flush=True)


if __name__ == "__main__":
    main()
