; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}function @f: {{.*}}@tmlrt.context returns ptr
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
declare i64 @tmlrt.context()
define i64 @f() "tmlrt.async" {
  %c = call i64 @tmlrt.context()
  ret i64 %c
}
