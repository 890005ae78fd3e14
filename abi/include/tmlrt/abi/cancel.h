// SPDX-License-Identifier: Apache-2.0
// Why something is to end. A token keeps the first reason that it was given.
#ifndef TMLRT_ABI_CANCEL_H
#define TMLRT_ABI_CANCEL_H

/// tmlrt_cancel_reason: values are never renumbered; 0 is "not cancelled".
typedef enum tmlrt_cancel_reason {
    TMLRT_CANCEL_NONE = 0,
    TMLRT_CANCEL_CLIENT_GONE = 1, ///< nobody waits for the answer any more
    TMLRT_CANCEL_DEADLINE = 2,    ///< the time is up
    TMLRT_CANCEL_SHUTDOWN = 3,    ///< the server or the program ends
    TMLRT_CANCEL_ABORT = 4, ///< somebody decided so: another part failed, the result is not wanted
} tmlrt_cancel_reason;

#endif
