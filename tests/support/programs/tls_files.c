// SPDX-License-Identifier: Apache-2.0
// Writes certificates for a test program to the working folder: ca.pem; server.pem and server.key
// for localhost; client.pem and client.key.
#include "tests/support/tls_certs.h"

#include <stdio.h>

int main(void) {
    static test_cert ca, server, client;
    const test_cert_ask root = {.subject = "ca", .ca = true, .strict = true};
    const test_cert_ask leaf = {
        .subject = "server", .names = "DNS:localhost,IP:127.0.0.1", .issuer = &ca, .strict = true};
    const test_cert_ask peer = {.subject = "client", .issuer = &ca, .strict = true};
    bool well =
        test_cert_make(&ca, &root) && test_cert_make(&server, &leaf) &&
        test_cert_make(&client, &peer) && test_cert_write("ca.pem", ca.chain) &&
        test_cert_write("server.pem", server.chain) && test_cert_write("server.key", server.key) &&
        test_cert_write("client.pem", client.chain) && test_cert_write("client.key", client.key);
    if (!well) {
        fputs("tls_files: cannot make or write the certificates\n", stderr);
    }
    return well ? 0 : 1;
}
