// SPDX-License-Identifier: Apache-2.0
// The table of names: one array, sorted by name once, searched by halves: a server of thousands of
// names asks it twice a handshake. Called by the library's files when a configuration is made and
// when a client has named whom it wants. Read by many threads.
#include "rt/tls/names.h"

#include "rt/base/alloc.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_NAMES = 1 << 20 };

// The name in small letters, without the dot of the root. False: none.
static bool normal(char* out, const char* text, size_t len) {
    if (len != 0 && text[len - 1] == '.') {
        len--;
    }
    if (len == 0 || len > TRT_TLS_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c <= ' ' || c > '~') {
            return false;
        }
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    out[len] = '\0';
    return true;
}

tmlrt_status trt_tls_names_add(trt_tls_names* names, const char* text, size_t len, int32_t cert,
                               int kind) {
    trt_tls_name name = {.pair = {{-1, -1}}};
    if (!normal(name.text, text, len)) {
        return TMLRT_OK;
    }
    name.pair.cert[kind] = cert;
    if (names->num == names->cap) {
        uint32_t cap = names->cap == 0 ? 4 : names->cap * 2;
        if (cap > MAX_NAMES) {
            return TMLRT_E_OVERFLOW;
        }
        trt_tls_name* fresh =
            trt_realloc(names->entries, names->cap * sizeof(*fresh), cap * sizeof(*fresh));
        if (fresh == NULL) {
            return TMLRT_E_NOMEM;
        }
        names->entries = fresh;
        names->cap = cap;
    }
    names->entries[names->num++] = name;
    return TMLRT_OK;
}

static int highest(const trt_tls_pair* pair) {
    return pair->cert[TRT_TLS_RSA] > pair->cert[TRT_TLS_ECDSA] ? pair->cert[TRT_TLS_RSA]
                                                               : pair->cert[TRT_TLS_ECDSA];
}

// By name, then in the order of the certificates: before the merge each entry has one.
static int compare(const void* a, const void* b) {
    const trt_tls_name *left = a, *right = b;
    int order = strcmp(left->text, right->text);
    return order != 0 ? order : highest(&left->pair) - highest(&right->pair);
}

void trt_tls_names_sort(trt_tls_names* names) {
    uint32_t num = 0;
    if (names->num == 0) {
        return;
    }
    qsort(names->entries, names->num, sizeof(*names->entries), compare);
    for (uint32_t i = 1; i < names->num; i++) {
        trt_tls_name *last = &names->entries[num], *next = &names->entries[i];
        if (strcmp(last->text, next->text) != 0) {
            names->entries[++num] = *next;
            continue;
        }
        for (int kind = 0; kind < TRT_TLS_KINDS; kind++) {
            if (last->pair.cert[kind] < 0) {
                last->pair.cert[kind] = next->pair.cert[kind];
            }
        }
    }
    names->num = num + 1;
}

static int by_text(const void* key, const void* entry) {
    return strcmp(key, ((const trt_tls_name*)entry)->text);
}

static const trt_tls_pair* search(const trt_tls_names* names, const char* text) {
    const trt_tls_name* found = names->num == 0 ? NULL
                                                : bsearch(text, names->entries, names->num,
                                                          sizeof(*names->entries), by_text);
    return found != NULL ? &found->pair : NULL;
}

const trt_tls_pair* trt_tls_names_find(const trt_tls_names* names, const char* host) {
    char text[TRT_TLS_NAME_MAX + 1];
    if (!normal(text, host, strnlen(host, TRT_TLS_NAME_MAX + 2)) || text[0] == '*') {
        return NULL;
    }
    const trt_tls_pair* pair = search(names, text);
    char* dot = strchr(text, '.');
    if (pair == NULL && dot != NULL && dot != text) {
        dot[-1] = '*'; // "*.example.com" for "www.example.com"
        pair = search(names, dot - 1);
    }
    return pair;
}

void trt_tls_names_fini(trt_tls_names* names) {
    trt_free(names->entries, names->cap * sizeof(*names->entries));
    *names = (trt_tls_names){0};
}
