# SPDX-License-Identifier: Apache-2.0
"""A small certificate authority made with the openssl program: what a test asks for, good or bad, dated as it likes."""
import datetime
import pathlib
import subprocess

CONFIG = """[ca]
default_ca = here
[here]
database = {work}/index
new_certs_dir = {work}
rand_serial = yes
unique_subject = no
policy = any
default_md = sha256
email_in_dn = no
[any]
commonName = optional
"""


class Cert:
    """`pem` and `key` are files; `issuer` another Cert, itself for a root."""

    def __init__(self, pem, key, issuer):
        self.pem, self.key, self.issuer = pem, key, issuer or self

    def text(self):
        return self.pem.read_text()


class Authority:
    def __init__(self, work):
        self.work, self.number = pathlib.Path(work), 0
        self.config = self.work / "ca.cnf"
        self.config.write_text(CONFIG.format(work=self.work))
        (self.work / "index").write_text("")

    def openssl(self, *arguments):
        done = subprocess.run(["openssl", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, text=True, errors="replace")
        if done.returncode != 0:
            raise RuntimeError(f"openssl {arguments[0]}: {done.stdout[-2000:]}")
        return done.stdout

    def key(self, kind):
        """A file with a key: "ec", or "rsa" and its bits."""
        self.number += 1
        path = self.work / f"{self.number}.key"
        if kind == "ec":
            self.openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
        else:
            self.openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{kind[3:]}", "-out", path)
        return path

    def make(self, name, issuer=None, extensions=(), kind="ec", digest="sha256", days=(-1, 1), key=None):
        """`extensions`: lines of an extension file; `days`: from and until, from now."""
        key = key or self.key(kind)
        self.number += 1
        base = self.work / f"{self.number}"
        request, pem, extra = base.with_suffix(".csr"), base.with_suffix(".pem"), base.with_suffix(".ext")
        self.openssl("req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", request, "-config", self.config_req())
        extra.write_text("\n".join(extensions) + "\n")
        now = datetime.datetime.now(datetime.timezone.utc)
        start, end = ((now + datetime.timedelta(days=day)).strftime("%Y%m%d%H%M%SZ") for day in days)
        signer = ["-selfsign", "-keyfile", key] if issuer is None else ["-cert", issuer.pem, "-keyfile", issuer.key]
        self.openssl("ca", "-config", self.config, "-batch", "-notext", "-in", request, "-out", pem, "-extfile", extra,
                     "-startdate", start, "-enddate", end, "-md", digest, *signer)
        return Cert(pem, key, issuer)

    def config_req(self):
        path = self.work / "req.cnf"
        if not path.exists():
            path.write_text("[req]\ndistinguished_name = dn\nprompt = no\n[dn]\n")
        return path

    def root(self, name="root", **how):
        return self.make(name, None, ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign",
                                      "subjectKeyIdentifier=hash"), **how)

    def middle(self, name, issuer, constraints="critical,CA:TRUE", usage="critical,keyCertSign,cRLSign", extra=(), **how):
        return self.make(name, issuer, (f"basicConstraints={constraints}", f"keyUsage={usage}",
                                        "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid", *extra), **how)

    def leaf(self, issuer, names="DNS:a.test", usage="serverAuth", extra=(), subject="leaf", **how):
        lines = ["basicConstraints=CA:FALSE", f"extendedKeyUsage={usage}", *extra]
        if names:
            lines.append(f"subjectAltName={names}")
        return self.make(subject, issuer, lines, **how)

    def staple(self, cert, issuer, state, signer=None):
        """An OCSP answer about `cert`: V good, R revoked, empty: not known."""
        self.number += 1
        base, signer = self.work / f"{self.number}", signer or issuer
        about = self.openssl("x509", "-in", cert.pem, "-noout", "-serial", "-subject", "-nameopt", "compat")
        serial, subject = (line.partition("=")[2].strip() for line in about.splitlines())
        end = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).strftime("%y%m%d%H%M%SZ")
        revoked = "200101000000Z" if state == "R" else ""
        index, request, answer = (base.with_suffix(end) for end in (".index", ".req", ".ocsp"))
        index.write_text(f"{state}\t{end}\t{revoked}\t{serial}\tunknown\t{subject}\n" if state else "")
        self.openssl("ocsp", "-issuer", issuer.pem, "-cert", cert.pem, "-reqout", request, "-no_nonce")
        self.openssl("ocsp", "-index", index, "-CA", issuer.pem, "-rsigner", signer.pem, "-rkey", signer.key, "-reqin",
                     request, "-respout", answer, "-ndays", "1")
        return answer

    def try_later(self):
        path = self.work / "later.ocsp"
        path.write_bytes(bytes((0x30, 3, 0x0a, 1, 3)))
        return path


def tampered(cert, into):
    """The same certificate with a bit of its signature turned."""
    import base64
    lines = cert.text().split("-----")
    data = bytearray(base64.b64decode(lines[2]))
    data[-1] ^= 1
    body = base64.encodebytes(bytes(data)).decode()
    into.write_text(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")
    return Cert(into, cert.key, cert.issuer)
