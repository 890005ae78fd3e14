// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a configuration file, the places of `listen` and `admin` in it, and its limits. What
// is refused says why, in whole lines; what is accepted can be printed as a file that says the
// same, and printing that again changes nothing. A first line "!listen" makes the rest the value of
// --listen.
#include "std/http/framework/app/options.h"

#include "rt/base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t* s_data;
static size_t s_size;

static tmlrt_status read_input(const char* path, char** out_text, size_t* out_len,
                               size_t* out_size) {
    (void)path;
    *out_text = trt_alloc(s_size + 1);
    if (*out_text == NULL) {
        abort();
    }
    memcpy(*out_text, s_data, s_size);
    *out_len = s_size;
    *out_size = s_size + 1;
    return TMLRT_OK;
}

static tmlrt_status resolve(trt_app_options* out, const uint8_t* data, size_t size,
                            trt_text* message) {
    static char program[] = "program";
    char* argv[] = {program, NULL};
    trt_app_options_input input = {
        .argc = 1, .argv = argv, .env_config = "f", .read_file = read_input};
    s_data = data;
    s_size = size;
    return trt_app_options_resolve(out, &input, message);
}

static void print(const trt_app_options* options, trt_text* out) {
    trt_http_limits limits = options->limits;
    trt_http_limits_resolve(&limits);
    trt_http_limits_resolve_system(&limits, 1000, 1 << 30);
    trt_app_print_config(options, &limits, out);
}

static void check_message(const trt_text* message) {
    if (message->len == 0 || message->data[message->len - 1] != '\n' ||
        strncmp(message->data, "tmlrt: ", 7) != 0) {
        abort();
    }
}

/// The printed file without its comments, which say another source the second time.
static void strip(trt_text* text) {
    size_t to = 0;
    bool comment = false;
    for (size_t i = 0; i < text->len; i++) {
        comment = text->data[i] != '\n' && (comment || strncmp(text->data + i, " # ", 3) == 0);
        if (!comment) {
            text->data[to++] = text->data[i];
        }
    }
    text->len = to;
}

static void check_again(const trt_app_options* options) {
    trt_app_options again;
    trt_text first = {0}, second = {0}, message = {0};
    print(options, &first);
    if (resolve(&again, (const uint8_t*)first.data, first.len, &message) != TMLRT_OK) {
        fprintf(stderr, "%s%s", first.data, message.data);
        abort();
    }
    print(&again, &second);
    strip(&first);
    strip(&second);
    if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0) {
        fprintf(stderr, "%.*s---\n%.*s", (int)first.len, first.data, (int)second.len, second.data);
        abort();
    }
    trt_app_options_fini(&again);
    trt_text_fini(&first);
    trt_text_fini(&second);
}

static void check_listen(const char* text) {
    static const trt_activated socket = {.handle = 3, .name = "web"};
    trt_listen_list list;
    trt_text message = {0};
    tmlrt_status status = trt_listen_parse(&list, "listen", text, "--listen", &socket, 1, &message);
    if (status != TMLRT_OK) {
        check_message(&message);
    } else if (list.num == 0 || list.num > TRT_LISTEN_MAX || message.len != 0) {
        abort();
    }
    for (uint32_t i = 0; i < list.num; i++) {
        const trt_http_listener* item = &list.items[i];
        bool v6 = item->addr.family == 6, path = item->path != NULL;
        if ((item->is_open ? 1 : 0) + (path ? 1 : 0) + (item->addr.family != 0 ? 1 : 0) != 1 ||
            (item->v6_only && !v6) || (item->mode != 0 && (!path || item->path[0] == '@'))) {
            abort();
        }
    }
    trt_listen_fini(&list);
    trt_text_fini(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    trt_app_options options;
    trt_text message = {0};
    if (size > 8 && memcmp(data, "!listen\n", 8) == 0) {
        char* text = calloc(1, size - 7);
        memcpy(text, data + 8, size - 8);
        check_listen(text);
        free(text);
        return 0;
    }
    if (resolve(&options, data, size, &message) == TMLRT_OK) {
        check_again(&options);
        trt_app_options_fini(&options);
    } else {
        check_message(&message);
    }
    trt_text_fini(&message);
    return 0;
}
