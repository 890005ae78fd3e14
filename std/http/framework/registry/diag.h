// SPDX-License-Identifier: Apache-2.0
// Start-up errors: every error of the whole program is collected, then printed in one run, in order
// of (file, line), never of linking.
#ifndef TRT_HTTP_FRAMEWORK_REGISTRY_DIAG_H
#define TRT_HTTP_FRAMEWORK_REGISTRY_DIAG_H

#include <tmlrt/abi/status.h>

#include "std/http/framework/registry/text.h"

enum {
    TRT_DIAG_MAX = 100,        ///< printed; the rest is counted
    TRT_DIAG_SEARCH = 2000000, ///< letters compared for all "did you mean" of a start
};

/// trt_diag_at says which record an error is about. Borrowed until printed, except `name` and
/// `cls`, which are copied into the message.
typedef struct trt_diag_at {
    const char* kind; ///< "route", "class", ...
    const char* cls;  ///< printed as "cls.name"; may be NULL
    const char* name; ///< may be NULL
    const char* file;
    uint32_t line;
} trt_diag_at;

typedef struct trt_diag {
    const char* file;
    uint32_t line, num;
    size_t start, len; ///< in trt_diags.text
} trt_diag;

/// trt_diags owns the messages; all-zero is empty.
typedef struct trt_diags {
    trt_diag items[TRT_DIAG_MAX];
    uint32_t num; ///< kept
    uint32_t num_all;
    uint64_t searched; ///< of TRT_DIAG_SEARCH
    trt_text text;
} trt_diags;

/// trt_diags_full counts an error and says true when no more are printed: its words need not be
/// searched then. Else nothing is counted.
static inline bool trt_diags_full(trt_diags* diags) {
    bool full = diags->num == TRT_DIAG_MAX;
    diags->num_all += full;
    return full;
}

/// trt_diags_add adds one error: its code, the record, what is wrong and what to do about it.
/// Errors:  none; without memory the error is counted, its message lost.
void trt_diags_add(trt_diags* diags, tmlrt_status code, const trt_diag_at* at, const char* remedy,
                   const char* format, ...) __attribute__((format(printf, 5, 6)));
/// trt_diags_format writes all messages and a closing line to `out`.
void trt_diags_format(trt_diags* diags, trt_text* out);
/// trt_diags_fini frees the messages.
void trt_diags_fini(trt_diags* diags);
/// trt_status_name returns the name of a status as in the error table ("META_DUPLICATE").
const char* trt_status_name(tmlrt_status status);
#endif
