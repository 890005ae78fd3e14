; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}function @f: {{.*}}the frame size of @g is not known here
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
declare void @g() "tmlrt.async"
declare ptr @tmlrt.future(ptr, ...)
define void @f() "tmlrt.async" {
  %p = call ptr (ptr, ...) @tmlrt.future(ptr @g)
  ret void
}
