# SPDX-License-Identifier: Apache-2.0
"""testssl.sh against examples/users over TLS: nothing of severity LOW or above but what is listed here, by its id, with the reason."""
import json
import subprocess

import authority
import tools

# id: why it says nothing about the TLS that we speak.
ALLOWED = {
    "cert_revocation": "of the certificate: the authority of the test has no place that lists what it revoked",
}
SEVERE = {"LOW", "MEDIUM", "HIGH", "CRITICAL"}


PATH = "/api/users/1"


def serve(peer, work):
    """examples/users with a good chain, and the root of it."""
    ca = authority.Authority(work)
    root = ca.root()
    middle = ca.middle("middle", root)
    leaf = ca.leaf(middle, "DNS:localhost,IP:127.0.0.1", days=(-1, 80), extra=("keyUsage=critical,digitalSignature",))
    chain = work / "served.pem"
    chain.write_text(leaf.text() + middle.text())
    return tools.users(peer.parents[3], work, arguments=["--tls-cert", chain, "--tls-key", leaf.key]), root


def run(peer, work, tally):
    server, root = serve(peer, work)
    found = work / "found.json"
    try:
        done = subprocess.run([tools.find("testssl"), "--quiet", "--color", "0", "--warnings", "off", "--ip", "127.0.0.1", "--nodns",
                               "none", "--openssl", tools.find("openssl"), "--add-ca", root.pem, "--jsonfile", found,
                               f"localhost:{server.port}{PATH}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", timeout=900)
    finally:
        server.stop()
    try:
        table = json.loads(found.read_text())
    except (OSError, ValueError) as error:
        tally.case("tls/testssl", f"{error}: {done.stdout[-2000:]}")
        return
    wrong = 0
    for one in table:
        if one["severity"] in SEVERE and one["id"] not in ALLOWED:
            wrong += 1
            tally.case(f"tls/testssl/{one['id']}", f"{one['severity']}: {one['finding']}")
        elif one["severity"] in SEVERE:
            print(f"allowed {one['id']}: {one['severity']}: {one['finding']} ({ALLOWED[one['id']]})")
    tally.case("tls/testssl", f"{wrong} findings" if wrong or len(table) < 100 else "")
    print(f"conformance tls: testssl.sh looked at {len(table)} things")


def run_stranger(peer, work, tally):
    server, _ = serve(peer, work)
    try:
        done = subprocess.run([tools.PYTHON, tools.ROOT / "tests/conformance/tls/stranger.py", str(server.port)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=300)
    finally:
        server.stop()
    lines = done.stdout.splitlines()
    for line in lines:
        state, _, rest = line.partition(" ")
        name, _, why = rest.partition(": ")
        tally.case(f"tls/tlslite/{name}", "" if state == "ok" else why or line)
    if done.returncode != 0 or not lines:
        tally.case("tls/tlslite", f"exit code {done.returncode}")
