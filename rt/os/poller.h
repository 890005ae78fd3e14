// SPDX-License-Identifier: Apache-2.0
// Poller: the OS demultiplexer of one worker. Readiness (epoll, kqueue) and completions (IOCP, the
// simulation) arrive as the same event.
#ifndef TRT_OS_POLLER_H
#define TRT_OS_POLLER_H

#include <tmlrt/abi/status.h>

#include <stdbool.h>

/// Bits of an event. READ and WRITE are edge-triggered readiness; HUP: both directions ended;
/// RDHUP: the peer finished sending; ERR: an error is pending; COMPLETION: `result` and
/// `completion` are set.
enum {
    TRT_EV_READ = 1u << 0,
    TRT_EV_WRITE = 1u << 1,
    TRT_EV_RDHUP = 1u << 2,
    TRT_EV_HUP = 1u << 3,
    TRT_EV_ERR = 1u << 4,
    TRT_EV_COMPLETION = 1u << 5,
};

/// TRT_TOKEN_NONE is the poller's own; trt_poller_add must not be given it.
#define TRT_TOKEN_NONE UINT64_MAX

typedef struct trt_event {
    uint64_t token;   ///< as given to trt_poller_add
    uint32_t bits;    ///< TRT_EV_*
    int32_t result;   ///< COMPLETION: bytes, or a tmlrt_status
    void* completion; ///< COMPLETION: the operation, else NULL
} trt_event;

typedef struct trt_poller trt_poller;
typedef intptr_t trt_handle; ///< a file descriptor or SOCKET

#define TRT_HANDLE_NONE ((trt_handle) - 1)

/// trt_poller_new makes a poller with its own wake-up channel.   Errors: NOMEM, MFILE, OS.
tmlrt_status trt_poller_new(trt_poller** out);
/// trt_poller_free takes NULL; nothing may be waiting in it.
void trt_poller_free(trt_poller* poller);
/// trt_poller_add watches `handle` for both directions, edge-triggered, reporting `token`.
/// Errors:  NOMEM, EXISTS, OS; PERM - the handle cannot be watched (a regular file).   Thread: any.
tmlrt_status trt_poller_add(trt_poller* poller, trt_handle handle, uint64_t token);
/// trt_poller_remove stops watching; events already collected may still be in an array.   Thread:
/// any.
void trt_poller_remove(trt_poller* poller, trt_handle handle);
/// trt_poller_forget tells of a watched handle that the caller closes next, which ends the watch
/// without a call.   Thread: any.
void trt_poller_forget(trt_poller* poller);
/// trt_poller_wait collects up to `cap` events, waiting at most `timeout_ns` (0: none; UINT64_MAX:
/// forever). An interrupted wait and a wake are both success with however many events there are.
/// Errors:  OS.   Thread: owner.   Cost: one system call; without a watched handle and with
/// timeout 0: one load.
tmlrt_status trt_poller_wait(trt_poller* poller, trt_event* out_events, uint32_t cap,
                             uint64_t timeout_ns, uint32_t* out_num);
/// trt_poller_help collects, without waiting, events that a busy owner has not come to; none while
/// the owner waits for them itself.   Errors: OS.   Thread: any.
/// Cost:    one system call; one load when nothing is watched or the owner waits.
tmlrt_status trt_poller_help(trt_poller* poller, trt_event* out_events, uint32_t cap,
                             uint32_t* out_num);
/// trt_poller_wake makes the current wait, or the next one with a timeout, return. What the caller
/// wrote before is seen by the owner after that wait.   Thread: any.   Errors: none.
/// Cost:    no system call while the owner is awake or was woken already.
void trt_poller_wake(trt_poller* poller);

#endif
