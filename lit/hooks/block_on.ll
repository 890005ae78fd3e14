; block_on: frame, arena and context on the stack, one check inline, no runtime call when ready.
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s
; RUN: %tmlcg lower %s -O2 --emit-ll -o - | FileCheck %s --check-prefix=O2
; RUN: sh %S/Inputs/run.sh %tmlcg %t %s -- %sanitize | FileCheck %s --check-prefix=EXEC
; CHECK-LABEL: define i64 @waiting
; CHECK: load ptr, ptr %{{.*}}
; CHECK: block_on.nested:
; CHECK: call void @tmlrt_block_on_nested
; CHECK: block_on.wait:
; CHECK: call void @tmlrt_block_on(ptr @slow.future
; O2-LABEL: define {{.*}}i64 @ready
; O2-NOT: alloca
; O2-NOT: call {{.*}}@tmlrt_block_on(
; O2: ret i64
; EXEC: 9
; EXEC-NEXT: 16
; EXEC-NEXT: exit 0
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
@format = private constant [6 x i8] c"%lld\0A\00"
declare i32 @printf(ptr, ...)
declare void @tmlrt_sleep_init(ptr, i64)
@tmlrt_sleep_desc = external constant i8
declare void @tmlrt.await.dyn(ptr, ptr, ptr)
declare void @tmlrt.block_on.dyn(ptr, ptr, ptr)
define internal i64 @fast(i64 %x) "tmlrt.async" {
  %r = mul i64 %x, %x
  ret i64 %r
}
define internal i64 @slow(i64 %x) "tmlrt.async" {
  %leaf = alloca [192 x i8], align 16
  call void @tmlrt_sleep_init(ptr %leaf, i64 1000)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_sleep_desc, ptr null)
  %r = mul i64 %x, %x
  ret i64 %r
}
define i64 @ready(i64 %x) {
  %v = call i64 @fast(i64 %x) "tmlrt.block_on"
  ret i64 %v
}
define i64 @waiting(i64 %x) {
  %v = call i64 @slow(i64 %x) "tmlrt.block_on"
  ret i64 %v
}
define i32 @main() {
  %leaf = alloca [192 x i8], align 16
  call void @tmlrt_sleep_init(ptr %leaf, i64 1000)
  call void @tmlrt.block_on.dyn(ptr %leaf, ptr @tmlrt_sleep_desc, ptr null)
  %a = call i64 @ready(i64 3)
  %b = call i64 @waiting(i64 4)
  call i32 (ptr, ...) @printf(ptr @format, i64 %a)
  call i32 (ptr, ...) @printf(ptr @format, i64 %b)
  ret i32 0
}
