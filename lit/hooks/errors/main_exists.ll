; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}the module has an @main already
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
define void @f() "tmlrt.async" "tmlrt.main" {
  ret void
}
define i32 @main() {
  ret i32 0
}
