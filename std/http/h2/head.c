// SPDX-License-Identifier: Apache-2.0
// Heads and trailers of answers. nghttp2 is told of a head and given its status; the fields are
// written behind it when its frame goes out, by the encoder that knows what the peer has
// (hpack.h), as frames may leave in another order than heads are made. What is rare is nghttp2's
// to write: trailers, interim heads, heads too long for a frame. It indexes none of that: the
// peer's table has what hpack.h has put there.
//
// Invariants: a head that waits (`head.waits`) has its fields' names and an array in the request's
// arena, its values where the answer has them, and fits a frame. Source: RFC 9113 8.1, 8.3.2.
// Called by send.c and the server's answers. Thread: the connection's.
#include "std/http/h2/session.h"

#include "std/http/core/chars.h"
#include "std/http/core/date.h"
#include "std/http/core/header.h"
#include "std/http/core/number.h"

#include <stdalign.h>

enum {
    STATUS_BYTES = 16, // what nghttp2 writes, new sizes of the table in front of it, at most
    OWN_BYTES = TRT_SECURITY_TEXT + TRT_HTTP_DATE_LEN + 64, // of Date, length and security.h
    MOST_BYTES = TRT_H2_FRAME_BYTES - STATUS_BYTES,
};

// ---- fields -------------------------------------------------------------------------------------

static const char* small_letters(trt_arena* arena, const char* name, size_t len) {
    char* made = trt_arena_alloc(arena, len, 1);
    if (made == NULL) {
        return NULL;
    }
    if (len < 8) {
        for (size_t i = 0; i < len; i++) {
            made[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 0x20) : name[i];
        }
        return made;
    }
    for (size_t at = 0; at + 8 < len; at += 8) {
        uint64_t folded = trt_fold_8(trt_bytes_load8(name + at));
        memcpy(made + at, &folded, sizeof folded);
    }
    uint64_t last = trt_fold_8(trt_bytes_load8(name + len - 8));
    memcpy(made + len - 8, &last, sizeof last);
    return made;
}

// The fields as they go out, in the arena; those of the connection's own are left out. The first
// `num_literal` are literals of ours, good as they are.
static tmlrt_status take_fields(trt_h2_head* out, trt_arena* arena, const trt_header* fields,
                                uint32_t num, uint32_t num_literal) {
    out->num = out->bytes = 0;
    out->fields = trt_arena_alloc(arena, (num + 1) * sizeof(trt_header), alignof(trt_header));
    if (out->fields == NULL) {
        return TMLRT_E_NOMEM;
    }
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < num; i++) {
        const trt_header* field = &fields[i];
        const char* name = field->name.data;
        size_t len = (size_t)field->name.len;
        if (i >= num_literal) {
            if (!trt_header_name_valid(name, len) ||
                !trt_header_value_valid(field->value.data, (size_t)field->value.len)) {
                return TMLRT_E_HTTP_HEADER;
            }
            if (trt_header_is_framing(name, len)) {
                continue;
            }
        }
        if ((name = small_letters(arena, name, len)) == NULL) {
            return TMLRT_E_NOMEM;
        }
        out->fields[out->num++] = (trt_header){{name, len}, field->value};
        bytes += len + field->value.len + TRT_HPACK_FIELD_BYTES;
    }
    out->bytes = bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
    return TMLRT_OK;
}

// ---- what nghttp2 writes ------------------------------------------------------------------------

// 100 to 599.
static void put_status(char out[3], int32_t status) {
    out[0] = (char)('0' + status / 100);
    out[1] = (char)('0' + status / 10 % 10);
    out[2] = (char)('0' + status % 10);
}

static tmlrt_status status_of(int status) {
    return status == 0 ? TMLRT_OK : TMLRT_E_NOMEM;
}

static nghttp2_nv nv_of(tmlrt_slice name, tmlrt_slice value, uint8_t flags) {
    return (nghttp2_nv){(uint8_t*)name.data, (uint8_t*)value.data, (size_t)name.len,
                        (size_t)value.len, (uint8_t)(flags | NGHTTP2_NV_FLAG_NO_INDEX)};
}

enum { STAYS = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE };

// The status, with one index where the static table has it (RFC 7541 Appendix A).
static nghttp2_nv nv_of_status(const char text[3], int32_t status, uint8_t flags) {
    static const int16_t known[] = {200, 204, 206, 304, 400, 404, 500};
    nghttp2_nv made = nv_of((tmlrt_slice){":status", 7}, (tmlrt_slice){text, 3}, flags);
    for (size_t i = 0; i < TRT_ARRAY_LEN(known); i++) {
        if (known[i] == status) {
            made.flags = flags;
        }
    }
    return made;
}

// An array of the head's fields with room for `more` in front; NULL without memory.
static nghttp2_nv* nv_array(trt_arena* arena, const trt_h2_head* head, uint32_t more,
                            uint8_t flags) {
    nghttp2_nv* made =
        trt_arena_alloc(arena, (more + head->num) * sizeof(nghttp2_nv), alignof(nghttp2_nv));
    for (uint32_t i = 0; made != NULL && i < head->num; i++) {
        made[more + i] = nv_of(head->fields[i].name, head->fields[i].value, flags);
    }
    return made;
}

int trt_h2_submit_trailers(trt_h2_stream* stream, const trt_header* fields, uint32_t num,
                           bool* out_any) {
    trt_h2_head head = {0};
    trt_arena* arena = stream->request->arena;
    *out_any = false;
    if (take_fields(&head, arena, fields, num, 0) != TMLRT_OK) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    nghttp2_nv* made = nv_array(arena, &head, 1, NGHTTP2_NV_FLAG_NONE);
    if (made == NULL) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    *out_any = head.num != 0;
    return head.num == 0
               ? 0
               : nghttp2_submit_trailer(stream->conn->session, stream->id, made + 1, head.num);
}

tmlrt_status trt_h2_stream_interim(trt_h2_stream* stream, const tmlrt_response* response) {
    trt_h2_head head = {0};
    char text[3];
    trt_arena* arena = stream->request->arena;
    if (response->status < 100 || response->status > 199 || response->status == 101) {
        return TMLRT_E_HTTP_STATUS;
    }
    if (stream->answered || stream->closed) {
        return TMLRT_E_EXISTS;
    }
    TRT_TRY(
        take_fields(&head, arena, response->headers, response->num_headers, response->num_literal));
    nghttp2_nv* made = nv_array(arena, &head, 1, NGHTTP2_NV_FLAG_NONE);
    if (made == NULL) {
        return TMLRT_E_NOMEM;
    }
    put_status(text, response->status);
    made[0] = nv_of_status(text, response->status, NGHTTP2_NV_FLAG_NONE);
    return status_of(nghttp2_submit_headers(stream->conn->session, NGHTTP2_FLAG_NONE, stream->id,
                                            NULL, made, head.num + 1, NULL));
}

void trt_h2_stream_refuse(trt_h2_stream* stream) {
    put_status(stream->status_text, (int32_t)stream->refuse);
    nghttp2_nv field = nv_of_status(stream->status_text, (int32_t)stream->refuse, STAYS);
    stream->answered = true;
    stream->conn->no_memory |=
        nghttp2_submit_response(stream->conn->session, stream->id, &field, 1, NULL) != 0;
}

// ---- the head of an answer ----------------------------------------------------------------------

// With all of them as fields, for nghttp2 to write in frames of its own.
static tmlrt_status make_long(trt_h2_stream* stream, nghttp2_nv** out, uint32_t* out_num) {
    trt_h2_head* head = &stream->head;
    const trt_security* security = stream->conn->options.security;
    uint32_t num = 3 + (uint32_t)__builtin_popcount(head->missing);
    nghttp2_nv* made = nv_array(stream->request->arena, head, num, STAYS);
    if (made == NULL) {
        return TMLRT_E_NOMEM;
    }
    uint32_t at = num; // backwards
    for (uint32_t left = head->missing; left != 0; left &= left - 1) {
        const trt_security_field* field = &security->fields[__builtin_ctz(left)];
        made[--at] = nv_of(field->small, field->value, STAYS);
    }
    made[--at] =
        nv_of((tmlrt_slice){"date", 4}, (tmlrt_slice){head->date, TRT_HTTP_DATE_LEN}, STAYS);
    if (head->length.len != 0) {
        made[--at] = nv_of((tmlrt_slice){"content-length", 14}, head->length, STAYS);
    }
    *out = made + at;
    *out_num = num - at + head->num;
    return TMLRT_OK;
}

tmlrt_status trt_h2_submit_head(trt_h2_stream* stream, const tmlrt_response* response,
                                const char* date, uint64_t length,
                                const nghttp2_data_provider* body) {
    trt_h2_head* head = &stream->head;
    const trt_security* security = stream->conn->options.security;
    nghttp2_nv status, *fields = &status;
    uint32_t num = 1;
    if (response->status < 200 || response->status > 599) {
        return TMLRT_E_HTTP_STATUS;
    }
    if (stream->answered || stream->closed) {
        return TMLRT_E_EXISTS;
    }
    TRT_TRY(take_fields(head, stream->request->arena, response->headers, response->num_headers,
                        response->num_literal));
    head->date = date;
    head->missing = security != NULL ? (uint8_t)trt_security_missing(security, response) : 0;
    bool told = length != UINT64_MAX && response->status != 204 && response->status != 304;
    head->length =
        (tmlrt_slice){stream->length_text, told ? trt_format_u64(stream->length_text, length) : 0};
    put_status(stream->status_text, response->status);
    head->waits = head->bytes <= MOST_BYTES - OWN_BYTES;
    head->bytes += OWN_BYTES;
    if (TRT_UNLIKELY(!head->waits)) {
        TRT_TRY(make_long(stream, &fields, &num));
    }
    fields[0] = nv_of_status(stream->status_text, response->status, STAYS);
    int submitted = nghttp2_submit_response(stream->conn->session, stream->id, fields, num, body);
    stream->answered = submitted == 0;
    head->waits &= submitted == 0;
    return status_of(submitted);
}

// ---- its frame ----------------------------------------------------------------------------------

// Where the fields are until nghttp2 hands its part of the frame over.
enum { BEHIND = 9 + STATUS_BYTES };

static void put_fields(trt_h2_conn* conn, trt_h2_head* head) {
    trt_hpack* table = &conn->hpack;
    char *begin = trt_h2_room(conn, BEHIND + head->bytes) + BEHIND, *out = begin;
    for (uint32_t i = 0; i < head->num; i++) {
        out = trt_hpack_put(table, out, head->fields[i].name, head->fields[i].value);
    }
    if (head->missing != 0) {
        out = trt_hpack_put_security(table, out, conn->options.security, head->missing);
    }
    out = trt_hpack_put_date(table, out, (tmlrt_slice){head->date, TRT_HTTP_DATE_LEN});
    if (head->length.len != 0) {
        out = trt_hpack_put_length(out, head->length);
    }
    head->waits = false;
    conn->head_len = (size_t)(out - begin);
    TRT_CHECK(conn->head_len <= head->bytes);
}

// The frame goes out next; when nghttp2 hands it over, the stream may be over and gone.
static int on_before_send(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type != NGHTTP2_HEADERS) {
        return 0;
    }
    trt_h2_conn* conn = user;
    trt_h2_stream* stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (stream != NULL && stream->head.waits && // and no interim head that goes out before it
        frame->headers.nva[0].value == (const uint8_t*)stream->status_text) {
        put_fields(conn, &stream->head);
    }
    return 0;
}

void trt_h2_set_head(nghttp2_session_callbacks* callbacks) {
    nghttp2_session_callbacks_set_before_frame_send_callback(callbacks, on_before_send);
}

size_t trt_h2_complete_head(trt_h2_conn* conn, char* frame, size_t len) {
    size_t more = conn->head_len;
    if (more == 0) {
        return len;
    }
    TRT_CHECK(frame[3] == NGHTTP2_HEADERS && len <= BEHIND &&
              ((uint8_t)frame[4] & NGHTTP2_FLAG_END_HEADERS) != 0);
    memmove(frame + len, frame + BEHIND, more);
    conn->head_len = 0;
    size_t payload = len + more - 9;
    frame[0] = (char)(payload >> 16);
    frame[1] = (char)(payload >> 8);
    frame[2] = (char)payload;
    return len + more;
}
