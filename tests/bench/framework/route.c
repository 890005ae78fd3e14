// SPDX-License-Identifier: Apache-2.0
// The router under a workload: `route ROUTES REQUESTS ROUNDS [parse]` builds the router of the
// routes in a file ("METHOD /pattern" a line), routes every request of another one so many times,
// and prints the sum of (index of the route + 1), 0 for a miss, and the nanoseconds per request.
// With `parse` the paths are parsed and not looked up.
#include "std/http/core/method.h"
#include "std/http/framework/route/router.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_ROWS = 100000 };

typedef struct row {
    char* method;
    tmlrt_slice path;
    uint8_t value;
} row;

static row s_routes[MAX_ROWS], s_requests[MAX_ROWS];

static uint32_t read_rows(row* rows, const char* name) {
    FILE* file = fopen(name, "r");
    char line[8192];
    uint32_t num = 0;
    while (file != NULL && num < MAX_ROWS && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char* path = strchr(line, ' ');
        if (path == NULL) {
            break;
        }
        *path++ = '\0';
        rows[num].method = strdup(line);
        rows[num].path = (tmlrt_slice){strdup(path), strlen(path)};
        rows[num++].value = (uint8_t)trt_method_lookup(line, strlen(line));
    }
    if (num == 0) {
        fprintf(stderr, "route: %s has no rows\n", name);
        exit(2);
    }
    fclose(file);
    return num;
}

static trt_route_spec spec_at(const void* source, uint32_t index) {
    const row* rows = source;
    return (trt_route_spec){NULL, rows[index].path.data, rows[index].method};
}

static void refuse(void* context, int error, uint32_t route, uint32_t other, const char* detail) {
    (void)context, (void)other;
    fprintf(stderr, "route: error %d of route %u: %s\n", error, route, detail);
    exit(2);
}

/// Not inlined: the bench asks callgrind for what it and its callees cost.
static __attribute__((noinline)) uint64_t run(const trt_router* router, uint32_t num,
                                              uint32_t rounds, bool find) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        for (uint32_t k = 0; k < num; k++) {
            trt_path path;
            trt_route_match match;
            const char* reason;
            if (trt_path_parse(&path, NULL, s_requests[k].path, &reason) != TMLRT_OK) {
                continue;
            }
            if (find) {
                trt_router_find(router, &match, &path, s_requests[k].value);
                sum += match.route + 1; // a miss is UINT32_MAX: it adds UINT32_MAX + 1 == 0
            }
        }
    }
    return sum;
}

int main(int argc, char** argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: route ROUTES REQUESTS ROUNDS [parse]\n");
        return 2;
    }
    trt_router router;
    struct timespec from, to;
    uint32_t num_routes = read_rows(s_routes, argv[1]), num = read_rows(s_requests, argv[2]);
    uint32_t rounds = (uint32_t)strtoul(argv[3], NULL, 10);
    if (trt_router_init(&router, spec_at, s_routes, num_routes, refuse, NULL) != TMLRT_OK) {
        return 1;
    }
    clock_gettime(CLOCK_MONOTONIC, &from);
    uint64_t sum = run(&router, num, rounds, argc < 5);
    clock_gettime(CLOCK_MONOTONIC, &to);
    double ns = (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
    printf("%" PRIu64 " %.3f\n", rounds != 0 ? sum / rounds : 0,
           rounds != 0 ? ns / ((double)num * rounds) : 0.0);
    trt_router_fini(&router);
    return 0;
}
