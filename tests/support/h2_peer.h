// SPDX-License-Identifier: Apache-2.0
// The two ends of an HTTP/2 connection in a test: a writer of frames by hand, and a handler that
// notes in words what the codec told it and answers as the case says.
#ifndef TESTS_SUPPORT_H2_PEER_H
#define TESTS_SUPPORT_H2_PEER_H

#include "std/http/h2/conn.h"

enum { H2_BYTES = 1 << 20, H2_STREAMS = 256 };

/// h2_bytes is a connection's input under construction.
typedef struct h2_bytes {
    char* data; ///< H2_BYTES of the caller
    size_t len;
} h2_bytes;

void h2_raw(h2_bytes* b, const void* data, size_t len);
void h2_frame(h2_bytes* b, uint32_t len, uint8_t type, uint8_t flags, uint32_t stream,
              const void* payload);
/// h2_start writes the preface and an empty SETTINGS.
void h2_start(h2_bytes* b);
/// h2_fresh begins with that, in H2_BYTES at `data`.
h2_bytes h2_fresh(char* data);
/// h2_literal adds a field without indexing to a block of at most 64 KiB; h2_request the four
/// pseudo-fields of "METHOD https://host/path".
void h2_literal(h2_bytes* block, const char* name, const char* value);
void h2_request(h2_bytes* block, const char* method, const char* path);
/// h2_headers writes a block as HEADERS, `flags` beside END_HEADERS.
void h2_headers(h2_bytes* b, uint32_t stream, uint8_t flags, const h2_bytes* block);
/// h2_get writes a GET for "/"; h2_u32 four bytes.
void h2_get(h2_bytes* b, uint32_t stream);
void h2_u32(char out[4], uint32_t value);

enum { H2_END_STREAM = 1, H2_ACK = 1, H2_END_HEADERS = 4, H2_PADDED = 8 };
enum {
    H2_DATA,
    H2_HEADERS,
    H2_PRIORITY,
    H2_RST,
    H2_SETTINGS,
    H2_PUSH,
    H2_PING,
    H2_GOAWAY,
    H2_WINDOW,
    H2_CONTINUATION,
    H2_PRIORITY_UPDATE = 16
};

typedef struct h2_rig h2_rig;

/// h2_exchange is what the handler keeps of a stream.
typedef struct h2_exchange {
    h2_rig* rig;
    trt_h2_stream* stream; ///< NULL: done
    tmlrt_request request;
    trt_header headers[TRT_H2_FIRST_FIELDS];
    trt_arena arena;
    size_t pulled, unread;
} h2_exchange;

/// h2_rig is a connection and its handler. All-zero but for what is chosen.
struct h2_rig {
    trt_h2_conn* conn;
    trt_http_limits limits;
    trt_h2_options options;
    uint64_t now_ns;
    bool answer;        ///< at the request's end: 200 with "hello"
    bool early;         ///< at its head
    bool stream_body;   ///< the answer is `stream_len` bytes, pulled, with a trailer
    bool keep;          ///< handlers do not end with their stream
    bool hold_body;     ///< bodies are not read
    bool wait;          ///< pulls wait
    bool hints;         ///< 103 is sent in front of the answer
    trt_header* fields; ///< of the answer, in place of "X-Answer: yes"
    uint32_t num_fields;
    size_t stream_len;
    int64_t granted, most_granted; ///< window bytes, and how many there are
    const char* body;
    uint32_t num_heads, num_closed, num_ended, num_opened;
    uint32_t last_code;
    uint64_t body_bytes;
    char log[8192]; ///< what happened, in words
    size_t log_len;
    h2_exchange* exchanges[H2_STREAMS]; ///< all that were opened and are not done
    h2_exchange* last;
    // What the peer got.
    char* out; ///< H2_BYTES
    size_t out_len;
    tmlrt_status status;
};

void h2_rig_start(h2_rig* rig);
void h2_rig_stop(h2_rig* rig);
/// h2_rig_feed feeds in pieces of `step` bytes and takes all output after each.
void h2_rig_feed(h2_rig* rig, const char* data, size_t len, size_t step);
/// h2_rig_take moves the output to rig->out.
void h2_rig_take(h2_rig* rig);
void h2_rig_done(h2_rig* rig, h2_exchange* exchange);

/// h2_seen is a frame of the output.
typedef struct h2_seen {
    uint32_t len, stream;
    uint8_t type, flags;
    const uint8_t* payload;
} h2_seen;

/// h2_find finds the nth frame of a type (on `stream`, 0: any) in the output; false: there is none.
bool h2_find(const h2_rig* rig, uint8_t type, uint32_t stream, uint32_t nth, h2_seen* out);
uint32_t h2_count(const h2_rig* rig, uint8_t type, uint32_t stream);
/// h2_goaway and h2_reset return the code of the last such frame, UINT32_MAX when there is none.
uint32_t h2_goaway(const h2_rig* rig);
uint32_t h2_reset(const h2_rig* rig, uint32_t stream);
/// h2_field returns the value of a field of the first HEADERS on a stream, up to 63 bytes of it,
/// until the next call; NULL: there is none.
const char* h2_field(const h2_rig* rig, uint32_t stream, const char* name);
/// h2_heads_readable tells whether every field block of the output can be read, in their order, by
/// one decoder.
bool h2_heads_readable(const h2_rig* rig);
/// h2_status returns the status of the first HEADERS on a stream, 0 when there is none.
uint32_t h2_status(const h2_rig* rig, uint32_t stream);

#endif
