// SPDX-License-Identifier: Apache-2.0
// Decorator metadata, version 1: the records a compiler emits and the runtime maps at start-up.
//
// One pointer per lowered module lies in a section of its own and points to a tmlrt_meta_unit; the
// records are constant arrays elsewhere. A table's stride may grow with the minor version: a
// shorter stride reads as zero behind its end, a longer one is skipped. docs/abi/metadata.md tells
// the whole.
#ifndef TMLRT_ABI_META_H
#define TMLRT_ABI_META_H

#include <tmlrt/abi/future.h>

#define TMLRT_META_MAGIC 0x314d4c54u ///< "TLM1", little-endian
#define TMLRT_META_MAJOR 1
#define TMLRT_META_MINOR                                                                           \
    1 ///< 1: stages (kind 7), types next and error, where words next, error and value

#define TMLRT_META_SECTION_ELF   "tmlrt_meta"
#define TMLRT_META_SECTION_MACHO "__DATA_CONST,__tmlrt_meta"
#define TMLRT_META_SECTION_COFF  ".tmlrt$b"

/// Kinds of a tmlrt_meta_type, with the name a compiler writes in `!{!"name"}`.
/// X(NAME, value, "ir name", size in bytes or 0, alignment or 0)
#define TMLRT_META_TYPE_MAP(X)                                                                     \
    X(UNIT, 0, "unit", 0, 1)                                                                       \
    X(BOOL, 1, "bool", 1, 1)                                                                       \
    X(I8, 2, "i8", 1, 1)                                                                           \
    X(I16, 3, "i16", 2, 2)                                                                         \
    X(I32, 4, "i32", 4, 4)                                                                         \
    X(I64, 5, "i64", 8, 8)                                                                         \
    X(U8, 6, "u8", 1, 1)                                                                           \
    X(U16, 7, "u16", 2, 2)                                                                         \
    X(U32, 8, "u32", 4, 4)                                                                         \
    X(U64, 9, "u64", 8, 8)                                                                         \
    X(F32, 10, "f32", 4, 4)                                                                        \
    X(F64, 11, "f64", 8, 8)                                                                        \
    X(CHAR, 12, "char", 4, 4)                                                                      \
    X(STR, 13, "str", sizeof(void*), sizeof(void*))           /* char*, NUL-terminated */          \
    X(TEXT, 14, "text", sizeof(void*), sizeof(void*))         /* handle to {data, len, cap} */     \
    X(STRUCT, 15, "struct", 0, 0)                             /* ref: tmlrt_meta_schema */         \
    X(LIST, 16, "list", sizeof(void*), sizeof(void*))         /* ref: tmlrt_meta_type */           \
    X(MAYBE, 17, "maybe", 0, 0)                               /* ref: tmlrt_meta_type */           \
    X(OUTCOME, 18, "outcome", 0, 0)                           /* ref: tmlrt_meta_type[2] */        \
    X(CLASS, 19, "class", sizeof(void*), sizeof(void*))       /* ref: class name, char* */         \
    X(REQUEST, 20, "request", sizeof(void*), sizeof(void*))   /* borrowed tmlrt_request* */        \
    X(RESPONSE, 21, "response", sizeof(void*), sizeof(void*)) /* moved tmlrt_response* */          \
    X(NEXT, 22, "next", sizeof(void*), sizeof(void*))         /* borrowed tmlrt_next* */           \
    X(ERROR, 23, "error", sizeof(void*), sizeof(void*))       /* borrowed tmlrt_error* */

enum {
#define TMLRT_META_TYPE_ENUM(name, value, ir, size, align) TMLRT_TYPE_##name = (value),
    TMLRT_META_TYPE_MAP(TMLRT_META_TYPE_ENUM)
#undef TMLRT_META_TYPE_ENUM
};

/// payload_off of a Maybe that is one nullable pointer.
#define TMLRT_MAYBE_NULLABLE 255

/// Where a parameter's value comes from. X(NAME, value, "ir name")
#define TMLRT_META_WHERE_MAP(X)                                                                    \
    X(NONE, 0, "none") /* a field or an injection */                                               \
    X(PATH, 1, "path")                                                                             \
    X(QUERY, 2, "query")                                                                           \
    X(HEADER, 3, "header")                                                                         \
    X(COOKIE, 4, "cookie")                                                                         \
    X(BODY, 5, "body")                                                                             \
    X(IP, 6, "ip")                                                                                 \
    X(HOST, 7, "host")                                                                             \
    X(REQUEST, 8, "request")                                                                       \
    X(CUSTOM, 9, "custom")                                                                         \
    X(NEXT, 10, "next")   /* of a stage: the rest of the pipeline */                               \
    X(ERROR, 11, "error") /* of a stage: what a filter is asked about */                           \
    X(VALUE, 12, "value") /* of a stage: what a pipe changes */

enum {
#define TMLRT_META_WHERE_ENUM(name, value, ir) TMLRT_WHERE_##name = (value),
    TMLRT_META_WHERE_MAP(TMLRT_META_WHERE_ENUM)
#undef TMLRT_META_WHERE_ENUM
};

enum {
    TMLRT_VALUE_NULL,
    TMLRT_VALUE_BOOL,
    TMLRT_VALUE_INT,
    TMLRT_VALUE_F64,
    TMLRT_VALUE_STR,
    TMLRT_VALUE_SYM,
    TMLRT_VALUE_LIST
};
enum { TMLRT_PROVIDE_CLASS, TMLRT_PROVIDE_VALUE, TMLRT_PROVIDE_FACTORY, TMLRT_PROVIDE_ALIAS };
enum { TMLRT_SCOPE_SINGLETON, TMLRT_SCOPE_REQUEST, TMLRT_SCOPE_TRANSIENT };
/// Roles of a stage, with the word a compiler writes. X(NAME, value, "ir name")
#define TMLRT_META_ROLE_MAP(X)                                                                     \
    X(MIDDLEWARE, 0, "middleware")                                                                 \
    X(GUARD, 1, "guard")                                                                           \
    X(INTERCEPTOR, 2, "interceptor")                                                               \
    X(PIPE, 3, "pipe")                                                                             \
    X(FILTER, 4, "filter")

enum {
#define TMLRT_META_ROLE_ENUM(name, value, ir) TMLRT_ROLE_##name = (value),
    TMLRT_META_ROLE_MAP(TMLRT_META_ROLE_ENUM)
#undef TMLRT_META_ROLE_ENUM
        TMLRT_NUM_ROLES
};
/// Events of a lifecycle hook, in the order they happen.
enum {
    TMLRT_HOOK_INIT,
    TMLRT_HOOK_BOOTSTRAP,
    TMLRT_HOOK_DESTROY,
    TMLRT_HOOK_BEFORE_SHUTDOWN,
    TMLRT_HOOK_SHUTDOWN
};
/// Indices into tmlrt_meta_unit.kind.
enum {
    TMLRT_KIND_CLASS,
    TMLRT_KIND_ROUTE,
    TMLRT_KIND_PROVIDER,
    TMLRT_KIND_SCHEMA,
    TMLRT_KIND_MODULE,
    TMLRT_KIND_HOOK,
    TMLRT_KIND_EXAMPLE,
    TMLRT_KIND_STAGE,
    TMLRT_NUM_KINDS
};
/// Flags of a tmlrt_meta_loc: properties of the record it belongs to.
enum {
    TMLRT_LOC_OPTIONAL = 1u << 0, ///< slot: may be absent
    TMLRT_LOC_OWNED =
        1u << 1, ///< route, stage: every Str in what is returned is libc malloc, and freed
    TMLRT_LOC_LAZY =
        1u << 2, ///< injection: a `Provider[T]`; the slot holds a tmlrt_provider*, not the object
};

/// tmlrt_meta_table is `count` items, `stride` bytes apart.
typedef struct {
    const void* items;
    uint32_t count, stride;
} tmlrt_meta_table;

/// tmlrt_meta_loc is a source position; `file` indexes tmlrt_meta_unit.files.
typedef struct {
    uint32_t line;
    uint16_t file, flags;
} tmlrt_meta_loc;

/// tmlrt_meta_type describes a value in memory form. ref by kind: see TMLRT_META_TYPE_MAP.
typedef struct {
    const void* ref;
    uint32_t size;
    uint16_t align;
    uint8_t kind, payload_off;
} tmlrt_meta_type;

/// tmlrt_meta_value is a decorator argument or a default. BOOL and INT in `i`, F64 as bits in `i`,
/// STR and SYM as `p` with `len` bytes and a NUL, LIST as `len` values at `p`.
typedef struct {
    uint32_t kind, len;
    int64_t i;
    const void* p;
    const char* name; ///< when written `name = value`, else NULL
} tmlrt_meta_value;

/// tmlrt_meta_deco is one decorator; every one is kept, in source order. args: tmlrt_meta_value.
typedef struct {
    const char* name;
    tmlrt_meta_table args;
    tmlrt_meta_loc loc;
} tmlrt_meta_deco;

/// tmlrt_meta_slot is a parameter, a field or an injection.
typedef struct {
    const char *name, *key; ///< key: wire name, JSON name or injection token
    const tmlrt_meta_type* type;
    const tmlrt_meta_value* dflt; ///< NULL: required
    tmlrt_meta_table decos;
    uint32_t offset, where; ///< bytes into the args struct, the struct or the object; TMLRT_WHERE_*
    tmlrt_meta_loc loc;
} tmlrt_meta_slot;

/// tmlrt_meta_schema describes a struct (a DTO). fields: tmlrt_meta_slot.
typedef struct {
    const char* name;
    void (*drop)(void*); ///< destroys the fields in place; NULL when there is nothing to do
    tmlrt_meta_table fields;
    uint32_t size, align;
    tmlrt_meta_loc loc;
} tmlrt_meta_schema;

/// tmlrt_meta_class describes a class. make NULL: malloc, zero, vtable at offset 0, then inject.
/// A make is an async function of one pointer, the zeroed-and-injected argument block, returning
/// ptr.
typedef struct {
    const char *name, *base;
    const void* vtable;
    const tmlrt_future_desc* make;
    void (*drop)(void*);
    tmlrt_meta_table injects, decos;
    uint32_t size, align;
    tmlrt_meta_loc loc;
} tmlrt_meta_class;

/// tmlrt_meta_route describes one handler. The thunk is an async function of one pointer, the args
/// struct: the controller instance at offset 0, then the parameters at their slots' offsets.
typedef struct {
    const char *cls, *name, *method, *path;
    const tmlrt_future_desc* thunk;
    void (*fn)(void);    ///< with ffi_sig, for handlers without a thunk
    const char* ffi_sig; ///< return then arguments, one of v i l d p each; NULL with a thunk
    const tmlrt_meta_type* ret;
    tmlrt_meta_table params, decos;
    uint32_t args_size, args_align;
    tmlrt_meta_loc loc;
} tmlrt_meta_route;

/// tmlrt_meta_provider binds a token. deps: tmlrt_meta_slot.
typedef struct {
    const char *token, *target;
    const tmlrt_future_desc* make;
    tmlrt_meta_table deps;
    uint32_t how, scope; ///< TMLRT_PROVIDE_*, TMLRT_SCOPE_*
    tmlrt_meta_loc loc;
} tmlrt_meta_provider;

/// tmlrt_meta_module groups names; the four tables hold `const char*`.
typedef struct {
    const char* name;
    tmlrt_meta_table controllers, providers, imports, exports;
    tmlrt_meta_loc loc;
} tmlrt_meta_module;

/// tmlrt_meta_hook is a lifecycle hook; lower orders run first.
typedef struct {
    const char* cls;
    const tmlrt_future_desc* thunk;
    uint32_t event;
    int32_t order;
    tmlrt_meta_loc loc;
} tmlrt_meta_hook;

/// tmlrt_meta_example is one request and its expected answer, for --smoke and OpenAPI.
typedef struct {
    const char *cls, *name, *title, *request, *response;
    uint32_t status, reserved;
    tmlrt_meta_loc loc;
} tmlrt_meta_example;

/// tmlrt_meta_stage is a method of a class that a pipeline can run: middleware, guard, interceptor,
/// pipe or filter (TMLRT_ROLE_*). The thunk is as a route's: an async function of one pointer, the
/// args struct with the object at offset 0. Since minor version 1.
typedef struct {
    const char *cls, *name;
    const tmlrt_future_desc* thunk;
    const tmlrt_meta_type* ret;
    tmlrt_meta_table params; ///< tmlrt_meta_slot of TMLRT_WHERE_REQUEST, NEXT, ERROR or VALUE
    uint32_t role, args_size, args_align, reserved;
    tmlrt_meta_loc loc;
} tmlrt_meta_stage;

/// tmlrt_meta_unit is one lowered module's table of tables. files: `const char*`.
typedef struct {
    uint32_t magic;
    uint16_t major, minor;
    const char* name;
    const void* runtime; ///< &tmlrt_abi_v1
    tmlrt_meta_table files, kind[TMLRT_NUM_KINDS];
} tmlrt_meta_unit;

/// tmlrt_image is one linked image's view of its own section; the hooks emit it hidden, in a
/// comdat, with a constructor that calls tmlrt_image_register before main.
typedef struct tmlrt_image {
    uint32_t abi, size;
    const tmlrt_meta_unit* const* start; ///< NULL entries are padding
    const tmlrt_meta_unit* const* stop;
    struct tmlrt_image* next; ///< the runtime's
} tmlrt_image;

#endif
