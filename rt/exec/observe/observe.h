// SPDX-License-Identifier: Apache-2.0
// What is asked for of a runtime's observability: options and environment, read once when the
// runtime is made. docs/design/observe.md has the parts.
#ifndef TRT_EXEC_OBSERVE_H
#define TRT_EXEC_OBSERVE_H

#include <tmlrt/runtime.h>

#include "rt/exec/observe/dump_signal.h"
#include "rt/exec/observe/watchdog.h"

#include <stdbool.h>

typedef struct trt_observe_config {
    bool prints_metrics;         ///< at the end, to stderr
    uint32_t dump_signal;        ///< a TRT_SIGNAL_*, 0: none
    uint32_t watchdog_ms;        ///< polls longer than this are told; 0: no watchdog
    bool logs_to_stderr;         ///< and nowhere else
    const char* watchdog_source; ///< who said so
} trt_observe_config;

enum { TRT_WATCHDOG_LEAST_MS = 10, TRT_WATCHDOG_MOST_MS = 600000 };

/// trt_observe is what a runtime has of it. All-zero has nothing.
typedef struct trt_observe {
    bool began;
    trt_dump_signal* dumper; ///< NULL: none
    trt_watchdog watchdog;
} trt_observe;

/// trt_observe_configure reads options, which have been checked, and environment.
/// Errors:  INVAL - a variable cannot be used; a message on stderr says which and why.
tmlrt_status trt_observe_configure(trt_observe_config* out, const tmlrt_runtime_options* options);
/// trt_observe_begin starts what was asked for, of a runtime whose workers are made.
/// Errors:  NOMEM, AGAIN, FULL, MFILE, OS - nothing started.
tmlrt_status trt_observe_begin(tmlrt_runtime* core);
/// trt_observe_end does what was asked for at the end of a runtime, whose workers have stopped;
/// nothing when it never began.
void trt_observe_end(tmlrt_runtime* core);

#endif
