; join: all branches begin in order, each is polled until it ends, outputs lie where they belong; a drop
; drops what still waits, and the outputs of what has ended.
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s
; RUN: sh %S/Inputs/run.sh %tmlcg %t %s %S/Inputs/drive.c -- %sanitize %include | FileCheck %s --check-prefix=EXEC
; CHECK-LABEL: define internal i32 @root.body
; CHECK-NOT: @tmlrt.
; CHECK: call i32 @tmlrt_turn(i32 3)
; CHECK-NOT: @tmlrt_frame_alloc
; EXEC: run: note 3 note 1 note 2 note 5 = 123, 2 pending
; EXEC-NEXT: drop:, 0 pending
; EXEC-NEXT: drop: note 3 note -1 note -2 note 1003 note -7, 1 pending
; EXEC-NEXT: drop: note 3 note 1 note 1001 note -2 note 1003 note -7, 2 pending
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare void @tmlrt.suspend()
declare i1 @tmlrt.dropped()
declare ptr @tmlrt.future(ptr, ...)
declare void @note(i64)
; Waits `times` times, then gives its number; says so when its arguments or its locals are dropped.
define void @child_args(i64 %x, i64 %times) {
  %n = sub i64 -100, %x
  call void @note(i64 %n)
  ret void
}
define void @child_output(ptr %out) {
  %x = load i64, ptr %out
  %n = add i64 %x, 1000
  call void @note(i64 %n)
  ret void
}
define internal i64 @child(i64 %x, i64 %times) "tmlrt.async" "tmlrt.drop.args"="child_args" "tmlrt.drop.output"="child_output" {
  br label %loop
loop:
  %i = phi i64 [0, %0], [%next, %go]
  %enough = icmp uge i64 %i, %times
  br i1 %enough, label %end, label %wait
wait:
  call void @tmlrt.suspend()
  %d = call i1 @tmlrt.dropped()
  br i1 %d, label %clean, label %go
clean:
  %n = sub i64 0, %x
  call void @note(i64 %n)
  ret i64 0
go:
  %next = add i64 %i, 1
  br label %loop
end:
  call void @note(i64 %x)
  ret i64 %x
}
declare void @tmlrt.join(ptr, ...)
define i64 @root(i64 %x) "tmlrt.async" {
  %a = alloca i64
  %b = alloca i64
  %c = alloca i64
  %twice = mul i64 %x, 1
  %f = call ptr (ptr, ...) @tmlrt.future(ptr @child, i64 1, i64 1)
  %g = call ptr (ptr, ...) @tmlrt.future(ptr @child, i64 2, i64 2)
  %h = call ptr (ptr, ...) @tmlrt.future(ptr @child, i64 3, i64 0)
  call void (ptr, ...) @tmlrt.join(ptr %f, ptr @child, ptr %a, ptr %g, ptr @child, ptr %b, ptr %h, ptr @child, ptr %c)
  %d = call i1 @tmlrt.dropped()
  br i1 %d, label %clean, label %go
clean:
  call void @note(i64 -7)
  ret i64 0
go:
  call void @note(i64 %twice)
  %va = load i64, ptr %a
  %vb = load i64, ptr %b
  %vc = load i64, ptr %c
  %ha = mul i64 %va, 100
  %tb = mul i64 %vb, 10
  %s = add i64 %ha, %tb
  %r = add i64 %s, %vc
  ret i64 %r
}
