// SPDX-License-Identifier: Apache-2.0
// The current task in words, by its descriptor, which is constant. Called in the handler of a fault
// (rt/os/overflow.h): nothing here but loads and stores of its own memory.
#include "rt/exec/observe/running.h"

#include "rt/exec/worker.h"

typedef struct cursor {
    char* at;
    const char* end;
} cursor;

static void put(cursor* out, const char* text) {
    while (*text != '\0' && out->at < out->end) {
        *out->at++ = *text++;
    }
}

static void put_number(cursor* out, uint32_t number) {
    char digits[12] = "", *at = digits + sizeof(digits) - 1;
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    put(out, at);
}

size_t trt_tell_running(char* out, size_t cap) {
    cursor to = {out, out + cap};
    const trt_worker* worker = trt_current_worker();
    if (worker == NULL || trt_atomic_load(&worker->running, TRT_RELAXED) == NULL) {
        return 0;
    }
    const tmlrt_future_desc* desc = trt_atomic_load(&worker->polled, TRT_RELAXED);
    put(&to, "the task of `");
    put(&to, desc->name);
    put(&to, "`");
    if (desc->file != NULL) {
        put(&to, " (");
        put(&to, desc->file);
        put(&to, ":");
        put_number(&to, desc->line);
        put(&to, ")");
    }
    return (size_t)(to.at - out);
}
