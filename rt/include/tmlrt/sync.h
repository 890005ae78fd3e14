// SPDX-License-Identifier: Apache-2.0
// Channels, locks and signals between tasks, for C programs; the functions are those of compiled
// code (<tmlrt/abi/functions.h>, included here).
//
// What waits is a leaf future of TMLRT_LEAF_SIZE bytes: tmlrt_x_init prepares it, tmlrt_x_desc
// polls and drops it (tmlrt_block_on_future in <tmlrt/task.h> waits on a plain thread). A leaf
// borrows what it waits for. Waiting allocates nothing; who came first is served first. A leaf that
// is dropped while it waits, or after it was served and before it was polled, passes what it was
// given on to the next: nothing is lost by giving up a wait (docs/design/sync.md).
#ifndef TMLRT_SYNC_H
#define TMLRT_SYNC_H

#include <tmlrt/abi/functions.h>

/// TMLRT_MPSC_UNBOUNDED is the capacity of a channel whose senders never wait.
#define TMLRT_MPSC_UNBOUNDED UINT64_MAX

#endif
