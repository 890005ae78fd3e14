// SPDX-License-Identifier: Apache-2.0
// Parameters from the head of a request: path, header fields, cookies.
//
// A value that is there twice for one parameter is an error, except where it means a list: a List
// takes every element of every field of that name (RFC 9110 5.6.1) and every cookie of it, a Str
// takes several fields as the one they are (5.3). The request is not changed.
#include "std/http/framework/bind/binder.h"

#include "rt/base/bytes.h"
#include "std/http/core/chars.h"
#include "std/http/core/cookie.h"
#include "std/http/core/utf8.h"

static const char s_twice[] = "is given more than once";
static const char s_not_utf8[] = "must be valid UTF-8";

tmlrt_status trt_bind_path(trt_binder* b, const tmlrt_meta_slot* slot, char* place,
                           uint32_t index) {
    const tmlrt_request* request = b->input->request;
    uint8_t param = b->input->path_index[index];
    if (param >= request->num_params) {
        return trt_bind_absent(b, slot, place);
    }
    return trt_bind_text(b, slot, slot->type, place, request->params[param].value, true);
}

// ---- header fields ---------------------------------------------------------------------------

/// The next header field of a name at or after *at, which moves behind it; NULL at the end.
static const trt_header* next_header(const tmlrt_request* request, const char* name, size_t len,
                                     uint32_t* at) {
    while (*at < request->num_headers) {
        const trt_header* header = &request->headers[(*at)++];
        if (header->name.len == len && trt_equal_nocase(header->name.data, name, len)) {
            return header;
        }
    }
    return NULL;
}

/// Takes the next element of a list off *rest: up to a comma outside of quotes, trimmed; empty ones
/// are passed over.
static bool next_element(tmlrt_slice* rest, tmlrt_slice* out) {
    while (rest->len != 0) {
        const char *start = rest->data, *end = start + rest->len, *p = start;
        for (bool quoted = false; p < end && (quoted || *p != ','); p++) {
            quoted ^= *p == '"';
            p += quoted && *p == '\\' && p + 1 < end;
        }
        *rest = p < end ? (tmlrt_slice){p + 1, (uint64_t)(end - p - 1)} : (tmlrt_slice){end, 0};
        while (start < p && (*start == ' ' || *start == '\t')) {
            start++;
        }
        while (start < p && (p[-1] == ' ' || p[-1] == '\t')) {
            p--;
        }
        *out = (tmlrt_slice){start, (uint64_t)(p - start)};
        if (start != p) {
            return true;
        }
    }
    return false;
}

static tmlrt_status bind_header_list(trt_binder* b, const tmlrt_meta_slot* slot, char* place) {
    const tmlrt_meta_type* element = trt_bind_list_of(slot->type)->ref;
    size_t key_len = strlen(slot->key);
    const trt_header* header;
    uint32_t at = 0, num = 0;
    while ((header = next_header(b->input->request, slot->key, key_len, &at)) != NULL) {
        tmlrt_slice rest = header->value, text;
        if (!trt_utf8_valid(rest.data, (size_t)rest.len)) {
            return trt_bind_slot_error(b, slot, s_not_utf8);
        }
        while (next_element(&rest, &text)) {
            char* to = trt_bind_push(slot->type, place);
            if (to == NULL) {
                return TMLRT_E_NOMEM;
            }
            TRT_TRY(trt_bind_text(b, slot, element, to, text, false));
            num++;
        }
    }
    return num == 0 ? trt_bind_absent(b, slot, place) : TMLRT_OK;
}

/// All fields of the name as one value, in the arena; NULL data without memory.
static tmlrt_slice joined(trt_binder* b, const char* key, size_t key_len, size_t len) {
    char *text = trt_arena_alloc(b->arena, len, 1), *to = text;
    const trt_header* header;
    uint32_t at = 0;
    while (text != NULL && (header = next_header(b->input->request, key, key_len, &at)) != NULL) {
        to = trt_bytes_copy(to, ", ", to != text ? 2 : 0);
        to = trt_bytes_copy(to, header->value.data, (size_t)header->value.len);
    }
    return (tmlrt_slice){text, (uint64_t)(to - text)};
}

tmlrt_status trt_bind_header(trt_binder* b, const tmlrt_meta_slot* slot, char* place) {
    if (trt_bind_list_of(slot->type) != NULL) {
        return bind_header_list(b, slot, place);
    }
    const tmlrt_request* request = b->input->request;
    const tmlrt_meta_type* inner = slot->type;
    inner = inner->kind == TMLRT_TYPE_MAYBE ? inner->ref : inner;
    bool is_text = inner->kind == TMLRT_TYPE_STR || inner->kind == TMLRT_TYPE_TEXT;
    size_t key_len = strlen(slot->key), len = 0;
    const trt_header *header, *found = NULL;
    uint32_t at = 0, num = 0;
    while ((header = next_header(request, slot->key, key_len, &at)) != NULL) {
        found = header;
        len += (size_t)header->value.len + 2;
        num++;
    }
    if (num == 0) {
        return trt_bind_absent(b, slot, place);
    }
    if (num > 1 && !is_text) {
        return trt_bind_slot_error(b, slot, s_twice);
    }
    tmlrt_slice value = num == 1 ? found->value : joined(b, slot->key, key_len, len);
    if (value.data == NULL) {
        return TMLRT_E_NOMEM;
    }
    if (is_text && !trt_utf8_valid(value.data, (size_t)value.len)) {
        return trt_bind_slot_error(b, slot, s_not_utf8);
    }
    return trt_bind_text(b, slot, slot->type, place, value, false);
}

// ---- cookies ---------------------------------------------------------------------------------

static tmlrt_status bind_one_cookie(trt_binder* b, const tmlrt_meta_slot* slot, char* place,
                                    tmlrt_slice value, uint32_t before) {
    const tmlrt_meta_type* list = trt_bind_list_of(slot->type);
    if (list == NULL && before != 0) {
        return before == 1 ? trt_bind_slot_error(b, slot, s_twice) : TMLRT_OK;
    }
    if (!trt_utf8_valid(value.data, (size_t)value.len)) {
        return trt_bind_slot_error(b, slot, s_not_utf8);
    }
    if (list == NULL) {
        return trt_bind_text(b, slot, slot->type, place, value, false);
    }
    char* to = trt_bind_push(slot->type, place);
    return to != NULL ? trt_bind_text(b, slot, list->ref, to, value, false) : TMLRT_E_NOMEM;
}

tmlrt_status trt_bind_cookie(trt_binder* b, const tmlrt_meta_slot* slot, char* place) {
    size_t key_len = strlen(slot->key);
    const trt_header* header;
    tmlrt_slice name, value;
    uint32_t at = 0, num = 0;
    while ((header = next_header(b->input->request, "cookie", 6, &at)) != NULL) {
        tmlrt_slice rest = header->value;
        while (trt_cookie_next(&rest, &name, &value)) {
            if (name.len == key_len && memcmp(name.data, slot->key, key_len) == 0) {
                TRT_TRY(bind_one_cookie(b, slot, place, value, num++));
            }
        }
    }
    return num == 0 ? trt_bind_absent(b, slot, place) : TMLRT_OK;
}
