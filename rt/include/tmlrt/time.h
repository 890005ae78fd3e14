// SPDX-License-Identifier: Apache-2.0
// Time for C programs: tmlrt_now_ns, and the futures of sleeping, limits and intervals, which
// compiled code calls too.
#ifndef TMLRT_TIME_H
#define TMLRT_TIME_H

#include <tmlrt/abi/functions.h>

#endif
