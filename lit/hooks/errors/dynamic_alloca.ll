; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}function @f{{.*}}: a dynamic alloca (or another address of the stack) is live across the suspension
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
declare void @tmlrt.suspend()
define i8 @f(i64 %n) "tmlrt.async" {
  %p = alloca i8, i64 %n
  store i8 1, ptr %p
  call void @tmlrt.suspend()
  %v = load i8, ptr %p
  ret i8 %v
}
