// SPDX-License-Identifier: Apache-2.0
// The syntax tree: declarations, types, patterns, expressions, as they are written.
//
// Statements are expressions: a `let`, `return` or assignment is one of type Unit or Never, a block
// is a list of them whose last one may be its value. Nodes are never NULL inside of a tree except
// where a comment says so; a piece that could not be parsed is an *_ERROR node, and its error was
// reported.
#ifndef TMLC_AST_H
#define TMLC_AST_H

#include "codegen-hooks/tmlc/token.h"

typedef struct ast_expr ast_expr;
typedef struct ast_type ast_type;
typedef struct ast_pattern ast_pattern;
typedef struct ast_decl ast_decl;
typedef TMLC_LIST(ast_expr*) ast_exprs;
typedef TMLC_LIST(ast_type*) ast_types;
typedef TMLC_LIST(ast_pattern*) ast_patterns;
typedef TMLC_LIST(ast_decl*) ast_decls;

/// One name of a path, with its type arguments: `List[I32]`.
typedef struct ast_segment {
    const char* name;
    tmlc_span span;
    ast_types args;
} ast_segment;

/// a::b::C[T]
typedef struct ast_path {
    TMLC_LIST(ast_segment) segments;
    tmlc_span span;
} ast_path;

typedef enum {
    AST_TYPE_ERROR,
    AST_TYPE_PATH,
    AST_TYPE_REF,  ///< ref T, mut ref T
    AST_TYPE_PTR,  ///< *T
    AST_TYPE_UNIT, ///< ()
    AST_TYPE_FUNC, ///< func(A, B) -> R; result NULL: Unit
    AST_TYPE_DYN,  ///< dyn B
} ast_type_kind;

struct ast_type {
    ast_type_kind kind;
    bool is_mut;
    tmlc_span span;
    ast_path path;   ///< PATH, DYN
    ast_type* inner; ///< REF, PTR; FUNC: the result or NULL
    ast_types params;
};

typedef enum {
    AST_PATTERN_ERROR,
    AST_PATTERN_WILD,
    AST_PATTERN_LITERAL,
    AST_PATTERN_NAME,    ///< a new local, or a variant without data
    AST_PATTERN_VARIANT, ///< path(patterns)
    AST_PATTERN_STRUCT,  ///< path { name: pattern, name, .. }
    AST_PATTERN_TUPLE,   ///< (patterns)
    AST_PATTERN_RANGE,   ///< literal to last, literal through last
    AST_PATTERN_OR,      ///< pattern | pattern
} ast_pattern_kind;

struct ast_pattern {
    ast_pattern_kind kind;
    tmlc_span span;
    ast_expr *literal, *last;
    bool through;  ///< RANGE: `last` belongs to it
    bool has_rest; ///< STRUCT: ends with ..
    ast_path path;
    ast_patterns parts;
    TMLC_LIST(ast_segment) names; ///< STRUCT: the field of each part
};

/// @Name(args); `names[i]` is NULL or what `name = value` names.
typedef struct ast_decorator {
    const char* name;
    tmlc_span span;
    ast_exprs args;
    TMLC_LIST(const char*) names;
} ast_decorator;
typedef TMLC_LIST(ast_decorator) ast_decorators;

typedef enum {
    AST_ERROR,
    AST_INT,
    AST_FLOAT,
    AST_CHAR,
    AST_BOOL,
    AST_STR,
    AST_INTERP, ///< parts: STR and other expressions
    AST_NULL,
    AST_UNIT, ///< ()
    AST_PATH, ///< a local, function, variant, ...
    AST_THIS,
    AST_LIST,   ///< [a, b]
    AST_STRUCT, ///< path { name: value }
    AST_CALL,   ///< callee(args)
    AST_METHOD, ///< receiver.name[types](args)
    AST_FIELD,
    AST_INDEX,
    AST_AWAIT,
    AST_TRY, ///< e!
    AST_UNARY,
    AST_BINARY,
    AST_ASSIGN, ///< op TOK_ASSIGN, or the operator of +=
    AST_REF,
    AST_DEREF,
    AST_CAST,
    AST_RANGE, ///< a to b, a through b
    AST_IF,
    AST_WHEN,
    AST_SELECT, ///< arms: its branches; one without a pattern is the `else`
    AST_BLOCK,
    AST_LOOP, ///< loop (condition), while condition; condition NULL: for ever
    AST_FOR,
    AST_CLOSURE,
    AST_LET,
    AST_RETURN,
    AST_BREAK,
    AST_CONTINUE,
} ast_kind;

typedef struct ast_field_value {
    const char* name;
    tmlc_span span;
    ast_expr* value;
} ast_field_value;

typedef struct ast_arm {
    ast_pattern* pattern; ///< NULL: the else of a select
    ast_expr* body;
    ast_expr *future, *guard; ///< of a branch of a select; guard or NULL
} ast_arm;

typedef struct ast_param {
    const char* name;
    tmlc_span span;
    bool is_mut;
    ast_type* type; ///< NULL in a closure: from where it is used
    ast_expr* init; ///< of a route's parameter that may be missing, else NULL
    ast_decorators decorators;
} ast_param;
typedef TMLC_LIST(ast_param) ast_params;

struct ast_expr {
    ast_kind kind;
    uint8_t op; ///< UNARY, BINARY, ASSIGN: the token
    bool flag;  ///< REF and LET: mutable; RANGE: through; CLOSURE: move; METHOD: `::` form
    bool in_paren;
    tmlc_span span;
    const char* name; ///< METHOD, FIELD, LET, FOR; STR: the bytes
    tmlc_span name_span;
    const char* suffix; ///< INT, FLOAT: a type name, or NULL
    union {
        uint64_t integer; ///< INT, CHAR, BOOL; STR: length
        double real;
    } value;
    ast_path path;        ///< PATH, STRUCT
    ast_expr *a, *b, *c;  ///< operands; IF: condition, then, else (NULL); FOR, LOOP: over, body
    ast_exprs list;       ///< arguments, elements, statements, parts
    ast_types types;      ///< METHOD: type arguments
    ast_type* type;       ///< CAST; LET: NULL when left out; CLOSURE: the result, or NULL
    ast_pattern* pattern; ///< IF: `if let pattern = a`; LET: instead of a name
    bool has_value;       ///< BLOCK: the last one is its value
    TMLC_LIST(ast_field_value) fields;
    TMLC_LIST(ast_arm) arms;
    ast_params params; ///< CLOSURE
};

typedef enum {
    AST_USE,
    AST_STRUCT_DECL,
    AST_ENUM,
    AST_CLASS,
    AST_FUNC,
    AST_IMPL,
    AST_BEHAVIOR,
    AST_CONST
} ast_decl_kind;
typedef enum { AST_NO_THIS, AST_HAS_THIS, AST_MUT_THIS } ast_this;

typedef struct ast_tparam {
    const char* name;
    tmlc_span span;
    TMLC_LIST(ast_path) bounds;
} ast_tparam;

/// Who may use a member of a class.
typedef enum { AST_FOR_ALL, AST_PROTECTED, AST_PRIVATE } ast_access;

typedef struct ast_field {
    const char* name;
    tmlc_span span;
    bool is_pub, is_static;
    ast_access access;
    ast_type* type;
    ast_expr* init; ///< or NULL
    ast_decorators decorators;
} ast_field;

typedef struct ast_variant {
    const char* name;
    tmlc_span span;
    ast_types types;
} ast_variant;

/// type Name = T of an impl, type Name of a behavior (type NULL).
typedef struct ast_assoc {
    const char* name;
    tmlc_span span;
    ast_type* type;
} ast_assoc;

struct ast_decl {
    ast_decl_kind kind;
    const char* name; ///< IMPL: NULL
    tmlc_span span, name_span;
    bool is_pub, is_async, is_static, is_virtual, is_override, is_abstract, is_sealed, is_lowlevel;
    ast_access access;
    ast_this has_this;
    tmlc_span this_span;
    ast_type* this_type; ///< this: Pin[mut ref This], or NULL
    ast_decorators decorators;
    TMLC_LIST(ast_tparam) tparams;
    ast_path path; ///< USE; CLASS: extends (no segments: none)
    bool use_all;  ///< use a::*
    TMLC_LIST(ast_segment) use_names;
    TMLC_LIST(ast_path) behaviors; ///< CLASS: implements; BEHAVIOR: super
    ast_type *behavior, *target;   ///< IMPL: impl behavior for target; behavior or NULL
    TMLC_LIST(ast_field) fields;
    TMLC_LIST(ast_variant) variants;
    TMLC_LIST(ast_assoc) assocs;
    ast_decls members; ///< functions of a CLASS, IMPL, BEHAVIOR
    ast_params params;
    ast_type* result; ///< FUNC: NULL is Unit; CONST: the type
    ast_expr* body;   ///< FUNC: NULL without one; CONST: the value
    uint32_t file;
};

typedef struct ast_module {
    uint32_t file;
    ast_decls decls;
} ast_module;

/// tmlc_parse reads a file's tokens. Never fails: what cannot be parsed is an error and left out.
/// Cost: linear.
ast_module* tmlc_parse(tmlc_files* files, tmlc_names* names, uint32_t file);

/// tmlc_print_ast writes a module as nested lists, one declaration or statement a line.
void tmlc_print_ast(const ast_module* module, FILE* out);

#endif
