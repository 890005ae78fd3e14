// SPDX-License-Identifier: Apache-2.0
// A stack that runs over is told before the process ends of it.
#ifndef TRT_OS_OVERFLOW_H
#define TRT_OS_OVERFLOW_H

#include <stddef.h>

/// trt_overflow_watch sees to it that a fault at the end of the calling thread's stack writes a
/// line to stderr (the thread, the size of its stack, what runs there) before it ends the process
/// as any fault does. For threads of the runtime; once per thread; lasts until the thread ends.
/// Nothing happens without memory for a second stack, when the program has a handler of its own
/// for faults, or a second stack of its own, or in a build with a sanitizer, which tells it itself.
/// Shape:   tell: writes what runs on the calling thread, at most `cap` bytes without an end mark,
///          and returns how many. Async-signal-safe.
void trt_overflow_watch(size_t (*tell)(char* out, size_t cap));

#endif
