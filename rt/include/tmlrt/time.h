// SPDX-License-Identifier: Apache-2.0
// Time for C programs. Sleep and timeout futures are in <tmlrt/abi/functions.h>: tmlrt_sleep_init,
// tmlrt_timeout_init.
#ifndef TMLRT_TIME_H
#define TMLRT_TIME_H

#include <tmlrt/abi/functions.h>

TMLRT_EXTERN_C_BEGIN

/// tmlrt_now_ns returns the clock that sleeps and timeouts are measured with: monotonic
/// nanoseconds.   Thread: any.
TMLRT_EXPORT uint64_t tmlrt_now_ns(void);

TMLRT_EXTERN_C_END

#endif
