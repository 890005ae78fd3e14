// SPDX-License-Identifier: Apache-2.0
// Fuzz target: where to connect to (host names, literals, ports) and names of Unix sockets. What is
// accepted must obey rules that are written down here a second time; what a target says is a fixed
// point when it is put together again.
#include "rt/net/resolve.h"
#include "rt/os/unix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require(bool condition, const char* what, const char* text) {
    if (!condition) {
        fprintf(stderr, "fuzz_target: %s: '%s'\n", what, text);
        abort();
    }
}

static bool same_target(const trt_target* a, const trt_target* b) {
    return strcmp(a->host, b->host) == 0 && a->port == b->port &&
           a->addr.family == b->addr.family && memcmp(a->addr.ip, b->addr.ip, 16) == 0 &&
           a->addr.scope_id == b->addr.scope_id;
}

static void check_target(const char* text) {
    trt_target target, again;
    char whole[TRT_HOST_CAP + 8];
    if (trt_target_parse(&target, text, 80) != TMLRT_OK) {
        return;
    }
    if (target.host[0] == '\0') {
        require(target.addr.family == 4 || target.addr.family == 6, "a literal's family", text);
        trt_addr_format(&target.addr, whole, sizeof(whole));
    } else {
        size_t len = strlen(target.host);
        require(strncmp(text, target.host, len) == 0, "the host is the text's", text);
        require(len <= 254 && strpbrk(target.host, " /:[]@%?#\\\t\r\n") == NULL, "a host", text);
        require(strstr(target.host, "..") == NULL && target.host[0] != '.', "labels", text);
        trt_addr addr;
        require(trt_addr_parse(&addr, target.host, 0) != TMLRT_OK, "a name is no literal", text);
        const char* last = strrchr(target.host, '.');
        last = last != NULL && last[1] != '\0' ? last + 1 : last == NULL ? target.host : "a";
        require(strspn(last, "0123456789") != strlen(last), "no number at the end", text);
        snprintf(whole, sizeof(whole), "%s:%u", target.host, target.port);
    }
    require(trt_target_parse(&again, whole, 1) == TMLRT_OK, "it can be read again", whole);
    require(same_target(&target, &again), "and is the same", whole);
}

static void check_unix(const char* text) {
    trt_unix_addr addr, again;
    char out[TRT_UNIX_NAME_CAP + 2];
    if (trt_unix_addr_parse(&addr, text) != TMLRT_OK) {
        require(strlen(text) == 0 || strcmp(text, "@") == 0 || strlen(text) > 107, "refused", text);
        return;
    }
    require(addr.len == strlen(text), "its length", text);
    require(trt_unix_addr_format(&addr, out, sizeof(out)) == addr.len, "its text's length", text);
    require(trt_unix_addr_parse(&again, out) == TMLRT_OK && again.len == addr.len, "again", out);
    bool is_plain = true;
    for (const char* c = text; *c != '\0'; c++) {
        is_plain = is_plain && (unsigned char)*c >= 32;
    }
    require(!is_plain || strcmp(out, text) == 0, "the same text", text);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t len) {
    char text[512];
    if (len >= sizeof(text)) {
        return 0;
    }
    memcpy(text, data, len);
    text[len] = '\0';
    check_target(text);
    check_unix(text);
    return 0;
}
