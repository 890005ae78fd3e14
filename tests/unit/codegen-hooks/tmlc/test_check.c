// SPDX-License-Identifier: Apache-2.0
// The checker: moves, loops, patterns, futures, closures and classes, by what it says about each.
#include "tests/unit/codegen-hooks/tmlc/program.h"

#define ITEM                                                                                       \
    "type Item { id: I64 }\nimpl Drop for Item { func drop(mut this) { } }\n"                      \
    "func take(i: Item) -> I64 { return i.id }\n"

TEST(check_moves__branches_and_loops__by_paths) {
    EXPECT_GOOD(ITEM "func f(c: Bool) { let i = Item { id: 1 }\n if c { take(i) } }\n");
    EXPECT_GOOD(ITEM "func f(c: Bool) { let i = Item { id: 1 }\n"
                     "if c { take(i)\n return }\n take(i) }\n");
    EXPECT_GOOD(ITEM
                "func f() { var i = Item { id: 1 }\n loop { take(i)\n i = Item { id: 2 } } }\n");
    EXPECT_GOOD(ITEM "func f() { let i = Item { id: 1 }\n loop { take(i)\n break } }\n");
    EXPECT_ERRORS(ITEM "func f(c: Bool) { let i = Item { id: 1 }\n if c { take(i) }\n take(i) }\n",
                  "'i' was moved before");
    EXPECT_ERRORS(ITEM "func f() { let i = Item { id: 1 }\n for n in 0 to 2 { take(i) } }\n",
                  "'i' would be moved by every pass of the loop");
    EXPECT_ERRORS(ITEM "func f(c: Bool) { let i = Item { id: 1 }\n"
                       "loop { if c { take(i)\n break }\n break }\n take(i) }\n",
                  "'i' was moved before");
}

TEST(check_exhaustive__numbers__names_the_gap) {
    EXPECT_GOOD("func f(n: U8) -> I64 { return when n { 0 to 128 => 1, 128 through 255 => 2 } }\n");
    EXPECT_GOOD("func f(b: Bool) -> I64 { return when b { true => 1, false => 2 } }\n");
    EXPECT_ERRORS(
        "func f(n: U8) -> I64 { return when n { 0 to 128 => 1, 129 through 255 => 2 } }\n",
        "this 'when' does not say what to do with 128");
    EXPECT_ERRORS("func f(n: I8) -> I64 { return when n { -128 to 0 => 1, 5 through 127 => 2 } }\n",
                  "this 'when' does not say what to do with 0 through 4");
    EXPECT_ERRORS("func f(s: Str) -> I64 { return when s { \"a\" | \"b\" => 1 } }\n",
                  "this 'when' does not say what to do with other values");
}

TEST(check_exhaustive__nested__names_the_shape) {
    EXPECT_ERRORS("type P { x: Bool, y: Maybe[Bool] }\n"
                  "func f(p: P) -> I64 { return when p { P { x: true, .. } => 1,\n"
                  "    P { x: false, y: Just(true) | Nothing } => 2 } }\n",
                  "this 'when' does not say what to do with P { x: false, y: Just(false) }");
}

TEST(check_futures__frames__do_not_outlive_their_function) {
    EXPECT_ERRORS("async func a() -> I64 { return 1 }\nfunc f() { let g = do() a() }\n",
                  "this future lies in the frame that ends here");
    EXPECT_ERRORS("async func a() -> I64 { return 1 }\n"
                  "func f() { var l = [a()]\n for i in 0 to 2 { l.push(a()) } }\n",
                  "the next pass of the loop would make this future again");
    EXPECT_GOOD("async func a() -> I64 { return 1 }\n"
                "func f() { var l: List[dyn Future[I64]] = []\n"
                "    for i in 0 to 2 { l.push(a()) } }\n");
}

TEST(check_escapes__closures__followed_through_calls) {
    EXPECT_GOOD("func twice(f: func(I64) -> I64) -> I64 { return f(f(1)) }\n"
                "func g(n: I64) -> I64 { let h = do(x: I64) x + n\n return twice(h) }\n");
    EXPECT_ERRORS("type H { f: func() -> I64 }\n"
                  "func keep(f: func() -> I64) -> H { return H { f: f } }\n"
                  "func again(f: func() -> I64) -> H { return keep(f) }\n"
                  "func g(n: I64) { let h = again(do() n) }\n",
                  "this closure borrows 'n', and may live longer");
}

TEST(check_class__overrides__match_what_they_override) {
    EXPECT_GOOD("abstract class A { abstract func f(this) -> I64 }\n"
                "class B extends A { override func f(this) -> I64 { return 1 } }\n");
    EXPECT_ERRORS("abstract class A { abstract func f(this) -> I64 }\nclass B extends A { }\n",
                  "B lacks 'f' of A");
    EXPECT_ERRORS("class A { virtual func f(this) -> I64 { return 1 } }\n"
                  "class B extends A { override func f(this) -> Str { return \"\" } }\n",
                  "'f' is not declared as in A");
}

TEST(check_table__override__fills_the_slot_of_its_base) {
    source* s = source_check("class A { virtual func f(this) -> I64 { return 1 }\n"
                             "    virtual func g(this) -> I64 { return 1 } }\n"
                             "class B extends A { override func g(this) -> I64 { return 2 }\n"
                             "    virtual func h(this) -> I64 { return 3 } }\n"
                             "func main() { let b = B::new()\n println(\"{b.h()}\") }\n");
    const ty* b = source_type(s, "B");
    EXPECT_EQ(s->files.num_errors, 0);
    EXPECT_EQ(b->table.len, 3);
    EXPECT_STR(b->table.items[0]->name, "A.f");
    EXPECT_STR(b->table.items[1]->name, "B.g");
    EXPECT_STR(b->table.items[2]->name, "B.h");
    source_free(s);
}
