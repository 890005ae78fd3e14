// SPDX-License-Identifier: Apache-2.0
// The monotonic and the wall clock. Codecs never see this: they are handed `now_ns`.
#ifndef TRT_OS_CLOCK_H
#define TRT_OS_CLOCK_H

#include <stdint.h>

/// trt_os_now_ns returns monotonic nanoseconds; never decreases.   Thread: any.
uint64_t trt_os_now_ns(void);
/// trt_os_wall_s returns seconds since 1970-01-01 UTC.   Thread: any.
int64_t trt_os_wall_s(void);
/// trt_os_wall_ms returns milliseconds since then.   Thread: any.
uint64_t trt_os_wall_ms(void);

#endif
