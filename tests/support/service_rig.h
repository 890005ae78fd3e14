// SPDX-License-Identifier: Apache-2.0
// The semantics of service.h, told as text: a service whose handler follows a script, and the
// peers that drive it, one in memory through the codec's side of the seam, the others over HTTP/1.1
// and HTTP/2, each in the clear and over TLS. What the handler saw and what the peer saw is the
// same text for all.
#ifndef TESTS_SUPPORT_SERVICE_RIG_H
#define TESTS_SUPPORT_SERVICE_RIG_H

#include <pthread.h>

#include "std/http/server/server.h"

/// What the peer does besides sending its request and reading the answer.
enum rig_peer {
    RIG_PEER_READS,
    RIG_PEER_LEAVES, ///< resets the connection when the final head is there
    RIG_PEER_DEAF,   ///< reads nothing behind the head
    RIG_PEER_STOPS,  ///< the server is stopped when the final head is there
    RIG_PEER_HALF,   ///< sends half of its body, then no more
    RIG_PEER_CLOSES, ///< closes its side when the final head is there
    RIG_PEER_WAITS,  ///< leaves it to the deadline of the handler
};

/// One case. `script` is what the handler does, one letter per step, with a number:
///   S  (first) the body is a stream          T  (after S) the answer has 100 ms
///   R  reads to the end      r  reads once   E  writes what it reads, to the end
///   s<status> makes a stream d<len> whose length is declared: before s
///   w<len> writes            f  flushes      t  a trailer      e  ends
///   b<len> a buffered answer H  103          k  waits for the cancel token
///   v  begins a stream of events, on a worker
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
    enum rig_peer peer;
    const char* peer_sees;    ///< "103 200 body=5 X-Sum=7 end"; "cut" in place of body and end
    const char* handler_sees; ///< "R=5:0 e=0"
} rig_case;

typedef struct rig {
    trt_service service;
    pthread_mutex_t lock;
    char handler_saw[512]; ///< under lock
    bool dropped;          ///< under lock
    char peer_saw[512];
    uint64_t peak_bytes; ///< of the allocator whenever the handler waited
} rig;

void rig_init(rig* r);
/// rig_wait_dropped waits until the exchange is over.
void rig_wait_dropped(rig* r);
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

/// rig_byte is byte `at` of every body of a case.
static inline char rig_byte(uint64_t at) {
    return (char)('a' + at % 23);
}
/// rig_saw_body appends what a peer saw of an answer. Shared by both.
void rig_say(char* text, size_t cap, const char* format, ...) __attribute__((format(printf, 3, 4)));

#endif
