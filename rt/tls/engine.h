// SPDX-License-Identifier: Apache-2.0
// Engine: one connection's TLS without its transport: bytes in, bytes out, in two buffers of the
// connection. The seam to the TLS library: implemented by openssl_engine.c, driven by stream.c.
#ifndef TRT_TLS_ENGINE_H
#define TRT_TLS_ENGINE_H

#include "rt/tls/config.h"

/// Bytes of the two buffers: a record of the largest kind, four of them when they come fast; two of
/// them and control messages.
enum {
    TRT_TLS_RECORD = 16384,
    TRT_TLS_IN_CAP = 16896,
    TRT_TLS_IN_WIDE = 66048,
    TRT_TLS_OUT_CAP = 35328,
};

/// trt_tls_bytes is a buffer that is filled behind and emptied in front; data NULL: not there now.
typedef struct trt_tls_bytes {
    char* data;
    size_t at, end; ///< the bytes are data[at, end)
    size_t cap;     ///< of data
} trt_tls_bytes;

/// What a step came to.
typedef enum trt_tls_step {
    TRT_TLS_DONE,
    TRT_TLS_WANTS_INPUT,    ///< go on with more bytes in `in`, which is empty
    TRT_TLS_WANTS_ROOM,     ///< go on with room in `out`, or with a buffer for it
    TRT_TLS_WANTS_BLOCKING, ///< go on where a private-key operation of a millisecond holds up
                            ///< nobody
    TRT_TLS_ENDED,          ///< a read: the peer's close_notify
    TRT_TLS_FAILED,         ///< for good: engine->status and engine->told; an alert may be in `out`
} trt_tls_step;

/// trt_tls_engine is the head of the library's object. One thread at a time.
typedef struct trt_tls_engine {
    tmlrt_tls_config* config; ///< counted
    trt_tls_bytes in;         ///< from the transport
    trt_tls_bytes out;        ///< to the transport
    tmlrt_status status;      ///< of a FAILED step
    bool may_block;           ///< the step runs where it may: WANTS_BLOCKING is not answered
    char alpn[TRT_TLS_ALPN_MAX];
    char* told; ///< of a FAILED step, in words; NULL: none, or no memory for them
} trt_tls_engine;

/// trt_tls_engine_new makes an engine of the configuration's role; `host` is a client's.
/// Errors:  INVAL - a client without a host, or one over 253 bytes. NOMEM.
tmlrt_status trt_tls_engine_new(trt_tls_engine** out, tmlrt_tls_config* config, const char* host);
/// trt_tls_engine_free takes NULL.
void trt_tls_engine_free(trt_tls_engine* base);
/// trt_tls_engine_why returns where the reason of a failure is to be written: `told`, which is made
/// now, TMLRT_TLS_WHY bytes; without memory nowhere.
trt_tls_why trt_tls_engine_why(trt_tls_engine* base);
/// trt_tls_engine_handshake goes on with the handshake; DONE also fills in `alpn`.
trt_tls_step trt_tls_engine_handshake(trt_tls_engine* base);
/// trt_tls_engine_read decrypts up to `cap` > 0 bytes to `out`.
trt_tls_step trt_tls_engine_read(trt_tls_engine* base, void* out, size_t cap, size_t* out_len);
/// trt_tls_engine_write encrypts all of `len` > 0 bytes, at most TRT_TLS_RECORD; there must be room
/// for a record in `out`. WANTS_ROOM leaves nothing half done.
trt_tls_step trt_tls_engine_write(trt_tls_engine* base, const void* data, size_t len);
/// trt_tls_engine_close puts the end of our direction to `out`, once; nothing after a failure.
trt_tls_step trt_tls_engine_close(trt_tls_engine* base);
/// trt_tls_engine_has_plain tells whether a read would find something without more input.
bool trt_tls_engine_has_plain(const trt_tls_engine* base);

/// trt_tls_engine_version and the next four are what tmlrt_tls_version and so on answer.
int32_t trt_tls_engine_version(const trt_tls_engine* base);
/// trt_tls_engine_resumed: see tmlrt_tls_resumed.
bool trt_tls_engine_resumed(const trt_tls_engine* base);
/// trt_tls_engine_server_name: see tmlrt_tls_server_name; NULL: none. Borrowed from the engine.
const char* trt_tls_engine_server_name(const trt_tls_engine* base);
/// trt_tls_engine_answers_for: see trt_tls_answers_for.
bool trt_tls_engine_answers_for(const trt_tls_engine* base, const char* host);
/// trt_tls_engine_peer_name: see tmlrt_tls_peer_name.
size_t trt_tls_engine_peer_name(const trt_tls_engine* base, char* out, size_t cap);
/// trt_tls_engine_peer_cert: see tmlrt_tls_peer_cert.
size_t trt_tls_engine_peer_cert(const trt_tls_engine* base, void* out, size_t cap);

#endif
