// SPDX-License-Identifier: Apache-2.0
// Where injected allocation failures hit, for tests/oom/check_sites.py.
#ifndef TESTS_SUPPORT_OOM_SITES_H
#define TESTS_SUPPORT_OOM_SITES_H

/// test_oom_note appends the calling stack, one frame per line and an empty line, to the file that
/// TMLRT_OOM_SITES names; without it, nothing.   Thread: any.
void test_oom_note(void);

#endif
