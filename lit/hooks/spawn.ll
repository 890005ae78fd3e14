; spawn, spawn.local, spawn.future and the generated main.
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s
; RUN: sh %S/Inputs/run.sh %tmlcg %t %s -- %sanitize | FileCheck %s --check-prefix=EXEC
; CHECK: call ptr @tmlrt_spawn(ptr @twice.future, ptr %spawn, i64 16)
; CHECK: call ptr @tmlrt_spawn_local(ptr @twice.future
; CHECK: call ptr @tmlrt_spawn(ptr @twice.future
; CHECK-NEXT: store i32 -1
; CHECK-LABEL: define i32 @main(i32 %0, ptr %1)
; CHECK: call i32 @tmlrt_main(i32 %0, ptr %1, ptr @entry.future)
; EXEC: exit 12
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare void @tmlrt_yield_init(ptr)
@tmlrt_yield_desc = external constant i8
declare void @tmlrt_join_init(ptr, ptr, ptr)
@tmlrt_join_desc = external constant i8
declare void @tmlrt.await.dyn(ptr, ptr, ptr)
declare ptr @tmlrt.future(ptr, ...)
declare ptr @tmlrt.spawn(ptr, ...)
declare ptr @tmlrt.spawn.local(ptr, ...)
declare ptr @tmlrt.spawn.future(ptr, ptr)
define internal i64 @twice(i64 %x) "tmlrt.async" {
  %leaf = alloca [192 x i8], align 16
  call void @tmlrt_yield_init(ptr %leaf)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_yield_desc, ptr null)
  %r = mul i64 %x, 2
  ret i64 %r
}
define internal i64 @join(ptr %task) "tmlrt.async" {
  %leaf = alloca [192 x i8], align 16
  %status = alloca i32
  %value = alloca i64
  call void @tmlrt_join_init(ptr %leaf, ptr %task, ptr %value)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_join_desc, ptr %status)
  %s = load i32, ptr %status
  %ok = icmp eq i32 %s, 0
  %v = load i64, ptr %value
  %r = select i1 %ok, i64 %v, i64 100
  ret i64 %r
}
define i32 @entry() "tmlrt.async" "tmlrt.main" {
  %a = call ptr (ptr, ...) @tmlrt.spawn(ptr @twice, i64 1)
  %b = call ptr (ptr, ...) @tmlrt.spawn.local(ptr @twice, i64 2)
  %f = call ptr (ptr, ...) @tmlrt.future(ptr @twice, i64 3)
  %c = call ptr @tmlrt.spawn.future(ptr %f, ptr @twice)
  %x = call i64 @join(ptr %a) "tmlrt.await"
  %y = call i64 @join(ptr %b) "tmlrt.await"
  %z = call i64 @join(ptr %c) "tmlrt.await"
  %xy = add i64 %x, %y
  %xyz = add i64 %xy, %z
  %code = trunc i64 %xyz to i32
  ret i32 %code
}
