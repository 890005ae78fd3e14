// SPDX-License-Identifier: Apache-2.0
// The texts of the one error table. Called by whoever shows an error to a person. Pure, any thread.
#include <tmlrt/log.h>

const char* tmlrt_status_text(tmlrt_status status) {
    switch (status) {
    case TMLRT_OK:
        return "ok";
#define STATUS_TEXT(name, value, text)                                                             \
    case value:                                                                                    \
        return text;
        TMLRT_STATUS_MAP(STATUS_TEXT)
#undef STATUS_TEXT
    default:
        return "unknown status";
    }
}
