// SPDX-License-Identifier: Apache-2.0
// The rules of routing a second time, naively: every pattern is compared with every path. What the
// router answers must be what this answers.
#ifndef TESTS_SUPPORT_ROUTE_ORACLE_H
#define TESTS_SUPPORT_ROUTE_ORACLE_H

#include "std/http/framework/router.h"

/// oracle_route returns the route that answers, TRT_ROUTE_NONE when there is none; *out_allow: the
/// methods of all patterns that match.   Shape: skip: routes that are left out, may be NULL.
uint32_t oracle_route(const trt_route_spec* specs, const bool* skip, uint32_t num,
                      const trt_path* path, uint8_t method, uint32_t* out_allow);

/// oracle_shape writes method and shape of a pattern: two routes with the same text are ambiguous.
void oracle_shape(char out[512], const trt_route_spec* spec);

#endif
