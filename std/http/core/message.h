// SPDX-License-Identifier: Apache-2.0
// A request and an answer in memory, the same for every protocol version. Everything they point to
// lies in the exchange's arena or in the connection's input, and lives until the answer is encoded.
#ifndef TRT_HTTP_CORE_MESSAGE_H
#define TRT_HTTP_CORE_MESSAGE_H

#include <tmlrt/abi/functions.h>

#include <stdbool.h>

#include "rt/base/arena.h"

/// Methods known by number; every other token is TRT_METHOD_OTHER. X(NAME, safe)
#define TRT_METHOD_MAP(X)                                                                          \
    X(GET, 1)                                                                                      \
    X(HEAD, 1) X(POST, 0) X(PUT, 0) X(PATCH, 0) X(DELETE, 0) X(OPTIONS, 1) X(TRACE, 1) X(CONNECT, 0)

enum trt_method {
    TRT_METHOD_OTHER,
#define TRT_METHOD_ENUM(name, safe) TRT_METHOD_##name,
    TRT_METHOD_MAP(TRT_METHOD_ENUM)
#undef TRT_METHOD_ENUM
        TRT_NUM_METHODS
};

typedef struct trt_header {
    tmlrt_slice name, value; ///< name as sent; value trimmed of optional whitespace
} trt_header;

/// A path parameter found by the router: name from the route, value percent-decoded,
/// NUL-terminated.
typedef struct trt_path_param {
    tmlrt_slice name, value;
} trt_path_param;

/// A value that a stage left for those after it (tmlrt_request_set); both are NUL-terminated.
typedef struct trt_request_value {
    struct trt_request_value* next;
    const char *key, *value;
} trt_request_value;

/// A field that a stage keeps for whatever answers its request (tmlrt_request_answer_header); in
/// the request's arena.
typedef struct trt_answer_field {
    struct trt_answer_field* next;
    trt_header header;
    bool beside; ///< of others of its name; else only where the answer has none of that name
} trt_answer_field;

/// An interim answer (1xx) that waits to be sent; in the exchange's arena.
typedef struct trt_interim {
    struct trt_interim* next;
    const tmlrt_response* response;
} trt_interim;

/// A request that a handler makes in its peer's name, so that the answer is there before the peer
/// asks (HTTP/2 server push); in the exchange's arena.
typedef struct trt_promise {
    struct trt_promise* next;
    tmlrt_slice method; ///< GET or HEAD
    tmlrt_slice target; ///< path and query, on the host of the request that was made
    const trt_header* headers;
    uint32_t num_headers;
} trt_promise;

/// What a codec says about a request besides its fields.
enum {
    TRT_REQUEST_EXPECTS = 1u << 0,    ///< the peer waits for 100 Continue before it sends the body
    TRT_REQUEST_EARLY_DATA = 1u << 1, ///< it came before the handshake was over: may be a replay
    TRT_REQUEST_SECURE = 1u << 2,     ///< over TLS
    /// An extended CONNECT (RFC 8441), told as the GET that HTTP/1.1 has for the same: an answer
    /// with a status of success takes the protocol.
    TRT_REQUEST_CONNECT = 1u << 3,
    TRT_REQUEST_KEEPS = 1u << 4,    ///< `answer_fields` counts (core/answer_fields.h)
    TRT_REQUEST_HEAD_OUT = 1u << 5, ///< the answer's head is: what would be kept comes too late
};

/// Every slice of a request but `authority`, `body` and the names of fields has a NUL behind its
/// last byte, put there by the codec or the router: accessors hand the pointers out as strings.
struct tmlrt_request {
    trt_arena* arena;
    uint8_t method;        ///< enum trt_method
    uint8_t version_major; ///< 1
    uint8_t version_minor; ///< 0 or 1
    tmlrt_slice method_text;
    tmlrt_slice path;             ///< origin-form, raw, from '/' to before '?'; "*" for OPTIONS *
    tmlrt_slice query;            ///< raw, after '?', empty when absent
    tmlrt_slice authority;        ///< Host, or of an absolute-form target
    tmlrt_slice peer_ip;          ///< literal, "127.0.0.1"
    tmlrt_slice peer_certificate; ///< DER, set by a codec over TLS; empty: none was shown
    tmlrt_slice protocols; ///< the peer asks to go on with one of them in place of HTTP: "a, b/2",
                           ///< the most wanted first; empty: it does not
    trt_header* headers;
    uint32_t num_headers;
    tmlrt_slice body;   ///< whole, decoded from chunks; empty when it is a stream
    uint64_t body_at;   ///< how much of it was read in pieces
    tmlrt_body* stream; ///< the body of a route that asked for a stream; NULL: `body` is it
    const trt_path_param* params;
    uint32_t num_params;
    const void* handler; ///< what the router found, the framework's own; NULL: nothing yet
    uint32_t routed;     ///< the framework's, which found it ahead of the body; 0: it did not look
    trt_request_value* values;
    trt_answer_field*
        answer_fields;         ///< with TRT_REQUEST_KEEPS, as the next; else they mean nothing
    uint8_t left_out;          ///< of core/security.h, by id: the answer goes without them
    tmlrt_cancel_token* token; ///< NULL: nobody has asked for it (server/lease.h)
    tmlrt_scope* scope;        ///< NULL: as token
    uint8_t cancelled;         ///< tmlrt_cancel_reason: why it ends early
    uint8_t flags;             ///< TRT_REQUEST_*
};

struct tmlrt_response {
    trt_arena* arena; ///< where its fields and body lie: the exchange's, or its own when detached
    int32_t status;
    uint32_t num_headers, cap_headers;
    uint32_t num_literal; ///< the first so many fields are literals of ours, good as they are
    uint8_t left_out;     ///< of core/security.h, by id: it goes without them
    bool detached;        ///< made outside of an exchange: trt_response_free gives its memory back
    trt_header* headers;
    tmlrt_slice body;
    tmlrt_body* stream; ///< in place of `body`; its exchange's (server/body.h). NULL: none
};

#endif
