// SPDX-License-Identifier: Apache-2.0
// The connection's inside, shared by the files of this folder.
#ifndef TRT_HTTP_H2_SESSION_H
#define TRT_HTTP_H2_SESSION_H

#include "std/http/h2/conn.h"
#include "std/http/h2/hpack.h"

#include <nghttp2/nghttp2.h>
#include <string.h>

/// trt_h2_gap is a range of stream ids that the peer passed over.
typedef struct trt_h2_gap {
    uint32_t first, last;
} trt_h2_gap;

enum { TRT_H2_GAPS = 8, TRT_H2_RESERVE_BYTES = 2048, TRT_H2_KNOWN_BYTES = 64 };

/// trt_h2_meter reads frame heads ahead of nghttp2 (meter.c).
typedef struct trt_h2_meter {
    uint8_t head[13];      ///< of the current frame, the length of its padding, a dependency
    uint8_t have;          ///< bytes of it
    uint32_t left;         ///< payload of the current frame that is still to come
    uint32_t preface;      ///< bytes of the preface that are still to come
    uint32_t block_stream; ///< whose field block is open; 0: none
    uint32_t num_continuation;
    uint32_t last_stream; ///< the highest id that the peer has opened
    uint32_t own_reset;   ///< the highest id that we have reset: the peer may not know yet
    uint32_t num_gaps;
    trt_h2_gap gaps[TRT_H2_GAPS];
} trt_h2_meter;

struct trt_h2_conn {
    nghttp2_session* session;
    trt_h2_handler handler;
    trt_h2_options options;
    nghttp2_mem mem;
    size_t memory; ///< bytes that nghttp2 and the codec hold
    trt_h2_meter meter;
    trt_ledger ledger;
    trt_h2_stream* streams; ///< opened, and not both closed and done
    trt_hpack hpack;        ///< of heads that go out
    size_t head_len;        ///< bytes of fields behind the frame that is sent next; 0: it has none
    trt_h2_stream* reading; ///< whose field block is read; not closed, as the next
    trt_h2_stream* sending; ///< whose body was read last
    uint32_t running;       ///< opened and not done
    uint32_t num_too_large;
    uint32_t num_asked; ///< PING and SETTINGS frames of ours that the peer has not answered
    int64_t grown;      ///< window bytes asked of the handler
    char* out;          ///< NULL while there is nothing to send
    size_t out_start, out_len, out_cap;
    uint64_t now_ns;                      ///< of the call that is running
    uint64_t heard_ns, ping_ns, drain_ns; ///< 0: no PING, no drain is waiting
    bool settings_sent;                   ///< the peer was told its limit
    bool ended;                           ///< GOAWAY with an error is queued: input is thrown away
    uint32_t reserve_used;
    bool abused, draining, last_goaway, no_memory;
    uint8_t known_len;
    char known[TRT_H2_KNOWN_BYTES]; ///< the last :authority that was checked, and is good
    char* reserve; ///< conn.c: there while nghttp2 may be called; NULL: nothing goes on
};

/// trt_h2_borrow takes the spare block, or a new one; NULL without memory. trt_h2_give keeps it as
/// the spare one, or frees it; takes NULL.   Shape: size: always the same for a kind.
void* trt_h2_borrow(trt_h2_conn* conn, enum trt_h2_spare_kind kind, size_t size);
void trt_h2_give(trt_h2_conn* conn, enum trt_h2_spare_kind kind, void* ptr);
/// trt_h2_ready makes sure of the reserve: before nghttp2 is called. False without memory, which is
/// noted. With a stream it is there.
bool trt_h2_ready(trt_h2_conn* conn);
/// trt_h2_end sends GOAWAY with `code` and takes no more input.
void trt_h2_end(trt_h2_conn* conn, uint32_t code);
/// trt_h2_judge does what the ledger says.
void trt_h2_judge(trt_h2_conn* conn, enum trt_ledger_verdict verdict);
/// trt_h2_meter_step looks at data[0, len) ahead of nghttp2, up to the end of one frame or head.
/// Returns how many bytes are to be fed now; conn->ended says not to.
size_t trt_h2_meter_step(trt_h2_conn* conn, const uint8_t* data, size_t len);
/// trt_h2_set_receive sets the callbacks of input, trt_h2_set_send those of output.
void trt_h2_set_receive(nghttp2_session_callbacks* callbacks);
void trt_h2_set_send(nghttp2_session_callbacks* callbacks);
/// trt_h2_input is a field as it came, a NUL behind name and value. What is in HPACK's static table
/// lasts as long as the process: it need not be copied, and is known to be good.
typedef struct trt_h2_input {
    tmlrt_slice name, value;
    bool name_lasts; ///< not told of pseudo-fields
    bool value_lasts;
} trt_h2_input;

/// What a field means to the codec.
enum trt_h2_kind {
    TRT_H2_FIELD_PLAIN,
    TRT_H2_FIELD_HOST,
    TRT_H2_FIELD_COOKIE,
    TRT_H2_FIELD_EXPECT,
    TRT_H2_FIELD_PRIORITY,
    TRT_H2_FIELD_LENGTH,
    TRT_H2_FIELD_BAD, ///< not one of HTTP/2's
};
/// The pseudo-fields of a request, as bits of trt_h2_stream.seen.
enum trt_h2_pseudo {
    TRT_H2_UNKNOWN = 0,
    TRT_H2_METHOD = 1,
    TRT_H2_SCHEME = 2,
    TRT_H2_PATH = 4,
    TRT_H2_AUTHORITY = 8,
    TRT_H2_PROTOCOL = 16,
};
/// trt_h2_kind_of checks name and value of a field that is no pseudo-field.
enum trt_h2_kind trt_h2_kind_of(const trt_h2_input* field);
/// trt_h2_pseudo_of tells which one a name with a colon is.
enum trt_h2_pseudo trt_h2_pseudo_of(tmlrt_slice name);
/// trt_h2_scheme_good tells whether it has the form of one.
bool trt_h2_scheme_good(tmlrt_slice scheme);
/// trt_h2_priority_parse reads one line of the field Priority into what the lines before it said;
/// false: it is not one, and *out is as it was.
/// Source:  RFC 9218 4. Members that nobody knows are passed over; a value of theirs with a comma
///          in it (a string, an inner list) may cost the field its meaning.
bool trt_h2_priority_parse(trt_h2_priority* out, tmlrt_slice value);

/// trt_h2_field takes one field of a head or of trailers; is_pseudo: its name begins with a colon.
/// Returns false when it makes the request malformed.
bool trt_h2_field(trt_h2_stream* stream, const trt_h2_input* field, bool is_pseudo);
/// trt_h2_head_complete checks the whole head: false when it is malformed.
bool trt_h2_head_complete(trt_h2_stream* stream);
/// trt_h2_stream_new makes and counts one; NULL without memory.
trt_h2_stream* trt_h2_stream_new(trt_h2_conn* conn, int32_t id);
/// trt_h2_stream_closed tells the handler, once, and frees what is done.
void trt_h2_stream_closed(trt_h2_stream* stream, uint32_t code);
/// trt_h2_submit_head tells nghttp2 of a head, which gets its fields when its frame goes out.
/// Shape: body NULL: none follows. Owns and errors: as trt_h2_stream_answer.
tmlrt_status trt_h2_submit_head(trt_h2_stream* stream, const tmlrt_response* response,
                                const char* date, uint64_t length,
                                const nghttp2_data_provider* body);
/// trt_h2_complete_head is called with every frame of nghttp2's, `len` bytes at the end of the
/// output: the fields are written behind one that is such a head. Returns the frame's length.
size_t trt_h2_complete_head(trt_h2_conn* conn, char* frame, size_t len);
/// trt_h2_set_head sets the callback for heads that go out.
void trt_h2_set_head(nghttp2_session_callbacks* callbacks);
/// trt_h2_room returns the end of the output, with room for a frame of `size` bytes.   Shape: the
/// buffer is there, and holds fewer than TRT_H2_OUTPUT_BYTES that were not sent.
char* trt_h2_room(trt_h2_conn* conn, size_t size);
/// trt_h2_submit_trailers is to be called by the end of a body. *out_any: there are some to be
/// sent. Returns 0, or an error of nghttp2's.
int trt_h2_submit_trailers(trt_h2_stream* stream, const trt_header* fields, uint32_t num,
                           bool* out_any);
/// trt_h2_stream_refuse answers with a bare status.
void trt_h2_stream_refuse(trt_h2_stream* stream);
/// trt_h2_set_push sets the callback for promises that cannot be kept.
void trt_h2_set_push(nghttp2_session_callbacks* callbacks);
/// trt_h2_pump moves what is ready into the output buffer.
void trt_h2_pump(trt_h2_conn* conn);
/// trt_h2_ponged notes the answer to a PING of ours.
void trt_h2_ponged(trt_h2_conn* conn, const uint8_t* opaque);
/// trt_h2_mem_alloc is for the codec's own blocks, counted with those of nghttp2; NULL without
/// memory. trt_h2_mem_free takes NULL. Shape: user: the connection, as nghttp2 passes it on.
void* trt_h2_mem_alloc(size_t size, void* user);
void trt_h2_mem_free(void* ptr, void* user);

#endif
