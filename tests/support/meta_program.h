// SPDX-License-Identifier: Apache-2.0
// A small program's metadata made by hand, as the hooks would write it: a UserController with an
// injected UserService, two routes, a DTO and an example. Tests copy it and break it.
#ifndef TESTS_SUPPORT_META_PROGRAM_H
#define TESTS_SUPPORT_META_PROGRAM_H

#include <tmlrt/abi/functions.h>

typedef struct user_service {
    const void* vtable;
    uint64_t calls;
} user_service;

typedef struct user_controller {
    const void* vtable;
    user_service* users;
} user_controller;

typedef struct create_user_dto {
    const char* name;
    uint64_t age;
} create_user_dto;

typedef struct get_args {
    user_controller* self;
    uint64_t id;
} get_args;

typedef struct create_args {
    user_controller* self;
    create_user_dto dto;
} create_args;

enum { META_GET, META_CREATE, META_NUM_ROUTES };
enum { META_CONTROLLER, META_SERVICE, META_NUM_CLASSES };

typedef struct meta_program {
    const char* files[2];
    tmlrt_meta_type t_u64, t_str, t_dto, t_service, t_response;
    tmlrt_meta_value prefix;
    tmlrt_meta_deco controller;
    tmlrt_meta_slot inject, id, body, fields[2];
    tmlrt_meta_class classes[META_NUM_CLASSES];
    tmlrt_meta_route routes[META_NUM_ROUTES];
    tmlrt_meta_schema schema;
    tmlrt_meta_provider provider;
    tmlrt_meta_example example;
    tmlrt_meta_hook hook;
    tmlrt_meta_module module;
    tmlrt_meta_unit unit;
    const tmlrt_meta_unit*
        units[4]; ///< padding, the unit, padding, a second unit if a test has one
    tmlrt_image image;
} meta_program;

/// meta_program_init fills a correct program. The thunks return `id * 2` and the DTO; tests replace
/// them. It points into itself: never copy it.
void meta_program_init(meta_program* p);

/// meta_args returns the args pointer a thunk's frame was given.
static inline void* meta_args(void* frame) {
    return *(void**)((char*)frame + 8);
}

#define META_TABLE(array)                                                                          \
    ((tmlrt_meta_table){(array), sizeof(array) / sizeof((array)[0]), sizeof((array)[0])})
#define META_ONE(record)     ((tmlrt_meta_table){&(record), 1, sizeof(record)})
#define META_LOC(line_, ...) ((tmlrt_meta_loc){.line = (line_), __VA_ARGS__})

#endif
