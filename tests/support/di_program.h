// SPDX-License-Identifier: Apache-2.0
// Metadata of a program for tests of injection, built call by call: classes with injections,
// providers, modules, hooks, routes. Objects know their class's name (it stands where the vtable
// does), so makes, drops and handlers write what they did to a log.
#ifndef TESTS_SUPPORT_DI_PROGRAM_H
#define TESTS_SUPPORT_DI_PROGRAM_H

#include <tmlrt/abi/functions.h>

enum { DI_MAX_SLOTS = 6, DI_MAX_NAMES = 64 };
enum { DI_CONTROLLERS, DI_PROVIDERS, DI_IMPORTS, DI_EXPORTS };
enum { DI_LAZY = TMLRT_LOC_LAZY, DI_OPTIONAL = TMLRT_LOC_OPTIONAL };

/// di_object is how an object of any class lies in memory.
typedef struct di_object {
    const char* name;
    uint64_t number; ///< free for makes
    void* slots[DI_MAX_SLOTS];
} di_object;

typedef struct di_module_names {
    const char* names[4][DI_MAX_NAMES];
} di_module_names;

/// di_program owns arrays for `cap` records of each kind, from libc.
typedef struct di_program {
    uint32_t cap;
    tmlrt_meta_class* classes;
    tmlrt_meta_provider* providers;
    tmlrt_meta_module* modules;
    tmlrt_meta_hook* hooks;
    tmlrt_meta_route* routes;
    tmlrt_meta_stage* stages;
    tmlrt_meta_slot* slots; ///< DI_MAX_SLOTS per class, then per provider
    tmlrt_meta_type* types; ///< one per slot
    tmlrt_meta_deco* decos; ///< four per class
    tmlrt_meta_value* values;
    di_module_names* names;
    const char* files[2];
    tmlrt_meta_unit unit;
    const tmlrt_meta_unit* units[1];
    tmlrt_image image;
} di_program;

void di_program_init(di_program* p, uint32_t cap);
void di_program_fini(di_program* p);

/// di_class adds a class; `scope` NULL: no decorator, "": @Injectable, else @Injectable(scope).
uint32_t di_class(di_program* p, const char* name, uint32_t line, const char* scope);
/// di_deco adds a decorator with a symbol (NULL: none) to a class.
void di_deco(di_program* p, uint32_t cls, const char* name, const char* symbol);
/// di_needs adds an injection of `key`, declared with that class as its type.
tmlrt_meta_slot* di_needs(di_program* p, uint32_t cls, const char* key, uint32_t flags,
                          uint32_t line);
/// di_provider adds a provider; value and factory get a make that returns an object of `target`.
uint32_t di_provider(di_program* p, const char* token, const char* target, uint32_t how,
                     uint32_t scope, uint32_t line);
tmlrt_meta_slot* di_depends(di_program* p, uint32_t provider, const char* key, uint32_t line);
uint32_t di_module(di_program* p, const char* name, uint32_t line);
void di_list(di_program* p, uint32_t module, uint32_t table, const char* name);
void di_hook(di_program* p, const char* cls, uint32_t event, int32_t order, uint32_t line,
             const tmlrt_future_desc* thunk);
/// di_route adds `GET path` of a class; the handler calls di_on_call.
void di_route(di_program* p, const char* cls, const char* path, uint32_t line);

/// di_guard gives a class a method of the role guard: it logs "guard X" and says yes.
void di_guard(di_program* p, const char* cls, uint32_t line);

/// di_filter gives a class a method of the role filter: it logs "filter X 500", the status of the
/// error, and leaves it to the next.
void di_filter(di_program* p, const char* cls, uint32_t line);

/// di_log is what happened, "make Db; call Shop; drop Db; "; di_log_add appends.
extern char di_log[8192];
void di_log_add(const char* format, ...) __attribute__((format(printf, 1, 2)));
/// di_on_call is run at every poll of a handler, NULL: READY at once.
extern tmlrt_poll (*di_on_call)(di_object* self, tmlrt_context* cx);
/// di_make copies the block to libc's heap and logs; di_make_late suspends once before,
/// di_make_null returns null, di_make_panic panics, di_make_never never ends.
extern const tmlrt_future_desc di_make, di_make_late, di_make_null, di_make_panic, di_make_never;
/// di_hook_ok logs "event-less" hooks: "hook X".
extern const tmlrt_future_desc di_hook_ok;

#endif
