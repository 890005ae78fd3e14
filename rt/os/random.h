// SPDX-License-Identifier: Apache-2.0
// Random bytes of the operating system, for keys that peers must not guess.
#ifndef TRT_OS_RANDOM_H
#define TRT_OS_RANDOM_H

#include <stddef.h>

/// trt_os_random fills `out` with unpredictable bytes. Never fails: where the kernel cannot be
/// asked (no such call, a sandbox) the clocks and addresses of the process are mixed, which a
/// remote peer still does not know.   Thread: any.
void trt_os_random(void* out, size_t len);

#endif
