// SPDX-License-Identifier: Apache-2.0
// The interface lines of a lowered module.
#ifndef TCG_INTERFACE_H
#define TCG_INTERFACE_H

#include "codegen-hooks/src/lower/async.h"

/// The named metadata of a lowered module: one string per external async function.
#define TCG_INTERFACE_NODE "tmlcg.interface"

/// tcg_interface_note keeps the line of one lowered async function, when it is external.
void tcg_interface_note(tcg_ctx* ctx, const tcg_async* async);

#endif
