// SPDX-License-Identifier: Apache-2.0
// Log of the runtime. Rare messages only: nothing on the path of a request logs. A line is made in
// a buffer on the stack and written with one call, so lines of several threads do not mix. Control
// characters in a message (a name that came from outside) are shown as '?', so that one message is
// one line. Any thread; only the callback must be set before threads start.
#include "rt/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEVEL_UNREAD = 0xFF }; // TMLRT_LOG was not looked at yet

static trt_atomic_u32 s_level = {LEVEL_UNREAD};
static tmlrt_log_fn s_fn;
static void* s_arg;

static const char* const s_names[] = {"off", "error", "warn", "info", "debug"};

void tmlrt_log_set(tmlrt_log_fn fn, void* arg) {
    s_fn = fn;
    s_arg = arg;
}

void tmlrt_log_set_level(int32_t level) {
    level = level < TMLRT_LOG_OFF ? TMLRT_LOG_OFF : level;
    level = level > TMLRT_LOG_DEBUG ? TMLRT_LOG_DEBUG : level;
    trt_atomic_store(&s_level, (uint32_t)level, TRT_RELAXED);
}

static int32_t level_of_environment(void) {
    const char* text = getenv("TMLRT_LOG");
    for (int32_t level = 0; text != NULL && level <= TMLRT_LOG_DEBUG; level++) {
        if (strcmp(text, s_names[level]) == 0) {
            return level;
        }
    }
    if (text != NULL && *text != '\0') {
        fprintf(stderr, "tmlrt: TMLRT_LOG is '%.32s': use off, error, warn, info or debug\n", text);
    }
    return TMLRT_LOG_WARN;
}

int32_t trt_log_level(void) {
    uint32_t level = trt_atomic_load(&s_level, TRT_RELAXED);
    if (__builtin_expect(level == LEVEL_UNREAD, 0)) {
        level = (uint32_t)level_of_environment();
        uint32_t unread = LEVEL_UNREAD; // a level set meanwhile wins
        if (!trt_atomic_cas(&s_level, &unread, level, TRT_RELAXED, TRT_RELAXED)) {
            level = unread;
        }
    }
    return (int32_t)level;
}

void trt_log_write(int32_t level, const char* module, const char* format, ...) {
    char message[TRT_LOG_MAX + 1], line[TRT_LOG_MAX + 64];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    if (len < 0) {
        return;
    }
    for (char* p = message; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7F) {
            *p = '?';
        }
    }
    if (s_fn != NULL) {
        s_fn(s_arg, level, module, message);
        return;
    }
    len = snprintf(line, sizeof(line), "tmlrt: %s: %.20s: %s\n", s_names[level], module, message);
    fwrite(line, 1, (size_t)len, stderr);
}
