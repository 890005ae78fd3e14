// SPDX-License-Identifier: Apache-2.0
// Polls @root once more after READY.
#include <tmlrt/abi/functions.h>

extern const tmlrt_future_desc root_future __asm__("root.future");

int main(void) {
    static char frame[64];
    tmlrt_arena arena = {0};
    tmlrt_context cx = {.arena = &arena, .waker = &tmlrt_block_on_waker};
    int64_t value = 0;
    root_future.poll(frame, &cx, &value);
    root_future.poll(frame, &cx, &value);
    return 0;
}
