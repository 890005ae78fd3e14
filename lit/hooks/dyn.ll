; desc, box, await.dyn, drop.dyn, drop.box: futures as {frame, descriptor} pairs.
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s
; RUN: sh %S/Inputs/run.sh %tmlcg %t %s %S/Inputs/drive.c -- %sanitize %include | FileCheck %s --check-prefix=EXEC
; CHECK-LABEL: define internal i32 @root.body
; CHECK: call ptr @tmlrt_frame_alloc(i64 16, i64 8)
; CHECK: call void @tmlrt_frame_free
; EXEC: run: note -7 = 25, 1 pending
; EXEC-NEXT: drop:, 0 pending
; EXEC-NEXT: drop: note -7 note -1, 1 pending
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare void @tmlrt.suspend()
declare i1 @tmlrt.dropped()
declare ptr @tmlrt.desc(ptr)
declare ptr @tmlrt.box(ptr, ...)
declare void @tmlrt.await.dyn(ptr, ptr, ptr)
declare void @tmlrt.drop.dyn(ptr, ptr)
declare void @tmlrt.drop.box(ptr, ptr)
declare void @note(i64)
define void @square_args(i64 %x) {
  call void @note(i64 -7)
  ret void
}
define internal i64 @square(i64 %x) "tmlrt.async" "tmlrt.drop.args"="square_args" {
  call void @tmlrt.suspend()
  %r = mul i64 %x, %x
  ret i64 %r
}
define i64 @root(i64 %x) "tmlrt.async" {
  %out = alloca i64
  %desc = call ptr @tmlrt.desc(ptr @square)
  %never = call ptr (ptr, ...) @tmlrt.box(ptr @square, i64 1)
  call void @tmlrt.drop.dyn(ptr %never, ptr %desc)
  call void @tmlrt.drop.box(ptr %never, ptr %desc)
  %frame = call ptr (ptr, ...) @tmlrt.box(ptr @square, i64 %x)
  call void @tmlrt.await.dyn(ptr %frame, ptr %desc, ptr %out)
  %d = call i1 @tmlrt.dropped()
  br i1 %d, label %clean, label %go
clean:
  call void @note(i64 -1)
  call void @tmlrt.drop.box(ptr %frame, ptr %desc)
  ret i64 0
go:
  call void @tmlrt.drop.box(ptr %frame, ptr %desc)
  %v = load i64, ptr %out
  ret i64 %v
}
