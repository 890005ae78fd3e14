// SPDX-License-Identifier: Apache-2.0
// Router: patterns in, one compact block out; looked up by a parsed path, without allocating.
//
// A pattern is a prefix and a path, joined by one slash. Its segments are static text, `:name`
// (exactly one segment) or, last only, `*name` (one or more segments; the name may be left out).
// The most specific route wins, per segment from the left: static, then `:name`, then `*`, with
// backtracking; so the order of declaration never matters. Two routes of one shape and one method
// are an error.
#ifndef TRT_HTTP_FRAMEWORK_ROUTE_ROUTER_H
#define TRT_HTTP_FRAMEWORK_ROUTE_ROUTER_H

#include "std/http/core/message.h"
#include "std/http/framework/route/path.h"

#define TRT_ROUTE_NONE UINT32_MAX

/// Bit of a pattern that answers every method (`ALL`).
#define TRT_METHOD_BIT_ALL    (1u << TRT_METHOD_OTHER)
#define TRT_METHOD_BIT(value) (1u << (value))

/// trt_route_spec is one route as declared; all strings outlive the router.
typedef struct trt_route_spec {
    const char* prefix; ///< the controller's, may be NULL or ""
    const char* path;   ///< may be NULL or ""
    const char* method; ///< "GET", ... or "ALL"
} trt_route_spec;

enum {
    TRT_ROUTER_BAD_METHOD,
    TRT_ROUTER_BAD_PATTERN,
    TRT_ROUTER_BAD_PREFIX, ///< it is in the prefix; told for every route that has it
    TRT_ROUTER_AMBIGUOUS,  ///< `other` has the same shape and method
};

/// trt_route_spec_fn returns route `index`; asked once for each, in order.
typedef trt_route_spec (*trt_route_spec_fn)(const void* source, uint32_t index);

/// trt_router_report_fn is told every error; the build goes on without that route.
typedef void (*trt_router_report_fn)(void* context, int error, uint32_t route, uint32_t other,
                                     const char* detail);

typedef struct trt_router {
    struct trt_router_node* nodes;
    struct trt_router_slot* slots; ///< hash table of (parent, segment) -> node; power of two
    struct trt_router_entry* entries;
    struct trt_router_text* texts; ///< segments that had to be decoded
    tmlrt_slice* params;           ///< names, in order; routes with the same ones may share them
    uint32_t num_nodes, slot_mask, num_entries, num_params;
    uint32_t cap_nodes, cap_params;
} trt_router;

/// trt_router_init builds the router of `num` routes; route i of a match is spec(source, i).
/// Errors:  NOMEM - `out` is all-zero. Wrong routes are reported, not returned.
/// Cost:    four allocations, and one each time a count doubles that was guessed too low; linear in
/// the patterns' bytes.
TMLRT_NODISCARD tmlrt_status trt_router_init(trt_router* out, trt_route_spec_fn spec,
                                             const void* source, uint32_t num,
                                             trt_router_report_fn report, void* context);
/// trt_router_fini frees the block; all-zero is fine.
void trt_router_fini(trt_router* router);

/// trt_route_match is what a lookup found.
typedef struct trt_route_match {
    uint32_t route;           ///< TRT_ROUTE_NONE: see `allow`
    uint32_t allow;           ///< TRT_METHOD_BIT of every method this path answers, 0 when unknown
    const tmlrt_slice* names; ///< num_params parameter names of the route
    uint32_t num_params;
    bool has_wildcard; ///< the last parameter is the rest of the path, from segment `at[...]` on
    uint8_t at[TRT_PATH_MAX_PARAMS]; ///< index of the segment of every parameter
} trt_route_match;

/// trt_router_find looks `path` up for `method` (enum trt_method). HEAD is answered by GET when
/// there is no HEAD route, `ALL` answers what nothing else does.
/// Shape:   `allow` is complete only when no route was found.
/// Thread:  any.   Cost: a hash probe per segment; allocates nothing.
void trt_router_find(const trt_router* router, trt_route_match* out, const trt_path* path,
                     uint8_t method);

/// trt_router_params returns the parameter names of route `index`.
const tmlrt_slice* trt_router_params(const trt_router* router, uint32_t index, uint32_t* out_num);

/// trt_router_pattern writes the joined pattern ("/api/users/:id") and a NUL; returns its length
/// without it, which may exceed `cap`.
size_t trt_router_pattern(char* out, size_t cap, const trt_route_spec* spec);

#endif
