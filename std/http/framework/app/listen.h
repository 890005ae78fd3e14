// SPDX-License-Identifier: Apache-2.0
// The settings `listen` and `admin`: where to listen, as a person writes it.
#ifndef TRT_HTTP_FRAMEWORK_APP_LISTEN_H
#define TRT_HTTP_FRAMEWORK_APP_LISTEN_H

#include "rt/os/activation.h"
#include "std/http/framework/registry/text.h"
#include "std/http/server/server.h"

enum { TRT_LISTEN_MAX = 16, TRT_LISTEN_CERTS = 8 };

/// trt_listen_tls is what a place has of TLS for itself; all-zero: nothing, as the settings say.
typedef struct trt_listen_tls {
    const char* place; ///< as it was written
    const char* cert[TRT_LISTEN_CERTS];
    const char* key[TRT_LISTEN_CERTS];
    uint32_t num;          ///< 0: the certificate of the settings
    const char* client_ca; ///< NULL: as the settings say; "off": none
    uint32_t first;        ///< the first listener of the same place
} trt_listen_tls;

/// trt_listen_list is what one value says; all-zero: nothing.
typedef struct trt_listen_list {
    trt_http_listener items[TRT_LISTEN_MAX];
    bool plain[TRT_LISTEN_MAX]; ///< in the clear, though there may be a certificate
    trt_listen_tls own[TRT_LISTEN_MAX];
    uint32_t num;
    char* text; ///< what the items point into
    size_t size;
} trt_listen_list;

/// trt_listen_parse reads the places of `setting` (listen, admin), separated by commas:
/// ADDRESS:PORT, [ADDRESS]:PORT, unix:PATH, unix:@NAME, systemd or systemd:NAME (the sockets that
/// the service manager handed over), each with its options behind blanks: v6only, mode=0660, plain,
/// cert=FILE with key=FILE behind it, client_ca=FILE.
/// Errors:  INVAL - lines in `message`. NOMEM. `out` is all-zero then.
TMLRT_NODISCARD tmlrt_status trt_listen_parse(trt_listen_list* out, const char* setting,
                                              const char* text, const char* source,
                                              const trt_activated* sockets, uint32_t num_sockets,
                                              trt_text* message);
/// trt_listen_has_certs tells whether a place has certificates of its own.
bool trt_listen_has_certs(const trt_listen_list* list);
/// trt_listen_fini frees.
void trt_listen_fini(trt_listen_list* list);

#endif
