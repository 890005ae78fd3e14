// SPDX-License-Identifier: Apache-2.0
// TLS over any stream, polled: what a server's connection task and a client use. The handshake
// first, then the stream like any other. How an acceptor uses it (docs/design/tls.md):
//     tmlrt_tls_config* config = tmlrt_tls_holder_get(holder);
//     status = trt_tls_new(&tls, config, tcp_as_trt_stream, NULL);  // then unref the config
//     each poll: trt_tls_poll_handshake(tls, cx, &status) beside a timer of its own
//     TLS_PLAIN: trt_tls_take_inner(tls) gives the transport back, for a 400 in the clear
//     0: trt_stream is tls->base.io; tmlrt_tls_alpn, tmlrt_tls_peer_name tell what was agreed on
#ifndef TRT_TLS_STREAM_H
#define TRT_TLS_STREAM_H

#include "rt/io/stream.h"
#include "rt/os/thread.h"
#include "rt/tls/engine.h"

typedef struct trt_tls_job trt_tls_job;

/// tmlrt_tls_stream is a connection under TLS, on the heap. Closing `base.io` frees it.
struct tmlrt_tls_stream {
    tmlrt_stream base;
    trt_stream inner; ///< the transport, owned; vtable NULL: taken
    trt_mutex lock;   ///< guards the engine and what follows
    trt_tls_engine* engine;
    trt_tls_job* job;       ///< a step on the blocking pool, which has the engine meanwhile
    bool agreed;            ///< the library's handshake is done
    bool is_open;           ///< bytes may go both ways
    bool looked;            ///< at the first bytes of a client
    bool flushing;          ///< somebody is in poll_writev of the transport, without the lock
    bool wide;              ///< the reader's: the last read of the transport found a full record
    bool shut;              ///< the end of our direction was asked for
    tmlrt_status broken;    ///< of the transport's writing direction, for good
    size_t accepted;        ///< bytes of a write that are encrypted and not yet on their way
    tmlrt_waker waiting[2]; ///< by direction: who waits that the transport takes something
};

/// trt_tls_new makes a connection of the configuration's role; nothing is sent yet.
/// Shape:   `host`: whom a client talks to; a server passes NULL.
/// Errors:  INVAL - a client without a host, or one too long. NOMEM.
/// Owns:    moves the transport in, on success only; counts the configuration.   Thread: any.
tmlrt_status trt_tls_new(tmlrt_tls_stream** out, tmlrt_tls_config* config, trt_stream owned_inner,
                         const char* host);
/// trt_tls_poll_handshake goes on with the handshake. READY with 0, or why it failed (see
/// tmlrt_tls_accept_init); trt_tls_told says it in words. There is no deadline here: the caller has
/// the timer, and closes. RSA signatures are made on the blocking pool of the worker's runtime.
/// Thread:  one task.   Cost: no allocation of ours but the two buffers and a job's block.
tmlrt_poll trt_tls_poll_handshake(tmlrt_tls_stream* tls, tmlrt_context* cx,
                                  tmlrt_status* out_status);
/// trt_tls_told returns why the connection failed, "" when it did not. Borrowed from it.
const char* trt_tls_told(const tmlrt_tls_stream* tls);
/// trt_tls_answers_for tells whether a server may answer requests for `host` on this connection:
/// the client has asked for that name in its hello, or for none, or the certificates it got are for
/// it, too.   Thread: any.   Source: RFC 9110 7.4.
bool trt_tls_answers_for(tmlrt_tls_stream* tls, const char* host);
/// trt_tls_take_inner moves the transport out, after a handshake that failed; what was read from it
/// is gone. The connection is then good only for its close.
trt_stream trt_tls_take_inner(tmlrt_tls_stream* tls);

#endif
