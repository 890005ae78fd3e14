// SPDX-License-Identifier: Apache-2.0
// From an error value (Outcome's Err) to a problem (RFC 9457).
//
// The record decides, as for every answer: the error's struct names the problem, its fields are the
// problem's members. A status from 500 up says that the fault is the program's; then nothing of the
// value is told, since it was not written for the client. Pure but for the arena; any worker.
#include "std/http/framework/call/answer.h"

#include "std/http/core/response.h"
#include "std/http/core/status.h"
#include "std/http/framework/registry/registry.h"
#include "std/http/framework/value/json_write.h"
#include "std/http/framework/value/value.h"

#include <stddef.h>
#include <string.h>

// ---- names -----------------------------------------------------------------------------------

static bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static char lower(char c) {
    return is_upper(c) ? (char)(c | 0x20) : c;
}

/// Whether a word of a name in camel case begins at name[i]: `Not` and `Found` of `HTTPNotFound`.
static bool begins_word(const char* name, size_t i) {
    return i == 0 || (is_upper(name[i]) && (is_lower(name[i - 1]) || is_lower(name[i + 1])));
}

/// Writes a name as separate words, `before` and then its words with `between`; the first letter of
/// a title stays a capital. NULL without memory.
static const char* words_of(trt_arena* arena, const char* before, const char* name, char between) {
    size_t len = strlen(name), used = strlen(before);
    char* text = trt_arena_alloc(arena, used + 2 * len + 1, 1);
    if (text == NULL) {
        return NULL;
    }
    memcpy(text, before, used);
    for (size_t i = 0; i < len; i++) {
        if (i != 0 && begins_word(name, i)) {
            text[used++] = between;
        }
        bool keep = (i == 0 && between == ' ') || name[i] == '_';
        text[used++] = keep ? name[i] : lower(name[i]);
    }
    text[used] = '\0';
    return text;
}

/// Whether the name ends with the words of a reason phrase: `UserNotFound` and "Not Found".
static bool ends_with_reason(const char* name, size_t len, const char* reason) {
    size_t at = len;
    for (size_t i = strlen(reason); i-- > 0;) {
        if (reason[i] < '0') { // a space, hyphen or apostrophe
            continue;
        }
        if (at == 0 || lower(name[at - 1]) != lower(reason[i])) {
            return false;
        }
        at--;
    }
    return is_upper(name[at]);
}

static size_t without(const char* name, size_t len, const char* word) {
    size_t word_len = strlen(word);
    return len > word_len && memcmp(name + len - word_len, word, word_len) == 0 ? len - word_len
                                                                                : len;
}

/// The status that an error's name says, 500 when it says none.
static int32_t status_of_name(const char* name) {
    size_t len = without(name, strlen(name), "Error");
    len = without(name, len, "Exception");
    for (int32_t status = 400; status < 500; status++) {
        const char* reason = trt_status_reason(status);
        if (reason != NULL && reason[0] != '\0' && ends_with_reason(name, len, reason)) {
            return status;
        }
    }
    return 500;
}

// ---- members ---------------------------------------------------------------------------------

/// The text of a Str, a Text, or a Maybe of one; NULL for Nothing and other types.
static const char* text_of(const tmlrt_meta_type* type, const void* place) {
    const void* pointer;
    if (type->kind == TMLRT_TYPE_MAYBE) {
        place = trt_value_payload(type, place);
        type = type->ref;
    }
    if (place == NULL || (type->kind != TMLRT_TYPE_STR && type->kind != TMLRT_TYPE_TEXT)) {
        return NULL;
    }
    memcpy(&pointer, place, sizeof pointer);
    if (pointer != NULL && type->kind == TMLRT_TYPE_TEXT) {
        return ((const trt_tml_text*)pointer)->data;
    }
    return pointer;
}

static int32_t checked_status(const tmlrt_meta_type* type, const void* place) {
    uint64_t status = trt_value_load_int(type->kind, place);
    return status >= 400 && status <= 599 ? (int32_t)status : 500;
}

static bool is_status(const tmlrt_meta_type* type) {
    return type->kind >= TMLRT_TYPE_I16 && type->kind <= TMLRT_TYPE_U64 &&
           type->kind != TMLRT_TYPE_U8;
}

static const struct {
    const char* name;
    size_t member;
} s_texts[] = {
    {"type", offsetof(trt_problem, type)},
    {"title", offsetof(trt_problem, title)},
    {"detail", offsetof(trt_problem, detail)},
    {"instance", offsetof(trt_problem, instance)},
};

/// Takes one of the members that RFC 9457 names; false: it is an extension.
static bool take_member(trt_problem* problem, const char* key, const tmlrt_meta_type* type,
                        const void* place) {
    if (strcmp(key, "status") == 0) {
        if (is_status(type)) {
            problem->status = checked_status(type, place);
        }
        return true;
    }
    for (size_t i = 0; i < sizeof s_texts / sizeof s_texts[0]; i++) {
        if (strcmp(key, s_texts[i].name) == 0) {
            const char* text = text_of(type, place);
            memcpy((char*)problem + s_texts[i].member, &text, sizeof text);
            return true;
        }
    }
    return false;
}

/// An extension can be written only when all of it can.
static bool can_be_written(const tmlrt_meta_type* type) {
    while (type->kind == TMLRT_TYPE_LIST || type->kind == TMLRT_TYPE_MAYBE) {
        type = type->ref;
    }
    return trt_bind_check_json(type) == NULL;
}

static tmlrt_status read_struct(trt_problem* problem, trt_arena* arena, const trt_json_keys* keys,
                                const tmlrt_meta_schema* schema, const char* value) {
    trt_json_writer writer;
    trt_json_begin(&writer, arena, keys);
    bool is_auth = strcmp(schema->name, "AuthProblem") == 0; // std/http/tml
    problem->status = status_of_name(schema->name);
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        const tmlrt_meta_slot* field = trt_meta_at(&schema->fields, i);
        const void* place = value + field->offset;
        if (is_auth && strcmp(trt_slot_key(field), "challenge") == 0) {
            problem->challenge = text_of(field->type, place);
        } else if (trt_slot_deco(field, "Exclude") == NULL &&
                   !take_member(problem, trt_slot_key(field), field->type, place) &&
                   can_be_written(field->type)) {
            trt_json_put_key(&writer, ',', field);
            trt_json_put_value(&writer, field->type, place);
        }
    }
    TRT_TRY(trt_json_finish(&writer, &problem->extension));
    if (is_auth || strcmp(schema->name, "Problem") == 0) { // std/http/tml: no type of their own
        problem->type = problem->type != NULL ? problem->type : "about:blank";
        problem->title =
            problem->title != NULL ? problem->title : trt_status_reason(problem->status);
    }
    if (problem->type == NULL) {
        problem->type = words_of(arena, "urn:problem-type:", schema->name, '-');
    }
    if (problem->title == NULL) {
        problem->title = words_of(arena, "", schema->name, ' ');
    }
    return problem->type != NULL && problem->title != NULL ? TMLRT_OK : TMLRT_E_NOMEM;
}

tmlrt_status trt_answer_read_error(trt_problem* out, tmlrt_response** out_response,
                                   trt_arena* arena, const trt_json_keys* keys,
                                   const tmlrt_meta_type* type, const void* value) {
    trt_problem problem = {.status = 500};
    tmlrt_response* response = NULL;
    if (type->kind == TMLRT_TYPE_STRUCT) {
        TRT_TRY(read_struct(&problem, arena, keys, type->ref, value));
    } else if (type->kind == TMLRT_TYPE_STR || type->kind == TMLRT_TYPE_TEXT) {
        problem = (trt_problem){.status = 400, .detail = text_of(type, value)};
    } else if (type->kind == TMLRT_TYPE_RESPONSE) {
        memcpy(&response, value, sizeof(void*));
    } else if (is_status(type)) {
        problem.status = checked_status(type, value);
    }
    *out = problem;
    *out_response = response;
    return TMLRT_OK;
}

tmlrt_response* trt_answer_error(trt_arena* arena, const trt_json_keys* keys,
                                 const tmlrt_meta_type* type, const void* value) {
    trt_problem problem;
    tmlrt_response* response;
    if (trt_answer_read_error(&problem, &response, arena, keys, type, value) != TMLRT_OK) {
        return NULL;
    }
    if (type->kind == TMLRT_TYPE_RESPONSE) {
        return response;
    }
    return problem.status >= 500 ? trt_answer_problem(arena, problem.status, NULL)
                                 : trt_problem_response(arena, &problem);
}
