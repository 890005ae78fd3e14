; try_join: the first output that the predicate calls a failure ends it; what waits and what has not begun is
; dropped, the outputs of the others are destroyed, the failure's is there. Nobody failed: the number of branches.
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s
; RUN: sh %S/Inputs/run.sh %tmlcg %t %s %S/Inputs/drive.c -- %sanitize %include | FileCheck %s --check-prefix=EXEC
; CHECK-LABEL: define internal i32 @root.body
; CHECK-NOT: @tmlrt.
; CHECK: call i1 @is_odd
; EXEC: run: note 4 note 9 note 1004 note -6 note 509 note 2 note 4 note 3 note 1004 note 33 = 1, 2 pending
; EXEC-NEXT: drop:, 0 pending
; EXEC-NEXT: drop: note 4 note 1004 note -6 note -9, 1 pending
; EXEC-NEXT: drop: note 4 note 9 note 1004 note -6 note 509 note 2 note 4 note 1004 note -3 note -7, 2 pending
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
declare i32 @tmlrt.try_join(ptr, ...)
define i1 @is_odd(ptr %out) {
  %v = load i64, ptr %out
  %b = trunc i64 %v to i1
  ret i1 %b
}
define internal i64 @failing(i64 %x) "tmlrt.async" {
  %a = alloca i64
  %b = alloca i64
  %c = alloca i64
  %f = call ptr (ptr, ...) @tmlrt.future(ptr @child, i64 4, i64 0)
  %g = call ptr (ptr, ...) @tmlrt.future(ptr @child, i64 6, i64 5)
  %h = call ptr (ptr, ...) @tmlrt.future(ptr @child, i64 9, i64 %x)
  %i = call i32 (ptr, ...) @tmlrt.try_join(ptr %f, ptr @child, ptr %a, ptr @is_odd, ptr %g, ptr @child, ptr %b, ptr @is_odd, ptr %h, ptr @child, ptr %c, ptr @is_odd)
  %v = load i64, ptr %c
  %n = add i64 %v, 500
  call void @note(i64 %n)
  %w = zext i32 %i to i64
  call void @note(i64 %w)
  ret i64 %w
}
define i64 @root(i64 %x) "tmlrt.async" {
  %a = alloca i64
  %b = alloca i64
  %w = call i64 @failing(i64 1) "tmlrt.await"
  %f = call ptr (ptr, ...) @tmlrt.future(ptr @child, i64 4, i64 0)
  %g = call ptr (ptr, ...) @tmlrt.future(ptr @child, i64 3, i64 1)
  %i = call i32 (ptr, ...) @tmlrt.try_join(ptr %f, ptr @child, ptr %a, ptr @is_odd, ptr %g, ptr @child, ptr %b, ptr @is_odd)
  %d = call i1 @tmlrt.dropped()
  br i1 %d, label %clean, label %go
clean:
  call void @note(i64 -7)
  ret i64 0
go:
  call void @note(i64 33)
  %r = zext i32 %i to i64
  ret i64 %r
}
