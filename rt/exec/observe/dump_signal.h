// SPDX-License-Identifier: Apache-2.0
// A dump whenever a signal arrives, for a runtime that was asked for it (observe.h).
#ifndef TRT_EXEC_DUMP_SIGNAL_H
#define TRT_EXEC_DUMP_SIGNAL_H

#include <tmlrt/runtime.h>

typedef struct trt_dump_signal trt_dump_signal;

/// trt_dump_signal_start writes a dump of `core` to stderr at each of the signals of `mask`
/// (TRT_SIGNAL_*), on a thread of its own.   Errors: NOMEM, AGAIN, FULL, MFILE, OS - nothing made.
tmlrt_status trt_dump_signal_start(trt_dump_signal** out, tmlrt_runtime* core, uint32_t mask);
/// trt_dump_signal_stop ends the thread and gives the signals back; takes NULL.
void trt_dump_signal_stop(trt_dump_signal* self);
/// trt_dump_signal_count returns how many dumps have been written.   Thread: any.
uint64_t trt_dump_signal_count(const trt_dump_signal* self);

#endif
