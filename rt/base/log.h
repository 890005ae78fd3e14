// SPDX-License-Identifier: Apache-2.0
// Log: one line per message, no allocation.
#ifndef TRT_BASE_LOG_H
#define TRT_BASE_LOG_H

#include <tmlrt/log.h>

#include "rt/base/atomic.h"

/// TRT_LOG_MAX is the longest message; what is beyond is cut.
enum { TRT_LOG_MAX = 480 };

/// trt_log_level returns the level that is set.   Thread: any.   Cost: one load.
int32_t trt_log_level(void);
/// trt_log_is_stderr tells whether messages go to stderr, and not to the program.   Thread: any.
bool trt_log_is_stderr(void);
/// trt_log_write formats and sends a message whatever the level; use trt_log.   Thread: any.
/// Cost:    one write to stderr; allocates nothing.
void trt_log_write(int32_t level, const char* module, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

/// trt_log_plain shows the control characters of a text as '?', in place: a line stays one line,
/// and a terminal does nothing else with it.   Thread: any.
void trt_log_plain(char* text);

/// trt_log sends a message if its level is shown; the arguments are evaluated only then.
#define trt_log(level, module, ...)                                                                \
    do {                                                                                           \
        if ((level) <= trt_log_level()) {                                                          \
            trt_log_write((level), (module), __VA_ARGS__);                                         \
        }                                                                                          \
    } while (0)

#endif
