; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}function @f: {{.*}}"tmlrt.block_on" needs a direct call: use @tmlrt.block_on.dyn
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
define i64 @f(ptr %g) {
  %v = call i64 %g() "tmlrt.block_on"
  ret i64 %v
}
