// SPDX-License-Identifier: Apache-2.0
// Wake hub: several things polled inside one task, each with a waker of its own. Who wakes one puts
// its port into the hub's queue and wakes the task, which then polls those ports and no others.
#ifndef TRT_HTTP_SERVER_WAKE_HUB_H
#define TRT_HTTP_SERVER_WAKE_HUB_H

#include <tmlrt/abi/waker.h>

#include "rt/os/thread.h"

typedef struct trt_wake_port trt_wake_port;

/// trt_wake_hub is a task's, on the heap; counted by the task and by every port that was ended
/// while somebody had a waker of it.
typedef struct trt_wake_hub {
    trt_atomic_u32 refs;
    trt_mutex lock;
    tmlrt_waker task;            ///< under lock; empty once the task is gone
    trt_wake_port *first, *last; ///< under lock: woken and not taken yet
} trt_wake_hub;

/// trt_wake_port is in what is polled; counted by its owner, by every waker, and while it is
/// queued.
struct trt_wake_port {
    trt_atomic_u32 refs;
    bool queued; ///< under the hub's lock
    bool gone;   ///< under the hub's lock: the owner has left
    trt_wake_port* next;
    trt_wake_hub* hub;
    void (*free)(trt_wake_port* port); ///< by whoever gives the last reference back, on any thread
};

/// trt_wake_hub_new makes a hub that wakes (a copy of) `task`; NULL without memory.
trt_wake_hub* trt_wake_hub_new(const tmlrt_waker* task);
/// trt_wake_hub_close is called by the task's end, behind that of every port: nobody is woken any
/// more.
void trt_wake_hub_close(trt_wake_hub* hub);
/// trt_wake_hub_next takes the port that was woken first, NULL: none.
/// Owns:    the port stays its owner's, who is the caller.   Thread: the task's.
trt_wake_port* trt_wake_hub_next(trt_wake_hub* hub);

/// trt_wake_port_init makes a port with the owner's reference.
void trt_wake_port_init(trt_wake_port* port, trt_wake_hub* hub, void (*free)(trt_wake_port* port));
/// trt_wake_port_waker lends the port's waker.   Ends: with the owner's reference.
tmlrt_waker trt_wake_port_waker(trt_wake_port* port);
/// trt_wake_port_end ends the port: its wakers do nothing from now on. Returns  true when there are
/// none: the memory is the owner's again, at once; else the last of them calls `free`. Perhaps that
/// is before this returns.   Thread: the task's.
bool trt_wake_port_end(trt_wake_port* port);

#endif
