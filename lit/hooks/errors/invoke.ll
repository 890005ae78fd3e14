; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}function @f: {{.*}}invoke is not supported
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
declare void @h()
declare i32 @personality(...)
define void @f() "tmlrt.async" personality ptr @personality {
  invoke void @h() to label %ok unwind label %bad
ok:
  ret void
bad:
  %l = landingpad { ptr, i32 } cleanup
  ret void
}
