// SPDX-License-Identifier: Apache-2.0
// What the stages of the program do: as the table of the test says.
#include "std/http/core/response.h"
#include "tests/support/harness.h"
#include "tests/support/pipeline_inside.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct stage_frame {
    tmlrt_frame head;
    char* args;
    uint32_t step, waits;
    alignas(16) char leaf[TMLRT_LEAF_SIZE];
    tmlrt_response* got;
} stage_frame;

static void trace(const char* format, ...) __attribute__((format(printf, 1, 2)));
static void trace(const char* format, ...) {
    size_t len = strlen(pp_current->trace);
    va_list args;
    va_start(args, format);
    vsnprintf(pp_current->trace + len, sizeof pp_current->trace - len, format, args);
    va_end(args);
}

static tmlrt_response* answer(tmlrt_context* cx, int32_t status) {
    tmlrt_response* response = tmlrt_response_new(cx, status);
    if (response != NULL) {
        (void)!tmlrt_response_body(response, "text/plain", "own", 3);
    }
    return response;
}

static void set_err(pipe_output* out) {
    *out = (pipe_output){.tag = 1};
    out->error = (pp_error){409, "taken"};
}

/// PENDING as often as the table says; false when it is enough.
static bool wait(stage_frame* f, const pp_stage* s) {
    if (f->waits < s->suspends) {
        f->waits++;
        return true;
    }
    f->waits = 0;
    return false;
}

static void panic(pp_stage* s) {
    s->live--; // nobody drops it
    tmlrt_panic("as told");
}

static tmlrt_poll finish(stage_frame* f, pp_stage* s) {
    f->head.state = TMLRT_FRAME_DONE;
    s->live--;
    return TMLRT_READY;
}

static void* arg_at(const stage_frame* f, size_t offset) {
    void* pointer;
    memcpy(&pointer, f->args + offset, sizeof pointer);
    return pointer;
}

/// Every other stage that wraps is like one of tmlcg, begun by its start and beginning what is
/// behind it by tmlrt_next_start; the others have a poll alone, as stages written in C.
static bool has_start(int id) {
    int role = pp_role_of(id);
    return id != PP_HANDLER && id / PP_ROLES % 2 == 0 &&
           (role == TMLRT_ROLE_MIDDLEWARE || role == TMLRT_ROLE_INTERCEPTOR);
}

/// Answers without waiting for what is behind.
static tmlrt_poll leave(stage_frame* f, pp_stage* s, tmlrt_context* cx, void* out) {
    tmlrt_response* response = answer(cx, 297);
    memcpy(out, &response, sizeof response);
    return finish(f, s);
}

/// The first poll of what is behind a stage.
static tmlrt_poll begin_next(int id, stage_frame* f, const pp_stage* s, tmlrt_context* cx) {
    if (has_start(id) && s->what != PP_BRANCH) {
        f->got = tmlrt_next_start(f->leaf, cx, arg_at(f, 16));
        return f->got != NULL ? TMLRT_READY : TMLRT_PENDING;
    }
    tmlrt_next_init(f->leaf, arg_at(f, 16));
    return TMLRT_READY;
}

static tmlrt_poll poll_wrap(int id, stage_frame* f, pp_stage* s, tmlrt_context* cx, void* out) {
    tmlrt_response* response = NULL;
    if (f->step == 0) {
        if (wait(f, s)) {
            return TMLRT_PENDING;
        }
        trace("%s( ", pp_current->names[id]);
        if (s->what == PP_PANIC) {
            panic(s);
        }
        if (s->what == PP_NO) {
            response = answer(cx, 299);
            memcpy(out, &response, sizeof response);
            return finish(f, s);
        }
        f->step = 1;
        if (begin_next(id, f, s, cx) == TMLRT_PENDING) {
            return s->what == PP_LEAVE ? leave(f, s, cx, out) : TMLRT_PENDING;
        }
        f->step = f->got != NULL ? 2 : 1;
    }
    if (f->step == 1) {
        tmlrt_context branch = *cx;
        if (s->what == PP_BRANCH) {
            branch.arena = &pp_current->branch;
            cx = &branch;
        }
        if (tmlrt_next_desc.poll(f->leaf, cx, &f->got) == TMLRT_PENDING) {
            return s->what == PP_LEAVE ? leave(f, s, cx, out) : TMLRT_PENDING;
        }
        f->step = 2;
    }
    if (wait(f, s)) {
        return TMLRT_PENDING;
    }
    trace(")%s%d ", pp_current->names[id], (int)tmlrt_response_status(f->got));
    if (s->what == PP_PANIC_AFTER) {
        panic(s);
    }
    if (s->what == PP_TWICE) {
        s->live--;
        tmlrt_next_init(f->leaf, arg_at(f, 16));
        s->live++;
    }
    response = s->what == PP_NULL ? NULL : f->got;
    if (s->what == PP_DETACHED) {
        tmlrt_context nowhere = *cx;
        nowhere.flags = 0;
        response = answer(&nowhere, 296);
    }
    memcpy(out, &response, sizeof response);
    return finish(f, s);
}

static tmlrt_poll poll_guard(int id, stage_frame* f, pp_stage* s, void* out) {
    pipe_output* o = out;
    if (wait(f, s)) {
        return TMLRT_PENDING;
    }
    trace("%s ", pp_current->names[id]);
    if (s->what == PP_PANIC) {
        panic(s);
    }
    *o = (pipe_output){.yes = s->what != PP_NO};
    if (s->what == PP_ERR) {
        set_err(o);
    }
    return finish(f, s);
}

static tmlrt_poll poll_pipe(int id, stage_frame* f, pp_stage* s, void* out) {
    pipe_output* o = out;
    if (wait(f, s)) {
        return TMLRT_PENDING;
    }
    trace("%s ", pp_current->names[id]);
    if (s->what == PP_PANIC) {
        panic(s);
    }
    const char* value = arg_at(f, 8);
    char* made = malloc(strlen(value) + 2); // the record says that its strings are owned
    sprintf(made, "%s%c", value, pp_current->names[id][0]);
    *o = (pipe_output){.value = made};
    if (s->what == PP_ERR) {
        free(made);
        set_err(o);
    }
    return finish(f, s);
}

static tmlrt_poll poll_filter(int id, stage_frame* f, pp_stage* s, tmlrt_context* cx, void* out) {
    const tmlrt_error* error = arg_at(f, 8);
    tmlrt_response* response = NULL;
    if (wait(f, s)) {
        return TMLRT_PENDING;
    }
    trace("%s%d%s ", pp_current->names[id], (int)tmlrt_error_status(error),
          tmlrt_error_name(error));
    if (s->what == PP_PANIC) {
        panic(s);
    }
    if (s->what == PP_NO) {
        response = answer(cx, 298);
    }
    memcpy(out, &response, sizeof response);
    return finish(f, s);
}

static tmlrt_poll poll_handler(stage_frame* f, pp_stage* s, void* out) {
    pipe_output* o = out;
    if (wait(f, s)) {
        return TMLRT_PENDING;
    }
    trace("x ");
    if (s->what == PP_PANIC) {
        panic(s);
    }
    *o = (pipe_output){.value = arg_at(f, 8)};
    if (s->what == PP_ERR) {
        set_err(o);
    }
    return finish(f, s);
}

static tmlrt_poll poll_any(int id, void* frame, tmlrt_context* cx, void* out) {
    stage_frame* f = frame;
    pp_stage* s = &pp_current->stages[id];
    if (f->head.state == TMLRT_FRAME_UNSTARTED) {
        f->head.state = 1;
        f->step = f->waits = 0;
        f->got = NULL;
        s->live++;
    }
    if (id == PP_HANDLER) {
        return poll_handler(f, s, out);
    }
    switch (pp_role_of(id)) {
    case TMLRT_ROLE_GUARD:
        return poll_guard(id, f, s, out);
    case TMLRT_ROLE_PIPE:
        return poll_pipe(id, f, s, out);
    case TMLRT_ROLE_FILTER:
        return poll_filter(id, f, s, cx, out);
    default:
        return poll_wrap(id, f, s, cx, out);
    }
}

static tmlrt_started start_any(int id, void* frame, tmlrt_context* cx, void* args) {
    stage_frame* f = frame;
    tmlrt_started started = {0};
    f->head.state = TMLRT_FRAME_UNSTARTED;
    f->args = args;
    started.status = poll_any(id, frame, cx, &started.value);
    return started;
}

static void drop_any(int id, void* frame) {
    stage_frame* f = frame;
    pp_stage* s = &pp_current->stages[id];
    if (f->head.state == TMLRT_FRAME_UNSTARTED) {
        s->unstarted++;
    } else if (f->head.state != TMLRT_FRAME_DONE) {
        if (f->step == 1) {
            tmlrt_next_desc.drop(f->leaf);
        }
        s->live--;
        s->dropped++;
    }
    f->head.state = TMLRT_FRAME_DONE;
}

// clang-format off
#define IDS(X) \
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) \
    X(17) X(18) X(19) X(20) X(21)
// clang-format on
#define FUNCTIONS(id)                                                                              \
    static tmlrt_poll poll_##id(void* frame, tmlrt_context* cx, void* out) {                       \
        return poll_any(id, frame, cx, out);                                                       \
    }                                                                                              \
    static tmlrt_started start_##id(void* frame, tmlrt_context* cx, void* args) {                  \
        return start_any(id, frame, cx, args);                                                     \
    }                                                                                              \
    static void drop_##id(void* frame) {                                                           \
        drop_any(id, frame);                                                                       \
    }
IDS(FUNCTIONS)
#define POLL(id)  poll_##id,
#define START(id) start_##id,
#define DROP(id)  drop_##id,
static tmlrt_poll (*const s_polls[])(void*, tmlrt_context*, void*) = {IDS(POLL)};
static tmlrt_started (*const s_starts[])(void*, tmlrt_context*, void*) = {IDS(START)};
static void (*const s_drops[])(void*) = {IDS(DROP)};
_Static_assert(sizeof s_polls / sizeof s_polls[0] == PP_NUM, "a poll for every stage");

tmlrt_future_desc pp_stage_desc(int id) {
    return (tmlrt_future_desc){.abi = TMLRT_ABI_MAJOR << 16,
                               .flags = has_start(id) ? TMLRT_FUTURE_START : 0,
                               .start = s_starts[id],
                               .poll = s_polls[id],
                               .drop = s_drops[id],
                               .frame_size = sizeof(stage_frame),
                               .frame_align = alignof(stage_frame),
                               .out_size = 8,
                               .out_align = 8,
                               .name = "stage",
                               .num_states = 1};
}
