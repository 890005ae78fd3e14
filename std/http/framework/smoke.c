// SPDX-License-Identifier: Apache-2.0
// The smoke client: one connection per request, over the loopback, with a deadline.
//
// It speaks only as much HTTP as needed to check the server from outside (Connection: close, read
// to the end), so it shares no code with what it tests but the socket calls. It runs on a thread of
// its own while the server runs. Everything it gets is untrusted text of at most 1 MiB.
#include "std/http/framework/smoke.h"

#include "rt/base/assert.h"
#include "rt/os/clock.h"
#include "std/http/core/status.h"

#include <stdio.h>
#include <string.h>

#define ANSWER_TIMEOUT_NS 40000000000ull ///< longer than the server's own 30 s for a handler

enum { MAX_ANSWER = 1 << 20 };

typedef struct smoke_client {
    trt_handle handle;
    trt_poller* poller;
    uint64_t deadline_ns;
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

static tmlrt_status receive_all(smoke_client* client, trt_text* out) {
    char buffer[4096];
    for (;;) {
        size_t len = 0;
        tmlrt_status status = trt_socket_recv(client->handle, buffer, sizeof buffer, &len);
        if (status == TMLRT_E_AGAIN) {
            TRT_TRY(wait_ready(client));
            continue;
        }
        if (status != TMLRT_OK) {
            return status;
        }
        if (len == 0) {
            return out->failed ? TMLRT_E_NOMEM : TMLRT_OK;
        }
        if (out->len + len > MAX_ANSWER) {
            return TMLRT_E_OVERFLOW;
        }
        trt_text_append(out, buffer, len);
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

static tmlrt_status ask(const trt_addr* server, const trt_text* wire, trt_text* out) {
    smoke_client client = {TRT_HANDLE_NONE, NULL, trt_os_now_ns() + ANSWER_TIMEOUT_NS};
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
    return status;
}

/// The status code of an answer, 0 when it is not one; *out_body: behind the head.
static int parse_answer(const trt_text* answer, tmlrt_slice* out_body) {
    int status = 0;
    const char* head_end = answer->data != NULL ? strstr(answer->data, "\r\n\r\n") : NULL;
    if (head_end == NULL || sscanf(answer->data, "HTTP/1.1 %3d", &status) != 1) {
        return 0;
    }
    const char* body = head_end + 4;
    *out_body = (tmlrt_slice){body, answer->len - (uint64_t)(body - answer->data)};
    return status;
}

typedef struct expectation {
    const char *cls, *name, *title, *request;
    const char* body; ///< NULL: any
    uint32_t status;  ///< 0: anything below 500
} expectation;

/// Prints a text with every line indented.
static void print_indented(const char* text, size_t len) {
    while (len > 0) {
        const char* end = memchr(text, '\n', len);
        size_t line = end != NULL ? (size_t)(end - text) : len;
        printf("    %.*s\n", (int)line, text);
        text += line + (end != NULL);
        len -= line + (end != NULL);
    }
}

static const char* judge(const expectation* want, int status, tmlrt_slice body) {
    if (status == 0) {
        return "no answer";
    }
    if (want->status == 0 ? status >= 500 : (uint32_t)status != want->status) {
        return "another status than expected";
    }
    if (want->body != NULL &&
        (body.len != strlen(want->body) || memcmp(body.data, want->body, (size_t)body.len) != 0)) {
        return "another body than expected";
    }
    return NULL;
}

static bool check_one(const trt_addr* server, const expectation* want) {
    char host[64];
    trt_text wire = {0}, answer = {0};
    tmlrt_slice body = {"", 0};
    host[trt_addr_format(server, host, sizeof host)] = '\0';
    trt_smoke_to_wire(want->request, host, &wire);
    tmlrt_status status = ask(server, &wire, &answer);
    int code = status == TMLRT_OK ? parse_answer(&answer, &body) : 0;
    const char* wrong = judge(want, code, body);
    printf("%s.%s: %s\n  request\n", want->cls, want->name, want->title);
    print_indented(want->request, strlen(want->request));
    printf("  answer\n");
    if (code != 0) {
        printf("    %d %s\n", code, trt_status_reason(code));
        print_indented(body.data, (size_t)body.len);
    }
    if (wrong != NULL) {
        printf("  FAILED: %s", wrong);
        if (status != TMLRT_OK) {
            printf(" (%s)", trt_status_name(status));
        } else if (want->status != 0 && (uint32_t)code != want->status) {
            printf(" (%u)", want->status);
        } else if (want->body != NULL) {
            printf("\n    %s", want->body);
        }
        printf("\n");
    }
    trt_text_fini(&wire);
    trt_text_fini(&answer);
    return wrong == NULL;
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

uint32_t trt_smoke_run(const trt_app* app, const trt_addr* server) {
    const trt_record_list* examples = &app->registry.kinds[TMLRT_KIND_EXAMPLE];
    uint32_t num = 0, failed = 0;
    for (uint32_t i = 0; i < examples->num; i++, num++) {
        const tmlrt_meta_example* e = examples->items[i].item;
        expectation want = {e->cls, e->name, e->title, e->request, e->response, e->status};
        failed += !check_one(server, &want);
    }
    for (uint32_t i = 0; i < app->handlers.num; i++) {
        const tmlrt_meta_route* route = app->handlers.items[i].route;
        if (has_example(app, route)) {
            continue;
        }
        trt_text request = {0};
        trt_smoke_make_request(app, i, &request);
        expectation want = {route->cls,
                            route->name,
                            "no example, a made-up request",
                            request.data != NULL ? request.data : "",
                            NULL,
                            0};
        failed += request.failed || !check_one(server, &want);
        trt_text_fini(&request);
        num++;
    }
    printf("smoke: %u requests, %u failed\n", num, failed);
    fflush(stdout);
    return failed;
}
