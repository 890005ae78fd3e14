# SPDX-License-Identifier: Apache-2.0
"""What explore.py builds: each structure is a model (tests/model/explore/NAME.c) and the product files under it."""
import dataclasses


@dataclasses.dataclass
class Structure:
    name: str
    files: list  # product files, compiled with the explorer behind their atomics
    rig: bool = False  # links rig.c
    flags: list = dataclasses.field(default_factory=list)
    scale: dict = dataclasses.field(default_factory=dict)  # file: (text, smaller) as loom shrinks capacities
    preemptions: int = 3

    def all_files(self):
        return [*self.files, f"tests/model/explore/{self.name}.c"]

    def bound(self):
        return ["--bound", str(self.preemptions)]

    def scaled(self, file, text):
        if file in self.scale:
            old, new = self.scale[file]
            if text.count(old) != 1:
                raise SystemExit(f"structure {self.name}: '{old}' is {text.count(old)} times in {file}")
            text = text.replace(old, new)
        return text


ONE_BY_ONE = {"rt/time/driver.c": ("WAKE_BATCH = 32", "WAKE_BATCH = 1")}
SYNC = ["rt/sync/waiters.c"]
TASK = ["rt/exec/task_state.c", "rt/exec/task.c", "rt/exec/task_memory.c", "rt/exec/handle.c", "rt/exec/group/join_set.c",
        "rt/exec/group/scope.c", "rt/sync/cancel.c", "rt/base/copy.c", *SYNC]

# Every execution begins with an empty registry.
FORGET_SCOPES = ("} s_registry[NUM_SHARDS] = {0};", """} s_registry[NUM_SHARDS] = {0};
void model_forget_scopes(void);
void model_forget_scopes(void) {
    for (int i = 0; i < NUM_SHARDS; i++) {
        s_registry[i].scopes.head.next = NULL;
        s_registry[i].lock = (trt_mutex){0};
    }
}""")

STRUCTURES = [
    Structure("task_state", TASK, rig=True),
    Structure("join_set", TASK, rig=True, preemptions=2),
    Structure("scope", TASK, rig=True, preemptions=2, scale={"rt/exec/group/scope.c": FORGET_SCOPES}),
    Structure("futex", ["rt/os/linux/futex.c"], flags=["-DMODEL_REAL_LOCKS", "-Dsyscall=model_syscall"],
              scale={"rt/os/linux/futex.c": ("MUTEX_SPINS = 64", "MUTEX_SPINS = 1")}),
    Structure("spin", ["rt/os/linux/futex.c"], flags=["-DMODEL_REAL_LOCKS", "-Dsyscall=model_syscall"],
              scale={"rt/os/linux/futex.c": ("SPIN_SPINS = 128", "SPIN_SPINS = 1")}),
    Structure("poller_wake", ["rt/os/linux/poller.c", "rt/os/linux/futex.c"],
              flags=["-DMODEL_REAL_LOCKS", "-Dsyscall=model_syscall", "-Dwrite=model_write", "-Dclose=model_close"]),
    Structure("block_on", ["rt/exec/block_on.c"]),
    Structure("blocking", ["rt/exec/blocking.c", "rt/exec/runq.c", *TASK, "rt/sync/semaphore.c"], rig=True,
              preemptions=2),
    Structure("deque", ["rt/exec/deque.c"], flags=["-DTRT_DEQUE_CAP=4"]),
    Structure("inbox", ["rt/exec/runq.c"]),
    Structure("park", ["rt/exec/park.c", "rt/exec/schedule.c", "rt/exec/runq.c", "rt/exec/deque.c", "rt/time/driver.c",
                       "rt/time/wheel.c"], flags=["-DTRT_DEQUE_CAP=2"], preemptions=2),
    Structure("worker", ["rt/exec/park.c", "rt/exec/schedule.c", "rt/exec/drivers.c", "rt/exec/runq.c", "rt/exec/deque.c", "rt/time/driver.c",
                         "rt/time/wheel.c", "rt/reactor/reactor.c", "rt/reactor/slot.c", "rt/os/linux/poller.c"],
              flags=["-DTRT_DEQUE_CAP=2", "-Dsyscall=model_syscall", "-Dwrite=model_write", "-Dclose=model_close"],
              preemptions=2),
    Structure("timers", ["rt/time/driver.c", "rt/time/wheel.c"], scale=ONE_BY_ONE),
    Structure("slots", ["rt/reactor/slot.c"]),
    Structure("oneshot", ["rt/sync/oneshot.c", "rt/base/kept.c", "rt/base/copy.c"]),
    Structure("semaphore", [*SYNC, "rt/sync/semaphore.c"]),
    Structure("mpsc", [*SYNC, "rt/sync/semaphore.c", "rt/sync/mpsc.c", "rt/base/copy.c"],
              scale={"rt/sync/mpsc.c": ("BLOCK_SLOTS = 32", "BLOCK_SLOTS = 2")}),
    Structure("notify", [*SYNC, "rt/sync/notify.c"]),
    Structure("cancel", [*SYNC, "rt/sync/cancel.c"]),
    Structure("budget", ["std/http/server/budget.c"]),
    Structure("offload", ["rt/io/offload.c"]),
    Structure("barrier", [*SYNC, "rt/sync/barrier.c"]),
    Structure("future_set", ["rt/fut/future_set.c"]),
    Structure("broadcast", [*SYNC, "rt/sync/broadcast.c", "rt/base/copy.c"]),
    Structure("watch", [*SYNC, "rt/sync/cells.c", "rt/sync/watch.c"]),
]

# Files that use atomics and are in no structure, and what stands for them instead. explore.py fails on one that is in
# neither list.
NOT_MODELLED = {
    "rt/base/log.c": "a level, set once by whoever comes first: relaxed",
    "rt/exec/observe/dump.c": "looks at what others write, which may be old by the time that it is printed",
    "rt/exec/observe/dump_signal.c": "a count, and a flag that ends its thread: unit/rt/exec/observe/test_dump",
    "rt/exec/guard.c": "the worker's own look at what it runs",
    "rt/exec/group/local_set.c": "a count of references; the rest is under its lock: unit/rt/exec/group/test_local_set, TSan",
    "rt/exec/observe/metrics.c": "counters with one writer each, relaxed",
    "rt/exec/observe/running.c": "the worker's own look at what it runs",
    "rt/exec/observe/metrics_read.c": "the same",
    "rt/exec/seeded.c": "a clock of one thread",
    "rt/exec/late.c": "who drives, one word: unit/rt/exec/test_late, TSan (late.pml)",
    "rt/exec/shutdown.c": "phases that only grow, and who ends a worker (shutdown.pml): stress/exec/test_shutdowns, TSan",
    "rt/exec/spawn.c": "whose turn it is: any answer will do",
    "rt/exec/observe/watchdog.c": "samples; asleep and awake take turns over a parker: unit/rt/exec/observe/test_watchdog, TSan",
    "rt/exec/default.c": "a pointer, written under a lock and published by it",
    "rt/exec/frame.c": "a counter that tests read",
    "rt/exec/runtime.c": "a count of references, a phase that only grows (shutdown.pml), a flag of who drives",
    "rt/exec/worker.c": "a count of references, taken in advance by the hundred: stress/exec under ThreadSanitizer",
    "rt/io/file_op.c": "a count of references, as that of offload",
    "rt/net/resolve.c": "a pointer that a test sets",
    "rt/os/linux/copies.c": "a flag of the process, read at start",
    "rt/os/linux/stack.c": "a word between a thread and its signal handler: unit/rt/os/test_stack",
    "rt/os/posix/signal.c": "signal handlers, which the explorer has none of: unit/rt/os/test_signal",
    "rt/os/posix/thread.c": "a number that only grows",
    "rt/tls/config.c": "a count of references; the holder's pointer is under its lock: integ/test_tls, TSan",
    "rt/tls/tickets.c": "a count of references; the keys are under their lock: the same",
    "std/http/core/counts.c": "counters, relaxed",
    "std/http/framework/registry/image.c": "a list that is pushed to before main",
    "std/http/server/access_log.c": "rings of one writer and one reader, and who wakes: unit/std/http/server/test_access_log, TSan",
    "std/http/server/acceptor.c": "hints between workers, a count: integ/test_http_limits under ThreadSanitizer",
    "std/http/server/greeting.c": "a count of handshakes",
    "std/http/server/link.c": "counts, and hints between workers: integ/test_http_limits under ThreadSanitizer",
    "std/http/server/metrics.c": "reads what others count, relaxed",
    "std/http/server/server.c": "a count of references and of acceptors, a phase: integ/test_http_server",
    "std/http/server/supervisor.c": "a phase that only grows, and who beats: integ/test_http_limits",
    "std/http/server/wake_hub.c": "wakes under a lock, counts of references: unit/std/http/server/test_wake_hub, TSan",
    "std/http/server/watch.c": "counters with one writer each, relaxed",
}
