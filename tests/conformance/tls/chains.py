# SPDX-License-Identifier: Apache-2.0
"""The rows of bad chains: each is sent by the openssl program and has to be refused by our client in words of its own."""
import dataclasses
import re
import subprocess

import authority


@dataclasses.dataclass
class Row:
    name: str
    leaf: authority.Cert
    sent: list            # certificates behind the leaf
    says: str             # what our client says; empty: it takes the chain
    host: str = "a.test"
    more: list = dataclasses.field(default_factory=list)  # certificates behind those
    staple: object = None  # a file with an OCSP answer


def rows(ca, work):
    root, other = ca.root("root"), ca.root("other")
    middle = ca.middle("middle", root)
    good = ca.leaf(middle)
    yield root
    yield Row("good chain", good, [middle], "")
    yield Row("good chain with its root", good, [middle, root], "")
    yield Row("good RSA chain", ca.leaf(middle, kind="rsa2048"), [middle], "")
    yield Row("good wildcard", ca.leaf(middle, "DNS:*.w.test"), [middle], "", "a.w.test")
    yield Row("good address", ca.leaf(middle, "IP:127.0.0.1"), [middle], "", "127.0.0.1")
    yield Row("good staple", good, [middle], "", staple=ca.staple(good, middle, "V"))
    yield Row("staple that says: try later", good, [middle], "", staple=ca.try_later())
    yield Row("expired", ca.leaf(middle, days=(-3, -1)), [middle], "certificate has expired")
    yield Row("not yet valid", ca.leaf(middle, days=(1, 3)), [middle], "certificate is not yet valid")
    yield Row("expired intermediate", *below(ca, ca.middle("old", root, days=(-3, -1))), "certificate has expired")
    yield Row("wrong name", ca.leaf(middle, "DNS:b.test"), [middle], "hostname mismatch")
    yield Row("name in the subject only", ca.leaf(middle, "", subject="a.test"), [middle], "hostname mismatch")
    yield Row("name for an address", ca.leaf(middle, "DNS:127.0.0.1"), [middle], "IP address mismatch", "127.0.0.1")
    yield Row("wildcard over two labels", ca.leaf(middle, "DNS:*.w.test"), [middle], "hostname mismatch", "b.a.w.test")
    yield Row("wildcard of a top-level domain", ca.leaf(middle, "DNS:*.test"), [middle], "hostname mismatch")
    yield Row("wildcard for its own domain", ca.leaf(middle, "DNS:*.a.test"), [middle], "hostname mismatch")
    yield Row("wildcard of a part of a label", ca.leaf(middle, "DNS:a*.w.test"), [middle], "hostname mismatch", "ab.w.test")
    yield Row("wildcard of everything", ca.leaf(middle, "DNS:*"), [middle], "hostname mismatch")
    yield Row("wildcard inside", ca.leaf(middle, "DNS:a.*.w.test"), [middle], "hostname mismatch", "a.b.w.test")
    yield Row("self-signed", ca.make("self", None, ("subjectAltName=DNS:a.test",)), [], "self-signed certificate")
    yield Row("unknown root, sent along", ca.leaf(other), [other], "self-signed certificate in certificate chain")
    yield Row("unknown root", ca.leaf(other), [], "unable to get local issuer certificate")
    yield Row("missing intermediate", good, [], "unable to get local issuer certificate")
    yield Row("for clients only", ca.leaf(middle, usage="clientAuth"), [middle], "un(suitable|supported) certificate purpose")
    yield Row("issuer is no CA", *below(ca, ca.leaf(middle, "DNS:ca.test")), "invalid CA certificate", more=[middle])
    yield Row("issuer may not sign", *below(ca, ca.middle("mute", root, usage="critical,digitalSignature")),
              "invalid CA certificate|key usage does not include certificate signing")
    short = ca.middle("short", root, "critical,CA:TRUE,pathlen:0")
    yield Row("path too long", *below(ca, ca.middle("long", short)), "path length constraint exceeded", more=[short])
    yield Row("name outside of what is permitted", *below(ca, ca.middle(
        "permits", root, extra=("nameConstraints=critical,permitted;DNS:b.test",))), "permitted subtree violation")
    yield Row("name that is excluded", *below(ca, ca.middle(
        "excludes", root, extra=("nameConstraints=critical,excluded;DNS:a.test",))), "excluded subtree violation")
    yield Row("weak key", ca.leaf(middle, kind="rsa1024"), [middle], "EE certificate key too weak")
    yield Row("weak key of an intermediate", *below(ca, ca.middle("weak", root, kind="rsa1024")),
              "CA certificate key too weak")
    yield Row("SHA-1", *below(ca, ca.middle("sha1", root, digest="sha1")), "CA signature digest algorithm too weak")
    yield Row("SHA-1 of the leaf", ca.leaf(middle, digest="sha1"), [middle], "CA signature digest algorithm too weak")
    yield Row("signature that was changed", authority.tampered(good, work / "tampered.pem"), [middle],
              "certificate signature failure")
    impostor = ca.middle("middle", other)
    yield Row("another authority of the same name", ca.leaf(impostor, extra=("authorityKeyIdentifier=keyid",)), [middle],
              "unable to get local issuer certificate|certificate signature failure")
    yield Row("critical extension that nobody knows", ca.leaf(middle, extra=("1.2.3.4=critical,DER:0500",)), [middle],
              "unhandled critical extension")
    yield Row("revoked, as the staple says", good, [middle], "certificate revoked", staple=ca.staple(good, middle, "R"))
    yield Row("unknown, as the staple says", good, [middle], "OCSP unknown cert", staple=ca.staple(good, middle, ""))
    yield Row("staple of another authority", good, [middle], "OCSP verification failed",
              staple=ca.staple(good, middle, "V", signer=other))
    yield Row("staple about another certificate", good, [middle], "OCSP verification failed",
              staple=ca.staple(ca.leaf(middle), middle, "V"))
    wants = ca.leaf(middle, extra=("tlsfeature=status_request",))
    yield Row("staple that has to be there", wants, [middle], "OCSP verification needed")
    yield Row("for signing code only", ca.leaf(middle, usage="codeSigning"), [middle],
              "un(suitable|supported) certificate purpose")


def below(ca, issuer):
    """A leaf and what is sent behind it."""
    return ca.leaf(issuer), [issuer]


def ask(peer, row, root, work, version):
    """What our client says to a server that sends the row's chain."""
    behind = work / "behind.pem"
    behind.write_text("".join(cert.text() for cert in row.sent + row.more))
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", row.leaf.pem, "-key", row.leaf.key, "-naccept",
               "1", f"-tls1_{version}", "-cipher", "ALL@SECLEVEL=0", *(["-cert_chain", behind] if row.sent else []),
               *(["-status_file", row.staple] if row.staple else [])]
    server = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.PIPE)
    said = b""
    try:
        for line in server.stdout:
            said += line
            if found := re.match(rb"ACCEPT .*:(\d+)", line):
                break
        else:
            raise RuntimeError(f"openssl s_server: {said.decode(errors='replace')}")
        done = subprocess.run([str(peer), "connect", found.group(1).decode(), row.host, str(root.pem)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        return done.stdout.strip()
    finally:
        server.kill()
        server.communicate()


def run(peer, work, tally):
    table = rows(authority.Authority(work), work)
    root = next(table)
    number = 0
    for row in table:
        number += bool(row.says)
        for version in ("3", "2"):
            said = ask(peer, row, root, work, version)
            wanted = f"refused -401: the certificate of {re.escape(row.host)} was not accepted: ({row.says})" if row.says \
                else f"ok 1{version}"
            print(f"chain 1.{version} {row.name}: {said}")
            tally.case(f"tls/chain 1.{version}/{row.name}", "" if re.fullmatch(wanted, said, re.I) else said)
    print(f"conformance tls: {number} bad chains, each under TLS 1.3 and 1.2")
