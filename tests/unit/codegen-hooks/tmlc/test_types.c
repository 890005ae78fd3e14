// SPDX-License-Identifier: Apache-2.0
// Types: one per set of parts, their layout, and which of them own something.
#include "tests/unit/codegen-hooks/tmlc/program.h"

TEST(ty_make__same_parts__same_type) {
    source* s = source_load("type Pair[A] { a: A }\n");
    program* prog = &s->prog;
    ty* i64 = ty_scalar(prog, TY_I64);
    const ast_decl* decl = resolve_decl(prog->modules.items[1], tmlc_intern(&s->names, "Pair", 4));
    ty* one = ty_make(prog, TY_STRUCT, false, decl, &i64, 1, NULL);
    EXPECT(one == ty_make(prog, TY_STRUCT, false, decl, &i64, 1, NULL));
    EXPECT(ty_ref(prog, one, false) != ty_ref(prog, one, true));
    EXPECT(ty_deref(ty_ref(prog, ty_ptr(prog, one), true)) == one);
    EXPECT_STR(one->name, "Pair[I64]");
    EXPECT_STR(one->mangled, "Pair__I64");
    EXPECT_STR(ty_ref(prog, one, true)->name, "mut ref Pair[I64]");
    source_free(s);
}

TEST(ty_scalar__numbers__have_bits_and_signs) {
    source* s = source_load("");
    const ty* u8 = ty_scalar(&s->prog, TY_U8);
    EXPECT_EQ(ty_bits(u8), 8);
    EXPECT(ty_is_int(u8) && !ty_is_signed(u8));
    EXPECT(ty_is_signed(ty_scalar(&s->prog, TY_I32)));
    EXPECT(ty_is_float(ty_scalar(&s->prog, TY_F32)) && !ty_is_int(ty_scalar(&s->prog, TY_F32)));
    EXPECT_EQ(ty_bits(ty_scalar(&s->prog, TY_STR)), 0);
    source_free(s);
}

TEST(ty_needs_drop__owning_parts__through_fields_and_variants) {
    source* s = source_load("type Plain { n: I64, s: Str }\n"
                            "type Holds { n: I64, t: Text }\n"
                            "type Choice { None_, Some_(Holds) }\n"
                            "type Ends { n: I64 }\n"
                            "impl Drop for Ends { func drop(mut this) { } }\n"
                            "class Object { t: Text }\n");
    EXPECT(!ty_needs_drop(&s->prog, source_type(s, "Plain")));
    EXPECT(ty_needs_drop(&s->prog, source_type(s, "Holds")));
    EXPECT(ty_needs_drop(&s->prog, source_type(s, "Choice")));
    EXPECT(ty_needs_drop(&s->prog, source_type(s, "Ends")));
    EXPECT(source_type(s, "Ends")->drop != NULL);
    EXPECT(source_type(s, "Holds")->drop == NULL);
    EXPECT(!ty_needs_drop(&s->prog, source_type(s, "Object"))); // shared, never freed
    source_free(s);
}

TEST(ty_layout__class__own_fields_and_base) {
    source* s = source_load("class A { x: I64\n y: I64 }\nclass B extends A { z: I64 }\n");
    ty* b = source_type(s, "B");
    ty_layout(&s->prog, b);
    EXPECT_EQ(b->fields.len, 1);
    EXPECT(b->base == source_type(s, "A"));
    EXPECT_STR(b->fields.items[0].name, "z");
    source_free(s);
}

TEST(ty_has_infer__open_arguments__anywhere) {
    source* s = source_load("");
    ty* list = source_type(s, "List");
    EXPECT(ty_has_infer(list) && ty_has_infer(ty_ref(&s->prog, list, false)));
    EXPECT(!ty_has_infer(source_type(s, "Text")));
    EXPECT(!ty_has_future(list));
    source_free(s);
}
