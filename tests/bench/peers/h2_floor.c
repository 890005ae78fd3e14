// SPDX-License-Identifier: Apache-2.0
// The floor of HTTP/2: what nghttp2 alone holds of an idle connection, and costs for a request. One
// server session per connection and its descriptor, sockets read and written from buffers that all
// share, one recv and one send for all streams each; closed streams are not kept, the HPACK tables
// have the protocol's 4,096 bytes, as ours. Whatever is asked gets the same answer, with the fields
// that ours has, not copied.
//   usage: h2_floor PORT FILE [reuse]
//     FILE has the fields as lines `name: value`, an empty line, and the body
//     reuse: nghttp2's blocks are kept by size and used again; else they are libc's
#include "floor.h"

#include <nghttp2/nghttp2.h>
#include <stddef.h>

enum {
    INPUT_CAP = 32768,
    OUTPUT_CAP = 1 << 20,
    ANSWER_CAP = 4096,
    FIELDS_CAP = 32,
    CLASS_BYTES = 64,
    NUM_CLASSES = 32
};

/// In front of every block that is used again: its class, or the next free one of it.
typedef union block {
    union block* next;
    size_t class;
    max_align_t align;
} block;

typedef struct connection {
    nghttp2_session* session;
    int fd;
} connection;

static char s_answer[ANSWER_CAP + 1]; // the file; names and values end where they are
static nghttp2_nv s_fields[FIELDS_CAP];
static const char* s_body;
static size_t s_num_fields, s_body_len;
static uint8_t s_input[INPUT_CAP], s_output[OUTPUT_CAP];
static nghttp2_session_callbacks* s_callbacks;
static nghttp2_option* s_option;
static block* s_free[NUM_CLASSES];
static nghttp2_mem* s_mem; // NULL: libc's

static void* reuse_malloc(size_t size, void* user) {
    (void)user;
    size_t class = (size + CLASS_BYTES - 1) / CLASS_BYTES;
    block* made = class < NUM_CLASSES ? s_free[class] : NULL;
    if (made != NULL) {
        s_free[class] = made->next;
    } else {
        made = malloc(sizeof *made + class * CLASS_BYTES);
    }
    if (made == NULL) {
        return NULL;
    }
    made->class = class;
    return made + 1;
}

static void reuse_free(void* ptr, void* user) {
    (void)user;
    block* made = ptr != NULL ? (block*)ptr - 1 : NULL;
    if (made == NULL || made->class >= NUM_CLASSES) {
        free(made);
        return;
    }
    size_t class = made->class;
    made->next = s_free[class];
    s_free[class] = made;
}

static void* reuse_calloc(size_t num, size_t size, void* user) {
    void* made = reuse_malloc(num * size, user);
    return made != NULL ? memset(made, 0, num * size) : NULL;
}

static void* reuse_realloc(void* ptr, size_t size, void* user) {
    void* made = reuse_malloc(size, user);
    if (made != NULL && ptr != NULL) {
        size_t old = ((block*)ptr - 1)->class * CLASS_BYTES;
        memcpy(made, ptr, old < size ? old : size);
        reuse_free(ptr, user);
    }
    return made;
}

static nghttp2_mem s_reuse = {NULL, reuse_malloc, reuse_free, reuse_calloc, reuse_realloc};

static ssize_t read_body(nghttp2_session* session, int32_t stream, uint8_t* out, size_t cap,
                         uint32_t* flags, nghttp2_data_source* source, void* user) {
    (void)session, (void)stream, (void)source, (void)user;
    size_t len = s_body_len < cap ? s_body_len : cap;
    memcpy(out, s_body, len);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)len;
}

static void add_field(char* name, char* value) {
    if (s_num_fields == FIELDS_CAP) {
        fprintf(stderr, "h2_floor: more than %d fields\n", FIELDS_CAP);
        exit(2);
    }
    s_fields[s_num_fields++] =
        (nghttp2_nv){(uint8_t*)name, (uint8_t*)value, strlen(name), strlen(value),
                     NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

static void load_answer(const char* path) {
    static char s_status[] = ":status", s_ok[] = "200";
    size_t len = floor_load(path, s_answer, ANSWER_CAP);
    char* line = s_answer;
    add_field(s_status, s_ok);
    while (*line != '\n') {
        char* value = strstr(line, ": ");
        char* end = strchr(line, '\n');
        if (value == NULL || end == NULL || value > end) {
            fprintf(stderr, "h2_floor: %s: not `name: value`: %.80s\n", path, line);
            exit(2);
        }
        *value = *end = '\0';
        add_field(line, value + 2);
        line = end + 1;
    }
    s_body = line + 1;
    s_body_len = len - (size_t)(s_body - s_answer);
}

static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    (void)user;
    bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (!may_end || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) {
        return 0;
    }
    const nghttp2_data_provider body = {.read_callback = read_body};
    return nghttp2_submit_response(session, frame->hd.stream_id, s_fields, s_num_fields, &body);
}

static void* open_h2(int fd) {
    connection* conn = calloc(1, sizeof *conn);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 65535},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 65536},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
    };
    if (conn == NULL ||
        nghttp2_session_server_new3(&conn->session, s_callbacks, conn, s_option, s_mem) != 0 ||
        nghttp2_submit_settings(conn->session, NGHTTP2_FLAG_NONE, settings, 4) != 0) {
        floor_fail("nghttp2");
    }
    conn->fd = fd;
    return conn;
}

static void close_h2(void* self) {
    connection* conn = self;
    nghttp2_session_del(conn->session);
    close(conn->fd);
    free(conn);
}

static bool flush(connection* conn) {
    const uint8_t* piece;
    size_t len = 0;
    ssize_t got;
    while ((got = nghttp2_session_mem_send(conn->session, &piece)) > 0) {
        if ((size_t)got > OUTPUT_CAP - len) {
            return false; // a hundred answers are far less
        }
        memcpy(s_output + len, piece, (size_t)got);
        len += (size_t)got;
    }
    return got == 0 && (len == 0 || send(conn->fd, s_output, len, MSG_NOSIGNAL) == (ssize_t)len);
}

static bool serve_h2(void* self) {
    connection* conn = self;
    ssize_t len;
    while ((len = recv(conn->fd, s_input, INPUT_CAP, 0)) > 0) {
        if (nghttp2_session_mem_recv(conn->session, s_input, (size_t)len) != len || !flush(conn)) {
            return false;
        }
    }
    return len < 0 && errno == EAGAIN;
}

int main(int argc, char** argv) {
    const floor_calls calls = {open_h2, serve_h2, close_h2};
    bool reuses = argc == 4 && strcmp(argv[3], "reuse") == 0;
    if (argc != 3 && !reuses) {
        fprintf(stderr, "usage: h2_floor PORT FILE [reuse]\n");
        return 2;
    }
    s_mem = reuses ? &s_reuse : NULL;
    load_answer(argv[2]);
    if (nghttp2_session_callbacks_new(&s_callbacks) != 0 || nghttp2_option_new(&s_option) != 0) {
        floor_fail("nghttp2");
    }
    nghttp2_session_callbacks_set_on_frame_recv_callback(s_callbacks, on_frame);
    nghttp2_option_set_no_closed_streams(s_option, 1);
    nghttp2_option_set_no_http_messaging(s_option, 1); // ours checks fields, nobody does here
    nghttp2_option_set_server_fallback_rfc7540_priorities(s_option, 0);
    floor_run(argv[1], &calls);
}
