// SPDX-License-Identifier: Apache-2.0
// The smoke client: one connection per request, over the loopback, with a deadline.
//
// It speaks only as much HTTP as needed to check the server from outside (Connection: close, read
// to the end), so it shares no code with what it tests but the socket calls. It runs on a thread of
// its own while the server runs. Everything it gets is untrusted text of at most 1 MiB.
#include "std/http/framework/app/smoke.h"

#include "rt/base/assert.h"
#include "rt/os/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_TIMEOUT_NS 40000000000ull ///< longer than the server's own 30 s for a handler
#define EVENTS_NS         1000000000ull  ///< of events that nobody said the end of

enum { MAX_ANSWER = 1 << 20 };

typedef struct smoke_client {
    trt_handle handle;
    trt_poller* poller;
    uint64_t deadline_ns;
    bool any_body; ///< nobody said what the body is
    bool events;   ///< and it may have no end: what came until the deadline is the answer
} smoke_client;

/// Waits until the socket may have changed; TIMEDOUT when the time is up.
static tmlrt_status wait_ready(smoke_client* client) {
    trt_event events[4];
    uint32_t num;
    uint64_t now = trt_os_now_ns();
    if (now >= client->deadline_ns) {
        return TMLRT_E_TIMEDOUT;
    }
    return trt_poller_wait(client->poller, events, 4, client->deadline_ns - now, &num);
}

static tmlrt_status send_all(smoke_client* client, const char* data, size_t len) {
    while (len > 0) {
        tmlrt_slice slice = {data, len};
        size_t sent = 0;
        tmlrt_status status = trt_socket_sendv(client->handle, &slice, 1, &sent);
        if (status == TMLRT_E_AGAIN || status == TMLRT_E_NOTCONN) {
            TRT_TRY(wait_ready(client));
            continue;
        }
        if (status != TMLRT_OK) {
            return status;
        }
        data += sent;
        len -= sent;
    }
    return TMLRT_OK;
}

static bool is_events(const trt_text* answer) {
    const char* type = strstr(answer->data, "\r\nContent-Type: text/event-stream");
    const char* head_end = strstr(answer->data, "\r\n\r\n");
    return type != NULL && head_end != NULL && type < head_end;
}

static tmlrt_status receive_all(smoke_client* client, trt_text* out) {
    char buffer[4096];
    for (;;) {
        size_t len = 0;
        tmlrt_status status = trt_socket_recv(client->handle, buffer, sizeof buffer, &len);
        if (status == TMLRT_E_AGAIN) {
            status = wait_ready(client);
            if (status == TMLRT_E_TIMEDOUT && client->events) {
                return TMLRT_OK;
            }
            TRT_TRY(status);
            continue;
        }
        if (status != TMLRT_OK) {
            return status;
        }
        if (len == 0) {
            client->events = false;
            return out->failed ? TMLRT_E_NOMEM : TMLRT_OK;
        }
        if (out->len + len > MAX_ANSWER) {
            return TMLRT_E_OVERFLOW;
        }
        trt_text_append(out, buffer, len);
        if (client->any_body && !client->events && !out->failed && is_events(out)) {
            client->events = true;
            client->deadline_ns = trt_os_now_ns() + EVENTS_NS;
        }
    }
}

static tmlrt_status exchange(smoke_client* client, const trt_text* wire, trt_text* out) {
    tmlrt_status status = TMLRT_E_TIMEDOUT;
    TRT_TRY(wait_ready(client)); // connected, or refused
    status = trt_socket_error(client->handle);
    if (status == TMLRT_OK) {
        status = send_all(client, wire->data, wire->len);
    }
    return status == TMLRT_OK ? receive_all(client, out) : status;
}

/// *out_cut: the answer has no end.
static tmlrt_status ask(const trt_addr* server, const trt_text* wire, bool any_body, trt_text* out,
                        bool* out_cut) {
    smoke_client client = {.handle = TRT_HANDLE_NONE,
                           .deadline_ns = trt_os_now_ns() + ANSWER_TIMEOUT_NS,
                           .any_body = any_body};
    if (wire->failed) {
        return TMLRT_E_NOMEM;
    }
    TRT_TRY(trt_poller_new(&client.poller));
    tmlrt_status status = trt_socket_connect(&client.handle, server);
    if (status == TMLRT_OK) {
        status = trt_poller_add(client.poller, client.handle, 1);
        if (status == TMLRT_OK) {
            status = exchange(&client, wire, out);
            trt_poller_remove(client.poller, client.handle);
        }
        trt_socket_close(client.handle, false);
    }
    trt_poller_free(client.poller);
    *out_cut = client.events;
    return status;
}

/// Takes the framing of chunks out, in place. False: it is not whole, and was not `cut`.
static bool join_chunks(char* text, size_t len, bool cut, size_t* out_len) {
    size_t at = 0;
    *out_len = 0;
    for (;;) {
        char* after;
        unsigned long long size = strtoull(text + at, &after, 16);
        size_t line = (size_t)(after - text);
        if (line == at || len - line < 2 || memcmp(after, "\r\n", 2) != 0) {
            return cut;
        }
        at = line + 2;
        if (size == 0) {
            return true; // what the trailers say is not compared
        }
        if (size > len - at || len - at - size < 2) {
            return cut;
        }
        memmove(text + *out_len, text + at, (size_t)size);
        *out_len += (size_t)size;
        at += (size_t)size + 2;
    }
}

/// The status code of an answer, 0 when it is not one; *out_body: behind the head. `cut`: it is the
/// beginning of one.
static int parse_answer(trt_text* answer, bool cut, tmlrt_slice* out_body) {
    static const char version[] = "HTTP/1.1 ";
    char* head_end = answer->data != NULL ? strstr(answer->data, "\r\n\r\n") : NULL;
    if (head_end == NULL || strncmp(answer->data, version, strlen(version)) != 0) {
        return 0;
    }
    long status = strtol(answer->data + strlen(version), NULL, 10);
    if (status < 100 || status > 999) {
        return 0;
    }
    char* body = head_end + 4;
    size_t len = answer->len - (size_t)(body - answer->data);
    const char* chunked = strstr(answer->data, "\r\nTransfer-Encoding: chunked\r\n");
    if (chunked != NULL && chunked < body && !join_chunks(body, len, cut, &len)) {
        return 0;
    }
    *out_body = (tmlrt_slice){body, len};
    return (int)status;
}

typedef struct smoke {
    const trt_addr* server;
    uint32_t num, num_failed;
    trt_text failed; ///< a line each
} smoke;

static void print(const trt_text* text) {
    if (text->data != NULL) {
        fwrite(text->data, 1, text->len, stdout);
    }
}

static void check_one(smoke* s, const trt_smoke_case* want) {
    char host[64];
    trt_text wire = {0}, answer = {0}, report = {0};
    trt_smoke_answer got = {.body = {"", 0}};
    host[trt_addr_format(s->server, host, sizeof host)] = '\0';
    trt_smoke_to_wire(want->request, host, &wire);
    bool cut = false;
    got.error = ask(s->server, &wire, want->body == NULL, &answer, &cut);
    got.status = got.error == TMLRT_OK ? parse_answer(&answer, cut, &got.body) : 0;
    bool right = trt_smoke_report(&report, want, &got);
    print(&report);
    s->num++;
    if (!right || report.failed) {
        s->num_failed++;
        trt_text_printf(&s->failed, "  %s.%s (%s:%u)\n", want->cls, want->name, want->file,
                        want->line);
    }
    trt_text_fini(&wire);
    trt_text_fini(&answer);
    trt_text_fini(&report);
}

static bool has_example(const trt_app* app, const tmlrt_meta_route* route) {
    const trt_record_list* examples = &app->registry.kinds[TMLRT_KIND_EXAMPLE];
    for (uint32_t i = 0; i < examples->num; i++) {
        const tmlrt_meta_example* example = examples->items[i].item;
        if (strcmp(example->cls, route->cls) == 0 && strcmp(example->name, route->name) == 0) {
            return true;
        }
    }
    return false;
}

static void check_example(smoke* s, const trt_record* record) {
    const tmlrt_meta_example* e = record->item;
    trt_smoke_case want = {.cls = e->cls,
                           .name = e->name,
                           .title = e->title,
                           .file = record->file,
                           .line = record->line,
                           .request = e->request,
                           .body = e->response,
                           .status = e->status};
    check_one(s, &want);
}

static void check_route(smoke* s, const trt_app* app, uint32_t index) {
    const trt_record* record = &app->registry.kinds[TMLRT_KIND_ROUTE].items[index];
    const tmlrt_meta_route* route = record->item;
    trt_text request = {0};
    trt_smoke_make_request(app, index, &request);
    trt_smoke_case want = {.cls = route->cls,
                           .name = route->name,
                           .title = "no example, a made-up request",
                           .file = record->file,
                           .line = record->line,
                           .request = request.data != NULL ? request.data : ""};
    check_one(s, &want);
    trt_text_fini(&request);
}

uint32_t trt_smoke_run(const trt_app* app, const trt_addr* server) {
    const trt_record_list* examples = &app->registry.kinds[TMLRT_KIND_EXAMPLE];
    smoke s = {.server = server};
    for (uint32_t i = 0; i < examples->num; i++) {
        check_example(&s, &examples->items[i]);
    }
    for (uint32_t i = 0; i < app->handlers.num; i++) {
        if (!has_example(app, app->handlers.items[i].route)) {
            check_route(&s, app, i);
        }
    }
    printf("smoke: %u requests, %u failed\n", s.num, s.num_failed);
    print(&s.failed);
    fflush(stdout);
    trt_text_fini(&s.failed);
    return s.num_failed;
}
