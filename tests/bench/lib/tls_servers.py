# SPDX-License-Identifier: Apache-2.0
"""Servers that are asked over TLS, and the certificate that all sides of a bench have."""
import ssl

import benchlib
import servers


class Certificate:
    """One key and certificate for localhost, and a client's context that trusts it."""

    def __init__(self, folder):
        self.pem, self.key = folder / "cert.pem", folder / "key.pem"
        benchlib.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                     "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", self.key, "-out",
                     self.pem)

    def context(self):
        return context_of(self.pem)


def context_of(pem):
    """A client's side: TLS 1.3, this certificate trusted."""
    context = ssl.create_default_context(cafile=str(pem))
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


class TlsServer(servers.Server):
    """Asked over HTTP/1.1 on TLS."""

    def __init__(self, context, *rest, **more):
        self.context = context
        super().__init__(*rest, **more)

    def client(self):
        client = servers.Client(self.port, tls=self.context)
        self.cipher = client.socket.cipher()[0]
        return client
