// SPDX-License-Identifier: Apache-2.0
// What stages cost: requests through the service of a program whose one route has no-op stages
// around it. Instructions per stage are the difference of two runs under callgrind.
//
//   cc -O2 -I. -Iabi/include -Irt/include tests/bench/framework/pipeline.c build/release/libtmlrt.a
//       -lm -lpthread -ldl -lffi -lnghttp2 -lssl
//       -lcrypto -o pipeline
//   valgrind --tool=callgrind --callgrind-out-file=/dev/null ./pipeline "" 1000      (and 2000)
//   valgrind --tool=callgrind --callgrind-out-file=/dev/null ./pipeline MGIPF 1000   (and 2000)
//
// usage: pipeline STAGES COUNT, STAGES being letters of M (middleware), G (guard), I (interceptor),
// P (pipe) and F (filter), one stage each, at most 16. Prints the nanoseconds per request.
// Instructions per request = (total of 2000 - total of 1000) / 1000.
#include "std/http/core/method.h"
#include "std/http/core/response.h"
#include "std/http/framework/app/app.h"
#include "std/http/framework/call/call.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_STAGES = 16 };

typedef struct wrap_frame {
    tmlrt_frame head;
    void* args;
    alignas(16) char leaf[TMLRT_LEAF_SIZE];
} wrap_frame;

typedef struct frame {
    tmlrt_frame head;
    void* args;
} frame;

// Each stage as tmlcg makes a no-op one: start for the first poll, poll for what waits, which none
// of them does.

static tmlrt_started start_wrap(void* at, tmlrt_context* cx, void* args) {
    wrap_frame* f = at;
    tmlrt_response* response = tmlrt_next_start(f->leaf, cx, ((void**)args)[2]);
    if (response == NULL) {
        f->head.state = 1;
        return (tmlrt_started){TMLRT_PENDING, 0};
    }
    return (tmlrt_started){TMLRT_READY, (uint64_t)(uintptr_t)response};
}

static tmlrt_started start_guard(void* at, tmlrt_context* cx, void* args) {
    (void)at, (void)cx, (void)args;
    return (tmlrt_started){TMLRT_READY, 1};
}

static tmlrt_started start_pipe(void* at, tmlrt_context* cx, void* args) {
    (void)at, (void)cx;
    return (tmlrt_started){TMLRT_READY, (uint64_t)(uintptr_t)((void**)args)[1]};
}

static tmlrt_started start_handler(void* at, tmlrt_context* cx, void* args) {
    (void)at, (void)args;
    return (tmlrt_started){TMLRT_READY, (uint64_t)(uintptr_t)tmlrt_response_new(cx, 200)};
}

static tmlrt_poll poll_wrap(void* at, tmlrt_context* cx, void* out) {
    wrap_frame* f = at;
    if (tmlrt_next_desc.poll(f->leaf, cx, out) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    f->head.state = TMLRT_FRAME_DONE;
    return TMLRT_READY;
}

static tmlrt_poll poll_filter(void* at, tmlrt_context* cx, void* out) {
    frame* f = at;
    (void)cx;
    f->head.state = TMLRT_FRAME_DONE;
    *(void**)out = NULL;
    return TMLRT_READY;
}

static tmlrt_poll poll_never(void* at, tmlrt_context* cx, void* out) {
    (void)at, (void)cx, (void)out;
    abort(); // started, and it did not wait
}

static void drop(void* at) {
    ((tmlrt_frame*)at)->state = TMLRT_FRAME_DONE;
}

#define DESC(start_, poll_, frame_, out_)                                                          \
    {.abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,                                               \
     .flags = (start_) != NULL ? TMLRT_FUTURE_START : 0,                                           \
     .start = (start_),                                                                            \
     .poll = (poll_),                                                                              \
     .drop = drop,                                                                                 \
     .frame_size = sizeof(frame_),                                                                 \
     .frame_align = alignof(frame_),                                                               \
     .out_size = (out_),                                                                           \
     .out_align = (out_),                                                                          \
     .name = "bench",                                                                              \
     .num_states = 1}
static const tmlrt_future_desc s_thunks[] = {
    DESC(start_wrap, poll_wrap, wrap_frame, 8), DESC(start_guard, poll_never, frame, 1),
    DESC(start_wrap, poll_wrap, wrap_frame, 8), DESC(start_pipe, poll_never, frame, 8),
    DESC(NULL, poll_filter, frame, 8)};
static const tmlrt_future_desc s_handler = DESC(start_handler, poll_never, frame, 8);

#define POINTER(kind_) {.size = 8, .align = 8, .kind = TMLRT_TYPE_##kind_}
static const tmlrt_meta_type s_str = POINTER(STR), s_request = POINTER(REQUEST),
                             s_next = POINTER(NEXT), s_error = POINTER(ERROR),
                             s_response = POINTER(RESPONSE);
static const tmlrt_meta_type s_bool = {.size = 1, .align = 1, .kind = TMLRT_TYPE_BOOL};
static const tmlrt_meta_type s_maybe = {&s_response, 8, 8, TMLRT_TYPE_MAYBE, 255};
#define SLOT(name_, where_, type_, offset_)                                                        \
    {.name = (name_), .key = (name_), .type = &(type_), .offset = (offset_), .where = (where_)}
static const tmlrt_meta_slot s_wrap_slots[] = {SLOT("request", TMLRT_WHERE_REQUEST, s_request, 8),
                                               SLOT("next", TMLRT_WHERE_NEXT, s_next, 16)};
static const tmlrt_meta_slot s_value = SLOT("value", TMLRT_WHERE_VALUE, s_str, 8);
static const tmlrt_meta_slot s_failed = SLOT("error", TMLRT_WHERE_ERROR, s_error, 8);
static const tmlrt_meta_slot s_id = SLOT("id", TMLRT_WHERE_PATH, s_str, 8);

#define TABLE(items_, num_) {(items_), (num_), sizeof *(items_)}
static const tmlrt_meta_deco s_injectable = {.name = "Injectable"};
static const char* const s_files[] = {"bench.tml"};
static char s_names[MAX_STAGES][3];
static tmlrt_meta_class s_classes[MAX_STAGES + 1] = {{.name = "C", .size = 8, .align = 8}};
static tmlrt_meta_stage s_stages[MAX_STAGES];
static tmlrt_meta_value s_args[MAX_STAGES];
static tmlrt_meta_deco s_decos[MAX_STAGES];
static tmlrt_meta_route s_route = {.cls = "C",
                                   .name = "get",
                                   .method = "GET",
                                   .path = "/:id",
                                   .thunk = &s_handler,
                                   .ret = &s_response,
                                   .params = TABLE(&s_id, 1),
                                   .args_size = 16,
                                   .args_align = 8};
static tmlrt_meta_unit s_unit = {.magic = TMLRT_META_MAGIC,
                                 .major = TMLRT_META_MAJOR,
                                 .name = "bench",
                                 .runtime = &tmlrt_abi_v1,
                                 .files = TABLE(s_files, 1)};
static const tmlrt_meta_unit* const s_units[] = {&s_unit};

static bool add_stage(uint32_t i, char letter) {
    static const char letters[] = "MGIPF";
    static const char* const attach[] = {"Use", "Guard", "Interceptor", "Pipe", "Catch"};
    static const tmlrt_meta_type* const answers[] = {&s_response, &s_bool, &s_response, &s_str,
                                                     &s_maybe};
    static const tmlrt_meta_table params[] = {TABLE(s_wrap_slots, 2), TABLE(s_wrap_slots, 1),
                                              TABLE(s_wrap_slots, 2), TABLE(&s_value, 1),
                                              TABLE(&s_failed, 1)};
    const char* found = strchr(letters, letter);
    if (found == NULL || i == MAX_STAGES) {
        return false;
    }
    uint32_t role = (uint32_t)(found - letters);
    s_names[i][0] = letter;
    s_names[i][1] = (char)('a' + i);
    s_classes[i + 1] = (tmlrt_meta_class){
        .name = s_names[i], .decos = TABLE(&s_injectable, 1), .size = 8, .align = 8};
    s_stages[i] = (tmlrt_meta_stage){.cls = s_names[i],
                                     .name = "run",
                                     .thunk = &s_thunks[role],
                                     .ret = answers[role],
                                     .params = params[role],
                                     .role = role,
                                     .args_size = 24,
                                     .args_align = 8};
    s_args[i] = (tmlrt_meta_value){.kind = TMLRT_VALUE_SYM, .len = 2, .p = s_names[i]};
    s_decos[i] = (tmlrt_meta_deco){attach[role], TABLE(&s_args[i], 1), {0}};
    return true;
}

static int fail(trt_diags* diags) {
    trt_text text = {0};
    trt_diags_format(diags, &text);
    fprintf(stderr, "%s", text.data != NULL ? text.data : "out of memory\n");
    return 1;
}

static void serve(const trt_service* service, trt_arena* arena) {
    trt_exchange exchange = {0};
    tmlrt_arena frames = {0};
    tmlrt_request* request = &exchange.request;
    request->arena = arena;
    request->method = TRT_METHOD_GET;
    request->method_text = (tmlrt_slice){"GET", 3};
    request->path = (tmlrt_slice){"/7", 2};
    trt_atomic_ptr doing;
    trt_exchange_context cx = {
        {&frames, &tmlrt_block_on_waker, NULL, TMLRT_BUDGET, TMLRT_CX_EXCHANGE}, &exchange, &doing};
    if (service->start(service->self, &exchange, &cx.base) != TMLRT_READY ||
        exchange.response == NULL || exchange.response->status != 200) {
        abort();
    }
    service->drop(service->self, &exchange);
    trt_arena_reset(arena);
}

int main(int argc, char** argv) {
    uint32_t num = argc == 3 ? (uint32_t)strlen(argv[1]) : 0;
    for (uint32_t i = 0; i < num; i++) {
        if (!add_stage(i, argv[1][i])) {
            argc = 0;
        }
    }
    if (argc != 3) {
        fprintf(stderr, "usage: pipeline STAGES COUNT (STAGES: at most 16 of MGIPF)\n");
        return 2;
    }
    s_route.decos = (tmlrt_meta_table)TABLE(s_decos, num);
    s_unit.kind[TMLRT_KIND_CLASS] = (tmlrt_meta_table)TABLE(s_classes, num + 1);
    s_unit.kind[TMLRT_KIND_ROUTE] = (tmlrt_meta_table)TABLE(&s_route, 1);
    s_unit.kind[TMLRT_KIND_STAGE] = (tmlrt_meta_table)TABLE(s_stages, num);
    tmlrt_image image = {TMLRT_ABI_MAJOR << 16, sizeof image, s_units, s_units + 1, NULL};
    trt_app app;
    trt_diags diags = {0};
    trt_service service;
    trt_arena arena;
    if (trt_app_init(&app, &image, &diags) != TMLRT_OK || trt_app_start(&app, &diags) != TMLRT_OK) {
        return fail(&diags);
    }
    trt_call_service(&service, &app.handlers);
    trt_arena_init(&arena, 1 << 20);
    struct timespec from, to;
    long count = atol(argv[2]);
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (long i = 0; i < count; i++) {
        serve(&service, &arena);
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    double ns = (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
    printf("%.1f\n", count > 0 ? ns / (double)count : 0);
    trt_arena_fini(&arena);
    trt_app_fini(&app);
    trt_diags_fini(&diags);
    return 0;
}
