// SPDX-License-Identifier: Apache-2.0
// The runtime for C programs: the same functions that compiled TML code uses.
//
// A program needs none of this to spawn or block: the default runtime starts on first use.
// After fork() the child may only exec: worker threads do not exist there.
#ifndef TMLRT_RUNTIME_H
#define TMLRT_RUNTIME_H

#include <tmlrt/abi/functions.h>

TMLRT_EXTERN_C_BEGIN

typedef struct tmlrt_runtime tmlrt_runtime;

/// Flags of tmlrt_runtime_options.
enum {
    /// One worker, too, gets a thread of its own (else it is driven by tmlrt_runtime_run).
    TMLRT_RUNTIME_BACKGROUND = 1u << 0,
    /// A task stays on the worker that spawned it, nothing is stolen; what other threads spawn goes
    /// to the workers in turn. For programs that keep their load even by themselves. The
    /// environment's TMLRT_SCHEDULER=per-core says the same.
    TMLRT_RUNTIME_PER_CORE = 1u << 1,
    /// SIGQUIT makes it write a dump of its tasks to stderr (tmlrt_runtime_dump), and no longer
    /// ends
    /// the process. The environment's TMLRT_DUMP_SIGNAL (quit, usr1 or usr2) asks for the same.
    TMLRT_RUNTIME_DUMP_ON_QUIT = 1u << 2,
    /// For tests: one worker, on a virtual clock that jumps to the next timer when nothing else is
    /// left to do, and `seed` decides which task runs next. The same seed gives the same order. The
    /// environment's TMLRT_SEED does it for runtimes that leave `workers` open.
    TMLRT_RUNTIME_SEEDED = 1u << 3,
};

/// tmlrt_thread_hook is called on the thread it tells of, with no lock held. It must not panic, nor
/// block for long. Not called any more for a thread that a shutdown gave up.
typedef void (*tmlrt_thread_hook)(void* user);

/// tmlrt_thread_hooks: who wants to know of a runtime's threads. NULL: nobody.
typedef struct tmlrt_thread_hooks {
    tmlrt_thread_hook on_start;  ///< a worker or a thread of the blocking pool begins
    tmlrt_thread_hook on_stop;   ///< it is about to end
    tmlrt_thread_hook on_park;   ///< a worker has nothing to do and may sleep next; may spawn, wake
    tmlrt_thread_hook on_unpark; ///< it goes on; once for each on_park
    void* user;                  ///< what all of them are given
} tmlrt_thread_hooks;

/// tmlrt_runtime_options: all-zero is every default.
typedef struct tmlrt_runtime_options {
    /// 0: the environment's TMLRT_THREADS, else the number of CPUs this process may use (its CPU
    /// set and its cgroup's quota). 1: the current-thread flavour. At most TMLRT_MAX_WORKERS.
    uint32_t workers;
    uint32_t max_blocking_threads; ///< 0: 4 per CPU, at most 512; at most TMLRT_MAX_BLOCKING
    uint32_t flags;                ///< TMLRT_RUNTIME_*
    uint32_t shutdown_ms;          ///< how long free waits for what still runs; 0: 10,000
    uint64_t stack_bytes;          ///< of every thread, 64 KiB to 1 GiB; 0: the platform's default
    const char* thread_name;       ///< copied, its first 9 bytes are shown; NULL: "tmlrt"
    uint32_t max_blocking_jobs;    ///< queued, before a caller waits for room; 0: 16,384
    uint32_t blocking_keep_alive_ms; ///< after which an idle blocking thread ends; 0: 10,000
    /// How many runs of tasks lie between two looks at I/O and timers of a busy worker, 1 to
    /// TMLRT_MAX_EVENT_INTERVAL; 0: 61. A low one serves I/O sooner and costs system calls.
    uint32_t event_interval;
    tmlrt_thread_hooks hooks;
    /// A poll longer than this is told to the log, once, with its task. 0: the environment's
    /// TMLRT_WATCHDOG_MS, else 100; 10 to 600,000; TMLRT_WATCHDOG_OFF: none.
    uint32_t watchdog_ms;
    uint64_t seed; ///< with TMLRT_RUNTIME_SEEDED: any number
} tmlrt_runtime_options;

#define TMLRT_MAX_WORKERS        1024
#define TMLRT_MAX_BLOCKING       512
#define TMLRT_MAX_EVENT_INTERVAL 10000
#define TMLRT_WATCHDOG_OFF       UINT32_MAX

/// TMLRT_METRICS_TOTAL asks tmlrt_runtime_metrics for the sum of all workers.
#define TMLRT_METRICS_TOTAL   UINT32_MAX
#define TMLRT_METRICS_BUCKETS 32

/// tmlrt_metrics is what the executor counted since the runtime was made, or holds now ("_len",
/// "alive", "armed", "threads", "idle", "handles"). Kept by every runtime at all times. Fields are
/// of about the same moment, not of the same: a sum may be off by what happens meanwhile. Those
/// marked T are 0 for a single worker.
typedef struct tmlrt_metrics {
    uint64_t alive;     ///< T: tasks that have not ended
    uint64_t spawned;   ///< by the worker; T: also by threads that are no workers
    uint64_t completed; ///< ended with their output; each end is counted where it was reached
    uint64_t cancelled;
    uint64_t panicked; ///< ended by a panic, or because a frame found no memory
    uint64_t polls;    ///< runs of a task; the drop of a cancelled one is a run
    uint64_t local_len, deque_len, inbox_len; ///< tasks queued on the worker
    uint64_t injector_len;                    ///< T: queued for any worker
    uint64_t lifo_runs;                       ///< tasks that ran next after what woke them
    uint64_t steal_attempts;                  ///< searches through the other workers' deques
    uint64_t stolen;                          ///< tasks taken out of them
    uint64_t overflows;                       ///< times that a full deque gave half to the injector
    uint64_t parks;                           ///< times that the worker went to sleep
    uint64_t wakes;         ///< sleeping workers that it woke; T: also what other threads woke
    uint64_t forced_yields; ///< polls that used up their budget
    uint64_t timers_armed, timers_fired;
    uint64_t io_handles; ///< registered with the worker's reactor
    uint64_t blocking_threads, blocking_idle, blocking_len; ///< T: of the blocking pool
    uint64_t blocking_jobs;                                 ///< T: begun
    uint64_t slow_polls; ///< T: that the watchdog saw last longer than a tenth of its limit
    uint64_t long_polls; ///< T: and longer than its limit
    uint64_t up_ns;      ///< since the worker was made; T: the sum
    uint64_t parked_ns;  ///< of that, asleep: (up_ns - parked_ns) / up_ns is how busy it is
    /// Samples, about one in 976 runs: how long a run took, and how long a task waited that was
    /// queued behind all others. Bucket i counts times from 2^i to 2^(i+1) ns, the first also 0,
    /// the last everything longer.
    uint64_t poll_time[TMLRT_METRICS_BUCKETS], schedule_delay[TMLRT_METRICS_BUCKETS];
} tmlrt_metrics;

/// tmlrt_runtime_new starts a runtime.
/// Shape:   options: NULL is every default.
/// Errors:  INVAL - an option, or a variable of the environment, cannot be used: a message on
/// stderr
///          says which, its value and what may be set. NOMEM, MFILE, OS, AGAIN - a thread could not
///          be started; FULL - too many signals are watched; COPIES - another copy of this library
///          has started one (a message names its file). Nothing is left behind.
/// Owns:    the caller frees it with tmlrt_runtime_free.   Thread: any.
TMLRT_EXPORT TMLRT_NODISCARD tmlrt_status tmlrt_runtime_new(tmlrt_runtime** out,
                                                            const tmlrt_runtime_options* options);

/// tmlrt_runtime_describe writes the effective options as text, "name value (who set it)" per line,
/// cut at `cap` and ended with a NUL. Returns the length of the whole. With TMLRT_LOG=info a
/// runtime logs the same when it starts.   Thread: any.
TMLRT_EXPORT uint64_t tmlrt_runtime_describe(const tmlrt_runtime* runtime, char* out, uint64_t cap);

/// tmlrt_runtime_free shuts down and frees; takes NULL. After a shutdown it waits for nobody again:
/// what was given up then ends by itself. File descriptors of a runtime are closed when its last
/// waker and join handle are gone as well.   Thread: not a worker.
TMLRT_EXPORT void tmlrt_runtime_free(tmlrt_runtime* runtime);

/// tmlrt_runtime_default returns the process's runtime, started by the first caller; NULL when it
/// could not be (a message said why). Never freed; after tmlrt_main it is shut down.   Thread: any.
TMLRT_EXPORT tmlrt_runtime* tmlrt_runtime_default(void);

/// tmlrt_runtime_run spawns a task from an unstarted frame and waits for its end. The
/// current-thread flavour runs every task of the runtime on this thread meanwhile. Shape: frame_len
/// bytes of `frame` are copied; `out`: room for the output, NULL when it has none. Errors:  NOMEM,
/// PANIC, CANCELLED, SHUTDOWN - the task's end; NESTED - called on a worker;
///          EXISTS - another thread drives this current-thread runtime.
/// Owns:    the frame moves in, also on failure.   Thread: not a worker.
TMLRT_EXPORT TMLRT_NODISCARD tmlrt_status tmlrt_runtime_run(tmlrt_runtime* runtime,
                                                            const tmlrt_future_desc* desc,
                                                            void* frame, uint64_t frame_len,
                                                            void* out);

/// tmlrt_runtime_spawn is tmlrt_spawn into a given runtime.   Thread: any.
TMLRT_EXPORT tmlrt_task* tmlrt_runtime_spawn(tmlrt_runtime* runtime, const tmlrt_future_desc* desc,
                                             void* frame, uint64_t frame_len);

/// tmlrt_runtime_shutdown refuses new tasks, drops the frame of every task on its worker, and ends
/// the threads; polls that run and blocking jobs that run are waited for, at most `timeout_ms`.
/// Queued jobs end with SHUTDOWN. Later calls do nothing.
/// Errors:  TIMEDOUT - a job still runs: its thread ends by itself; or a worker does not come back
///          from a poll or drop: it was named on the log and given up (see
///          tmlrt_runtime_shutdown_within). NESTED - called on a worker of the runtime.
/// Thread:  not a worker.
TMLRT_EXPORT tmlrt_status tmlrt_runtime_shutdown(tmlrt_runtime* runtime, uint64_t timeout_ms);

#define TMLRT_SHUTDOWN_KINDS 16
#define TMLRT_NO_WORKER      UINT32_MAX

/// tmlrt_shutdown_kind counts tasks that are alike.
typedef struct tmlrt_shutdown_kind {
    const char* name; ///< of the function; "" for a worker that has polled nothing yet
    const char* file; ///< NULL without debug info
    uint32_t line;    ///< where it waits; the function's own when that is not known
    uint32_t worker;  ///< the worker that is stuck in it; TMLRT_NO_WORKER: aborted
    uint64_t task_id; ///< of the one that is stuck; 0: aborted, or a worker's in its first poll
    uint64_t num;
} tmlrt_shutdown_kind;

/// tmlrt_shutdown_report is what a shutdown found and did.
typedef struct tmlrt_shutdown_report {
    uint64_t tasks_aborted; ///< dropped before their end
    uint64_t jobs_refused;  ///< blocking jobs that were queued: they ended with SHUTDOWN
    uint64_t jobs_running;  ///< blocking jobs that still run
    uint64_t elapsed_ns;
    uint32_t workers_stuck; ///< given up
    uint32_t num_kinds;
    uint64_t num_others; ///< tasks for which `kinds` had no room
    /// Tasks that had not ended when the others were aborted, and those that hold a worker.
    tmlrt_shutdown_kind kinds[TMLRT_SHUTDOWN_KINDS];
} tmlrt_shutdown_report;

/// tmlrt_runtime_shutdown_within is tmlrt_runtime_shutdown with time for tasks to end by themselves
/// and with a report. New tasks are refused at once; tasks go on for up to `drain_ms`, then those
/// that are left are logged and dropped. All of it takes at most `timeout_ms`, and up to 1 s more
/// for workers that are in no poll and only have to be scheduled.
/// A worker that is in a poll or drop then is given up: its thread, its stack, the task that it
/// polls, tasks that are queued on it and the runtime's memory and descriptors stay until that poll
/// returns, then they are freed; what such tasks use must stay as well. Not possible for the thread
/// that drives a current-thread runtime when that is the caller's.
/// Shape:   out: NULL, or written in any case but NESTED.
/// Errors:  as tmlrt_runtime_shutdown.   Thread: not a worker.
TMLRT_EXPORT tmlrt_status tmlrt_runtime_shutdown_within(tmlrt_runtime* runtime,
                                                        tmlrt_shutdown_report* out,
                                                        uint32_t drain_ms, uint64_t timeout_ms);

/// tmlrt_runtime_num_workers returns how many workers it has.   Thread: any.
TMLRT_EXPORT uint32_t tmlrt_runtime_num_workers(const tmlrt_runtime* runtime);

/// tmlrt_runtime_metrics reads the figures of one worker, or of all (TMLRT_METRICS_TOTAL).
/// Shape:   out_len: bytes at `out`; fields beyond are left out, bytes beyond the last field are
///          zeroed, so older and newer programs and libraries fit together.
/// Errors:  INVAL - there is no such worker.   Thread: any.
/// Cost:    some loads and a few short locks per worker; stops nobody.
TMLRT_EXPORT TMLRT_NODISCARD tmlrt_status tmlrt_runtime_metrics(tmlrt_runtime* runtime,
                                                                uint32_t worker, tmlrt_metrics* out,
                                                                uint64_t out_len);

/// tmlrt_write_fn takes a piece of text, whole lines, borrowed for the call.
typedef void (*tmlrt_write_fn)(void* arg, const char* text, uint64_t len);

/// tmlrt_runtime_dump writes a line for each worker and one for each task: its number, its state
/// (running, queued, waiting, cancelled, ended), the future's name, the file and line of the await
/// it stands at, its worker. Numbers grow with the time of spawning, on each worker. A task is
/// shown from its first wait on (one that was spawned by another thread: from the beginning).
/// Shape:   fn: called on this thread, several times, with no lock held.
/// Errors:  NOMEM - what was written until then is complete lines.   Thread: any, also while
///          workers are stuck; not from a signal handler.
/// Cost:    each worker's list is locked for the time of one walk.
TMLRT_EXPORT TMLRT_NODISCARD tmlrt_status tmlrt_runtime_dump(tmlrt_runtime* runtime,
                                                             tmlrt_write_fn fn, void* arg);

TMLRT_EXTERN_C_END

#endif
