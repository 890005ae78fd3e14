// SPDX-License-Identifier: Apache-2.0
// An interval between two ticks: plain data of whoever ticks.
#ifndef TMLRT_ABI_INTERVAL_H
#define TMLRT_ABI_INTERVAL_H

#include <stdint.h>

/// What becomes of ticks that nobody waited for in time, once one is more than 5 ms late. With a
/// period of 100 ms, a tick due at 200 that is taken at 450, the next ones are due at
enum {
    TMLRT_MISSED_BURST = 0, ///< 300, 400, 500: all of them, as fast as they are taken
    TMLRT_MISSED_DELAY = 1, ///< 550, 650: a period from when it was taken
    TMLRT_MISSED_SKIP = 2,  ///< 500, 600: the next of the original times
};

/// tmlrt_interval may be copied, changed and thrown away while no tick of it waits.
typedef struct tmlrt_interval {
    uint64_t next_ns, period_ns; ///< of tmlrt_now_ns; the period is not 0
    uint32_t missed;             ///< TMLRT_MISSED_*
    uint32_t reserved;           ///< 0
} tmlrt_interval;

#endif
