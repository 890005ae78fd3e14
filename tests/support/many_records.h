// SPDX-License-Identifier: Apache-2.0
// A program of any number of records, correct or hostile in one way: what the start reads must cost
// time linear in it, and find exactly what is wrong. Eight records a group: a controller over two
// services that form one long chain, three routes, a schema and an alias.
#ifndef TESTS_SUPPORT_MANY_RECORDS_H
#define TESTS_SUPPORT_MANY_RECORDS_H

#include <tmlrt/abi/functions.h>

#include "rt/base/arena.h"

/// The shapes: X(NAME, what is wrong)
#define MANY_SHAPE_MAP(X)                                                                          \
    X(CORRECT, "nothing")                                                                          \
    X(PLANTED, "one of each error between records, spread over the program")                       \
    X(REFUSED, "one of each error of a record by itself; those are told alone")                    \
    X(MODULES, "nothing; a module per group, each imports the one before")                         \
    X(MISSING, "every service needs a provider that is not there")                                 \
    X(CYCLE, "all services are one cycle")                                                         \
    X(SAME_ROUTE, "all routes have one shape")                                                     \
    X(SAME_CLASS, "every class is declared twice")                                                 \
    X(NO_CLASS, "every route is of a class that is not there")                                     \
    X(NO_GUARD, "every route has a guard that is not there")                                       \
    X(BAD_TYPE, "every field has a type that there is not")                                        \
    X(ALIASES, "the aliases are one chain, which ends nowhere")                                    \
    X(BASES, "nothing; the services are one chain of base classes")                                \
    X(NO_BASE, "every service has a base that is not there")                                       \
    X(REVERSED, "nothing; the records lie in the reverse order of their lines")                    \
    X(ONE_LINE, "nothing; all records are on one line")                                            \
    X(WIDE, "nothing; one schema has all fields, one class all injections")

typedef enum many_shape {
#define MANY_SHAPE_ENUM(name, wrong) MANY_##name,
    MANY_SHAPE_MAP(MANY_SHAPE_ENUM)
#undef MANY_SHAPE_ENUM
        MANY_NUM_SHAPES
} many_shape;

enum { MANY_GROUP = 8, MANY_PLACES = 8 }; ///< PLACES: groups that may have a planted error

/// many_records is the program; `num_errors`: of trt_app_init.
typedef struct many_records {
    trt_arena arena;
    tmlrt_image image;
    uint32_t num_groups, num_errors;
    const tmlrt_meta_unit* units[1];
    tmlrt_meta_unit unit;
} many_records;

/// many_records_init makes `num` records, rounded down to whole groups, at least one; of CLASS,
/// ROUTE, PROVIDER, SCHEMA and, for MODULES, one more a group. It points into itself: never copy
/// it.
void many_records_init(many_records* out, uint32_t num, many_shape shape);
void many_records_fini(many_records* records);

/// many_shape_name returns the name of a shape.
const char* many_shape_name(many_shape shape);

#endif
