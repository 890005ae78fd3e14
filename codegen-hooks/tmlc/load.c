// SPDX-License-Identifier: Apache-2.0
// Files to modules. A file is read once, whoever uses it; cycles are fine.
#include "codegen-hooks/tmlc/load.h"

#include "codegen-hooks/tmlc/prelude.h"
#include "codegen-hooks/tmlc/types.h"

#include <string.h>

static module* add_module(program* prog, uint32_t file, const char* name, const char* path) {
    module* mod = TMLC_NEW(prog->arena, module);
    mod->prog = prog;
    mod->name = name;
    mod->path = path;
    mod->ast = tmlc_parse(prog->files, prog->names, file);
    TMLC_PUSH(prog->arena, &prog->modules, mod);
    for (uint32_t i = 0; i < mod->ast->decls.len; i++) {
        if (mod->ast->decls.items[i]->kind == AST_IMPL) {
            TMLC_PUSH(prog->arena, &prog->impls, (const ast_decl*)mod->ast->decls.items[i]);
            TMLC_PUSH(prog->arena, &prog->impl_modules, mod);
        }
    }
    return mod;
}

static const char* folder_of(program* prog, const char* path) {
    const char* slash = strrchr(path, '/');
    return slash == NULL ? "" : tmlc_format(prog->arena, "%.*s/", (int)(slash - path), path);
}

static void add_import(program* prog, module* mod, const char* name, const ast_decl* decl,
                       module* from) {
    if (mod->num_imports == mod->cap_imports) {
        mod->imports = tmlc_grow(prog->arena, mod->imports, mod->num_imports, &mod->cap_imports,
                                 sizeof *mod->imports);
    }
    mod->imports[mod->num_imports].name = name;
    mod->imports[mod->num_imports].decl = decl;
    mod->imports[mod->num_imports++].mod = from;
}

static const ast_decl* find_decl(const module* mod, const char* name) {
    for (uint32_t i = 0; i < mod->ast->decls.len; i++) {
        if (mod->ast->decls.items[i]->name == name && mod->ast->decls.items[i]->kind != AST_USE) {
            return mod->ast->decls.items[i];
        }
    }
    return NULL;
}

static module* open_module(program* prog, const ast_path* path, uint32_t num) {
    const char *file = folder_of(prog, prog->modules.items[1]->path), *name = "";
    for (uint32_t i = 0; i < num; i++) {
        const char* segment = path->segments.items[i].name;
        file = tmlc_format(prog->arena, "%s%s%s", file, i == 0 ? "" : "/", segment);
        name = tmlc_format(prog->arena, "%s%s%s", name, i == 0 ? "" : "_", segment);
    }
    file = tmlc_format(prog->arena, "%s.tml", file);
    for (uint32_t i = 1; i < prog->modules.len; i++) {
        if (strcmp(prog->modules.items[i]->path, file) == 0) {
            return prog->modules.items[i];
        }
    }
    uint32_t number;
    const char* reason;
    const char* slash = strrchr(file, '/');
    if (!tmlc_files_read(prog->files, &number, &reason, file, slash == NULL ? file : slash + 1)) {
        return NULL;
    }
    return add_module(prog, number, name, file);
}

static void import_name(program* prog, module* mod, module* from, const char* name,
                        tmlc_span span) {
    const ast_decl* decl = find_decl(from, name);
    if (decl == NULL) {
        const char* best = NULL;
        for (uint32_t i = 0; i < from->ast->decls.len; i++) {
            if (from->ast->decls.items[i]->name != NULL) {
                best = tmlc_closest(name, best, from->ast->decls.items[i]->name);
            }
        }
        tmlc_diag* diag = tmlc_error(prog->files, span, "%s has no '%s'", from->path, name);
        diag->help = best != NULL ? tmlc_format(prog->arena, "did you mean '%s'?", best) : NULL;
    } else if (!decl->is_pub) {
        tmlc_diag* diag = tmlc_error(prog->files, span, "'%s' is private to its file", name);
        diag->note_span = decl->name_span;
        diag->note = "it is declared here";
        diag->help = "declare it 'pub'";
    } else {
        add_import(prog, mod, name, decl, from);
    }
}

static void import_use(program* prog, module* mod, const ast_decl* use) {
    const ast_path* path = &use->path;
    uint32_t num = path->segments.len;
    const char* first = num > 0 ? path->segments.items[0].name : "";
    if (num == 0 || strcmp(first, "std") == 0 || strcmp(first, "core") == 0) {
        mod->is_internal =
            mod->is_internal || (num > 1 && strcmp(path->segments.items[1].name, "internal") == 0);
        return; // the prelude has it
    }
    bool names_inside = use->use_all || use->use_names.len > 0;
    module* from = open_module(prog, path, num);
    const char* last = path->segments.items[num - 1].name;
    if (from == NULL && num > 1 && !names_inside) {
        from = open_module(prog, path, num - 1);
        if (from != NULL) {
            import_name(prog, mod, from, last, path->span);
            return;
        }
    }
    if (from == NULL) {
        tmlc_error(prog->files, path->span, "there is no file for this module")->help =
            tmlc_format(prog->arena, "'use %s' reads %s.tml beside the root file", first, first);
        return;
    }
    if (!names_inside) {
        add_import(prog, mod, last, NULL, from);
    }
    for (uint32_t i = 0; i < use->use_names.len; i++) {
        import_name(prog, mod, from, use->use_names.items[i].name, use->use_names.items[i].span);
    }
    for (uint32_t i = 0; use->use_all && i < from->ast->decls.len; i++) {
        if (from->ast->decls.items[i]->is_pub && from->ast->decls.items[i]->name != NULL) {
            add_import(prog, mod, from->ast->decls.items[i]->name, from->ast->decls.items[i], from);
        }
    }
}

void tmlc_load_prelude(program* prog) {
    ty_init(prog);
    uint32_t file = tmlc_files_add(prog->files, "prelude.tml", "prelude.tml", tmlc_prelude_text,
                                   tmlc_prelude_len);
    add_module(prog, file, "", "prelude.tml");
}

static void load_uses(program* prog) {
    for (uint32_t m = 1; m < prog->modules.len; m++) { // grows meanwhile
        module* mod = prog->modules.items[m];
        for (uint32_t i = 0; i < mod->ast->decls.len; i++) {
            if (mod->ast->decls.items[i]->kind == AST_USE) {
                import_use(prog, mod, mod->ast->decls.items[i]);
            }
        }
    }
}

bool tmlc_load(program* prog, const char* path, const char** out_reason) {
    const char* slash = strrchr(path, '/');
    uint32_t file;
    tmlc_load_prelude(prog);
    if (!tmlc_files_read(prog->files, &file, out_reason, path, slash == NULL ? path : slash + 1)) {
        return false;
    }
    add_module(prog, file, "", path);
    load_uses(prog);
    return true;
}

void tmlc_load_text(program* prog, const char* name, const char* text, uint32_t len) {
    if (prog->modules.len == 0) {
        tmlc_load_prelude(prog);
    }
    add_module(prog, tmlc_files_add(prog->files, name, name, text, len), "", name);
}

void tmlc_load_edited(program* prog, const char* path, const char* text, uint32_t len) {
    const char* slash = strrchr(path, '/');
    const char* name = slash == NULL ? path : slash + 1;
    tmlc_load_prelude(prog);
    add_module(prog, tmlc_files_add(prog->files, path, name, text, len), "", path);
    load_uses(prog);
}
