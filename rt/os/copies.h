// SPDX-License-Identifier: Apache-2.0
// One process, one running copy of the runtime.
#ifndef TRT_OS_COPIES_H
#define TRT_OS_COPIES_H

#include <tmlrt/abi/status.h>

#include <stddef.h>

/// trt_os_claim_process says that this copy of the runtime runs in the process, and looks whether
/// another one does: two archives in one program, an archive and the shared library, a plugin with
/// its own. Their workers, timers and records would not know of each other.
/// Shape:   out_name: the other copy's file, cut to `cap` bytes; written with the error only.
/// Errors:  COPIES - another copy runs.   Thread: any.   Cost: a walk over the loaded images, once.
TMLRT_NODISCARD tmlrt_status trt_os_claim_process(char* out_name, size_t cap);

#endif
