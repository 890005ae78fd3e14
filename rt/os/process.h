// SPDX-License-Identifier: Apache-2.0
// Child processes: starting one, watching for its end, taking how it ended.
#ifndef TRT_OS_PROCESS_H
#define TRT_OS_PROCESS_H

#include <tmlrt/process.h>

#include "rt/os/poller.h"

/// trt_process_start runs options->argv with the caller's handles as its standard ones.
/// Shape:   env: NULL-terminated, NULL is the environment of this process. stdio: three handles;
///          TRT_HANDLE_NONE: the child has the same as this process. The others are closed to it.
/// Errors:  NOTFOUND - no such program or directory. NOTDIR, PERM - not executable. INVAL - not a
///          program. AGAIN - too many processes. NOMEM, MFILE, LOOP, NAMELEN, UNSUPPORTED, OS.
/// Owns:    the handles stay the caller's. Cost: blocks until the program is loaded.
tmlrt_status trt_process_start(int64_t* out_id, const char* const* argv, const char* const* env,
                               const char* dir, const trt_handle* stdio);
/// trt_process_env returns the environment of this process, NULL-terminated.
const char* const* trt_process_env(void);
/// trt_process_watch opens a handle that is readable once the child has ended.
/// Errors:  UNSUPPORTED - not on this system. MFILE, NOMEM, OS.
tmlrt_status trt_process_watch(trt_handle* out, int64_t id);
/// trt_process_take takes how the child ended; its number may be used again from then on.
/// Errors:  AGAIN - it runs. NOTFOUND - somebody else took it.
tmlrt_status trt_process_take(int64_t id, tmlrt_process_end* out);
/// trt_process_kill sends a signal to a child that was not taken yet.
/// Errors:  INVAL - no such signal. PERM, OS.
tmlrt_status trt_process_kill(int64_t id, int32_t signal);

enum { TRT_KILL_NUMBER = 9 }; ///< of the signal that nobody can refuse

#endif
