# SPDX-License-Identifier: Apache-2.0
"""A chain as an authority issues it: pebble over ACME (RFC 8555), with a client as small as the protocol allows. The chain is
then served by us and taken by us, by the openssl program and by curl.

One account, one order, one name, proven over HTTP (8.3); a name server of ours sends every name to 127.0.0.1. Keys and
signatures are the openssl program's.
"""
import base64
import contextlib
import hashlib
import http.server
import json
import re
import socketserver
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request

import authority
import tools

NAME = "users.conformance.example"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Names(socketserver.StreamRequestHandler):
    """A name server over TCP: 127.0.0.1 for A, nothing for everything else."""

    def handle(self):
        while len(size := self.rfile.read(2)) == 2:
            data = self.rfile.read(int.from_bytes(size, "big"))
            end = data.index(0, 12) + 5  # behind the question
            is_a = data[end - 4:end - 2] == b"\0\x01"
            head = data[:2] + b"\x81\x80\0\x01" + (b"\0\x01" if is_a else b"\0\0") + b"\0\0\0\0"
            answer = head + data[12:end] + (b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x01" if is_a else b"")
            self.wfile.write(len(answer).to_bytes(2, "big") + answer)


class Proof(http.server.BaseHTTPRequestHandler):
    texts = {}

    def do_GET(self):
        text = self.texts.get(self.path.rpartition("/")[2], "").encode()
        self.send_response(200 if text else 404)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Client:
    """One account of an ACME server."""

    def __init__(self, ca, directory, roots):
        self.ca, self.key = ca, ca.key("ec")
        self.context = ssl.create_default_context(cafile=str(roots))
        der = subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"], stdout=subprocess.PIPE,
                             check=True).stdout
        self.jwk = {"crv": "P-256", "kty": "EC", "x": encode(der[-64:-32]), "y": encode(der[-32:])}
        self.account = None
        self.directory = json.loads(self.send(directory)[1])
        self.nonce = self.send(self.directory["newNonce"])[0]["Replay-Nonce"]
        head, _ = self.post(self.directory["newAccount"], {"termsOfServiceAgreed": True})
        self.account = head["Location"]

    def send(self, url, data=None):
        request = urllib.request.Request(url, data, {"Content-Type": "application/jose+json"} if data else {})
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=30) as answer:
                return answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{url}: {error.code} {error.read().decode(errors='replace')}") from None

    def signature(self, text):
        path = self.ca.work / "signed"
        path.write_bytes(text)
        der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key, path], stdout=subprocess.PIPE,
                             check=True).stdout
        first = der[4:4 + der[3]]
        second = der[6 + der[3]:]
        return b"".join(part[-32:].rjust(32, b"\0") for part in (first, second))

    def post(self, url, payload):
        """`payload` None: to read (RFC 8555 6.3)."""
        who = {"kid": self.account} if self.account else {"jwk": self.jwk}
        protected = encode(json.dumps({"alg": "ES256", "nonce": self.nonce, "url": url, **who}).encode())
        body = "" if payload is None else encode(json.dumps(payload).encode())
        signed = {"protected": protected, "payload": body, "signature": encode(self.signature(f"{protected}.{body}".encode()))}
        head, data = self.send(url, json.dumps(signed).encode())
        self.nonce = head["Replay-Nonce"]
        return head, data

    def proof(self, token):
        print_of = hashlib.sha256(json.dumps(self.jwk, separators=(",", ":"), sort_keys=True).encode()).digest()
        return f"{token}.{encode(print_of)}"

    def wait(self, url, wanted):
        for _ in range(200):
            state = json.loads(self.post(url, None)[1])
            if state["status"] == wanted:
                return state
            if state["status"] == "invalid":
                break
            time.sleep(0.1)
        raise RuntimeError(f"{url} did not become {wanted}: {state}")

    def order(self, name):
        """A key and the chain for it: files."""
        head, data = self.post(self.directory["newOrder"], {"identifiers": [{"type": "dns", "value": name}]})
        order, where = json.loads(data), head["Location"]
        for url in order["authorizations"]:
            challenge = next(one for one in json.loads(self.post(url, None)[1])["challenges"] if one["type"] == "http-01")
            Proof.texts[challenge["token"]] = self.proof(challenge["token"])
            self.post(challenge["url"], {})
            self.wait(url, "valid")
        key, request = self.ca.key("ec"), self.ca.work / "order.csr"
        self.ca.openssl("req", "-new", "-key", key, "-subj", "/", "-addext", f"subjectAltName=DNS:{name}", "-outform", "DER",
                        "-out", request, "-config", self.ca.config_req())
        self.post(order["finalize"], {"csr": encode(request.read_bytes())})
        chain = self.ca.work / "chain.pem"
        chain.write_bytes(self.post(self.wait(where, "valid")["certificate"], None)[1])
        return key, chain


@contextlib.contextmanager
def pebble(ca, names, proofs):
    """The directory of a pebble, its roots for ACME itself, and where it tells its own root."""
    own = ca.root("pebble")
    served = ca.leaf(own, "DNS:localhost,IP:127.0.0.1")
    port, manage = tools.free_port(), tools.free_port()
    config = ca.work / "pebble.json"
    config.write_text(json.dumps({"pebble": {
        "listenAddress": f"127.0.0.1:{port}", "managementListenAddress": f"127.0.0.1:{manage}",
        "certificate": str(served.pem), "privateKey": str(served.key), "httpPort": proofs, "tlsPort": proofs,
        "ocspResponderURL": "", "externalAccountBindingRequired": False}}))
    process = tools.Process([tools.find("pebble"), "-config", config, "-dnsserver", f"127.0.0.1:{names}"],
                            ca.work / "pebble.log", port,
                            environment={"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"})
    try:
        yield f"https://127.0.0.1:{port}/dir", own.pem, f"https://127.0.0.1:{manage}/roots/0"
    finally:
        process.stop()


def check(name, command, wanted, tally):
    done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=60)
    found = re.search(wanted, done.stdout)
    tally.case(f"tls/acme/{name}", "" if found else done.stdout[-500:])


def run(peer, work, tally):
    ca = authority.Authority(work)
    names = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Names)
    names.daemon_threads = True
    proofs = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proof)
    for served in (names, proofs):
        threading.Thread(target=served.serve_forever, daemon=True).start()
    try:
        with pebble(ca, names.server_address[1], proofs.server_port) as (directory, roots, issued_by):
            client = Client(ca, directory, roots)
            key, chain = client.order(NAME)
            root = work / "root.pem"
            root.write_bytes(client.send(issued_by)[1])
    finally:
        for served in (names, proofs):
            served.shutdown()
            served.server_close()
    count = chain.read_text().count("BEGIN CERTIFICATE")
    tally.case("tls/acme/a chain is issued", "" if count >= 2 else f"{count} certificates")
    server = tools.Process([peer, "serve", chain, key], work / "server.log")
    try:
        check("our client takes it", [peer, "connect", server.port, NAME, root], r"^ok 13", tally)
        check("our client wants the name", [peer, "connect", server.port, "other.example", root], "hostname mismatch", tally)
        check("our client wants the root", [peer, "connect", server.port, NAME, roots], "unable to get local issuer", tally)
        for version in ("1_3", "1_2"):
            check(f"openssl takes it, {version}", ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-servername",
                  NAME, "-verify_hostname", NAME, "-verify_return_error", "-CAfile", root, f"-tls{version}"],
                  r"Verif(y return code|ication): (0 \(ok\)|OK)", tally)
        check("curl takes it", ["curl", "-sS", "--cacert", root, "--resolve", f"{NAME}:{server.port}:127.0.0.1",
                                f"https://{NAME}:{server.port}/"], r"^ok", tally)
    finally:
        server.stop()
