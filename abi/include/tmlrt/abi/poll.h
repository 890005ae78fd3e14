// SPDX-License-Identifier: Apache-2.0
// Poll: what one step of a future answers. The values are upstream TML's tags of Poll[T].
#ifndef TMLRT_ABI_POLL_H
#define TMLRT_ABI_POLL_H

#include <tmlrt/abi/base.h>

/// tmlrt_poll is TMLRT_READY (the output was written, the future must not be polled again) or
/// TMLRT_PENDING (the waker of the context was kept and will be called).
typedef int32_t tmlrt_poll;

enum { TMLRT_READY = 0, TMLRT_PENDING = 1 };

#endif
