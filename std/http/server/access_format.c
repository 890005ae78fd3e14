// SPDX-License-Identifier: Apache-2.0
// A line of the access log. Every text that a peer sent passes put_text: it is bounded in bytes
// written, and none of its bytes can end the line, the field or the terminal's patience. Query
// strings (the request's and the referrer's) pass put_query first, which leaves secret values out.
// Pure; any thread.
#include "std/http/server/access_format.h"

#include "std/http/core/date.h"
#include "std/http/core/number.h"
#include "std/http/core/utf8.h"

#include <string.h>

/// How many bytes of each text are written; their sum and what is around them fits TRT_ACCESS_LINE.
enum {
    PEER_MAX = 64,
    METHOD_MAX = 64,
    PATH_MAX = 1024,
    QUERY_MAX = 1024,
    ROUTE_MAX = 256,
    AGENT_MAX = 512,
    REFERER_MAX = 1024,
    ID_MAX = 128,
};

typedef struct line {
    char* at;
    char* end; ///< of what the text being written may take
    enum trt_access_format format;
    const char* redacted;
    bool cut; ///< the text being written did not fit
} line;

static void put_raw(line* l, const char* text) {
    size_t len = strlen(text);
    memcpy(l->at, text, len);
    l->at += len;
}

static void put_number(line* l, uint64_t value) {
    l->at += trt_format_u64(l->at, value);
}

/// Appends what belongs together or nothing; nothing more fits behind what did not.
static void put_piece(line* l, const char* piece, size_t len) {
    if (l->cut || (size_t)(l->end - l->at) < len) {
        l->cut = true;
        return;
    }
    memcpy(l->at, piece, len);
    l->at += len;
}

static void put_escape(line* l, unsigned char byte) {
    static const char hex[] = "0123456789abcdef";
    char json[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
    char plain[4] = {'\\', 'x', hex[byte >> 4], hex[byte & 15]};
    if (l->format == TRT_ACCESS_JSON) {
        put_piece(l, json, sizeof json);
    } else {
        put_piece(l, plain, sizeof plain);
    }
}

/// How many bytes at the start of a text stand for themselves.
static size_t plain_span(const char* text, size_t len) {
    size_t at = 0;
    while (at < len && text[at] >= 0x20 && text[at] < 0x7f && text[at] != '"' && text[at] != '\\') {
        at++;
    }
    return at;
}

/// As much of a plain text as fits.
static void put_plain(line* l, const char* text, size_t len) {
    size_t room = (size_t)(l->end - l->at);
    l->cut = len > room;
    len = len < room ? len : room;
    memcpy(l->at, text, len);
    l->at += len;
}

/// One character that begins at text[0], of at most `len` bytes, and is not plain; returns how many
/// it has.
static size_t put_char(line* l, const char* text, size_t len, bool utf8) {
    unsigned char byte = (unsigned char)text[0];
    if (byte == '"' || byte == '\\') {
        char pair[2] = {'\\', (char)byte};
        put_piece(l, pair, 2);
        return 1;
    }
    if (byte < 0x80 || !utf8) {
        put_escape(l, byte);
        return 1;
    }
    size_t size;
    uint32_t scalar = trt_utf8_decode(text, &size);
    if (scalar < 0xa0) { // the other control characters
        put_escape(l, (unsigned char)scalar);
    } else if (scalar == 0x2028 || scalar == 0x2029) {
        put_piece(l, scalar == 0x2028 ? "\\u2028" : "\\u2029", 6);
    } else {
        put_piece(l, text, size);
    }
    return size < len ? size : len;
}

static void put_text(line* l, tmlrt_slice text) {
    size_t len = (size_t)text.len, at = 0;
    bool checked = false, utf8 = false;
    while (at < len && !l->cut) {
        size_t span = plain_span(text.data + at, len - at);
        put_plain(l, text.data + at, span);
        at += span;
        if (at == len || l->cut) {
            return;
        }
        if (!checked) { // most texts have nothing that asks for it
            utf8 = l->format == TRT_ACCESS_JSON && trt_utf8_valid(text.data, len);
            checked = true;
        }
        at += put_char(l, text.data + at, len - at, utf8);
    }
}

/// The text that follows may take `max` bytes.
static void begin_text(line* l, size_t max) {
    l->end = l->at + max;
    l->cut = false;
}

static void end_text(line* l) {
    if (l->cut) {
        memcpy(l->at, "...", 3);
        l->at += 3;
    }
}

// ---- redaction ----------------------------------------------------------------------------------

static int hex_of(char c) {
    return c >= '0' && c <= '9'                 ? c - '0'
           : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                : -1;
}

/// The next character of a name as a server would read it, in lower case; moves *at.
static char next_of_name(tmlrt_slice name, size_t* at) {
    char c = name.data[(*at)++];
    if (c == '%' && *at + 2 <= name.len) {
        int high = hex_of(name.data[*at]), low = hex_of(name.data[*at + 1]);
        if (high >= 0 && low >= 0) {
            c = (char)(high << 4 | low);
            *at += 2;
        }
    }
    return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static bool name_is(tmlrt_slice name, const char* wanted, size_t len) {
    size_t at = 0, i = 0;
    while (at < name.len && i < len) {
        char c = wanted[i++];
        if (next_of_name(name, &at) != (c >= 'A' && c <= 'Z' ? (char)(c | 32) : c)) {
            return false;
        }
    }
    return at == name.len && i == len;
}

static bool is_redacted(const line* l, tmlrt_slice name) {
    const char* list = l->redacted;
    while (*list != '\0') {
        size_t len = strcspn(list, ",");
        if (len != 0 && name_is(name, list, len)) {
            return true;
        }
        list += list[len] == ',' ? len + 1 : len;
    }
    return false;
}

static void put_query(line* l, tmlrt_slice query) {
    for (size_t i = 0; i < query.len && !l->cut;) {
        const char* pair = query.data + i;
        size_t len = 0, name = 0;
        while (i + len < query.len && pair[len] != '&' && pair[len] != ';') {
            len++;
        }
        while (name < len && pair[name] != '=') {
            name++;
        }
        bool hidden = name < len && is_redacted(l, (tmlrt_slice){pair, name});
        put_text(l, (tmlrt_slice){pair, hidden ? name + 1 : len});
        if (hidden) {
            put_piece(l, "[redacted]", 10);
        }
        i += len;
        if (i < query.len) {
            put_text(l, (tmlrt_slice){query.data + i, 1});
            i++;
        }
    }
}

/// A URL of the peer's: user information never, the query redacted, a fragment not at all (browsers
/// send none, and it can hold a token).
static void put_url(line* l, tmlrt_slice url) {
    size_t end = 0, start = 0, query;
    while (end < url.len && url.data[end] != '#') {
        end++;
    }
    for (query = 0; query < end && url.data[query] != '?'; query++) {
    }
    for (size_t i = 0; i + 2 < query && start == 0; i++) {
        start = memcmp(url.data + i, "://", 3) == 0 ? i + 3 : 0;
    }
    size_t host = start;
    for (size_t i = start; start != 0 && i < query && url.data[i] != '/'; i++) {
        host = url.data[i] == '@' ? i + 1 : host;
    }
    put_text(l, (tmlrt_slice){url.data, start});
    put_text(l, (tmlrt_slice){url.data + host, query - host});
    if (query < end) {
        put_piece(l, "?", 1);
        put_query(l, (tmlrt_slice){url.data + query + 1, end - query - 1});
    }
}

// ---- time ---------------------------------------------------------------------------------------

/// The parts of "Sun, 06 Nov 1994 08:49:37 GMT", put together in another order.
static void put_time(line* l, uint64_t wall_ms) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char date[TRT_HTTP_DATE_LEN];
    trt_http_date_format(date, (int64_t)(wall_ms / 1000));
    if (l->format == TRT_ACCESS_COMBINED) {
        char text[] = "06/Nov/1994:08:49:37 +0000";
        memcpy(text, date + 5, 2);
        memcpy(text + 3, date + 8, 3);
        memcpy(text + 7, date + 12, 4);
        memcpy(text + 12, date + 17, 8);
        put_raw(l, text);
        return;
    }
    int month = 1;
    while (month < 12 && memcmp(months + (size_t)(month - 1) * 3, date + 8, 3) != 0) {
        month++;
    }
    uint32_t ms = (uint32_t)(wall_ms % 1000);
    char text[] = "1994-11-06T08:49:37.000Z";
    memcpy(text, date + 12, 4);
    text[5] = (char)('0' + month / 10);
    text[6] = (char)('0' + month % 10);
    memcpy(text + 8, date + 5, 2);
    memcpy(text + 11, date + 17, 8);
    text[20] = (char)('0' + ms / 100);
    text[21] = (char)('0' + ms / 10 % 10);
    text[22] = (char)('0' + ms % 10);
    put_raw(l, text);
}

static void put_version(line* l, const trt_access_entry* entry) {
    put_raw(l, "HTTP/");
    put_number(l, entry->version_major);
    put_raw(l, ".");
    put_number(l, entry->version_minor);
}

// ---- the two formats ----------------------------------------------------------------------------

/// A member of the object, unless it is empty.
static void put_member(line* l, const char* name, tmlrt_slice text, size_t max,
                       void (*put)(line* l, tmlrt_slice text)) {
    if (text.len == 0) {
        return;
    }
    put_raw(l, ",\"");
    put_raw(l, name);
    put_raw(l, "\":\"");
    begin_text(l, max);
    put(l, text);
    end_text(l);
    put_raw(l, "\"");
}

static void put_count(line* l, const char* name, uint64_t value) {
    put_raw(l, ",\"");
    put_raw(l, name);
    put_raw(l, "\":");
    put_number(l, value);
}

static void put_json(line* l, const trt_access_entry* entry) {
    put_raw(l, "{\"time\":\"");
    put_time(l, entry->wall_ms);
    put_raw(l, "\"");
    put_member(l, "peer", entry->peer, PEER_MAX, put_text);
    put_member(l, "method", entry->method, METHOD_MAX, put_text);
    put_member(l, "path", entry->path, PATH_MAX, put_text);
    put_member(l, "query", entry->query, QUERY_MAX, put_query);
    put_member(l, "route", entry->route, ROUTE_MAX, put_text);
    if (entry->version_major != 0) {
        put_raw(l, ",\"protocol\":\"");
        put_version(l, entry);
        put_raw(l, "\"");
    }
    put_count(l, "status", entry->status);
    put_count(l, "bytes_in", entry->bytes_in);
    put_count(l, "bytes_out", entry->bytes_out);
    put_count(l, "duration_us", entry->duration_ns / 1000);
    put_raw(l, entry->tls ? ",\"tls\":true" : "");
    put_raw(l, entry->cut ? ",\"cut\":true" : "");
    put_member(l, "user_agent", entry->user_agent, AGENT_MAX, put_text);
    put_member(l, "referer", entry->referer, REFERER_MAX, put_url);
    put_member(l, "request_id", entry->request_id, ID_MAX, put_text);
    put_raw(l, "}\n");
}

/// A text in quotes, "-" when there is none.
static void put_quoted(line* l, tmlrt_slice text, size_t max, void (*put)(line*, tmlrt_slice)) {
    put_raw(l, " \"");
    begin_text(l, max);
    if (text.len != 0) {
        put(l, text);
    } else {
        put_raw(l, "-");
    }
    end_text(l);
    put_raw(l, "\"");
}

static void put_combined(line* l, const trt_access_entry* entry) {
    begin_text(l, PEER_MAX);
    put_text(l, entry->peer);
    end_text(l);
    put_raw(l, entry->peer.len != 0 ? " - - [" : "- - - [");
    put_time(l, entry->wall_ms);
    put_raw(l, "] \"");
    if (entry->method.len == 0) {
        put_raw(l, "-");
    } else {
        begin_text(l, METHOD_MAX);
        put_text(l, entry->method);
        end_text(l);
        put_raw(l, " ");
        begin_text(l, PATH_MAX);
        put_text(l, entry->path);
        end_text(l);
        if (entry->query.len != 0) {
            put_raw(l, "?");
            begin_text(l, QUERY_MAX);
            put_query(l, entry->query);
            end_text(l);
        }
        put_raw(l, " ");
        put_version(l, entry);
    }
    put_raw(l, "\" ");
    put_number(l, entry->status);
    put_raw(l, " ");
    put_number(l, entry->bytes_out);
    put_quoted(l, entry->referer, REFERER_MAX, put_url);
    put_quoted(l, entry->user_agent, AGENT_MAX, put_text);
    put_raw(l, "\n");
}

size_t trt_access_line(char* out, enum trt_access_format format, const char* redacted,
                       const trt_access_entry* entry) {
    line l = {.at = out, .format = format, .redacted = redacted};
    if (format == TRT_ACCESS_JSON) {
        put_json(&l, entry);
    } else {
        put_combined(&l, entry);
    }
    return (size_t)(l.at - out);
}
