// SPDX-License-Identifier: Apache-2.0
// Host names to addresses by the system's resolver. Blocks: for the blocking pool only.
#ifndef TRT_OS_RESOLVE_H
#define TRT_OS_RESOLVE_H

#include "rt/os/socket.h"

/// trt_os_resolve asks the system (hosts file, DNS, whatever it is set up for) and writes up to
/// `cap` addresses with `port`, in the system's order of preference (RFC 6724), each once.
/// Shape:   family: 4, 6, or 0 for both. *out_num >= 1 on success.
/// Errors:  NOHOST - no such name, or no address of that family. RESOLVE - the servers did not
///          answer. NOMEM, MFILE, OS.   Thread: any; blocks, possibly for many seconds.
tmlrt_status trt_os_resolve(const char* host, uint16_t port, uint32_t family, trt_addr* out,
                            uint32_t cap, uint32_t* out_num);

#endif
