// SPDX-License-Identifier: Apache-2.0
// Semaphore, Mutex and RwLock for compiled code: three names of one wait. A mutex is a semaphore of
// one permit; a lock for readers and writers has TRT_READERS of them, a reader takes one and a
// writer all, so that first come, first served is also what keeps readers from passing a writer.
#include <tmlrt/sync.h>

#include "rt/base/alloc.h"
#include "rt/fut/sync_leaf.h"
#include "rt/sync/semaphore.h"

#include <stdalign.h>

// More readers than this at a time wait for each other.
#define TRT_READERS (UINT64_C(1) << 30)

struct tmlrt_semaphore {
    trt_semaphore semaphore;
};
struct tmlrt_mutex {
    trt_semaphore semaphore;
};
struct tmlrt_rwlock {
    trt_semaphore semaphore;
};

static void* new_semaphore(uint64_t permits) {
    trt_semaphore* made = trt_alloc(sizeof(*made));
    if (made != NULL) {
        trt_semaphore_init(made, permits);
    }
    return made;
}

static void free_semaphore(void* owned) {
    trt_semaphore* semaphore = owned;
    if (semaphore != NULL) {
        trt_semaphore_fini(semaphore);
        trt_free(semaphore, sizeof(*semaphore));
    }
}

// ---- the wait -----------------------------------------------------------------------------------

typedef struct acquire_leaf {
    trt_sync_leaf base;
    trt_semaphore* semaphore;
    uint64_t num;
    trt_semaphore_waiter waiter;
} acquire_leaf;
typedef acquire_leaf semaphore_acquire_leaf, mutex_lock_leaf, rwlock_read_leaf, rwlock_write_leaf;

static void acquire_init(void* leaf, trt_semaphore* semaphore, uint64_t num) {
    acquire_leaf* self = leaf;
    trt_sync_init(&self->base);
    trt_waiter_init(&self->waiter.base);
    self->semaphore = semaphore;
    self->num = num;
}

static void acquire_unlink(trt_leaf* leaf) {
    acquire_leaf* self = TRT_CONTAINER_OF(leaf, acquire_leaf, base.leaf);
    trt_semaphore_cancel(self->semaphore, &self->waiter);
}

static inline tmlrt_poll acquire_poll(void* frame, tmlrt_context* cx, tmlrt_status* out_status,
                                      const tmlrt_future_desc* desc) {
    acquire_leaf* self = frame;
    if (!trt_sync_begin(&self->base, desc, cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_poll answer =
        trt_semaphore_poll(self->semaphore, &self->waiter, self->num, cx->waker, out_status);
    return trt_sync_end(&self->base, cx, answer, acquire_unlink);
}

static void acquire_drop(void* frame) {
    trt_sync_drop(frame, acquire_unlink);
}
#define semaphore_acquire_drop acquire_drop
#define mutex_lock_drop        acquire_drop
#define rwlock_read_drop       acquire_drop
#define rwlock_write_drop      acquire_drop

// ---- Semaphore ----------------------------------------------------------------------------------

tmlrt_semaphore* tmlrt_semaphore_new(uint64_t permits) {
    return permits > TRT_SEMAPHORE_MAX ? NULL : new_semaphore(permits);
}

void tmlrt_semaphore_free(tmlrt_semaphore* semaphore) {
    free_semaphore(semaphore);
}

int32_t tmlrt_semaphore_try_acquire(tmlrt_semaphore* semaphore, uint64_t num) {
    return trt_semaphore_try_acquire(&semaphore->semaphore, num);
}

int32_t tmlrt_semaphore_release(tmlrt_semaphore* semaphore, uint64_t num) {
    return trt_semaphore_release(&semaphore->semaphore, num);
}

void tmlrt_semaphore_close(tmlrt_semaphore* semaphore) {
    trt_semaphore_close(&semaphore->semaphore);
}

uint64_t tmlrt_semaphore_available(tmlrt_semaphore* semaphore) {
    return trt_semaphore_available(&semaphore->semaphore);
}

void tmlrt_semaphore_acquire_init(void* leaf, tmlrt_semaphore* semaphore, uint64_t num) {
    acquire_init(leaf, &semaphore->semaphore, num);
}

static tmlrt_poll semaphore_acquire_poll(void* frame, tmlrt_context* cx, void* out) {
    return acquire_poll(frame, cx, out, &tmlrt_semaphore_acquire_desc);
}

TRT_SYNC_DESC(semaphore_acquire, tmlrt_status);

// ---- Mutex --------------------------------------------------------------------------------------

tmlrt_mutex* tmlrt_mutex_new(void) {
    return new_semaphore(1);
}

void tmlrt_mutex_free(tmlrt_mutex* mutex) {
    free_semaphore(mutex);
}

int32_t tmlrt_mutex_try_lock(tmlrt_mutex* mutex) {
    return trt_semaphore_try_only(&mutex->semaphore) ? TMLRT_OK : TMLRT_E_AGAIN;
}

void tmlrt_mutex_unlock(tmlrt_mutex* mutex) {
    bool was_locked = trt_semaphore_give_only(&mutex->semaphore);
    TRT_CHECK(was_locked);
}

void tmlrt_mutex_lock_init(void* leaf, tmlrt_mutex* mutex) {
    acquire_init(leaf, &mutex->semaphore, 1);
}

static tmlrt_poll mutex_lock_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    mutex_lock_leaf* self = frame;
    tmlrt_status status; // never closed
    if (!trt_sync_begin(&self->base, &tmlrt_mutex_lock_desc, cx)) {
        return TMLRT_PENDING;
    }
    bool fresh = !self->waiter.base.queued;
    tmlrt_poll answer =
        fresh && trt_semaphore_try_only(self->semaphore)
            ? TMLRT_READY
            : trt_semaphore_wait(self->semaphore, &self->waiter, 1, cx->waker, &status);
    return trt_sync_end(&self->base, cx, answer, acquire_unlink);
}

TRT_SYNC_DESC_VOID(mutex_lock);

// ---- RwLock -------------------------------------------------------------------------------------

tmlrt_rwlock* tmlrt_rwlock_new(void) {
    return new_semaphore(TRT_READERS);
}

void tmlrt_rwlock_free(tmlrt_rwlock* rwlock) {
    free_semaphore(rwlock);
}

int32_t tmlrt_rwlock_try_read(tmlrt_rwlock* rwlock) {
    return trt_semaphore_try_acquire(&rwlock->semaphore, 1);
}

int32_t tmlrt_rwlock_try_write(tmlrt_rwlock* rwlock) {
    return trt_semaphore_try_acquire(&rwlock->semaphore, TRT_READERS);
}

static void give(tmlrt_rwlock* rwlock, uint64_t num) {
    // Unlocked without being locked?
    TRT_CHECK(trt_semaphore_available(&rwlock->semaphore) + num <= TRT_READERS);
    (void)!trt_semaphore_release(&rwlock->semaphore, num); // were out of it, so they fit
}

void tmlrt_rwlock_unlock_read(tmlrt_rwlock* rwlock) {
    give(rwlock, 1);
}

void tmlrt_rwlock_unlock_write(tmlrt_rwlock* rwlock) {
    give(rwlock, TRT_READERS);
}

void tmlrt_rwlock_downgrade(tmlrt_rwlock* rwlock) {
    give(rwlock, TRT_READERS - 1);
}

void tmlrt_rwlock_read_init(void* leaf, tmlrt_rwlock* rwlock) {
    acquire_init(leaf, &rwlock->semaphore, 1);
}

static tmlrt_poll rwlock_read_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    tmlrt_status status; // never closed
    return acquire_poll(frame, cx, &status, &tmlrt_rwlock_read_desc);
}

TRT_SYNC_DESC_VOID(rwlock_read);

void tmlrt_rwlock_write_init(void* leaf, tmlrt_rwlock* rwlock) {
    acquire_init(leaf, &rwlock->semaphore, TRT_READERS);
}

static tmlrt_poll rwlock_write_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    tmlrt_status status; // never closed
    return acquire_poll(frame, cx, &status, &tmlrt_rwlock_write_desc);
}

TRT_SYNC_DESC_VOID(rwlock_write);
