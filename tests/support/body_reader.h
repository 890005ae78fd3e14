// SPDX-License-Identifier: Apache-2.0
// A handler's reading of its request's body, piece by piece, in a service written in C.
#ifndef TESTS_SUPPORT_BODY_READER_H
#define TESTS_SUPPORT_BODY_READER_H

#include <tmlrt/http/body.h>

#include "std/http/server/body.h"

#include <stdbool.h>

/// test_body_reader is one read, which may be waiting. All-zero is none.
typedef struct test_body_reader {
    char leaf[TMLRT_LEAF_SIZE] __attribute__((aligned(TMLRT_LEAF_ALIGN)));
    bool waits; ///< has begun and not ended
} test_body_reader;

/// test_body_read reads into `piece`, which stays where it is until the answer is READY.
static inline tmlrt_poll test_body_read(test_body_reader* self, tmlrt_request* request,
                                        tmlrt_context* cx, char* piece, size_t cap,
                                        tmlrt_body_moved* out) {
    if (!self->waits) {
        tmlrt_request_body_read_init(self->leaf, request, piece, cap);
    }
    tmlrt_poll answer = tmlrt_request_body_read_desc.poll(self->leaf, cx, out);
    self->waits = answer == TMLRT_PENDING;
    return answer;
}

#endif
