// SPDX-License-Identifier: Apache-2.0
// errno to tmlrt_status: the one translation of the POSIX platforms. Only rt/os/ includes this.
#ifndef TRT_OS_POSIX_STATUS_H
#define TRT_OS_POSIX_STATUS_H

#include <tmlrt/abi/status.h>

/// trt_status_of_errno translates an errno value; what has no status of its own is TMLRT_E_OS.
/// Thread: any.
tmlrt_status trt_status_of_errno(int error);

#endif
