; A module that LLVM's own verifier refuses is refused before anything else is tried.
; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}the module is malformed before the lowering
define i64 @f(i1 %c) "tmlrt.async" {
  br i1 %c, label %a, label %b
a:
  %v = add i64 1, 2
  br label %b
b:
  ret i64 %v
}
