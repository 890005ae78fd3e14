// SPDX-License-Identifier: Apache-2.0
// The semantics of service.h, told as text: a service whose handler follows a script, and the
// peers that drive it, one in memory through the codec's side of the seam, the others over HTTP/1.1
// and HTTP/2, each in the clear and over TLS. What the handler saw and what the peer saw is the
// same text for all.
#ifndef TESTS_SUPPORT_SERVICE_RIG_H
#define TESTS_SUPPORT_SERVICE_RIG_H

#include <pthread.h>
#include <string.h>

#include "std/http/server/server.h"

/// What the peer does besides sending its request and reading the answer.
enum rig_peer {
    RIG_PEER_READS,
    RIG_PEER_LEAVES,  ///< resets the connection when the final head is there
    RIG_PEER_DEAF,    ///< reads nothing behind the head
    RIG_PEER_STOPS,   ///< the server is stopped when the final head is there
    RIG_PEER_HALF,    ///< sends half of its body, then no more
    RIG_PEER_CLOSES,  ///< closes its side when the final head is there
    RIG_PEER_WAITS,   ///< leaves it to the deadline of the handler
    RIG_PEER_ANSWERS, ///< of another protocol: sends when the other side has ended
};

/// One case. `script` is what the handler does, one letter per step, with a number:
///   X  (first) the answer needs no body
///   S  (first) the body is a stream          T  (after S) the answer has 100 ms
///   R  reads to the end      r  reads once   E  writes what it reads, to the end
///   s<status> makes a stream d<len> whose length is declared: before s
///   w<len> writes            f  flushes      t  a trailer      e  ends
///   b<len> a buffered answer H  103          k  waits for the cancel token
///   v  begins a stream of events, on a worker
///   K  keeps two fields for whatever answers, without which the peer does not say "kept"
///   M  keeps more fields than a response has room for, and leaves no memory for that
///   U  takes the protocol "echo", with a field of its own     N  tries to, in vain
///   a  aborts the stream     o  forgets its answer for another one     z<ms> never answers
/// Behind the last step the handler answers and gives its writer up.
typedef struct rig_case {
    const char* name;
    const char* method;
    const char* script;
    size_t body;  ///< bytes that the peer sends
    bool chunked; ///< of unknown length
    bool trailer; ///< with "X-Sum: 7" behind it
    bool expects; ///< Expect: 100-continue
    bool http10;  ///< over HTTP/1.1 only; else the version is the codec's
    bool not_h2;  ///< there is no such thing in HTTP/2
    /// The protocols that it asks for; the peer's bytes are that protocol's, once it was taken. A
    /// peer that reads or answers closes its side behind them.
    const char* upgrade;
    bool content; ///< with upgrade: the bytes are the request's content
    bool early;   ///< with upgrade: they come with the request
    enum rig_peer peer;
    const char* peer_sees;    ///< "103 200 body=5 X-Sum=7 end"; "cut" in place of body and end
    const char* handler_sees; ///< "R=5:0 e=0"
    const char* connect_sees; ///< what an extended CONNECT's peer sees, if that is something else
} rig_case;

typedef struct rig {
    trt_service service;
    pthread_mutex_t lock;
    char handler_saw[512]; ///< under lock
    bool dropped;          ///< under lock
    char peer_saw[512];
    uint64_t fail_at;    ///< an allocation of the conversation over a server fails; 0: none does
    bool hit;            ///< it did
    uint64_t peak_bytes; ///< of the allocator whenever the handler waited
} rig;

void rig_init(rig* r);
/// rig_wait_dropped waits until the exchange is over.
void rig_wait_dropped(rig* r);
/// rig_wait_end waits for the end of a conversation: of its exchange, or of its connection where an
/// allocation fails and there may have been none.
void rig_wait_end(rig* r, const trt_http_server* server);
void rig_fini(rig* r);

/// rig_run_memory drives the service through the codec's side of service.h.
void rig_run_memory(rig* r, const rig_case* c);
/// rig_run_h1 drives it through a real server on loopback.
void rig_run_h1(rig* r, const rig_case* c);

/// rig_run_h2 does so over HTTP/2, by prior knowledge.
void rig_run_h2(rig* r, const rig_case* c);
/// rig_run_h1_tls and the next do so over TLS, whose ALPN chooses the version. tls_rig_warm_up
/// first.
void rig_run_h1_tls(rig* r, const rig_case* c);
void rig_run_h2_tls(rig* r, const rig_case* c);

/// rig_sends tells whether the peer of another protocol has bytes for the server, and closes its
/// side behind them.
static inline bool rig_sends(const rig_case* c) {
    return c->peer == RIG_PEER_READS || c->peer == RIG_PEER_ANSWERS;
}
/// rig_upgrade_idle_ns is short where a case waits for it.
static inline uint64_t rig_upgrade_idle_ns(const rig_case* c) {
    return c->peer == RIG_PEER_WAITS ? 100 * TRT_MS : 20 * TRT_S;
}

/// rig_keeps tells whether the script keeps fields (K).
static inline bool rig_keeps(const rig_case* c) {
    return strchr(c->script, 'K') != NULL;
}
/// rig_byte is byte `at` of every body of a case.
static inline char rig_byte(uint64_t at) {
    return (char)('a' + at % 23);
}
/// rig_saw_body appends what a peer saw of an answer. Shared by both.
void rig_say(char* text, size_t cap, const char* format, ...) __attribute__((format(printf, 3, 4)));

#endif
