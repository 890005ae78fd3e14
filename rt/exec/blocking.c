// SPDX-License-Identifier: Apache-2.0
// The blocking pool: one queue, a LIFO of idle threads, threads started on demand up to a bound.
//
// A job is a task whose "frame" is empty and whose output is the argument, so handles, joins and
// aborts are those of any task. Invariants (S2): a queued job is run or ended once; jobs are queued
// only while the pool has a thread, so none is orphaned; when no thread can be started the job
// waits for the ones there are, and fails with AGAIN only when there is none.
// The pool is counted: threads that outlive a shutdown's deadline keep it and free it.
// Threads: submit by anybody; one lock, never held while a job or a waker runs.
#include "rt/exec/blocking.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/exec/observe/running.h"
#include "rt/exec/runq.h"
#include "rt/exec/worker.h"
#include "rt/os/clock.h"
#include "rt/os/overflow.h"

#include <stdalign.h>
#include <string.h>

/// How long threads without a job may take to end: they only have to be scheduled.
#define GRACE_NS 1000000000ull

/// One thread waiting for something of the pool, on its own stack.
typedef struct waiter {
    trt_list_node node; ///< under lock: linked while it waits
    trt_parker parker;
} waiter;

struct trt_blocking {
    trt_blocking_config config;
    trt_mutex lock;
    trt_runq queue;     ///< under lock, as everything below
    trt_list idle;      ///< waiters: threads without a job, most recent first
    trt_list callers;   ///< waiters: submitters that met a full queue, oldest first
    trt_list finishing; ///< waiters: shutdown
    uint64_t num_queued;
    uint64_t num_jobs; ///< ever taken by a thread
    uint32_t num_threads, num_idle, num_running;
    bool closed;
    bool given_up;      ///< a shutdown's time ran out: nobody waits for the threads any more
    uint32_t refs;      ///< threads and the owner
    trt_semaphore slow; ///< not under lock
};

/// The head of a job's frame: what to call.
typedef struct job {
    tmlrt_frame head;
    void (*fn)(void*);
} job;

static __thread bool tl_pool_thread;

static tmlrt_poll job_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)cx;
    job* self = frame;
    self->fn(out);
    return TMLRT_READY;
}

static void job_drop(void* frame) {
    ((job*)frame)->head.state = TMLRT_FRAME_DONE;
}

static const tmlrt_future_desc s_job_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = job_poll,
    .drop = job_drop,
    .frame_size = sizeof(job),
    .frame_align = alignof(job),
    .out_align = 1,
    .name = "blocking job",
    .num_states = 1,
};

// ---- pool ---------------------------------------------------------------------------------------

trt_blocking* trt_blocking_new(const trt_blocking_config* config) {
    trt_blocking* pool = trt_alloc_zero(sizeof(*pool));
    if (pool != NULL) {
        pool->config = *config;
        trt_list_init(&pool->idle);
        trt_list_init(&pool->callers);
        trt_list_init(&pool->finishing);
        trt_semaphore_init(&pool->slow, config->max_threads < 4 ? 1 : config->max_threads / 2);
        pool->refs = 1;
    }
    return pool;
}

trt_semaphore* trt_blocking_slow(trt_blocking* pool) {
    return &pool->slow;
}

void trt_blocking_free(trt_blocking* pool) {
    if (pool == NULL) {
        return;
    }
    trt_mutex_lock(&pool->lock);
    TRT_CHECK(pool->closed);
    bool last = --pool->refs == 0;
    trt_mutex_unlock(&pool->lock);
    if (last) {
        trt_free(pool, sizeof(*pool));
    }
}

// Takes one waiter off a list and unparks it. Under the lock: the waiter's stack frame is there
// until its owner, who needs the lock to leave, has seen that it is unlinked.
static bool release_one(trt_list* list) {
    trt_list_node* node = trt_list_pop_front(list);
    if (node != NULL) {
        trt_parker_unpark(&TRT_CONTAINER_OF(node, waiter, node)->parker);
    }
    return node != NULL;
}

static void release_all(trt_list* list) {
    while (release_one(list)) {
    }
}

// gcc 12 at O2 does not see that the loop leaves only with the node unlinked.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdangling-pointer"
#endif
// Waits on `list` until released or `deadline_ns`. Enters and leaves with the lock held. Returns
// false when the time ran out.
static bool wait_on(trt_blocking* pool, trt_list* list, bool newest_first, uint64_t deadline_ns) {
    waiter self = {.node = {NULL, NULL}};
    if (newest_first) {
        trt_list_push_front(list, &self.node);
    } else {
        trt_list_push_back(list, &self.node);
    }
    while (trt_list_linked(&self.node)) {
        trt_mutex_unlock(&pool->lock);
        uint64_t timeout_ns = UINT64_MAX;
        if (deadline_ns != UINT64_MAX) {
            uint64_t now_ns = trt_os_now_ns();
            timeout_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
        }
        bool unparked = trt_parker_park(&self.parker, timeout_ns);
        trt_mutex_lock(&pool->lock);
        if (!unparked && trt_list_linked(&self.node)) {
            trt_list_remove(&self.node);
            return false;
        }
    }
    return true;
}
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
#pragma GCC diagnostic pop
#endif

// ---- threads ------------------------------------------------------------------------------------

static void run_job(tmlrt_task* task) {
    tmlrt_status status = TMLRT_E_CANCELLED;
    if (trt_state_start(&task->state) == TRT_START_POLL) {
        status = trt_guard_poll(NULL, task->desc->name, task->id, task->desc, trt_task_frame(task),
                                NULL, trt_task_output(task));
    } else {
        task->desc->drop(trt_task_frame(task));
    }
    if (!trt_task_finish(task, status, 1)) {
        trt_task_unref(task, 1);
    }
}

static void refuse_job(tmlrt_task* task, tmlrt_status status) {
    (void)trt_state_start(&task->state);
    task->desc->drop(trt_task_frame(task));
    if (!trt_task_finish(task, status, 1)) {
        trt_task_unref(task, 1);
    }
}

// Takes the oldest job, waiting keep_alive for one. NULL: the thread should end. Under the lock.
static tmlrt_task* next_job(trt_blocking* pool) {
    for (;;) {
        tmlrt_task* task = trt_runq_pop(&pool->queue);
        if (task != NULL) {
            pool->num_queued--;
            pool->num_jobs++;
            if (pool->num_queued < pool->config.max_len) {
                release_one(&pool->callers);
            }
            return task;
        }
        if (pool->closed) {
            return NULL;
        }
        pool->num_idle++;
        bool released = wait_on(pool, &pool->idle, true,
                                trt_os_now_ns() + pool->config.keep_alive_ms * 1000000ull);
        pool->num_idle -= released ? 0 : 1; // whoever released it counted it out
        if (!released) {
            return NULL;
        }
    }
}

static void thread_main(void* arg) {
    trt_blocking* pool = arg;
    const tmlrt_thread_hooks hooks = pool->config.hooks;
    tl_pool_thread = true;
    trt_overflow_watch(trt_tell_running);
    if (hooks.on_start != NULL) {
        hooks.on_start(hooks.user);
    }
    trt_mutex_lock(&pool->lock);
    for (tmlrt_task* task; (task = next_job(pool)) != NULL;) {
        pool->num_running++;
        trt_mutex_unlock(&pool->lock);
        run_job(task);
        trt_mutex_lock(&pool->lock);
        pool->num_running--;
    }
    pool->num_threads--; // from here on no job counts on this thread
    if (hooks.on_stop != NULL && !pool->given_up) {
        trt_mutex_unlock(&pool->lock);
        hooks.on_stop(hooks.user);
        trt_mutex_lock(&pool->lock);
    }
    // One critical section: whoever saw that only the owner is left may free the pool.
    bool last = --pool->refs == 0;
    if (pool->refs <= 1) {
        release_all(&pool->finishing);
    }
    trt_mutex_unlock(&pool->lock);
    if (last) {
        trt_free(pool, sizeof(*pool));
    }
}

// Makes sure that somebody will take the job just queued. Under the lock; false: nobody will.
static bool provide_thread(trt_blocking* pool) {
    if (pool->num_idle > 0) {
        pool->num_idle--;
        release_one(&pool->idle);
        return true;
    }
    if (pool->num_threads >= pool->config.max_threads) {
        return true;
    }
    pool->num_threads++;
    pool->refs++;
    trt_thread thread;
    const char* name = pool->config.thread_name[0] != 0 ? pool->config.thread_name : "tmlrt-block";
    if (trt_thread_start(&thread, name, pool->config.stack_bytes, thread_main, pool) == TMLRT_OK) {
        trt_thread_detach(&thread);
        return true;
    }
    pool->refs--;
    return --pool->num_threads > 0;
}

// ---- submitting ---------------------------------------------------------------------------------

// Under the lock. Returns 0 or why the job was not taken.
static tmlrt_status enqueue(trt_blocking* pool, tmlrt_task* task) {
    bool may_wait = !tl_pool_thread && trt_current_worker() == NULL;
    while (may_wait && !pool->closed && pool->num_queued >= pool->config.max_len) {
        wait_on(pool, &pool->callers, false, UINT64_MAX);
    }
    if (pool->closed) {
        return TMLRT_E_SHUTDOWN;
    }
    if (!provide_thread(pool)) {
        return TMLRT_E_AGAIN;
    }
    trt_runq_push(&pool->queue, task);
    pool->num_queued++;
    return TMLRT_OK;
}

// Queues the task, or drops its frame and returns the static handle that says why.
static tmlrt_task* submit(trt_blocking* pool, tmlrt_task* task) {
    trt_mutex_lock(&pool->lock);
    tmlrt_status status = enqueue(pool, task);
    trt_mutex_unlock(&pool->lock);
    if (status != TMLRT_OK) {
        task->desc->drop(trt_task_frame(task));
        trt_task_free(task);
        return trt_task_failed(status);
    }
    return task;
}

tmlrt_task* trt_blocking_submit(trt_blocking* pool, void (*fn)(void*), const void* arg,
                                uint64_t arg_len) {
    const job frame = {.fn = fn};
    tmlrt_task* task = trt_task_new(&s_job_desc, &frame, sizeof(frame), arg_len,
                                    alignof(max_align_t), 2); // the queue's and the handle's
    if (task == NULL) {
        return trt_task_failed(TMLRT_E_NOMEM);
    }
    if (arg_len != 0) {
        memcpy(trt_task_output(task), arg, arg_len);
    }
    return submit(pool, task);
}

tmlrt_task* trt_blocking_submit_future(trt_blocking* pool, const tmlrt_future_desc* desc,
                                       void* frame, uint64_t frame_len) {
    tmlrt_task* task = trt_task_new(desc, frame, frame_len, 0, 1, 2);
    if (task == NULL) {
        desc->drop(frame);
        return trt_task_failed(TMLRT_E_NOMEM);
    }
    return submit(pool, task);
}

// Under the lock. False: the time ran out.
static bool wait_for_threads(trt_blocking* pool, uint64_t deadline_ns) {
    bool in_time = true;
    while (in_time && pool->refs > 1) {
        in_time = wait_on(pool, &pool->finishing, false, deadline_ns);
    }
    return pool->refs == 1;
}

tmlrt_status trt_blocking_shutdown(trt_blocking* pool, trt_blocking_end* out, uint64_t timeout_ns) {
    trt_blocking_end end = {0};
    uint64_t deadline_ns = UINT64_MAX;
    if (timeout_ns != UINT64_MAX) {
        deadline_ns = trt_os_now_ns() + timeout_ns;
        deadline_ns = deadline_ns < timeout_ns ? UINT64_MAX : deadline_ns;
    }
    trt_mutex_lock(&pool->lock);
    pool->closed = true;
    trt_runq queued = pool->queue;
    pool->queue = (trt_runq){NULL, NULL, 0};
    pool->num_queued = 0;
    pool->num_idle = 0;
    release_all(&pool->idle);
    release_all(&pool->callers);
    trt_mutex_unlock(&pool->lock);
    for (tmlrt_task* task; (task = trt_runq_pop(&queued)) != NULL;) {
        refuse_job(task, TMLRT_E_SHUTDOWN);
        end.num_refused++;
    }
    trt_mutex_lock(&pool->lock);
    bool done = wait_for_threads(pool, deadline_ns);
    if (!done && pool->num_running == 0) {
        done = wait_for_threads(pool, trt_os_now_ns() + GRACE_NS);
    }
    end.num_running = pool->num_running;
    pool->given_up = !done;
    trt_mutex_unlock(&pool->lock);
    if (out != NULL) {
        *out = end;
    }
    return done ? TMLRT_OK : TMLRT_E_TIMEDOUT;
}

bool trt_blocking_is_busy(trt_blocking* pool) {
    trt_mutex_lock(&pool->lock);
    bool busy = pool->num_queued != 0 || pool->num_running != 0;
    trt_mutex_unlock(&pool->lock);
    return busy;
}

void trt_blocking_get_stats(trt_blocking* pool, trt_blocking_stats* out) {
    trt_mutex_lock(&pool->lock);
    *out = (trt_blocking_stats){
        .num_threads = pool->num_threads,
        .num_idle = pool->num_idle,
        .num_queued = pool->num_queued,
        .num_jobs = pool->num_jobs,
    };
    trt_mutex_unlock(&pool->lock);
}
