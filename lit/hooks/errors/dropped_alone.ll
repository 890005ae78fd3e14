; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}function @f: {{.*}}must come directly after the await
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
declare i1 @tmlrt.dropped()
define i1 @f() "tmlrt.async" {
  %d = call i1 @tmlrt.dropped()
  ret i1 %d
}
