; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}function @f{{.*}}: a value of this type (token
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
declare void @tmlrt.suspend()
declare token @llvm.call.preallocated.setup(i32)
declare token @llvm.experimental.convergence.anchor()
declare void @h()
define void @f() convergent "tmlrt.async" {
  %t = call token @llvm.experimental.convergence.anchor()
  call void @tmlrt.suspend()
  call void @h() convergent [ "convergencectrl"(token %t) ]
  ret void
}
