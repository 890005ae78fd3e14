// SPDX-License-Identifier: Apache-2.0
// Locks and parkers as single objects, for the structures that use them (rt/os/linux/futex.c, which
// makes them of futexes, has a model of its own): one step to lock or park, one to unpark.
//
// The model build renames trt_mutex_lock and trt_mutex_unlock (they are inline functions of
// rt/os/thread.h, seam.h) to these; trt_parker_* are linked. Each object has one view, joined by
// whoever takes and written by whoever gives: an acquire and a release. Unlocking is no step: what
// it enables is looked at before the next step.
#include "rt/os/thread.h"
#include "tests/model/explore/engine/engine.h"
#include "tests/model/explore/seam.h"

#include <string.h>

enum { MAX_OBJECTS = 32 };

typedef struct object {
    const void* at;
    view given;
    unsigned version;
    bool taken; ///< the lock is held; the parker has no token
    unsigned holder;
} object;

static object s_objects[MAX_OBJECTS];
static unsigned s_num;
static view s_posted;
static unsigned s_posts;

void block_reset(void) {
    s_num = 0;
    s_posts = 0;
    memset(&s_posted, 0, sizeof(s_posted));
}

static object* object_of(const void* at, bool is_taken) {
    for (unsigned i = 0; i < s_num; i++) {
        if (s_objects[i].at == at) {
            return &s_objects[i];
        }
    }
    if (s_num == MAX_OBJECTS) {
        model_fail("more than %d locks and parkers", MAX_OBJECTS);
    }
    s_objects[s_num] = (object){.at = at, .taken = is_taken};
    return &s_objects[s_num++];
}

static bool is_free(void* arg) {
    return !((const object*)arg)->taken;
}

static void end(const char* what, object* self) {
    trace(NULL, what, self->at, self->version, 0, -1, -1);
    step_end(mix((uint64_t)(uintptr_t)self->at, self->version));
}

static void touch(const void* at, const void* pc) {
    shadow_access(at, 4, ACCESS_ATOMIC | ACCESS_WRITE, pc);
}

// ---- locks ------------------------------------------------------------------------------------

void model_mutex_lock(trt_mutex* mutex) {
    object* self = object_of(mutex, false);
    if (self->taken && self->holder == g_engine.me) {
        model_fail("deadlock: locked twice by T%u", g_engine.me);
    }
    block_until(is_free, self);
    touch(mutex, __builtin_return_address(0));
    self->taken = true;
    self->holder = g_engine.me;
    self->version++;
    view_join(&me()->seen, &self->given);
    end("lock", self);
}

void model_mutex_unlock(trt_mutex* mutex) {
    object* self = object_of(mutex, false);
    if (!self->taken || self->holder != g_engine.me) {
        model_fail("unlocked by T%u, which does not hold the lock", g_engine.me);
    }
    touch(mutex, __builtin_return_address(0));
    self->taken = false;
    self->given = me()->seen;
    step_published();
    end("unlock", self);
}

// ---- parkers ----------------------------------------------------------------------------------

typedef struct waiting {
    object* token;
    bool may_time_out;
} waiting;

static bool may_return(void* arg) {
    const waiting* self = arg;
    return !self->token->taken || self->may_time_out;
}

bool trt_parker_park(trt_parker* parker, uint64_t timeout_ns) {
    object* self = object_of(parker, true);
    waiting arg = {self, timeout_ns != UINT64_MAX && g_engine.may_time_out};
    block_until(may_return, &arg);
    touch(parker, __builtin_return_address(0));
    bool got = !self->taken;
    if (got) {
        self->taken = true;
        view_join(&me()->seen, &self->given);
    }
    self->version++;
    end(got ? "park" : "park timed out", self);
    return got;
}

void trt_parker_unpark(trt_parker* parker) {
    step_begin();
    object* self = object_of(parker, true);
    touch(parker, __builtin_return_address(0));
    self->taken = false;
    self->version++;
    view_join(&self->given, &me()->seen);
    step_published();
    end("unpark", self);
}

// ---- what models build on ---------------------------------------------------------------------

void model_await(bool (*ready)(void*), void* arg) {
    block_until(ready, arg);
    view_join(&me()->seen, &s_posted);
    trace(NULL, "await", NULL, s_posts, 0, -1, -1);
    step_end(++s_posts);
}

void model_post(void) {
    step_begin();
    view_join(&s_posted, &me()->seen);
    step_published();
    trace(NULL, "post", NULL, s_posts, 0, -1, -1);
    step_end(++s_posts);
}
