; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}function @f{{.*}}: a value of this type (token, scalable vector, target type) cannot live across
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
declare void @tmlrt.suspend()
define void @f(ptr %p) "tmlrt.async" {
  %v = load <vscale x 4 x i32>, ptr %p
  call void @tmlrt.suspend()
  store <vscale x 4 x i32> %v, ptr %p
  ret void
}
