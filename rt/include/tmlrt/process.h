// SPDX-License-Identifier: Apache-2.0
// Child processes and signals for C programs: the functions are those of compiled code
// (abi/functions.def, "processes", "signals"); here are the C forms of their options and outputs.
#ifndef TMLRT_PROCESS_H
#define TMLRT_PROCESS_H

#include <tmlrt/abi/functions.h>

/// What a standard handle of the child is.
enum {
    TMLRT_STDIO_INHERIT = 0, ///< the one of this process
    TMLRT_STDIO_NULL = 1,    ///< the null device
    TMLRT_STDIO_PIPE = 2,    ///< a pipe, whose other end tmlrt_process_stream gives out
};

/// tmlrt_process_options says what to run; all-zero is every default but `argv`.
struct tmlrt_process_options {
    const char* const* argv; ///< NULL-terminated; argv[0] without a slash is looked for in PATH
    const char* const* env;  ///< "NAME=value", NULL-terminated, set besides or instead; may be NULL
    const char* dir;         ///< where it runs; NULL: where this process does
    int32_t stdio[3];        ///< TMLRT_STDIO_* for input, output, error
    int32_t clear_env;       ///< 1: nothing but `env`
    int32_t kill_on_free;    ///< 1: tmlrt_process_free ends it
    int32_t reserved;        ///< 0
};

/// Signals that a process can wait for, as bits of a mask.
enum {
    TMLRT_SIGNAL_TERM = 1,
    TMLRT_SIGNAL_INT = 2,
    TMLRT_SIGNAL_HUP = 4,
    TMLRT_SIGNAL_QUIT = 8,
    TMLRT_SIGNAL_USR1 = 16,
    TMLRT_SIGNAL_USR2 = 32,
};

/// tmlrt_process_end is the output of tmlrt_process_wait.
typedef struct tmlrt_process_end {
    tmlrt_status status;
    int32_t code;   ///< its exit code; -1: a signal ended it
    int32_t signal; ///< that signal, else 0
} tmlrt_process_end;

#endif
