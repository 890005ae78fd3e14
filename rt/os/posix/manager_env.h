// SPDX-License-Identifier: Apache-2.0
// What a service manager says in environment variables: texts of digits, and whom they are for.
// Called by activation.c and manager.c. Thread: any.
#ifndef TRT_OS_POSIX_MANAGER_ENV_H
#define TRT_OS_POSIX_MANAGER_ENV_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/// trt_env_is_set tells whether a variable has a text; NULL has none.
static inline bool trt_env_is_set(const char* text) {
    return text != NULL && text[0] != '\0';
}
/// trt_env_number reads a whole text of digits; false: it is none.
static inline bool trt_env_number(const char* text, uint64_t* out) {
    char* end;
    if (!trt_env_is_set(text) || text[0] < '0' || text[0] > '9') {
        return false;
    }
    errno = 0;
    *out = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}
/// trt_env_is_for_us tells whether a variable names this process, or none at all.
static inline bool trt_env_is_for_us(const char* pid) {
    uint64_t number;
    return !trt_env_is_set(pid) || (trt_env_number(pid, &number) && number == (uint64_t)getpid());
}

#endif
