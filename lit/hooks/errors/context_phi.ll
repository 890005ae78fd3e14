; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}function @f{{.*}}: an address that depends on the thread or the context is live across
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
declare void @tmlrt.suspend()
declare ptr @tmlrt.context()
define i8 @f(i1 %c, ptr %q) "tmlrt.async" {
  %cx = call ptr @tmlrt.context()
  br i1 %c, label %a, label %b
a:
  br label %b
b:
  %p = phi ptr [ %q, %0 ], [ %cx, %a ]
  call void @tmlrt.suspend()
  %v = load i8, ptr %p
  ret i8 %v
}
