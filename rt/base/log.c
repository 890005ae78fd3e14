// SPDX-License-Identifier: Apache-2.0
// Log of the runtime. Rare messages only: nothing on the path of a request logs. A line is made in
// a buffer on the stack and written with one call, so lines of several threads do not mix. Control
// characters in a message (a name that came from outside) are shown as '?', so that one message is
// one line. Any thread; only the callback must be set before threads start.
#include "rt/base/log.h"

#include <tmlrt/abi/functions.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEVEL_UNREAD = 0xFF,   // TMLRT_LOG was not looked at yet
    LEVEL_CHOSEN = 1 << 4, // beside a level: somebody set it
    LEVEL_MASK = LEVEL_CHOSEN - 1
};

static trt_atomic_u32 s_level = {LEVEL_UNREAD};
static tmlrt_log_fn s_fn;
static void* s_arg;

static const char* const s_names[] = {"off", "error", "warn", "info", "debug"};

void tmlrt_log_set(tmlrt_log_fn fn, void* arg) {
    s_fn = fn;
    s_arg = arg;
}

bool trt_log_is_stderr(void) {
    return s_fn == NULL;
}

void tmlrt_log_set_level(int32_t level) {
    level = level < TMLRT_LOG_OFF ? TMLRT_LOG_OFF : level;
    level = level > TMLRT_LOG_DEBUG ? TMLRT_LOG_DEBUG : level;
    trt_atomic_store(&s_level, (uint32_t)level | LEVEL_CHOSEN, TRT_RELAXED);
}

static uint32_t level_of_environment(void) {
    const char* text = getenv("TMLRT_LOG");
    for (uint32_t level = 0; text != NULL && level <= TMLRT_LOG_DEBUG; level++) {
        if (strcmp(text, s_names[level]) == 0) {
            return level | LEVEL_CHOSEN;
        }
    }
    if (text != NULL && *text != '\0') {
        fprintf(stderr, "tmlrt: TMLRT_LOG is '%.32s': use off, error, warn, info or debug\n", text);
    }
    return TMLRT_LOG_WARN;
}

static uint32_t load_level(void) {
    uint32_t level = trt_atomic_load(&s_level, TRT_RELAXED);
    if (__builtin_expect(level == LEVEL_UNREAD, 0)) {
        level = level_of_environment();
        uint32_t unread = LEVEL_UNREAD; // a level set meanwhile wins
        if (!trt_atomic_cas(&s_level, &unread, level, TRT_RELAXED, TRT_RELAXED)) {
            level = unread;
        }
    }
    return level;
}

int32_t trt_log_level(void) {
    return (int32_t)(load_level() & LEVEL_MASK);
}

void trt_log_plain(char* text) {
    for (char* p = text; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7F) {
            *p = '?';
        }
    }
}

/// Sends a message of one line; `message` is changed.
static void send(int32_t level, const char* prefix, const char* module, char* message) {
    char line[TRT_LOG_MAX + 64];
    trt_log_plain(message);
    if (s_fn != NULL) {
        s_fn(s_arg, level, module, message);
        return;
    }
    int len =
        snprintf(line, sizeof(line), "%s%s: %.20s: %s\n", prefix, s_names[level], module, message);
    fwrite(line, 1, (size_t)len, stderr);
}

void trt_log_write(int32_t level, const char* module, const char* format, ...) {
    char message[TRT_LOG_MAX + 1];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    if (len >= 0) {
        send(level, "tmlrt: ", module, message);
    }
}

void tmlrt_log_line(int32_t level, const char* module, const char* text) {
    char message[TRT_LOG_MAX + 1];
    uint32_t set = load_level();
    int32_t shown = (int32_t)(set & LEVEL_MASK);
    if ((set & LEVEL_CHOSEN) == 0 && shown < TMLRT_LOG_INFO) {
        shown = TMLRT_LOG_INFO;
    }
    level = level < TMLRT_LOG_ERROR ? TMLRT_LOG_ERROR : level;
    level = level > TMLRT_LOG_DEBUG ? TMLRT_LOG_DEBUG : level;
    if (level <= shown) {
        snprintf(message, sizeof message, "%s", text);
        send(level, "", module, message);
    }
}
