// SPDX-License-Identifier: Apache-2.0
// The typed tree: types, functions as they are instantiated, and their bodies with every name
// resolved.
//
// A generic function or type is here once per set of type arguments; no type parameter is left.
// Types are interned: equal types are the same pointer. The checker (check*.c) writes this, the
// code generator (gen_*.c) reads it.
#ifndef TMLC_HIR_H
#define TMLC_HIR_H

#include "codegen-hooks/tmlc/ast.h"

typedef struct ty ty;
typedef struct fn fn;
typedef struct hir hir;
typedef struct module module;
typedef struct program program;
typedef TMLC_LIST(ty*) ty_list;
typedef TMLC_LIST(hir*) hir_list;

// Rows: enumerator, name in source, bits (0: not a number), signed.
#define TMLC_SCALARS(X)                                                                            \
    X(BOOL, "Bool", 1, 0)                                                                          \
    X(I8, "I8", 8, 1)                                                                              \
    X(I16, "I16", 16, 1)                                                                           \
    X(I32, "I32", 32, 1)                                                                           \
    X(I64, "I64", 64, 1)                                                                           \
    X(U8, "U8", 8, 0)                                                                              \
    X(U16, "U16", 16, 0)                                                                           \
    X(U32, "U32", 32, 0)                                                                           \
    X(U64, "U64", 64, 0)                                                                           \
    X(F32, "F32", 32, 1)                                                                           \
    X(F64, "F64", 64, 1)                                                                           \
    X(CHAR, "Char", 32, 0)                                                                         \
    X(STR, "Str", 0, 0)                                                                            \
    X(UNIT, "Unit", 0, 0)                                                                          \
    X(NEVER, "Never", 0, 0)

typedef enum {
    TY_ERROR, ///< an error was reported; fits everything
    TY_INFER, ///< not known yet, only in expectations
#define X(name, text, bits, is_signed) TY_##name,
    TMLC_SCALARS(X)
#undef X
        TY_STRUCT,
    TY_ENUM,
    TY_CLASS,
    TY_REF,
    TY_PTR,
    TY_FUNC,     ///< args: parameters, then the result
    TY_DYN,      ///< args: of Future its output
    TY_FUTURE,   ///< a future of `fn`, args[0] its output
    TY_BLOCKING, ///< the handle of spawn_blocking of `fn`, args[0] its result
} ty_kind;

typedef struct ty_field {
    const char* name;
    ty* type;
    const ast_field* ast;
} ty_field;

typedef struct ty_variant {
    const char* name;
    ty_list types;
} ty_variant;

typedef TMLC_LIST(ty_field) ty_fields;
typedef TMLC_LIST(ty_variant) ty_variants;

struct ty {
    ty_kind kind;
    bool is_mut;
    const ast_decl* decl; ///< STRUCT, ENUM, CLASS, DYN
    ty** args;
    uint32_t num_args;
    fn* fn;              ///< FUTURE, BLOCKING
    const char* name;    ///< as a message writes it: List[I32]
    const char* mangled; ///< as a symbol writes it: List__I32
    ty* next;            ///< in its bucket
    uint32_t depth;      ///< of nesting
    enum { TY_NOT_LAID_OUT, TY_LAYING_OUT, TY_LAID_OUT } layout;
    ty* base;             ///< CLASS: what it extends, or NULL
    TMLC_LIST(fn*) table; ///< CLASS: its virtual methods, when objects of it are made
    ty_fields fields;     ///< STRUCT, CLASS: its own
    ty_variants variants;
    int8_t needs_drop; ///< 0 not known, 1 no, 2 yes, 3 being found out
    fn* drop;          ///< its Drop.drop, when needs_drop is known
    void *llvm, *body; ///< the generator's
    void* drop_glue;
};

/// Type parameters in scope, innermost first; `type` is NULL while it is being inferred.
typedef struct env {
    const char* name;
    ty* type;
    struct env* next;
} env;

typedef struct local {
    const char* name;
    ty* type;
    tmlc_span span;
    fn* owner;
    bool is_mut, is_param, is_used;
    bool is_ever_moved; ///< needs a drop flag
    // of a Str (check_str.c)
    bool is_pinned; ///< something may write it through a ref
    bool is_loan;   ///< it may be somebody's who frees it: what is kept of it is a copy
    bool owns_str;  ///< it is freed when its scope ends
    bool is_given;  ///< PARAM: callers give it a Str of its own
    bool is_packed; ///< PARAM of a C function: so does spawn_blocking, whose thunk frees it
    bool is_moved;  ///< at this point of the check
    tmlc_span moved_at;
    bool escapes; ///< a function value that something may keep
    tmlc_span escapes_at;
    void *slot, *flag; ///< the generator's
} local;
typedef TMLC_LIST(local*) locals;

/// What the decorators of the prelude say about a function.
typedef struct fn_traits {
    const char *extern_name, *leaf, *intrinsic;
    bool consumes;  ///< `this` is taken by value
    bool borrows;   ///< keeps none of its Str arguments, whatever its body says
    bool allocates; ///< its Str result is the caller's
    bool context;   ///< a hidden first argument: the context of this poll
    bool starts;    ///< a leaf with name_start: its init and first poll in one, NULL for PENDING
} fn_traits;

struct fn {
    const ast_decl* decl;
    const ast_expr* closure; ///< of a closure instead
    module* mod;
    ty* self;             ///< This, or NULL
    const ast_decl* impl; ///< the impl or class it is from, or NULL
    env* env;
    const char *symbol, *name; ///< name: Type.method, for messages and debug info
    locals params;             ///< `this` first
    ty* result;                ///< of an async function: its output
    bool is_async, is_checked, is_closure, is_constructor;
    fn_traits traits;
    hir* blank;        ///< constructor: the object before its body runs
    hir* body;         ///< NULL without one
    hir_list captures; ///< closure: what its environment points to, in the outer function
    TMLC_LIST(const ast_field*) assigned; ///< constructor: the fields that its body assigns
    hir_list returns;                     ///< the values that it returns, for what owns its Str
    fn* outer;
    uint32_t number;               ///< in program.fns
    uint32_t home;                 ///< the part of the program that defines it
    const char *published, *frame; ///< "@name("; "size,align,hash" once its part is compiled
    void *value, *wrapper, *blocking, *boxed; ///< the generator's
    fn* next;                                 ///< in its bucket
};

typedef enum {
    HIR_ERROR,
    HIR_INT, ///< also Bool and Char
    HIR_FLOAT,
    HIR_STR,
    HIR_UNIT,
    HIR_NULL,
    HIR_LOCAL,
    HIR_CAPTURE, ///< index into the closure's captures
    HIR_FIELD,   ///< a is a struct place or a class value; index counts own fields
    HIR_DEREF,
    HIR_REF,
    HIR_UPCAST, ///< class to what it extends
    HIR_CALL,
    HIR_CALL_VALUE,   ///< a is the function value
    HIR_CALL_DYN,     ///< a is the dyn, index the method
    HIR_CALL_VIRTUAL, ///< a is the object, index the slot, fn the method that its type knows
    HIR_FN_VALUE,
    HIR_CLOSURE,
    HIR_DYN,    ///< a is a ref to what becomes dyn
    HIR_BOX,    ///< a: HIR_CALL of an async function that becomes a dyn Future
    HIR_BINARY, ///< op; of numbers, Bool, Str
    HIR_LOGIC,  ///< and, or
    HIR_UNARY,
    HIR_CAST,
    HIR_STRUCT,  ///< list: a value per field
    HIR_NEW,     ///< class literal; NULL in the list: zero bytes
    HIR_VARIANT, ///< index, list
    HIR_INTERP,
    HIR_BLOCK, ///< list; has_value
    HIR_IF,
    HIR_MATCH,
    HIR_LOOP,
    HIR_BREAK,
    HIR_CONTINUE,
    HIR_RETURN,
    HIR_LET, ///< local, or the pattern of arms[0]
    HIR_ASSIGN,
    HIR_TRY,
    HIR_AWAIT,  ///< a: HIR_CALL of an async function, or a value that is awaited
    HIR_FUTURE, ///< a: HIR_CALL of an async function that is kept as a value
    HIR_SPAWN,  ///< a: HIR_CALL or a future
    HIR_SPAWN_BLOCKING,
    HIR_BLOCK_ON,
    HIR_MANY,   ///< index: a many_kind; list: the futures. In the prelude's join2, ...
    HIR_SELECT, ///< list: future and guard (NULL: none) of each branch; arms: those, then the else
} hir_kind;

/// What awaits several futures at once.
typedef enum { MANY_JOIN, MANY_TRY_JOIN, MANY_RACE, MANY_NUM } many_kind;

typedef enum {
    PAT_WILD,
    PAT_BIND,
    PAT_INT,
    PAT_RANGE, ///< integer through last
    PAT_STR,
    PAT_VARIANT,
    PAT_STRUCT, ///< a part per field
    PAT_DEREF,  ///< the part is of what the ref points to
    PAT_OR,     ///< alternatives; they bind the same locals
} pat_kind;

typedef struct pat {
    pat_kind kind;
    tmlc_span span;
    ty* type;
    local* local;
    bool by_ref;            ///< BIND: the local is a ref to the part
    uint64_t integer, last; ///< INT, RANGE; of signed types sign-extended
    const char* text;
    uint32_t index; ///< VARIANT
    void* which;    ///< OR: the generator's
    TMLC_LIST(struct pat*) parts;
} pat;

typedef struct hir_arm {
    pat* pattern;
    hir* body;
} hir_arm;

struct hir {
    hir_kind kind;
    tmlc_span span;
    ty* type;
    uint8_t op;
    bool is_move;   ///< LOCAL: the value leaves it
    bool has_value; ///< BLOCK
    bool by_move;   ///< MATCH: parts are moved out of the scrutinee
    bool is_init;   ///< ASSIGN: in a constructor, where the field is still zero
    bool is_made;   ///< a Str that is nobody else's
    bool is_given;  ///< it gets an owner where it goes; else it ends with the statement
    uint8_t leaves; ///< the generator's: 2 when evaluating it may leave the function, 1 when not
    uint32_t index;
    union {
        uint64_t integer;
        double real;
    } value;
    const char* text; ///< CALL_DYN: the name of the method
    local* local;
    fn* fn;
    hir *a, *b, *c;
    hir_list list;
    TMLC_LIST(hir_arm) arms;
};

struct module {
    program* prog;
    const ast_module* ast;
    const char *name, *path; ///< name "" of the root and the prelude: nothing in symbols
    struct {
        const char* name;
        const ast_decl* decl; ///< or NULL: a module
        module* mod;
    }* imports;
    uint32_t num_imports, cap_imports;
    bool is_internal; ///< `use std::internal`: it sees what the prelude keeps to itself
};

/// An error that a declaration is the cause of.
typedef struct said_error {
    const ast_decl* decl;
    const char *what, *message;
    tmlc_diag* diag;
} said_error;

#define TMLC_BUCKETS 256

struct program {
    tmlc_arena* arena;
    tmlc_files* files;
    tmlc_names* names;
    TMLC_LIST(module*) modules; ///< [0]: the prelude, [1]: the root
    TMLC_LIST(const ast_decl*) impls;
    TMLC_LIST(module*) impl_modules;
    ty* scalars[TY_STRUCT];
    ty* buckets[TMLC_BUCKETS];
    fn* fn_buckets[TMLC_BUCKETS];
    TMLC_LIST(fn*) fns; ///< in the order of their first use; also the check's queue
    uint32_t num_instances;
    TMLC_LIST(said_error) said;
    uint32_t bound_depth; ///< of bounds that are being looked at
};

#endif
