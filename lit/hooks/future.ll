; future, await.future, drop.future: a slot in this frame, awaited later or dropped in any state.
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s
; RUN: sh %S/Inputs/run.sh %tmlcg %t %s %S/Inputs/drive.c -- %sanitize %include | FileCheck %s --check-prefix=EXEC
; CHECK-LABEL: define internal void @child.drop
; CHECK: call void @child_args(i64
; CHECK-LABEL: define internal i32 @root.body
; CHECK-NOT: @tmlrt.
; CHECK: call i32 @child.poll
; EXEC: run: note -9 note 1 = 40, 2 pending
; EXEC-NEXT: drop:, 0 pending
; EXEC-NEXT: drop: note -9 note -8, 1 pending
; EXEC-NEXT: drop: note -9 note 1 note -8, 2 pending
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare void @tmlrt.suspend()
declare i1 @tmlrt.dropped()
declare ptr @tmlrt.future(ptr, ...)
declare void @tmlrt.await.future(ptr, ptr, ptr)
declare void @tmlrt.drop.future(ptr, ptr)
declare void @note(i64)
define void @child_args(i64 %x) {
  call void @note(i64 -9)
  ret void
}
define internal i64 @child(i64 %x) "tmlrt.async" "tmlrt.drop.args"="child_args" {
  call void @tmlrt.suspend()
  %d = call i1 @tmlrt.dropped()
  br i1 %d, label %clean, label %go
clean:
  call void @note(i64 -8)
  ret i64 0
go:
  %r = mul i64 %x, 8
  ret i64 %r
}
define i64 @root(i64 %x) "tmlrt.async" {
  %out = alloca i64
  %unused = call ptr (ptr, ...) @tmlrt.future(ptr @child, i64 1)
  %fut = call ptr (ptr, ...) @tmlrt.future(ptr @child, i64 %x)
  call void @tmlrt.drop.future(ptr %unused, ptr @child)
  call void @tmlrt.await.future(ptr %fut, ptr @child, ptr %out)
  call void @tmlrt.drop.future(ptr %fut, ptr @child)
  call void @note(i64 1)
  %v = load i64, ptr %out
  %second = call ptr (ptr, ...) @tmlrt.future(ptr @child, i64 0)
  call void @tmlrt.await.future(ptr %second, ptr @child, ptr %out)
  ret i64 %v
}
