// SPDX-License-Identifier: Apache-2.0
// The runtime's core: workers, injector, idle count, blocking pool. What servers use of it is at
// the end.
#ifndef TRT_EXEC_RUNTIME_H
#define TRT_EXEC_RUNTIME_H

#include <tmlrt/runtime.h>

#include "rt/exec/blocking.h"
#include "rt/exec/observe/observe.h"
#include "rt/exec/park.h"
#include "rt/exec/runq.h"
#include "rt/exec/schedule.h"
#include "rt/exec/seeded.h"
#include "rt/exec/worker.h"

/// The life of a runtime; it only goes forward (shutdown.c).
enum {
    TRT_PHASE_RUNNING = 0,
    TRT_PHASE_DRAINING = 1,  ///< takes no task; those that are there go on
    TRT_PHASE_ABORTING = 2,  ///< every task is dropped by the next worker that gets hold of it
    TRT_PHASE_ABANDONED = 3, ///< workers no longer wait for what is with another one
};
/// Who drives a runtime. From STARTING it goes to THREAD, or back to NONE; THREAD and GIVEN_UP
/// stay.
enum {
    TRT_DRIVER_NONE = 0,
    TRT_DRIVER_INSIDE = 1,   ///< a thread in tmlrt_runtime_run, or the one that shuts down
    TRT_DRIVER_GIVEN_UP = 2, ///< that one did not come back
    TRT_DRIVER_STARTING = 3, ///< one starts the worker's own thread
    TRT_DRIVER_THREAD = 4,   ///< the workers' own threads
};

/// What an option said, for tmlrt_runtime_describe; the others are defaults.
enum {
    TRT_SET_THREADS = 1u << 0,
    TRT_SET_JOBS = 1u << 1,
    TRT_SET_KEEP_ALIVE = 1u << 2,
    TRT_SET_SHUTDOWN = 1u << 3,
    TRT_SET_BEAT = 1u << 4,
    TRT_SET_STACK = 1u << 5,
    TRT_SET_NAME = 1u << 6,
};

/// trt_clock is what sleeps are measured with. A virtual clock has `advance_to`: a current-thread
/// runtime then jumps to the next deadline instead of waiting for it.
typedef struct trt_clock {
    uint64_t (*now_ns)(void* self);
    void (*advance_to)(void* self, uint64_t now_ns); ///< NULL: real time
    void* self;
} trt_clock;

/// trt_runtime_config is tmlrt_runtime_options resolved, plus what only tests set.
typedef struct trt_runtime_config {
    uint32_t num_workers;
    uint32_t max_blocking_threads;
    uint32_t shutdown_ms;
    uint32_t keep_alive_ms;    ///< of an idle blocking thread
    uint32_t max_blocking_len; ///< queued jobs before a caller waits
    uint32_t beat;             ///< looks for a task between two looks at I/O and timers
    bool has_threads;          ///< false: driven by tmlrt_runtime_run
    bool starts_late;          ///< has_threads, one worker: driven by who waits, if he comes first
    bool per_core;             ///< tasks stay where they were spawned
    uint64_t stack_bytes;
    char thread_name[10];
    tmlrt_thread_hooks hooks;
    trt_clock clock;
    trt_observe_config observe;
    trt_seed seed;
    uint32_t set;                 ///< TRT_SET_*: what the options said
    const char* workers_source;   ///< who said num_workers
    const char* scheduler_source; ///< who said per_core
} trt_runtime_config;

struct tmlrt_runtime {
    trt_runtime_config config;
    trt_clock clock;
    uint32_t num_workers;
    trt_atomic_u32 phase;       ///< TRT_PHASE_*
    trt_atomic_u32 driving;     ///< TRT_DRIVER_*
    trt_atomic_u32 num_left;    ///< worker threads that have left
    trt_parker stopper;         ///< of the thread that ends the runtime: told of each that leaves
    trt_atomic_u64 num_dropped; ///< tasks that the shutdown dropped
    trt_atomic_u32 next_home;   ///< per_core: whose turn it is to get a task from outside
    trt_atomic_u32 next_handle; ///< whose turn it is to be offered one (trt_reactor_to_share)
    trt_atomic_u32 keeps;       ///< set once: only its owner turns a reactor (drivers.h)
    trt_idle_set idle;
    trt_inbox injector __attribute__((aligned(64)));
    trt_outside outside;
    trt_observe observe;
    trt_atomic_u64 seeded_now_ns;
    trt_blocking* blocking;
    /// Workers with references and 1 for the owner; the core is freed with the last.
    trt_atomic_u64 refs;
    trt_worker workers[];
};

/// trt_runtime_configure checks and resolves options (NULL: defaults), TMLRT_THREADS and
/// TMLRT_SCHEDULER.
/// Errors:  INVAL - one cannot be used; every such one was told on stderr.
tmlrt_status trt_runtime_configure(trt_runtime_config* out, const tmlrt_runtime_options* options);
/// trt_runtime_config_print is tmlrt_runtime_describe, with `end` behind each value.
uint64_t trt_runtime_config_print(const trt_runtime_config* config, const char* end, char* out,
                                  uint64_t cap);
/// trt_runtime_new is tmlrt_runtime_new with everything resolved.   Errors: as there.
tmlrt_status trt_runtime_new(tmlrt_runtime** out, const trt_runtime_config* config);
/// trt_runtime_new_late is tmlrt_runtime_new of a runtime with threads. With one worker, whose
/// thread is not started yet: the first thread in tmlrt_runtime_run drives the worker meanwhile, so
/// that the process has one thread less (on Linux every system call on a socket then costs two
/// atomic operations less), and starts the worker's thread when it leaves.
/// Errors:  as there.
tmlrt_status trt_runtime_new_late(tmlrt_runtime** out, const tmlrt_runtime_options* options);
/// trt_runtime_start_late starts the thread of a late runtime that nobody drives.
/// Errors:  AGAIN, NOMEM - no thread could be made.   Thread: any.
tmlrt_status trt_runtime_start_late(tmlrt_runtime* core);
/// trt_runtime_enter_late is trt_runtime_enter of a late runtime for who would join otherwise: it
/// waits while another thread starts the worker's, which may fail.   Thread: any.
bool trt_runtime_enter_late(tmlrt_runtime* core);
/// trt_runtime_drive_late is for the driver of a late runtime: it polls until the task has ended,
/// then has the worker's thread do so.
void trt_runtime_drive_late(tmlrt_runtime* core, const tmlrt_task* until);
/// trt_runtime_start_threads starts those of all workers.   Errors: AGAIN, NOMEM.
tmlrt_status trt_runtime_start_threads(tmlrt_runtime* core);
/// trt_runtime_undo ends the threads and the pool of a runtime that could not be made.
void trt_runtime_undo(tmlrt_runtime* core);
/// trt_runtime_enter makes this thread the driver of a runtime without threads; false: another one
/// is, or was given up.
bool trt_runtime_enter(tmlrt_runtime* core);
/// trt_runtime_leave ends that, behind it the driver is `next`: NONE or STARTING. False: this one
/// was given up, and has given the runtime's reference back.
bool trt_runtime_leave(tmlrt_runtime* core, uint32_t next);
/// trt_runtime_has_threads tells whether the workers have threads of their own.   Thread: any.
static inline bool trt_runtime_has_threads(const tmlrt_runtime* core) {
    return trt_atomic_load(&((tmlrt_runtime*)core)->driving, TRT_ACQUIRE_ORDER) ==
           TRT_DRIVER_THREAD;
}
/// trt_runtime_unref gives one of the core's references back.   Thread: any.
void trt_runtime_unref(tmlrt_runtime* core);

/// trt_runtime_get_default returns the default runtime, starting it; NULL: *out_status says why.
tmlrt_runtime* trt_runtime_get_default(tmlrt_status* out_status);
/// trt_runtime_get_default_late is the same for who goes on to wait in it: one that it starts is a
/// late one (trt_runtime_new_late), and it starts no thread of one that is there.
tmlrt_runtime* trt_runtime_get_default_late(tmlrt_status* out_status);
/// trt_runtime_install_default makes `runtime` the default one. Errors: EXISTS - one has started.
tmlrt_status trt_runtime_install_default(tmlrt_runtime* runtime);
/// trt_runtime_reset_default frees the default runtime, so that the next use starts another: for
/// tests that count allocations.   Thread: nobody else uses the runtime.
void trt_runtime_reset_default(void);

/// trt_runtime_num_workers returns the number of workers.   Thread: any.
static inline uint32_t trt_runtime_num_workers(const tmlrt_runtime* runtime) {
    return runtime->num_workers;
}
/// trt_spawn_on is tmlrt_spawn for a task that runs on worker `index` only (TRT_HOME_NONE: any).
/// Owns:    the frame moves in, also on failure; the handle is the caller's.   Thread: any.
tmlrt_task* trt_spawn_on(tmlrt_runtime* runtime, uint32_t index, const tmlrt_future_desc* desc,
                         void* frame, uint64_t frame_len);

#endif
