# SPDX-License-Identifier: Apache-2.0
"""Python's h2 as the client, which checks every frame of ours: peer.py PORT PATH [CA]. A line per row, "ok NAME" or
"FAILED NAME: why". Run by the Python of build/tools.
"""
import socket
import ssl
import sys

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings


class Client:
    def __init__(self, port, ca):
        self.link = socket.create_connection(("127.0.0.1", port), timeout=20)
        if ca:
            context = ssl.create_default_context(cafile=ca)
            context.set_alpn_protocols(["h2"])
            self.link = context.wrap_socket(self.link, server_hostname="localhost")
            if self.link.selected_alpn_protocol() != "h2":
                raise RuntimeError("no ALPN h2")
        self.scheme = "https" if ca else "http"
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.streams = {}

    def flush(self):
        self.link.sendall(self.h2.data_to_send())

    def open(self, method, path, fields=(), end=True):
        number = self.h2.get_next_available_stream_id()
        self.streams[number] = {"body": 0}
        self.h2.send_headers(number, [(":method", method), (":scheme", self.scheme), (":authority", "localhost"),
                                      (":path", path), *fields], end_stream=end)
        return number

    def take(self):
        data = self.link.recv(65536)
        if not data:
            raise RuntimeError("the connection ended")
        for event in self.h2.receive_data(data):
            stream = self.streams.get(getattr(event, "stream_id", None), {})
            if isinstance(event, h2.events.ResponseReceived):
                stream["status"] = dict(event.headers)[":status"]
            elif isinstance(event, h2.events.DataReceived):
                stream["body"] += len(event.data)
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                stream["ended"] = True
            elif isinstance(event, h2.events.StreamReset):
                stream["ended"], stream["reset"] = True, event.error_code
            elif isinstance(event, h2.events.PingAckReceived):
                self.streams["ping"] = event.ping_data
            elif isinstance(event, h2.events.ConnectionTerminated):
                raise RuntimeError(f"GOAWAY {event.error_code!r}")
        self.flush()

    def wait(self, *numbers):
        self.flush()
        while not all("ended" in self.streams[number] for number in numbers):
            self.take()
        return [self.streams[number] for number in numbers]


def good(stream):
    if stream.get("status") != "200" or not stream["body"]:
        raise RuntimeError(f"{stream}")


def one(client, path):
    good(*client.wait(client.open("GET", path)))


def many(client, path):
    for _ in range(10):
        for stream in client.wait(*[client.open("GET", path) for _ in range(90)]):
            good(stream)


def body(client, path):
    number = client.open("POST", path, [("content-type", "text/plain"), ("content-length", "400000")], end=False)
    left = 400000
    while left and "ended" not in client.streams[number]:
        size = min(left, client.h2.local_flow_control_window(number), client.h2.max_outbound_frame_size)
        if size <= 4 and left > size:
            client.flush()
            client.take()
            continue
        padding = 3 if size < left else None  # which counts as content does
        size -= 4 if padding else 0
        client.h2.send_data(number, b"x" * size, end_stream=left == size, pad_length=padding)
        left -= size
        client.flush()
    client.wait(number)


def trailers(client, path):
    number = client.open("POST", path, [("te", "trailers")], end=False)
    client.h2.send_data(number, b"hello")
    client.h2.send_headers(number, [("x-sum", "7")], end_stream=True)
    client.wait(number)
    if "status" not in client.streams[number]:
        raise RuntimeError(f"{client.streams[number]}")


def small_window(client, path):
    client.h2.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1,
                               h2.settings.SettingCodes.HEADER_TABLE_SIZE: 0})
    one(client, path)


def reset(client, path):
    number = client.open("GET", path)
    client.h2.reset_stream(number, h2.errors.ErrorCodes.CANCEL)
    one(client, path)


def ping(client, path):
    client.h2.ping(b"12345678")
    client.flush()
    while client.streams.get("ping") != b"12345678":
        client.take()
    one(client, path)


def indexed(client, path):
    """The same fields again and again: by index after the first time."""
    for _ in range(20):
        good(*client.wait(client.open("GET", path, [("x-same", "y" * 200), ("accept", "text/plain")])))


def main():
    port, path, ca = int(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None
    for run in (one, many, body, trailers, small_window, reset, ping, indexed):
        try:
            client = Client(port, ca)
            run(client, path)
            client.link.close()
            print(f"ok {run.__name__}", flush=True)
        except Exception as error:  # whatever the library finds wrong with us
            print(f"FAILED {run.__name__}: {type(error).__name__} {error}", flush=True)


if __name__ == "__main__":
    main()
