; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}function @f: {{.*}}the address of async function @g is taken: use @tmlrt.desc
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
define i64 @g(i64 %x) "tmlrt.async" {
  ret i64 %x
}
define ptr @f(ptr %p) {
  store ptr @g, ptr %p
  ret ptr %p
}
