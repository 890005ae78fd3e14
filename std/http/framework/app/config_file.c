// SPDX-License-Identifier: Apache-2.0
// Lines to entries. The text is cut up in place; what the entries mean is for options.c. At start,
// one thread.
#include "std/http/framework/app/config_file.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/os/file.h"

#include <stdio.h>

enum { LINE_DIGITS = 12 };

typedef struct span {
    char *start, *end;
} span;

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static span trimmed(char* start, char* end) {
    while (start < end && is_blank(*start)) {
        start++;
    }
    while (end > start && is_blank(end[-1])) {
        end--;
    }
    return (span){start, end};
}

/// The line without its comment.
static span content_of(char* start, char* end) {
    for (char* at = start; at < end; at++) {
        if (*at == '#' && (at == start || is_blank(at[-1]))) {
            return trimmed(start, at);
        }
    }
    return trimmed(start, end);
}

static void complain(trt_text* message, const char* path, uint32_t line, const char* why,
                     const span* what) {
    trt_text_printf(message, "tmlrt: %s:%u: `%.*s` %s\n", path, line,
                    (int)(what->end - what->start), what->start, why);
}

/// One line; *section is the one it stands in, and changes with a `[section]`.
static void take_line(trt_config_file* file, const char* path, uint32_t line, span content,
                      const char** section, trt_text* message) {
    char* equals = memchr(content.start, '=', (size_t)(content.end - content.start));
    if (content.start == content.end) {
        return;
    }
    if (content.start[0] == '[') {
        if (content.end[-1] != ']') {
            complain(message, path, line, "has no `]` at its end", &content);
            return;
        }
        span name = trimmed(content.start + 1, content.end - 1);
        *name.end = '\0';
        *section = name.start;
        return;
    }
    if (equals == NULL) {
        complain(message, path, line, "is not `key = value`, `[section]` or `# comment`", &content);
        return;
    }
    span key = trimmed(content.start, equals), value = trimmed(equals + 1, content.end);
    if (key.start == key.end) {
        complain(message, path, line, "has no key before its `=`", &content);
        return;
    }
    size_t room = strlen(path) + LINE_DIGITS;
    char* source = file->sources + file->num * room;
    snprintf(source, room, "%s:%u", path, line);
    *key.end = *value.end = '\0';
    file->entries[file->num++] = (trt_config_entry){*section, key.start, value.start, source};
}

static uint32_t count_of(const char* text, size_t len, char what) {
    uint32_t num = 0;
    for (size_t i = 0; i < len; i++) {
        num += text[i] == what;
    }
    return num;
}

tmlrt_status trt_config_file_parse(trt_config_file* out, const char* path, char* owned_text,
                                   size_t len, size_t size, trt_text* message) {
    uint32_t most = count_of(owned_text, len, '='), lines = count_of(owned_text, len, '\n') + 1;
    uint32_t line = 0;
    most = (most < lines ? most : lines) + 1; // more than the entries that there can be
    const char* section = "";
    size_t errors = message->len;
    trt_config_file file = {.text = owned_text,
                            .text_size = size,
                            .entries_size = most * sizeof(trt_config_entry),
                            .sources_size = most * (strlen(path) + LINE_DIGITS)};
    file.entries = trt_alloc(file.entries_size);
    file.sources = trt_alloc(file.sources_size);
    *out = file;
    if (file.entries == NULL || file.sources == NULL) {
        trt_config_file_fini(out);
        return TMLRT_E_NOMEM;
    }
    owned_text[len] = '\0';
    size_t mark = len >= 3 && memcmp(owned_text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; // of an editor
    for (char* at = owned_text + mark; at < owned_text + len;) {
        char* end = memchr(at, '\n', (size_t)(owned_text + len - at));
        end = end != NULL ? end : owned_text + len;
        line++;
        if (memchr(at, '\0', (size_t)(end - at)) != NULL) {
            span nothing = {at, at};
            complain(message, path, line, "has a NUL byte: this is no text", &nothing);
        } else {
            take_line(out, path, line, content_of(at, end), &section, message);
        }
        at = end + 1;
    }
    return message->len != errors ? TMLRT_E_INVAL : TMLRT_OK;
}

void trt_config_file_fini(trt_config_file* file) {
    trt_free(file->entries, file->entries_size);
    trt_free(file->sources, file->sources_size);
    trt_free(file->text, file->text_size);
    *file = (trt_config_file){0};
}

tmlrt_status trt_config_file_read(const char* path, char** out_text, size_t* out_len,
                                  size_t* out_size) {
    trt_handle handle;
    const size_t size = TRT_CONFIG_FILE_MAX + 2; // one more than may be, and a NUL
    size_t len = 0;
    TRT_TRY(trt_file_open(&handle, path, TMLRT_FILE_READ, 0));
    char* text = trt_alloc(size);
    tmlrt_status status =
        text != NULL ? trt_file_read(handle, text, size - 1, TRT_FILE_CURSOR, &len) : TMLRT_E_NOMEM;
    trt_file_close(handle);
    if (status == TMLRT_OK && len > TRT_CONFIG_FILE_MAX) {
        status = TMLRT_E_OVERFLOW;
    }
    if (status != TMLRT_OK) {
        trt_free(text, size);
        return status;
    }
    *out_text = text;
    *out_len = len;
    *out_size = size;
    return TMLRT_OK;
}
