// SPDX-License-Identifier: Apache-2.0
// The runtime's own messages (never an application's): where they go and how many there are.
#ifndef TMLRT_LOG_H
#define TMLRT_LOG_H

#include <tmlrt/abi/status.h>

TMLRT_EXTERN_C_BEGIN

/// Levels; a message is shown when its level is at most the one that is set.
enum {
    TMLRT_LOG_OFF = 0,
    TMLRT_LOG_ERROR = 1, ///< something asked for was not done
    TMLRT_LOG_WARN = 2,  ///< something is degraded; the default
    TMLRT_LOG_INFO = 3,  ///< start, stop, effective configuration
    TMLRT_LOG_DEBUG = 4,
};

/// tmlrt_log_fn receives one message without a line end; `module` and `message` are borrowed for
/// the call. It must not call back into the runtime.   Thread: any, several at once.
typedef void (*tmlrt_log_fn)(void* arg, int32_t level, const char* module, const char* message);

/// tmlrt_log_set sends messages to `fn` (NULL: one line each to stderr).   Thread: init.
TMLRT_EXPORT void tmlrt_log_set(tmlrt_log_fn fn, void* arg);
/// tmlrt_log_set_level sets the level, in place of the environment's TMLRT_LOG (off, error, warn,
/// info, debug).   Thread: any.
TMLRT_EXPORT void tmlrt_log_set_level(int32_t level);

/// tmlrt_status_text says what a status means, in English and with the remedy where there is one;
/// never NULL. Thread: any.
TMLRT_EXPORT const char* tmlrt_status_text(tmlrt_status status);

TMLRT_EXTERN_C_END

#endif
