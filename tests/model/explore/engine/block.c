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

#include <errno.h>
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
static unsigned s_posts, s_num_waiters;

void block_reset(void) {
    s_num = s_num_waiters = 0;
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

static void lock_object(const void* lock, const void* pc) {
    object* self = object_of(lock, false);
    if (self->taken && self->holder == g_engine.me) {
        model_fail("deadlock: locked twice by T%u", g_engine.me);
    }
    if (is_shared(lock, true) || self->taken) {
        block_until(is_free, self);
    }
    touch(lock, pc);
    self->taken = true;
    self->holder = g_engine.me;
    self->version++;
    view_join(&me()->seen, &self->given);
    end("lock", self);
}

static void unlock_object(const void* lock, const void* pc) {
    object* self = object_of(lock, false);
    if (!self->taken || self->holder != g_engine.me) {
        model_fail("unlocked by T%u, which does not hold the lock", g_engine.me);
    }
    touch(lock, pc);
    self->taken = false;
    self->given = me()->seen;
    step_published();
    end("unlock", self);
}

void model_mutex_lock(trt_mutex* mutex) {
    lock_object(mutex, __builtin_return_address(0));
}
void model_mutex_unlock(trt_mutex* mutex) {
    unlock_object(mutex, __builtin_return_address(0));
}
void model_spin_lock(trt_spin* spin) {
    lock_object(spin, __builtin_return_address(0));
}
void model_spin_unlock(trt_spin* spin) {
    unlock_object(spin, __builtin_return_address(0));
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

// Weak: the model of rt/os/linux/futex.c links the real ones.
__attribute__((weak)) bool trt_parker_park(trt_parker* parker, uint64_t timeout_ns) {
    object* self = object_of(parker, true);
    waiting arg = {self, timeout_ns != UINT64_MAX && g_engine.may_time_out};
    if (is_shared(parker, true) || !may_return(&arg)) {
        block_until(may_return, &arg);
    }
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

__attribute__((weak)) void trt_parker_unpark(trt_parker* parker) {
    step_on(parker, true);
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

void model_kernel_step(void) {
    step_begin();
    trace(NULL, "kernel", NULL, 0, 0, -1, -1);
    step_end(++s_posts);
}

void model_kernel_wait(bool (*ready)(void*), void* arg) {
    block_until(ready, arg);
    trace(NULL, "kernel wait", NULL, 0, 0, -1, -1);
    step_end(++s_posts);
}

// ---- futexes ----------------------------------------------------------------------------------

typedef struct futex_waiter {
    const uint32_t* word;
    bool woken, may_time_out;
} futex_waiter;

static futex_waiter* s_waiters[MAX_IDS]; ///< oldest first

static bool may_wake(void* arg) {
    const futex_waiter* self = arg;
    return self->woken || self->may_time_out;
}

static void leave_queue(const futex_waiter* self) {
    unsigned kept = 0;
    for (unsigned i = 0; i < s_num_waiters; i++) {
        if (s_waiters[i] != self) {
            s_waiters[kept++] = s_waiters[i];
        }
    }
    s_num_waiters = kept;
}

int model_futex_wait(const uint32_t* word, uint32_t expected, bool may_time_out) {
    step_begin();
    uint32_t now;
    memcpy(&now, word, sizeof(now));
    trace(NULL, now == expected ? "futex sleep" : "futex again", word, now, 0, -1, -1);
    step_end(mix(now, ++s_posts));
    if (now != expected) {
        return EAGAIN;
    }
    futex_waiter self = {word, false, may_time_out};
    s_waiters[s_num_waiters++] = &self;
    block_until(may_wake, &self);
    leave_queue(&self);
    trace(NULL, self.woken ? "futex woken" : "futex timed out", word, 0, 0, -1, -1);
    step_end(mix(self.woken, ++s_posts));
    return self.woken ? 0 : ETIMEDOUT;
}

void model_futex_wake(const uint32_t* word) {
    step_begin();
    trace(NULL, "futex wake", word, 0, 0, -1, -1);
    step_end(++s_posts);
    for (unsigned i = 0; i < s_num_waiters; i++) {
        if (s_waiters[i]->word == word && !s_waiters[i]->woken) {
            s_waiters[i]->woken = true;
            return;
        }
    }
}
