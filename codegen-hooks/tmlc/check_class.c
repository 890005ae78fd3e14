// SPDX-License-Identifier: Apache-2.0
// Classes that extend others: which methods are virtual, who overrides what, and the table of each
// class.
//
// A class has its base's slots, in their order, then one per virtual or abstract method that it
// declares itself. A call of a virtual method goes through the table of the object, so the override
// of its own class runs whatever type the caller knows; any other call is of the static type.
#include "codegen-hooks/tmlc/check.h"

#include <string.h>

static const ast_decl* own_member(const ast_decl* decl, const char* name) {
    for (uint32_t i = 0; i < decl->members.len; i++) {
        if (decl->members.items[i]->name == name) {
            return decl->members.items[i];
        }
    }
    return NULL;
}

bool check_is_virtual(const ast_decl* member) {
    return member->is_virtual || member->is_abstract || member->is_override;
}

/// The names of a class's slots, the base's first.
typedef TMLC_LIST(const char*) slot_names;

static void add_slots(program* prog, ty* type, slot_names* out) {
    ty_layout(prog, type);
    if (type->base != NULL) {
        add_slots(prog, type->base, out);
    }
    for (uint32_t i = 0; i < type->decl->members.len; i++) {
        const ast_decl* member = type->decl->members.items[i];
        if ((member->is_virtual || member->is_abstract) && !member->is_override) {
            TMLC_PUSH(prog->arena, out, member->name);
        }
    }
}

uint32_t check_slot(program* prog, ty* type, const char* name) {
    slot_names names = {0};
    add_slots(prog, type, &names);
    for (uint32_t i = 0; i < names.len; i++) {
        if (names.items[i] == name) {
            return i;
        }
    }
    return 0;
}

void check_table(program* prog, ty* type) {
    slot_names names = {0};
    if (type->table.len > 0) {
        return;
    }
    add_slots(prog, type, &names);
    for (uint32_t i = 0; i < names.len; i++) {
        method found;
        fn* f = NULL; // abstract: there will be no object
        if (resolve_method(prog, type, names.items[i], &found) && found.decl->body != NULL) {
            f = resolve_instance(prog, &found, found.env, found.decl->name_span);
        }
        TMLC_PUSH(prog->arena, &type->table, f);
    }
}

/// The member of that name in the bases of a class; writes the class that has it.
static const ast_decl* base_member(program* prog, ty* type, const char* name, ty** out_base) {
    for (ty* base = type->base; base != NULL; base = base->base) {
        ty_layout(prog, base);
        const ast_decl* found = own_member(base->decl, name);
        if (found != NULL) {
            *out_base = base;
            return found;
        }
    }
    return NULL;
}

static env* class_env(program* prog, const ty* type) {
    env* scope = NULL;
    for (uint32_t i = 0; i < type->decl->tparams.len && i < type->num_args; i++) {
        scope = resolve_bind(prog, scope, type->decl->tparams.items[i].name, type->args[i]);
    }
    return scope;
}

static bool same_type(resolver* a, const ast_type* x, resolver* b, const ast_type* y) {
    ty* unit = ty_scalar(a->prog, TY_UNIT);
    ty* first = x == NULL ? unit : resolve_type(a, x);
    ty* second = y == NULL ? unit : resolve_type(b, y);
    return first == second || first->kind == TY_ERROR || second->kind == TY_ERROR;
}

static bool same_shape(program* prog, ty* type, const ast_decl* got, ty* base,
                       const ast_decl* wanted) {
    resolver ours = {prog, ty_decl_module(prog, type->decl), class_env(prog, type), type, NULL,
                     false};
    resolver theirs = {prog, ty_decl_module(prog, wanted), class_env(prog, base), base, NULL,
                       false};
    if (got->params.len != wanted->params.len || got->is_async != wanted->is_async) {
        return false;
    }
    for (uint32_t i = 0; i < got->params.len; i++) {
        if (!same_type(&ours, got->params.items[i].type, &theirs, wanted->params.items[i].type)) {
            return false;
        }
    }
    return same_type(&ours, got->result, &theirs, wanted->result);
}

static void check_override(program* prog, ty* type, const ast_decl* member) {
    ty* base = NULL;
    const ast_decl* wanted = base_member(prog, type, member->name, &base);
    tmlc_diag* diag = NULL;
    if (wanted == NULL) {
        tmlc_error(prog->files, member->name_span, "'%s' overrides nothing", member->name)->help =
            type->base == NULL ? "the class extends no other" : "no base has a method of that name";
        return;
    }
    if (!check_is_virtual(wanted)) {
        diag = tmlc_error(prog->files, member->name_span, "'%s' of %s is not virtual", member->name,
                          base->name);
        diag->help = "declare it 'virtual func' there";
    } else if (!same_shape(prog, type, member, base, wanted)) {
        diag = tmlc_error(prog->files, member->name_span, "'%s' is not declared as in %s",
                          member->name, base->name);
        diag->help = "give it the same parameters, result and 'async'";
    }
    if (diag != NULL) {
        diag->note_span = wanted->name_span;
        diag->note = "it is declared here";
    }
}

static void check_member(program* prog, ty* type, const ast_decl* member) {
    ty* base = NULL;
    bool is_new = member->result == NULL && strcmp(member->name, "new") == 0;
    if (check_is_virtual(member) && (member->is_static || member->tparams.len > 0 || is_new)) {
        tmlc_error(prog->files, member->name_span, "'%s' cannot be virtual", member->name)->help =
            "a table has plain methods: not static, without type parameters";
    } else if (member->is_abstract && !type->decl->is_abstract) {
        tmlc_error(prog->files, member->name_span, "'%s' is abstract, but its class is not",
                   member->name)
            ->help = tmlc_format(prog->arena, "declare 'abstract class %s', or give it a body",
                                 type->decl->name);
    } else if (member->is_abstract && member->body != NULL) {
        tmlc_error(prog->files, member->name_span, "'%s' is abstract, but has a body", member->name)
            ->help = "write 'virtual'";
    } else if (member->is_override) {
        check_override(prog, type, member);
    } else if (!member->is_static && !is_new) {
        const ast_decl* hidden = base_member(prog, type, member->name, &base);
        if (hidden != NULL && check_is_virtual(hidden)) {
            tmlc_diag* diag =
                tmlc_error(prog->files, member->name_span, "'%s' hides a virtual method of %s",
                           member->name, base->name);
            diag->note_span = hidden->name_span;
            diag->note = "it is declared here";
            diag->help = tmlc_format(prog->arena, "declare it 'override func %s'", member->name);
        }
    }
}

static void check_complete(program* prog, ty* type) {
    slot_names names = {0};
    add_slots(prog, type, &names);
    for (uint32_t i = 0; i < names.len && !type->decl->is_abstract; i++) {
        method found;
        if (resolve_method(prog, type, names.items[i], &found) && found.decl->body == NULL) {
            tmlc_diag* diag = tmlc_error(prog->files, type->decl->name_span, "%s lacks '%s' of %s",
                                         type->name, found.decl->name, found.self->name);
            diag->note_span = found.decl->name_span;
            diag->note = "it is abstract there";
            diag->help = tmlc_format(prog->arena,
                                     "add 'override func %s', or declare the class "
                                     "'abstract'",
                                     found.decl->name);
        }
    }
}

static void check_implements(program* prog, ty* type, const ast_path* path) {
    const ast_decl* behavior =
        resolve_path_decl(ty_decl_module(prog, type->decl), path, path->segments.len);
    if (behavior == NULL || behavior->kind != AST_BEHAVIOR) {
        resolve_no_behavior(ty_decl_module(prog, type->decl), path);
        return;
    }
    for (uint32_t i = 0; i < behavior->members.len; i++) {
        const ast_decl* wanted = behavior->members.items[i];
        method found;
        tmlc_diag* diag = NULL;
        if (!resolve_method(prog, type, wanted->name, &found)) {
            diag = tmlc_error(prog->files, path->span, "%s lacks '%s' of %s", type->name,
                              wanted->name, behavior->name);
        } else if (found.decl != wanted && wanted->tparams.len == 0 &&
                   !same_shape(prog, type, found.decl, type, wanted)) {
            diag = tmlc_error(prog->files, found.decl->name_span, "'%s' is not declared as in %s",
                              wanted->name, behavior->name);
        }
        if (diag != NULL) {
            diag->note_span = wanted->name_span;
            diag->note = "it is declared here";
        }
    }
}

void check_class(program* prog, ty* type) {
    const ast_decl* decl = type->decl;
    ty_layout(prog, type);
    if (type->base != NULL && type->base->decl->is_sealed) {
        tmlc_diag* diag =
            tmlc_error(prog->files, decl->path.span, "%s is sealed", type->base->name);
        diag->note_span = type->base->decl->name_span;
        diag->note = "it is declared here";
        diag->help = "nothing extends a sealed class: hold one in a field";
    }
    for (uint32_t i = 0; i < decl->fields.len; i++) {
        if (decl->fields.items[i].is_static) {
            tmlc_error(prog->files, decl->fields.items[i].span, "static fields are not compiled")
                ->help = "write a 'const' beside the class";
        }
    }
    for (uint32_t i = 0; i < decl->behaviors.len; i++) {
        check_implements(prog, type, &decl->behaviors.items[i]);
    }
    uint32_t errors = prog->files->num_errors;
    for (uint32_t i = 0; i < decl->members.len; i++) {
        check_member(prog, type, decl->members.items[i]);
    }
    if (prog->files->num_errors == errors) {
        check_complete(prog, type);
    }
}

bool check_may_make(checker* ck, const ty* type, tmlc_span span) {
    if (!type->decl->is_abstract) {
        return true;
    }
    tmlc_diag* diag = tmlc_error(ck->files, span, "%s is abstract: it has no objects", type->name);
    diag->note_span = type->decl->name_span;
    diag->note = "it is declared here";
    diag->help = "make one of a class that extends it";
    return false;
}

hir* check_virtual_call(checker* ck, hir* call, const ast_decl* member) {
    if (call->kind != HIR_CALL || !check_is_virtual(member) || call->fn->self == NULL) {
        return call;
    }
    hir* node = check_new(ck, HIR_CALL_VIRTUAL, call->span, call->fn->result);
    node->fn = call->fn;
    node->a = call->list.items[0];
    node->index = check_slot(ck->prog, call->fn->self, member->name);
    for (uint32_t i = 1; i < call->list.len; i++) {
        TMLC_PUSH(ck->arena, &node->list, call->list.items[i]);
    }
    if (call->fn->is_async) { // the table has what makes a boxed future of it
        node->type = ty_make(ck->prog, TY_DYN, false, resolve_prelude(ck->prog, "Future"),
                             &call->fn->result, 1, NULL);
    }
    return node;
}

void check_access(checker* ck, const ty* owner, ast_access access, const char* name,
                  tmlc_span span) {
    bool may = access == AST_FOR_ALL;
    for (const ty* t = ck->fn->self; t != NULL && !may; t = t->base) {
        may = t->decl == owner->decl;
        if (access == AST_PRIVATE) {
            break;
        }
    }
    if (!may) {
        tmlc_error(ck->files, span, "'%s' is %s to %s", name,
                   access == AST_PRIVATE ? "private" : "protected: it belongs", owner->decl->name)
            ->help = access == AST_PRIVATE ? "only methods of the class itself use it"
                                           : "only methods of the class and of what extends it "
                                             "use it";
    }
}
