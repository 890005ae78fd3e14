// SPDX-License-Identifier: Apache-2.0
// Looking after the workers (watchdog.h has how). What is told goes to the log: a poll that lasts
// longer than the limit once, and once more, with the thread's stack, when it lasts ten times as
// long. While a worker is held by a slow poll, whoever sleeps is woken if a task lies in a queue
// that he may take from, since a worker may have queued it quietly, as the next one it would run
// itself (schedule.c); and if the reactor of that worker is lent, to look into it (drivers.h).
//
// Threads: the step by the watchdog's thread; wake by any. A task is never looked into: it may end
// at any moment. Its descriptor is constant, its number is that of the listed task at its address.
#include "rt/exec/observe/watchdog.h"

#include "rt/base/alloc.h"
#include "rt/base/log.h"
#include "rt/exec/drivers.h"
#include "rt/exec/observe/serving.h"
#include "rt/exec/runtime.h"
#include "rt/exec/schedule.h"
#include "rt/exec/worker.h"
#include "rt/os/clock.h"
#include "rt/os/stack.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    TOLD_NOTHING = 0,
    TOLD_SLOW,
    TOLD_LONG,
    TOLD_STUCK,
    LOOKS_PER_LIMIT = 20, ///< while a worker is busy
    SLOW_PER_LIMIT = 10,  ///< a slow poll lasts a tenth of the limit
    STUCK_LIMITS = 10,
    MAX_FRAMES = 16,
    QUIET_LIMITS = 2, ///< without a run of any worker until it goes to sleep
};

// ---- one worker ---------------------------------------------------------------------------------

// The number of the task at `address`, 0 when it is not listed: it is in its first poll, or over.
static uint64_t find_id(tmlrt_runtime* core, const tmlrt_task* address) {
    uint64_t id = 0;
    for (uint32_t i = 0; id == 0 && i < core->num_workers; i++) {
        trt_worker* shard = &core->workers[i];
        trt_mutex_lock(&shard->owned_lock);
        for (trt_list_node* node = shard->owned.head.next; id == 0 && node != &shard->owned.head;
             node = node->next) {
            const tmlrt_task* task = TRT_CONTAINER_OF(node, tmlrt_task, owned);
            id = task == address ? task->id : 0;
        }
        trt_mutex_unlock(&shard->owned_lock);
    }
    return id;
}

static void tell(trt_watchdog* dog, trt_worker* worker, const trt_watch* watch, uint64_t now_ns) {
    const tmlrt_future_desc* desc = trt_atomic_load(&worker->polled, TRT_RELAXED);
    uint64_t id = find_id(dog->core, trt_atomic_load(&worker->running, TRT_RELAXED));
    uint64_t thread = trt_atomic_load(&worker->os_thread, TRT_RELAXED);
    uint64_t lasted_ms = (now_ns - watch->since_ns) / 1000000;
    uint64_t cpu_ms = (trt_thread_cpu_ns(thread) - watch->cpu_ns) / 1000000;
    cpu_ms = cpu_ms < lasted_ms ? cpu_ms : lasted_ms; // it may be another thread now
    // A thread that could run and seldom does is the machine's trouble, not the program's.
    bool starved = cpu_ms < lasted_ms / 2 && trt_thread_wants_cpu(thread);
    char number[24] = "", place[160] = "", serving[160];
    trt_serving_text(serving, sizeof serving, trt_atomic_load(&worker->figures.doing, TRT_RELAXED),
                     0);
    if (id != 0) {
        snprintf(number, sizeof(number), "%" PRIu64 " ", id);
    }
    if (desc->file != NULL) {
        snprintf(place, sizeof(place), " (%.120s:%" PRIu32 ")", desc->file, desc->line);
    }
    trt_log(
        starved ? TMLRT_LOG_INFO : TMLRT_LOG_WARN, "watchdog",
        "task %s%.80s%s%s has kept worker %" PRIu32 " in one poll for %" PRIu64 " ms, %" PRIu64
        " ms of it on a CPU: the worker's I/O, timers and bound tasks wait; await in between, or "
        "use spawn_blocking",
        number, desc->name, serving, place, worker->index, lasted_ms, cpu_ms);
}

// Only while the thread runs: a system call that it waits in might end early.
static void tell_stack(const trt_worker* worker) {
    uint64_t thread = trt_atomic_load(&worker->os_thread, TRT_RELAXED);
    uintptr_t stack[MAX_FRAMES];
    uint32_t num = trt_thread_wants_cpu(thread) ? trt_os_stack(thread, stack, MAX_FRAMES) : 0;
    for (uint32_t i = 0; i < num; i++) {
        char name[160];
        trt_os_code_name(stack[i], name, sizeof(name));
        trt_log(TMLRT_LOG_WARN, "watchdog", "worker %" PRIu32 " is at #%" PRIu32 " %s",
                worker->index, i, name);
    }
}

// The poll that goes on has lasted `lasted_ns` at least.
static void judge(trt_watchdog* dog, trt_worker* worker, trt_watch* watch, uint64_t now_ns) {
    uint64_t lasted_ns = now_ns - watch->since_ns;
    if (watch->told == TOLD_NOTHING && lasted_ns >= dog->limit_ns / SLOW_PER_LIMIT) {
        watch->told = TOLD_SLOW;
        watch->cpu_ns = trt_thread_cpu_ns(trt_atomic_load(&worker->os_thread, TRT_RELAXED));
        trt_atomic_add(&dog->num_slow, 1, TRT_RELAXED);
    }
    if (watch->told == TOLD_SLOW && lasted_ns >= dog->limit_ns) {
        watch->told = TOLD_LONG;
        trt_atomic_add(&dog->num_long, 1, TRT_RELAXED);
        tell(dog, worker, watch, now_ns);
    } else if (watch->told == TOLD_LONG && lasted_ns / STUCK_LIMITS >= dog->limit_ns) {
        watch->told = TOLD_STUCK;
        tell(dog, worker, watch, now_ns);
        tell_stack(worker);
    }
}

typedef struct sight {
    bool runs;    ///< a poll goes on
    bool stirred; ///< something ran since the last look
    bool is_slow;
} sight;

static sight look_at(trt_watchdog* dog, uint32_t index, uint64_t now_ns) {
    trt_worker* worker = &dog->core->workers[index];
    trt_watch* watch = &dog->watches[index];
    uint64_t looks = trt_atomic_load(&worker->looks, TRT_RELAXED);
    bool runs = trt_atomic_load(&worker->running, TRT_RELAXED) != NULL &&
                trt_atomic_load(&worker->looks, TRT_RELAXED) == looks;
    sight seen = {.runs = runs, .stirred = watch->looks != looks};
    watch->looks = looks;
    if (!runs || watch->poll != looks) {
        *watch = (trt_watch){.looks = looks, .poll = runs ? looks : 0, .since_ns = now_ns};
        return seen;
    }
    judge(dog, worker, watch, now_ns);
    seen.is_slow = watch->told != TOLD_NOTHING;
    return seen;
}

// ---- all of them --------------------------------------------------------------------------------

uint64_t trt_watchdog_step(trt_watchdog* dog, uint64_t now_ns) {
    bool runs = false, stirred = false, is_slow = false, held_lender = false;
    for (uint32_t i = 0; i < dog->core->num_workers; i++) {
        sight seen = look_at(dog, i, now_ns);
        runs |= seen.runs;
        stirred |= seen.stirred;
        is_slow |= seen.is_slow;
        held_lender |= seen.is_slow && trt_drivers_lends(&dog->core->workers[i]);
    }
    if (is_slow && dog->core->num_workers > 1 && (held_lender || trt_shared_work(dog->core))) {
        trt_notify(dog->core);
    }
    if (runs || stirred || dog->quiet_since_ns == 0) {
        dog->quiet_since_ns = now_ns;
    }
    uint64_t least_ns = dog->limit_ns / LOOKS_PER_LIMIT;
    if (runs || dog->interval_ns == 0) {
        dog->interval_ns = least_ns;
    } else if (now_ns - dog->quiet_since_ns >= QUIET_LIMITS * dog->limit_ns) {
        dog->quiet_since_ns = dog->interval_ns = 0;
        return UINT64_MAX;
    } else if (dog->interval_ns < least_ns * LOOKS_PER_LIMIT / 2) {
        dog->interval_ns *= 2;
    }
    return dog->interval_ns;
}

// ---- the thread ---------------------------------------------------------------------------------

static bool all_quiet(const trt_watchdog* dog) {
    for (uint32_t i = 0; i < dog->core->num_workers; i++) {
        const trt_worker* worker = &dog->core->workers[i];
        if (trt_atomic_load(&worker->running, TRT_RELAXED) != NULL ||
            trt_atomic_load(&worker->looks, TRT_RELAXED) != dog->watches[i].looks) {
            return false;
        }
    }
    return true;
}

// A worker that read the state just before it became ASLEEP does not wake the watchdog. One limit
// later everybody has seen the new state, and what has run until then is seen here.
static void sleep_until_woken(trt_watchdog* dog) {
    uint32_t awake = TRT_WATCHDOG_AWAKE, asleep = TRT_WATCHDOG_ASLEEP;
    // Release pairs with the acquire of wake: who wakes it knows that there is a thread.
    if (!trt_atomic_cas(&dog->state, &awake, TRT_WATCHDOG_ASLEEP, TRT_RELEASE_ORDER, TRT_RELAXED)) {
        return; // it ends
    }
    if (trt_parker_park(&dog->parker, dog->limit_ns)) {
        return;
    }
    if (all_quiet(dog) ||
        !trt_atomic_cas(&dog->state, &asleep, TRT_WATCHDOG_AWAKE, TRT_ACQ_REL, TRT_RELAXED)) {
        (void)trt_parker_park(&dog->parker, UINT64_MAX); // woken: the token is there, or comes
    }
}

static void thread_main(void* arg) {
    trt_watchdog* dog = arg;
    trt_atomic_store(&dog->runs, 1, TRT_RELAXED);
    // Whom it wakes may sleep beside handles, and is woken through one; a single worker wakes
    // itself. What is told elsewhere than to stderr goes who knows where.
    if (dog->core->num_workers == 1 && dog->core->config.observe.logs_to_stderr) {
        trt_thread_leave_handles();
    }
    while (trt_atomic_load(&dog->ends, TRT_ACQUIRE_ORDER) == 0) {
        uint64_t wait_ns = trt_watchdog_step(dog, trt_os_now_ns());
        if (wait_ns == UINT64_MAX) {
            sleep_until_woken(dog);
        } else {
            (void)trt_parker_park(&dog->parker, wait_ns);
        }
    }
}

void trt_watchdog_wake(trt_watchdog* dog) {
    uint32_t asleep = TRT_WATCHDOG_ASLEEP;
    if (!trt_atomic_cas(&dog->state, &asleep, TRT_WATCHDOG_AWAKE, TRT_ACQ_REL, TRT_RELAXED)) {
        return;
    }
    if (trt_atomic_load(&dog->runs, TRT_RELAXED) != 0) {
        trt_parker_unpark(&dog->parker);
        return;
    }
    tmlrt_status status =
        trt_thread_start_in(&dog->thread, &dog->record, "tmlrt-watch", 0, thread_main, dog);
    if (status != TMLRT_OK) {
        trt_log(TMLRT_LOG_WARN, "watchdog", "long polls will not be told: no thread: %s",
                tmlrt_status_text(status)); // and it stays AWAKE: nobody tries again
    }
    trt_atomic_store(&dog->handle, status == TMLRT_OK ? 1 : 2, TRT_RELEASE_ORDER);
}

tmlrt_status trt_watchdog_init(trt_watchdog* dog, tmlrt_runtime* core, uint32_t limit_ms) {
    if (limit_ms == 0) {
        return TMLRT_OK;
    }
    dog->watches = trt_alloc_zero(core->num_workers * sizeof(trt_watch));
    if (dog->watches == NULL) {
        return TMLRT_E_NOMEM;
    }
    dog->core = core;
    dog->limit_ns = limit_ms * UINT64_C(1000000);
    trt_atomic_init(&dog->state, TRT_WATCHDOG_ASLEEP);
    return TMLRT_OK;
}

void trt_watchdog_fini(trt_watchdog* dog) {
    if (dog->watches == NULL) {
        return;
    }
    // Whoever reads OFF leaves it alone; one who has made it AWAKE before may still be starting it.
    uint32_t before = trt_atomic_xchg(&dog->state, TRT_WATCHDOG_OFF, TRT_ACQ_REL);
    if (before == TRT_WATCHDOG_AWAKE || trt_atomic_load(&dog->runs, TRT_RELAXED) != 0) {
        trt_parker pause = {{0}};
        while (trt_atomic_load(&dog->handle, TRT_ACQUIRE_ORDER) == 0) {
            (void)trt_parker_park(&pause, 100000);
        }
    }
    if (trt_watchdog_has_thread(dog)) {
        trt_atomic_store(&dog->ends, 1, TRT_RELEASE_ORDER);
        trt_parker_unpark(&dog->parker);
        trt_thread_join(&dog->thread);
    }
    trt_free(dog->watches, dog->core->num_workers * sizeof(trt_watch));
    dog->watches = NULL;
}
