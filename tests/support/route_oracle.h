// SPDX-License-Identifier: Apache-2.0
// The rules of routing a second time, naively: every pattern is compared with every path. What the
// router answers must be what this answers.
#ifndef TESTS_SUPPORT_ROUTE_ORACLE_H
#define TESTS_SUPPORT_ROUTE_ORACLE_H

#include "std/http/framework/route/router.h"

/// oracle_answer is what a path's requests get, by enum trt_method.
typedef struct oracle_answer {
    uint32_t route[TRT_NUM_METHODS]; ///< TRT_ROUTE_NONE: none answers it
    uint32_t allow;                  ///< the methods of all patterns that match
} oracle_answer;

/// oracle_routes answers for every method at once.   Shape: skip: routes left out, may be NULL.
void oracle_routes(oracle_answer* out, const trt_route_spec* specs, const bool* skip, uint32_t num,
                   const trt_path* path);

/// oracle_shape writes method and shape of a pattern: two routes with the same text are ambiguous.
void oracle_shape(char out[512], const trt_route_spec* spec);

#endif
