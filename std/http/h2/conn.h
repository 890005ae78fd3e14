// SPDX-License-Identifier: Apache-2.0
// HTTP/2 connection, server side, without I/O and without a clock: bytes and `now_ns` in, calls of
// trt_h2_handler, bytes and a deadline out. One send per batch: everything that is ready, of all
// streams, lies in one buffer. Framing, HPACK, flow control and the order of streams are nghttp2's.
#ifndef TRT_HTTP_H2_CONN_H
#define TRT_HTTP_H2_CONN_H

#include "std/http/core/ledger.h"
#include "std/http/core/limits.h"
#include "std/http/core/message.h"
#include "std/http/core/security.h"

typedef struct trt_h2_conn trt_h2_conn;
typedef struct trt_h2_stream trt_h2_stream;

/// Error codes of RFC 9113 7 that this interface takes and gives.
enum {
    TRT_H2_NO_ERROR = 0,
    TRT_H2_PROTOCOL_ERROR = 1,
    TRT_H2_INTERNAL_ERROR = 2,
    TRT_H2_STREAM_CLOSED = 5,
    TRT_H2_REFUSED_STREAM = 7,
    TRT_H2_CANCEL = 8,
    TRT_H2_ENHANCE_YOUR_CALM = 11,
};

enum {
    TRT_H2_PREFACE_LEN = 24,
    TRT_H2_FRAME_BYTES = 16384,  ///< payload of a frame, both ways
    TRT_H2_TABLE_BYTES = 4096,   ///< HPACK, both ways
    TRT_H2_OUTPUT_BYTES = 65536, ///< output held for one send; a frame more may be added
    TRT_H2_TOO_LARGE_LIMIT = 3,  ///< heads over the limits until the connection is closed
    TRT_H2_FIRST_FIELDS = 32,    ///< of a request, in the handler's room; more lie in its arena
};
#define TRT_H2_DRAIN_NS 1000000000ull ///< between the two GOAWAYs at most

/// What a pull answers beside bytes.
typedef struct trt_h2_pulled {
    size_t len;                 ///< bytes written; 0 without `end`: wait for trt_h2_stream_resume
    bool end;                   ///< the last ones
    bool abort;                 ///< the answer cannot be completed: RST INTERNAL_ERROR
    uint32_t num_trailers;      ///< with end
    const trt_header* trailers; ///< copied before the call returns to the codec's caller
} trt_h2_pulled;

/// trt_h2_handler is who owns the requests. Every function is called inline, inside feed, output or
/// free; it may call trt_h2_stream_* and nothing else of the connection.
typedef struct trt_h2_handler {
    void* self;
    /// open makes room for a request: zeroed, headers for TRT_H2_FIRST_FIELDS, arena set. It is
    /// filled from then on. NULL: no memory, the stream is refused.
    tmlrt_request* (*open)(void* self, trt_h2_stream* stream);
    /// head says that the head is whole and valid. `ended`: no body and no trailers follow.
    void (*head)(void* self, trt_h2_stream* stream, bool ended);
    /// refused comes in place of `head` for a request that the limits or the protocol do not let
    /// through, and is to answer with that status; its fields are not all there. NULL: the codec
    /// answers, with nothing but the status.
    void (*refused)(void* self, trt_h2_stream* stream, uint32_t status);
    /// data is the next piece of the body, valid during the call. Its bytes count against the
    /// stream's window until trt_h2_stream_read.
    void (*data)(void* self, trt_h2_stream* stream, tmlrt_slice piece);
    /// end says that the request is whole; trailers lie in the request's arena.
    void (*end)(void* self, trt_h2_stream* stream, const trt_header* trailers, uint32_t num);
    /// pull asks for bytes of an answer that was begun with trt_h2_stream_stream.
    void (*pull)(void* self, trt_h2_stream* stream, char* out, size_t cap, trt_h2_pulled* pulled);
    /// closed comes once for every stream that was opened, when nothing more goes either way:
    /// TRT_H2_NO_ERROR when both sides ended it, else why it was reset. One that came without head
    /// or refused before it, with TRT_H2_PROTOCOL_ERROR, was malformed.
    void (*closed)(void* self, trt_h2_stream* stream, uint32_t code);
    /// grow asks for `bytes` more of window for streams of this connection; they are given back
    /// with a negative number. NULL: windows stay as they are.
    bool (*grow)(void* self, int64_t bytes);
} trt_h2_handler;

/// trt_h2_priority is what a peer asks for a stream (RFC 9218).
typedef struct trt_h2_priority {
    uint8_t urgency; ///< 0 to 7, 0 is the most urgent
    bool incremental;
} trt_h2_priority;

/// trt_h2_head is the head of an answer that nghttp2 has been told of (head.c).
typedef struct trt_h2_head {
    trt_header* fields; ///< names in small letters; in the request's arena
    uint32_t num;
    uint32_t bytes;     ///< that are written behind what nghttp2 writes, at most
    const char* date;   ///< TRT_HTTP_DATE_LEN bytes
    tmlrt_slice length; ///< digits; empty: it is not told
    uint8_t missing;    ///< of the fields for safety (trt_security_missing)
    bool waits;         ///< its frame has not gone out
} trt_h2_head;

/// trt_h2_stream is one request. Valid from open until both closed was called and
/// trt_h2_stream_done.
struct trt_h2_stream {
    trt_h2_conn* conn;
    tmlrt_request* request;
    void* user;              ///< the handler's
    tmlrt_slice protocol;    ///< of an extended CONNECT, empty otherwise (RFC 8441)
    uint64_t content_length; ///< UINT64_MAX: not told
    bool expects_continue;   ///< the peer waits for 100
    bool whole;              ///< all of the request is here
    bool both_ways; ///< set by the handler: the peer goes on behind our end, until it ends or a
                    ///< reset
    bool kept;      ///< trt_h2_stream_keep was called

    // The codec's.
    trt_h2_stream *next, *prev;
    tmlrt_slice body;     ///< of a whole answer, what is not on its way yet
    char length_text[24]; ///< of the answer's head, as are the next
    char status_text[3];
    trt_h2_head head;
    trt_header* cookie;
    trt_header* trailers;
    uint32_t num_trailers;
    uint32_t num_fields, charged; ///< of the head or the trailers, with crumbs
    uint32_t refuse;              ///< status the codec answers with by itself, 0: none
    int32_t id;
    int32_t window, unread, since_grown;
    bool in_trailers, got_head, closed, done, deferred, streamed, answered, own_reset;
    bool has_host, plain;
    bool regular;      ///< the pseudo-fields are over
    bool expects_more; ///< than 100, which nobody can meet
    bool last_data;    ///< the last frame of the body is being read
    uint8_t seen;      ///< of the pseudo-fields
    trt_h2_priority priority;
    uint64_t received; ///< bytes of the body
    uint32_t cookie_cap;
};

/// What a connection holds only while something goes on.
enum trt_h2_spare_kind { TRT_H2_SPARE_OUT, TRT_H2_SPARE_RESERVE, TRT_H2_SPARES };

/// trt_h2_spare is one block of each kind that a connection gave back, for the next one of the
/// thread. All-zero is empty.
typedef struct trt_h2_spare {
    void* blocks[TRT_H2_SPARES];
} trt_h2_spare;

/// trt_h2_spare_fini frees them.
void trt_h2_spare_fini(trt_h2_spare* spare);

/// trt_h2_options is what a server may choose.
typedef struct trt_h2_options {
    const trt_http_limits* limits; ///< resolved, outlives the connection
    const trt_security* security;  ///< fields for answers that say nothing else, outlives the
                                   ///< connection; NULL: none
    uint32_t pushes;               ///< promises that may be open at once; 0: no push
    bool connect_protocol;         ///< extended CONNECT is announced (RFC 8441)
    trt_h2_spare* spare;           ///< of the thread, outlives the connection; NULL: none
} trt_h2_options;

/// trt_h2_preface tells whether the first bytes of a connection are those of HTTP/2.
/// Returns 1 when they are, 0 when more are needed, -1 when they are not.
int trt_h2_preface(const char* data, size_t len);

/// trt_h2_conn_new makes a connection whose peer has sent nothing yet; output has our SETTINGS.
/// Errors:  NOMEM.   Owns: handler and options are copied. Thread: owner, all functions.
TMLRT_NODISCARD tmlrt_status trt_h2_conn_new(trt_h2_conn** out, const trt_h2_handler* handler,
                                             const trt_h2_options* options, uint64_t now_ns);
/// trt_h2_conn_free ends everything: closed (CANCEL) for streams that still are; takes NULL.
/// Streams need no trt_h2_stream_done any more.
void trt_h2_conn_free(trt_h2_conn* conn);

/// trt_h2_conn_fetch asks for the lines that a feed looks at: with many connections others have
/// pushed them out of the cache. Call it before a system call, in whose time they come.
/// Cost:    an instruction per line, 60 of them.
void trt_h2_conn_fetch(const trt_h2_conn* conn);
/// trt_h2_conn_feed takes all of the input. Write what output has afterwards.
/// Errors:  NOMEM - close at once.   Cost: linear in the bytes, however they are cut.
TMLRT_NODISCARD tmlrt_status trt_h2_conn_feed(trt_h2_conn* conn, const char* data, size_t len,
                                              uint64_t now_ns);
/// trt_h2_conn_output collects what is ready, up to TRT_H2_OUTPUT_BYTES, and shows it.
/// Shape:   *out: valid until the next call; the same bytes again, and more, until
///          trt_h2_conn_sent. Empty: nothing to send, no buffer is held.
/// Errors:  NOMEM - close at once.
TMLRT_NODISCARD tmlrt_status trt_h2_conn_output(trt_h2_conn* conn, tmlrt_slice* out,
                                                uint64_t now_ns);
/// trt_h2_conn_sent says that the first `len` bytes of the output are gone.
void trt_h2_conn_sent(trt_h2_conn* conn, size_t len);
/// trt_h2_conn_pack is for output that the transport does not take for now: it holds no more than
/// its bytes, if they are not many, and takes no others before they are sent. Without memory it
/// stays as it is.
void trt_h2_conn_pack(trt_h2_conn* conn);
/// trt_h2_conn_finished tells whether the connection is to be closed once the output is empty.
bool trt_h2_conn_finished(const trt_h2_conn* conn);
/// trt_h2_conn_abused tells whether the peer was sent away by the ledger: its address is to be
/// noted (core/offenders.h).
bool trt_h2_conn_abused(const trt_h2_conn* conn);
/// trt_h2_conn_drain lets running requests end and takes no new ones: two GOAWAYs, a round trip
/// apart (RFC 9113 6.8). Again is fine.
void trt_h2_conn_drain(trt_h2_conn* conn, uint64_t now_ns);
/// trt_h2_conn_deadline returns when trt_h2_conn_expire has something to do.
uint64_t trt_h2_conn_deadline(const trt_h2_conn* conn);
/// trt_h2_conn_expire sends the PING or the second GOAWAY that is due. Returns false when the peer
/// did not answer: close at once.
bool trt_h2_conn_expire(trt_h2_conn* conn, uint64_t now_ns);
/// trt_h2_conn_waits tells whether output has nothing more until the peer opens a window, or for
/// good: of what streams were given, at most bodies are read any more.
bool trt_h2_conn_waits(const trt_h2_conn* conn);
/// trt_h2_conn_running returns how many streams count: opened and not done.
uint32_t trt_h2_conn_running(const trt_h2_conn* conn);
/// trt_h2_conn_memory returns the bytes that the connection holds, but for requests.
size_t trt_h2_conn_memory(const trt_h2_conn* conn);

/// trt_h2_stream_read gives `len` bytes of the stream's window back: the handler has read them.
void trt_h2_stream_read(trt_h2_stream* stream, size_t len);
/// trt_h2_stream_interim sends a head with a 1xx status.   Errors: NOMEM, HTTP_HEADER.
TMLRT_NODISCARD tmlrt_status trt_h2_stream_interim(trt_h2_stream* stream,
                                                   const tmlrt_response* response);
/// trt_h2_stream_answer sends an answer with its whole body.
/// Shape:   date: TRT_HTTP_DATE_LEN bytes. Framing fields of the response are left out.
/// Owns:    body and the fields' values stay the caller's until closed, and date, which may change.
/// Errors:  NOMEM, HTTP_HEADER, HTTP_STATUS - nothing was sent; EXISTS - it was answered before.
TMLRT_NODISCARD tmlrt_status trt_h2_stream_answer(trt_h2_stream* stream,
                                                  const tmlrt_response* response, const char* date);
/// trt_h2_stream_stream sends a head whose body is pulled.
/// Shape:   length: of the body, UINT64_MAX when it is not known.   Errors: as for answer.
TMLRT_NODISCARD tmlrt_status trt_h2_stream_stream(trt_h2_stream* stream,
                                                  const tmlrt_response* response, const char* date,
                                                  uint64_t length);
/// trt_h2_stream_push promises a request on the parent's host: a stream of its own, opened and with
/// its head told before this returns, answered like any other. Fields about framing, Host and
/// Expect are left out.
/// Errors:  UNSUPPORTED - not offered, refused by the peer, or the parent is over, pushed itself or
///          has no head that was told;
///          FULL - too many streams, of all or of pushes, ours or the peer's limit; INVAL - not a
///          path, or fields over the limits; NOMEM.   Source: RFC 9113 8.4.
TMLRT_NODISCARD tmlrt_status trt_h2_stream_push(trt_h2_stream* parent, const trt_promise* promise);
/// trt_h2_stream_may_keep tells whether trt_h2_stream_keep may be called: the request is whole, and
/// so is its answer, of which a part waits, or nothing is sent any more. *out_rest: that part.
bool trt_h2_stream_may_keep(const trt_h2_stream* stream, tmlrt_slice* out_rest);
/// trt_h2_stream_keep says where the rest of the body lies from now on. Neither the request nor
/// anything else of the answer is touched any more. While trt_h2_conn_waits.
void trt_h2_stream_keep(trt_h2_stream* stream, tmlrt_slice rest);
/// trt_h2_stream_resume says that pull has something again. In any state.
void trt_h2_stream_resume(trt_h2_stream* stream);
/// trt_h2_stream_reset ends the stream early; closed follows.
void trt_h2_stream_reset(trt_h2_stream* stream, uint32_t code);
/// trt_h2_stream_done says that the request's handler has ended: it no longer counts, and stream
/// and request are not touched again once closed was called, too.
void trt_h2_stream_done(trt_h2_stream* stream);

#endif
