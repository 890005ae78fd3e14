// SPDX-License-Identifier: Apache-2.0
// The two futex calls, for what is in this folder: the lock, the parker and the poller.
#ifndef TRT_OS_LINUX_FUTEX_H
#define TRT_OS_LINUX_FUTEX_H

#include "rt/base/atomic.h"

/// trt_futex_wait sleeps while *word is `expected`. False: the deadline passed; a wake, a changed
/// word and a signal are all true.
/// Units:   deadline_ns: of the monotonic clock; UINT64_MAX: none.   Thread: any.
bool trt_futex_wait(trt_atomic_u32* word, uint32_t expected, uint64_t deadline_ns);
/// trt_futex_wake_one wakes one that sleeps at `word`; nothing of the word is read, so it may be
/// gone already.   Thread: any.
void trt_futex_wake_one(trt_atomic_u32* word);
/// trt_futex_deadline_ns is `timeout_ns` from now; UINT64_MAX for what is for ever.
uint64_t trt_futex_deadline_ns(uint64_t timeout_ns);

#endif
