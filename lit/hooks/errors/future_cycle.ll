; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}future values contain each other
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
declare ptr @tmlrt.future(ptr, ...)
declare void @tmlrt.await.future(ptr, ptr, ptr)
define void @f() "tmlrt.async" {
  %p = call ptr (ptr, ...) @tmlrt.future(ptr @f)
  call void @tmlrt.await.future(ptr %p, ptr @f, ptr null)
  ret void
}
