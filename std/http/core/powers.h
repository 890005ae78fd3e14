// SPDX-License-Identifier: Apache-2.0
// Powers of five, for decimals to doubles. Constant.
#ifndef TRT_HTTP_CORE_POWERS_H
#define TRT_HTTP_CORE_POWERS_H

#include <stdint.h>

/// Beyond these 10^q times any 64-bit number is 0 or too large.
enum { TRT_POWERS_FIRST = -342, TRT_POWERS_LAST = 308 };

/// trt_powers_of_five[q - TRT_POWERS_FIRST] is 5^q, scaled so that its highest bit is set.
extern const uint64_t trt_powers_of_five[TRT_POWERS_LAST - TRT_POWERS_FIRST + 1][2];

#endif
