# SPDX-License-Identifier: Apache-2.0
"""tlslite-ng, a TLS that shares no code with ours, as the client: what we speak, suite by suite and group by group, and what we
refuse. Run by the Python of build/tools: stranger.py PORT; a line per row, "ok NAME" or "FAILED NAME: why".
"""
import socket
import sys

from tlslite.api import HandshakeSettings, TLSConnection
from tlslite.errors import TLSError, TLSRemoteAlert

AEAD = ["aes128gcm", "aes256gcm", "chacha20-poly1305"]
OLD = ["aes128", "aes256", "3des", "rc4", "aes128ccm", "aes256ccm"]


def settings(version, **values):
    made = HandshakeSettings()
    made.minVersion = made.maxVersion = version
    for name, value in values.items():
        setattr(made, name, value)
    return made


def ask(port, made):
    """(version, cipher) of a handshake and a short exchange, or the alert's name."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        link.settimeout(20)
        tls = TLSConnection(link)
        try:
            tls.handshakeClientCert(settings=made, serverName="localhost", alpn=[b"http/1.1"])
            agreed = tls.version, tls.getCipherName()
            tls.send(b"GET /api/users/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            data = b""
            while piece := tls.recv(4096):
                data += piece
            return agreed if data.startswith(b"HTTP/1.1 200") else ("ended", data[:40])
        except TLSRemoteAlert as alert:
            return "alert", alert.description
        except (TLSError, OSError, ValueError) as error:
            return "ended", type(error).__name__


def rows():
    """(name, settings, what is taken for right)."""
    for version in ((3, 4), (3, 3)):
        shown = f"1.{version[1] - 1}"
        for cipher in AEAD:
            yield f"{shown} {cipher}", settings(version, cipherNames=[cipher]), lambda got, v=version, c=cipher: got == (v, c)
        for group in ("x25519", "secp256r1", "secp384r1") if version == (3, 4) else ("secp256r1",):
            made = settings(version, eccCurves=[group], keyShares=[group], dhGroups=[])
            yield f"{shown} {group}", made, lambda got, v=version: got[0] == v
        yield f"{shown} no key share at first", settings(version, keyShares=[]), lambda got, v=version: got[0] == v
        yield (f"{shown} secp521r1 only", settings(version, eccCurves=["secp521r1"], keyShares=["secp521r1"], dhGroups=[]),
               lambda got: got[0] == "alert")
    yield ("1.2 no curve of the certificate", settings((3, 3), eccCurves=["x25519"], keyShares=["x25519"],
                                                             dhGroups=[]),
           lambda got: got == ("alert", 40))
    for cipher in OLD:
        yield f"1.2 {cipher}", settings((3, 3), cipherNames=[cipher]), lambda got: got[0] == "alert"
    for exchange in ("rsa", "dhe_rsa", "srp_sha"):
        yield f"1.2 {exchange}", settings((3, 3), keyExchangeNames=[exchange]), lambda got: got[0] in ("alert", "ended")
    for version in ((3, 2), (3, 1), (3, 0)):
        yield f"version {version[0]}.{version[1]}", settings(version, cipherNames=["aes128"]), lambda got: got[0] == "alert"
    yield ("1.2 without extended master secret", settings((3, 3), useExtendedMasterSecret=False),
           lambda got: got[0] == (3, 3))
    yield ("1.2 encrypt then MAC offered", settings((3, 3), useEncryptThenMAC=True), lambda got: got[0] == (3, 3))
    yield "records of 64 bytes asked for", settings((3, 4), record_size_limit=64), lambda got: got[0] in ((3, 4), "alert")


def main():
    for name, made, right in rows():
        got = ask(int(sys.argv[1]), made)
        print(f"ok {name}" if right(got) else f"FAILED {name}: {got}", flush=True)


if __name__ == "__main__":
    main()
