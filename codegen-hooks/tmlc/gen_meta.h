// SPDX-License-Identifier: Apache-2.0
// Decorators as metadata (docs/abi/metadata.md): what the files gen_meta*.c share.
#ifndef TMLC_GEN_META_H
#define TMLC_GEN_META_H

#include "codegen-hooks/tmlc/deco.h"
#include "codegen-hooks/tmlc/gen.h"

#include <tmlrt/abi/meta.h>

typedef TMLC_LIST(LLVMMetadataRef) meta_nodes;

typedef struct meta {
    gen* g;
    ty_list schemas;              ///< in the order of their first use
    TMLC_LIST(const char*) names; ///< of the schemas
    ty_list made;                 ///< classes that only factories make, and bases
} meta;

// ---- gen_meta.c: nodes
LLVMMetadataRef meta_text(gen* g, const char* text);
/// meta_text_or_null returns null for NULL.
LLVMMetadataRef meta_text_or_null(gen* g, const char* text);
LLVMMetadataRef meta_int(gen* g, unsigned bits, uint64_t value);
LLVMMetadataRef meta_node(gen* g, LLVMMetadataRef* parts, size_t num);
/// meta_list returns null for an empty list.
LLVMMetadataRef meta_list(gen* g, const meta_nodes* list);
LLVMMetadataRef meta_loc(gen* g, tmlc_span span, uint32_t flags);
LLVMMetadataRef meta_value_or_null(LLVMValueRef value);
void meta_add(gen* g, const char* name, LLVMMetadataRef* parts, size_t num);
/// meta_type returns the node of a type; its struct gets a schema. The checker has seen that it
/// crosses.
LLVMMetadataRef meta_type(meta* m, ty* type, tmlc_span span);
/// meta_schema_name returns the name of a struct's schema: its own, with the file's before it when
/// another file has a struct of that name.
const char* meta_schema_name(meta* m, ty* type);
/// meta_literal returns an argument as a value node.
LLVMMetadataRef meta_literal(gen* g, const module* mod, const ast_expr* e);
/// meta_default returns a default of a type.
LLVMMetadataRef meta_default(gen* g, const module* mod, const ty* type, const ast_expr* e);
LLVMMetadataRef meta_decorators(gen* g, const module* mod, const ast_decorators* all);
/// meta_class_decorators returns those of a class and what its bases pass on.
LLVMMetadataRef meta_class_decorators(gen* g, const ty* cls);

/// meta_slot is what a parameter, field or injection says. `first`: its where word or index.
typedef struct meta_slot {
    LLVMMetadataRef first;
    const char *name, *key;
    ty* type;
    LLVMMetadataRef dflt;
    const ast_decorators* decorators;
    tmlc_span span;
    uint32_t flags;
} meta_slot;
LLVMMetadataRef meta_slot_node(meta* m, const module* mod, const meta_slot* slot);
/// meta_inject_node is meta_slot_node of an injection: its type, token and flags are found out.
LLVMMetadataRef meta_inject_node(meta* m, const module* mod, LLVMMetadataRef first,
                                 const char* name, ty* type, const ast_decorators* decorators,
                                 tmlc_span span);

// ---- gen_meta_route.c, gen_meta_class.c, gen_meta_di.c
/// meta_add_routes adds the routes of a controller, those of its bases among them.
void meta_add_routes(meta* m, ty* cls);
/// meta_method returns a method of a class or a base as a function of its objects.
LLVMValueRef meta_method(gen* g, ty* cls, fn* f);
/// meta_add_stages adds a stage per role that a class has the method of.
void meta_add_stages(meta* m, ty* cls);
void meta_add_class(meta* m, ty* type);
/// meta_need_class has the record of a class written that no decorator manages.
void meta_need_class(meta* m, ty* type);
void meta_add_schema(meta* m, ty* type);
void meta_add_hooks(meta* m, ty* cls);
/// meta_add_providers adds what a declaration provides: its own token, aliases, a factory, a value.
void meta_add_providers(meta* m, module* mod, const ast_decl* decl);
void meta_add_module(meta* m, const module* mod, const ast_decl* decl);

#endif
