// SPDX-License-Identifier: Apache-2.0
// The frozen layouts of ABI 1, asserted for LP64 and ILP32: the compiler assumes every line below.
// Compiled into the library, emits no code.
#include <tmlrt/abi/functions.h>

#define LP64_32(lp64, ilp32) (sizeof(void*) == 8 ? (lp64) : (ilp32))
#define SIZE(T, lp64, ilp32) _Static_assert(sizeof(T) == LP64_32(lp64, ilp32), "size of " #T)
#define AT(T, field, lp64, ilp32)                                                                  \
    _Static_assert(offsetof(T, field) == LP64_32(lp64, ilp32), "offset of " #T "." #field)

_Static_assert(TMLRT_READY == 0 && TMLRT_PENDING == 1, "upstream's tags of Poll");

SIZE(tmlrt_waker, 16, 8);
SIZE(tmlrt_waker_vtable, 32, 16);
AT(tmlrt_arena, cur, 0, 0);
AT(tmlrt_arena, end, 8, 4);
AT(tmlrt_arena, base, 16, 8);
SIZE(tmlrt_arena, 40, 20);
AT(tmlrt_context, arena, 0, 0);
AT(tmlrt_context, waker, 8, 4);
AT(tmlrt_context, task, 16, 8);
AT(tmlrt_context, budget, 24, 12);
AT(tmlrt_context, flags, 28, 16);
SIZE(tmlrt_context, 32, 20);
SIZE(tmlrt_frame, 8, 8);
SIZE(tmlrt_slice, 16, 16);
SIZE(tmlrt_interval, 24, 24);
AT(tmlrt_interval, period_ns, 8, 8);
AT(tmlrt_interval, missed, 16, 16);

AT(tmlrt_future_desc, poll, 8, 8);
AT(tmlrt_future_desc, drop, 16, 12);
AT(tmlrt_future_desc, drop_output, 24, 16);
_Static_assert(sizeof(void*) != 8 || offsetof(tmlrt_future_desc, frame_size) == 32, "frame_size");
_Static_assert(sizeof(void*) != 8 || offsetof(tmlrt_future_desc, name) == 64, "name");
_Static_assert(sizeof(void*) != 8 || sizeof(tmlrt_future_desc) == 104, "size of tmlrt_future_desc");

SIZE(tmlrt_meta_table, 16, 12);
SIZE(tmlrt_meta_loc, 8, 8);
SIZE(tmlrt_meta_type, 16, 12);
SIZE(tmlrt_meta_deco, 32, 24);
SIZE(tmlrt_meta_schema, 48, 36);
SIZE(tmlrt_meta_slot, 64, 44);
SIZE(tmlrt_meta_class, 88, 60);
SIZE(tmlrt_meta_route, 112, 72);
SIZE(tmlrt_meta_provider, 56, 40);
SIZE(tmlrt_meta_module, 80, 60);
SIZE(tmlrt_meta_hook, 32, 24);
SIZE(tmlrt_meta_example, 56, 36);
SIZE(tmlrt_meta_stage, 72, 52);
AT(tmlrt_meta_stage, params, 32, 16);
AT(tmlrt_meta_stage, role, 48, 28);
AT(tmlrt_meta_stage, loc, 64, 44);
_Static_assert(TMLRT_KIND_STAGE == 7, "kind of a stage");
SIZE(tmlrt_meta_unit, 168, 124);
_Static_assert(sizeof(void*) != 8 || sizeof(tmlrt_meta_value) == 32, "size of tmlrt_meta_value");
SIZE(tmlrt_image, 32, 20);
