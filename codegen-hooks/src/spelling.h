// SPDX-License-Identifier: Apache-2.0
// What begins with tmlrt must be spelt as the hooks spell it, in the place where they look.
#ifndef TCG_SPELLING_H
#define TCG_SPELLING_H

#include "codegen-hooks/src/context.h"

/// tcg_check_spelling refuses attributes and functions of the module with the reserved prefix that
/// the hooks do not know, and known attributes in the wrong place. Errors: leaves by tcg_fail.
void tcg_check_spelling(tcg_ctx* ctx);

/// tcg_is_reserved returns true for a name with our prefix, however it is cased or continued, so
/// that `tmlrt_await` and `TMLRT.await` count as misspelt markers.
bool tcg_is_reserved(const char* name);
/// tcg_distance returns how many letters must be changed, added, left out or swapped to make one
/// word the other, 1 when one only goes on longer; the first 63 letters of each count.
uint32_t tcg_distance(const char* a, const char* b);

#endif
