// SPDX-License-Identifier: Apache-2.0
// What runs on a thread, for who must not allocate, lock or format.
#ifndef TRT_EXEC_OBSERVE_RUNNING_H
#define TRT_EXEC_OBSERVE_RUNNING_H

#include <stddef.h>

/// trt_tell_running writes "the task of `name` (file:line)" when the calling thread is a worker
/// that polls or drops one.   Shape: at most `cap` bytes, without an end mark; returns how many.
/// Async-signal-safe.
size_t trt_tell_running(char* out, size_t cap);

#endif
