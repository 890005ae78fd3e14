// SPDX-License-Identifier: Apache-2.0
// Time for C programs: tmlrt_now_ns, and the futures tmlrt_sleep_init and tmlrt_timeout_init, which
// compiled code calls too.
#ifndef TMLRT_TIME_H
#define TMLRT_TIME_H

#include <tmlrt/abi/functions.h>

#endif
