// SPDX-License-Identifier: Apache-2.0
// What the files of src/meta share: the state of one run, node readers, record builders.
//
// A bad node leaves by longjmp to the loop over the nodes (tcg_meta_fail does not return), which
// goes on with the next one: one run reports every bad node, each with its first error.
#ifndef TCG_META_INTERNAL_H
#define TCG_META_INTERNAL_H

#include "codegen-hooks/src/context.h"

#include <tmlrt/abi/meta.h>

/// Limits on cyclic or hostile metadata.
enum { TCG_META_MAX_DEPTH = 16, TCG_META_MAX_ERRORS = 50, TCG_META_MAX_VALUES = 1 << 20 };

/// What an IR type is looked at as. PAYLOAD: inside an outcome. INNER: inside a list or maybe.
typedef enum {
    TCG_ROLE_PARAM,
    TCG_ROLE_FIELD,
    TCG_ROLE_INJECTION, ///< a field that is given its object: also the request
    TCG_ROLE_ANSWER,
    TCG_ROLE_PAYLOAD,
    TCG_ROLE_INNER
} tcg_meta_role;

typedef struct tcg_meta_schema tcg_meta_schema;

/// A type node bound to the IR type of what it describes.
typedef struct tcg_meta_typ {
    struct tcg_meta_typ* next;
    LLVMValueRef node; ///< with `ir` and `role`, the key of the cache
    LLVMTypeRef ir;    ///< NULL: not known (an element or a payload)
    tcg_meta_role role;
    LLVMTypeRef mem; ///< the memory form; NULL for unit
    uint64_t size;
    uint32_t align;
    uint8_t kind, payload_off;
    uint8_t poll_off; ///< not 0: an answer in {i32, payload} at that byte; the rest is the payload
    bool by_ref;      ///< a struct parameter passed as a pointer into the args struct
    struct tcg_meta_typ* inner[2];
    tcg_meta_schema* schema; ///< STRUCT
    const char* name;        ///< CLASS
    LLVMValueRef record;     ///< made on first use
    LLVMValueRef drop[3];    ///< by tcg_meta_drop_how, made on first use
} tcg_meta_typ;

/// A parameter, field or injection.
typedef struct {
    tcg_meta_typ* type;
    uint64_t offset;
    uint32_t where;
    LLVMValueRef record; ///< the tmlrt_meta_slot constant
} tcg_meta_slot_info;

typedef struct {
    tcg_meta_slot_info* items;
    uint32_t count;
} tcg_meta_slots;

struct tcg_meta_schema {
    const char* name;
    LLVMTypeRef type;     ///< NULL when the node is bad; its own error is reported
    LLVMValueRef drop;    ///< the compiler's or NULL
    LLVMValueRef made[3]; ///< by tcg_meta_drop_how
    LLVMValueRef ref;     ///< the record's address
    tcg_meta_slots fields;
    uint64_t size;
    uint32_t align;
    bool read;
};

typedef struct {
    const char* name;
    LLVMValueRef drop;
} tcg_meta_class_drop;

/// The operands of one node.
typedef struct {
    LLVMValueRef* ops;
    uint32_t num;
} tcg_meta_node;

/// The nodes of one named list that are to be lowered, each once.
typedef struct {
    LLVMValueRef* nodes;
    uint32_t* index; ///< in the module's list, for errors
    uint32_t num;
} tcg_meta_todo;

/// LLVM types of the rows of meta.h.
typedef struct {
    LLVMTypeRef i16, table, loc, type, value, deco, slot, kind[TMLRT_NUM_KINDS], unit, image;
} tcg_meta_rows;

typedef struct tcg_meta {
    tcg_ctx* ctx;
    tcg_meta_rows rows;
    jmp_buf on_node;
    size_t errors_len; ///< of the lines in ctx->error so far
    uint32_t num_errors;
    const char* kind; ///< of the node being read
    uint32_t index, depth, num_values;
    char name[160], place[200], path[240];
    LLVMValueRef* files; ///< addresses of strings
    const char** file_names;
    uint32_t num_files, cap_files;
    tcg_meta_typ* type_cache;
    tcg_meta_schema* schemas;
    tcg_meta_class_drop* classes;
    uint32_t num_schemas, num_classes;
    LLVMValueRef schema_array;
    tcg_values table[TMLRT_NUM_KINDS];
    tcg_meta_todo todo[TMLRT_NUM_KINDS];
    uint32_t at; ///< of the node being read, in its todo list
    const char* unit_name;
} tcg_meta;

// ---- node.c: errors and operands ------------------------------------------------------------

/// tcg_meta_fail adds "<place>: <kind> <index> (<name>): <path><text>" to the errors and gives the
/// node up.
_Noreturn void tcg_meta_fail(tcg_meta* m, const char* format, ...)
    __attribute__((format(printf, 2, 3)));
/// tcg_meta_skip gives the node up without an error.
_Noreturn void tcg_meta_skip(tcg_meta* m);
/// tcg_meta_try runs read(m, arg) as the reader of node `index` of `kind`; a failure ends only it.
void tcg_meta_try(tcg_meta* m, const char* kind, uint32_t index, void (*read)(tcg_meta*, void*),
                  void* arg);
/// tcg_meta_enter appends to the path shown in errors and returns what tcg_meta_leave takes.
size_t tcg_meta_enter(tcg_meta* m, const char* format, ...) __attribute__((format(printf, 2, 3)));
/// tcg_meta_leave takes the path back to `mark`.
void tcg_meta_leave(tcg_meta* m, size_t mark);

/// tcg_meta_is_string returns true for `!"text"`.
bool tcg_meta_is_string(LLVMValueRef v);
/// tcg_meta_is_node returns true for `!{...}`.
bool tcg_meta_is_node(LLVMValueRef v);
/// tcg_meta_open returns the operands of a node.
tcg_meta_node tcg_meta_open(tcg_meta* m, LLVMValueRef v);
/// tcg_meta_list opens a list operand; null is the empty list.
tcg_meta_node tcg_meta_list(tcg_meta* m, LLVMValueRef v, const char* what);
/// tcg_meta_string returns a NUL-terminated copy; anything else, or a NUL inside, is an error.
const char* tcg_meta_string(tcg_meta* m, LLVMValueRef v, const char* what);
/// tcg_meta_string_or_null is tcg_meta_string that returns NULL for null.
const char* tcg_meta_string_or_null(tcg_meta* m, LLVMValueRef v, const char* what);
/// tcg_meta_int returns an integer operand between min and max.
int64_t tcg_meta_int(tcg_meta* m, LLVMValueRef v, const char* what, int64_t min, int64_t max);
/// tcg_meta_word returns the index of a string among `words`.
uint32_t tcg_meta_word(tcg_meta* m, LLVMValueRef v, const char* what, const char* const* words,
                       uint32_t num_words);
/// tcg_meta_function returns a function, through an alias if need be; NULL for null.
LLVMValueRef tcg_meta_function(tcg_meta* m, LLVMValueRef v, const char* what);
/// tcg_meta_drop_operand returns a `void (ptr)` function, NULL for null.
LLVMValueRef tcg_meta_drop_operand(tcg_meta* m, LLVMValueRef v);
/// tcg_meta_struct_operand returns the type of a `%T poison` operand: a struct of known size.
LLVMTypeRef tcg_meta_struct_operand(tcg_meta* m, LLVMValueRef v);
/// tcg_meta_fixed_size returns true for a type with a size that is known when compiling.
bool tcg_meta_fixed_size(LLVMTypeRef type);
/// tcg_meta_loc returns a tmlrt_meta_loc constant, its flags ORed with `add` and without `clear`;
/// `*out_flags` (or NULL) gets the node's own.
LLVMValueRef tcg_meta_loc(tcg_meta* m, LLVMValueRef v, uint32_t add, uint32_t clear,
                          uint32_t* out_flags);
/// tcg_meta_set_place sets what errors of this node begin with, when `v` is a good loc.
void tcg_meta_set_place(tcg_meta* m, LLVMValueRef v);
/// tcg_meta_loc_at returns a tmlrt_meta_loc constant for a file name and line.
LLVMValueRef tcg_meta_loc_at(tcg_meta* m, const char* file, uint32_t line);

// ---- constant.c: records --------------------------------------------------------------------

/// tcg_meta_rows_init makes the LLVM types of all records.
void tcg_meta_rows_init(tcg_meta* m);
/// tcg_meta_text returns the address of a private NUL-terminated constant, null for NULL.
LLVMValueRef tcg_meta_text(tcg_meta* m, const char* text);
/// tcg_meta_row returns a constant struct of `type`; the fields must be its own.
LLVMValueRef tcg_meta_row(LLVMTypeRef type, LLVMValueRef* fields, uint32_t num);
/// tcg_meta_address returns the address of a private constant that holds `value`.
LLVMValueRef tcg_meta_address(tcg_meta* m, LLVMValueRef value);
/// tcg_meta_table_of returns a tmlrt_meta_table of a private array of rows.
LLVMValueRef tcg_meta_table_of(tcg_meta* m, LLVMTypeRef row, LLVMValueRef* rows, uint32_t num);
/// tcg_meta_table_at returns a tmlrt_meta_table of rows at an address.
LLVMValueRef tcg_meta_table_at(tcg_meta* m, LLVMTypeRef row, LLVMValueRef items, uint32_t num);

// ---- type.c ---------------------------------------------------------------------------------

/// tcg_meta_type reads a type node and binds it to `ir`.
tcg_meta_typ* tcg_meta_type(tcg_meta* m, LLVMValueRef node, LLVMTypeRef ir, tcg_meta_role role);
/// tcg_meta_type_of_ir returns the type that the short form reads from an IR type.
tcg_meta_typ* tcg_meta_type_of_ir(tcg_meta* m, LLVMTypeRef ir);
/// tcg_meta_type_record returns the address of the tmlrt_meta_type.
LLVMValueRef tcg_meta_type_record(tcg_meta* m, tcg_meta_typ* type);
/// tcg_meta_same_type returns whether two types hold the same values in the same bytes.
bool tcg_meta_same_type(const tcg_meta_typ* a, const tcg_meta_typ* b);
/// tcg_meta_type_word returns the word of a kind.
const char* tcg_meta_type_word(uint8_t kind);

// ---- value.c --------------------------------------------------------------------------------

/// tcg_meta_value returns a tmlrt_meta_value constant and its kind.
LLVMValueRef tcg_meta_value(tcg_meta* m, LLVMValueRef v, uint32_t* out_kind);
/// tcg_meta_deco returns a tmlrt_meta_deco constant.
LLVMValueRef tcg_meta_deco(tcg_meta* m, const char* name, LLVMValueRef* args, uint32_t num_args,
                           LLVMValueRef loc);
/// tcg_meta_decos returns the table of a `!{deco...}` operand.
LLVMValueRef tcg_meta_decos(tcg_meta* m, LLVMValueRef v);
/// tcg_meta_default returns the address of a default that fits `type`, null for null.
LLVMValueRef tcg_meta_default(tcg_meta* m, LLVMValueRef v, const tcg_meta_typ* type);

// ---- slot.c ---------------------------------------------------------------------------------

/// tcg_meta_args is an args struct being laid out.
typedef struct {
    uint64_t size;
    uint32_t align;
} tcg_meta_args;

/// tcg_meta_args_begin returns the layout of `this` alone, or of nothing.
tcg_meta_args tcg_meta_args_begin(tcg_meta* m, bool has_this);
/// tcg_meta_args_add returns the offset of the next parameter.
uint64_t tcg_meta_args_add(tcg_meta_args* args, const tcg_meta_typ* type);
/// Where parameters of a stage may come from, and those of everything else.
enum {
    TCG_WHERES_STAGE = 1u << TMLRT_WHERE_REQUEST | 1u << TMLRT_WHERE_NEXT |
                       1u << TMLRT_WHERE_ERROR | 1u << TMLRT_WHERE_VALUE,
    TCG_WHERES_OTHER = (1u << (TMLRT_WHERE_CUSTOM + 1)) - 1,
};
/// tcg_meta_params reads a `!{param...}` operand against the IR parameters of `fn` behind `this`.
/// wheres: bits of the TMLRT_WHERE_* that may be used here.
tcg_meta_slots tcg_meta_params(tcg_meta* m, LLVMValueRef v, LLVMValueRef fn, bool has_this,
                               uint32_t wheres, tcg_meta_args* args);
/// tcg_meta_fields reads a `!{field...}` operand against a struct type; role: FIELD or INJECTION.
tcg_meta_slots tcg_meta_fields(tcg_meta* m, LLVMValueRef v, LLVMTypeRef type, tcg_meta_role role);
/// tcg_meta_slot_row returns a tmlrt_meta_slot constant of `slot` with the other parts.
LLVMValueRef tcg_meta_slot_row(tcg_meta* m, const tcg_meta_slot_info* slot, const char* name,
                               const char* key, LLVMValueRef dflt, LLVMValueRef decos,
                               LLVMValueRef loc);
/// tcg_meta_slot_table returns the table of the slots' records.
LLVMValueRef tcg_meta_slot_table(tcg_meta* m, const tcg_meta_slots* slots);

// ---- drop.c ---------------------------------------------------------------------------------

/// What a destructor frees. PLAIN: lists, texts, objects. OWNED: these and every Str. STRINGS: only
/// the Str that lie in the value itself, not behind a handle.
typedef enum { TCG_DROP_PLAIN, TCG_DROP_OWNED, TCG_DROP_STRINGS } tcg_meta_drop_how;
/// tcg_meta_drop_fn returns `void (ptr place)` that destroys a value in place, NULL when there is
/// nothing to do.
LLVMValueRef tcg_meta_drop_fn(tcg_meta* m, tcg_meta_typ* type, tcg_meta_drop_how how);
/// tcg_meta_schema_drop_fn is tcg_meta_drop_fn of a schema's struct.
LLVMValueRef tcg_meta_schema_drop_fn(tcg_meta* m, tcg_meta_schema* schema, tcg_meta_drop_how how);
/// tcg_meta_args_drop_fn returns `void (ptr args)` that destroys parameters nobody took, or NULL.
LLVMValueRef tcg_meta_args_drop_fn(tcg_meta* m, const tcg_meta_slots* slots, const char* name);

// ---- thunk.c --------------------------------------------------------------------------------

/// tcg_meta_thunk_spec says what a thunk calls and with what.
typedef struct {
    const char* name; ///< the thunk's symbol
    LLVMValueRef fn;
    bool has_this;
    bool whole; ///< the args pointer itself is the only argument (make of a class)
    tcg_meta_slots slots;
    tcg_meta_typ* answer; ///< NULL: what the function returns, unchanged
    bool owned_str;
} tcg_meta_thunk_spec;

/// tcg_meta_thunk adds the thunk and returns the address of its descriptor.
LLVMValueRef tcg_meta_thunk(tcg_meta* m, const tcg_meta_thunk_spec* spec);
/// tcg_meta_check_callable fails unless `fn` takes `num` parameters and its first one is a pointer
/// if has_this.
void tcg_meta_check_callable(tcg_meta* m, LLVMValueRef fn, const char* what, bool has_this,
                             uint32_t num);

// ---- kinds.c, route.c, stage.c, short.c, image.c --------------------------------------------

/// tcg_meta_register notes the names of schemas and classes before anything refers to them.
void tcg_meta_register(tcg_meta* m);
/// tcg_meta_read_schema reads the fields of a schema.
void tcg_meta_read_schema(tcg_meta* m, const tcg_meta_node* node);
/// tcg_meta_read_class reads a !tmlrt.class.
void tcg_meta_read_class(tcg_meta* m, const tcg_meta_node* node);
/// tcg_meta_read_schema_row makes the row of a schema, after the fields of all were read.
void tcg_meta_read_schema_row(tcg_meta* m, const tcg_meta_node* node);
/// tcg_meta_read_provider reads a !tmlrt.provider.
void tcg_meta_read_provider(tcg_meta* m, const tcg_meta_node* node);
/// tcg_meta_read_module reads a !tmlrt.module.
void tcg_meta_read_module(tcg_meta* m, const tcg_meta_node* node);
/// tcg_meta_read_hook reads a !tmlrt.hook.
void tcg_meta_read_hook(tcg_meta* m, const tcg_meta_node* node);
/// tcg_meta_read_example reads a !tmlrt.example.
void tcg_meta_read_example(tcg_meta* m, const tcg_meta_node* node);
/// tcg_meta_read_route reads a !tmlrt.route of the full form.
void tcg_meta_read_route(tcg_meta* m, const tcg_meta_node* node);

/// tcg_meta_read_stage reads a !tmlrt.stage.
void tcg_meta_read_stage(tcg_meta* m, const tcg_meta_node* node);

/// tcg_meta_route_parts is a route record being made.
typedef struct {
    const char *cls, *name, *method, *path;
    LLVMValueRef fn;
    tcg_meta_slots params;
    tcg_meta_args args;
    tcg_meta_typ* answer;
    LLVMValueRef decos, loc;
    bool owned_str;
} tcg_meta_route_parts;
/// tcg_meta_add_route makes the thunk and the row of a route.
void tcg_meta_add_route(tcg_meta* m, const tcg_meta_route_parts* route);

/// tcg_meta_is_short returns true for a node of upstream's short form.
bool tcg_meta_is_short(const tcg_meta_node* node);
/// tcg_meta_read_short lowers all nodes of the short form in !tmlrt.route.
void tcg_meta_read_short(tcg_meta* m);
/// tcg_meta_image adds the unit, its section entry and the image's registration.
void tcg_meta_image(tcg_meta* m);

#endif
