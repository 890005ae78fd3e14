// SPDX-License-Identifier: Apache-2.0
// Names: declarations, methods of classes, impls and behaviors, bounds, associated types.
#include "tests/unit/codegen-hooks/tmlc/program.h"

static const char s_program[] =
    "behavior Show { func show(this) -> Str\n func twice(this) -> Str { return this.show() } }\n"
    "type Plain { n: I64 }\n"
    "type Named { n: I64 }\n"
    "impl Show for Named { func show(this) -> Str { return \"n\" } }\n"
    "impl[T: Show] Show for List[T] { func show(this) -> Str { return \"l\" } }\n"
    "class A { n: I64\n func f(this) -> I64 { return 1 }\n func g(this) -> I64 { return 1 } }\n"
    "class B extends A implements Show { func g(this) -> I64 { return 2 }\n"
    "    func show(this) -> Str { return \"b\" } }\n"
    "type Ticks { n: I64 }\n"
    "impl Future for Ticks { type Output = Str\n"
    "    func poll(mut this, cx: mut ref Context) -> Poll[Str] { return Pending } }\n";

static bool has_method(source* s, const char* type, const char* name, method* out) {
    return resolve_method(&s->prog, source_type(s, type),
                          tmlc_intern(&s->names, name, strlen(name)), out);
}

TEST(resolve_method__class__own_before_base) {
    source* s = source_load(s_program);
    method found;
    EXPECT(has_method(s, "B", "g", &found) && found.self == source_type(s, "B"));
    EXPECT(has_method(s, "B", "f", &found) && found.self == source_type(s, "A"));
    EXPECT(!has_method(s, "B", "h", &found));
    source_free(s);
}

TEST(resolve_method__behavior__default_of_impl_and_of_class) {
    source* s = source_load(s_program);
    method found;
    EXPECT(has_method(s, "Named", "twice", &found));
    EXPECT(has_method(s, "B", "twice", &found));
    EXPECT(!has_method(s, "Plain", "twice", &found));
    source_free(s);
}

TEST(resolve_behavior__impl_with_bounds__only_where_they_hold) {
    source* s = source_load(s_program);
    program* prog = &s->prog;
    const ast_decl* show = resolve_decl(prog->modules.items[1], tmlc_intern(&s->names, "Show", 4));
    const ast_decl* list = resolve_prelude(prog, "List");
    ty *named = source_type(s, "Named"), *plain = source_type(s, "Plain");
    env* scope;
    EXPECT(resolve_behavior(prog, named, show, &scope) >= 0);
    EXPECT(resolve_behavior(prog, plain, show, &scope) < 0);
    EXPECT(resolve_behavior(prog, source_type(s, "B"), show, &scope) >= 0);
    EXPECT(resolve_behavior(prog, source_type(s, "A"), show, &scope) < 0);
    ty* good = ty_make(prog, TY_STRUCT, false, list, &named, 1, NULL);
    ty* bad = ty_make(prog, TY_STRUCT, false, list, &plain, 1, NULL);
    EXPECT(resolve_behavior(prog, good, show, &scope) >= 0);
    EXPECT(resolve_behavior(prog, bad, show, &scope) < 0);
    source_free(s);
}

TEST(resolve_output__what_is_awaited__its_output_or_none) {
    source* s = source_load(s_program);
    program* prog = &s->prog;
    ty* i64 = ty_scalar(prog, TY_I64);
    ty* handle =
        ty_make(prog, TY_STRUCT, false, resolve_prelude(prog, "JoinHandle"), &i64, 1, NULL);
    ty* dyn = ty_make(prog, TY_DYN, false, resolve_prelude(prog, "Future"), &i64, 1, NULL);
    EXPECT_STR(resolve_output(prog, handle)->name, "Outcome[I64, JoinError]");
    EXPECT(resolve_output(prog, dyn) == i64);
    EXPECT(resolve_output(prog, source_type(s, "Ticks")) == ty_scalar(prog, TY_STR));
    EXPECT(resolve_output(prog, source_type(s, "Plain")) == NULL);
    source_free(s);
}

TEST(resolve_instance__same_arguments__same_function) {
    source* s = source_check("func id[T](t: T) -> T { return t }\n"
                             "func a() -> I64 { return id(1 as I64) + id(2 as I64) }\n"
                             "func b() -> Str { return id(\"x\") }\n");
    uint32_t num = 0;
    for (uint32_t i = 0; i < s->prog.fns.len; i++) {
        num += strcmp(s->prog.fns.items[i]->name, "id") == 0;
    }
    EXPECT_EQ(s->files.num_errors, 0);
    EXPECT_EQ(num, 2);
    source_free(s);
}

TEST(tmlc_closest__names__a_third_of_the_letters) {
    const char* best = tmlc_closest("lenght", NULL, "length");
    EXPECT_STR(best, "length");
    EXPECT(tmlc_closest("abc", NULL, "xyz") == NULL);
    EXPECT_STR(tmlc_closest("lenght", best, "lengths"), "length");
}
