; select: a branch that does not take part is neither polled nor dropped; nobody takes part: the number of branches.
; Of branches that are always ready each wins now and then, in a loop too, where a frame slot is used again.
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s
; RUN: sh %S/Inputs/run.sh %tmlcg %t %s %S/Inputs/drive.c -- %sanitize %include | FileCheck %s --check-prefix=EXEC
; CHECK-LABEL: define internal i32 @root.body
; CHECK-NOT: @tmlrt.
; EXEC: run: note 3 note -2 note 102 note 300 note 1 = 1, 1 pending
; EXEC-NEXT: drop:, 0 pending
; EXEC-NEXT: drop: note -2 note -3 note -7, 1 pending
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
declare i32 @tmlrt.select(ptr, ...)
define internal i64 @quick(i64 %x) "tmlrt.async" {
  ret i64 %x
}
; How often does the second of two win that are always ready? Both are to, of 64 times.
define internal i64 @fair() "tmlrt.async" {
  %out = alloca i64
  br label %loop
loop:
  %i = phi i64 [0, %0], [%next, %loop]
  %wins = phi i64 [0, %0], [%more, %loop]
  %f = call ptr (ptr, ...) @tmlrt.future(ptr @quick, i64 1)
  %g = call ptr (ptr, ...) @tmlrt.future(ptr @quick, i64 2)
  %w = call i32 (ptr, ...) @tmlrt.select(ptr %f, ptr @quick, ptr %out, i1 true, ptr %g, ptr @quick, ptr %out, i1 true)
  %wide = zext i32 %w to i64
  %more = add i64 %wins, %wide
  %next = add i64 %i, 1
  %enough = icmp eq i64 %next, 64
  br i1 %enough, label %end, label %loop
end:
  %low = icmp ugt i64 %more, 16
  %high = icmp ult i64 %more, 48
  %both = and i1 %low, %high
  %r = zext i1 %both to i64
  ret i64 %r
}
define i64 @root(i64 %x) "tmlrt.async" {
  %out = alloca i64
  %no = icmp eq i64 %x, 0
  %f = call ptr (ptr, ...) @tmlrt.future(ptr @child, i64 1, i64 0)
  %g = call ptr (ptr, ...) @tmlrt.future(ptr @child, i64 2, i64 4)
  %h = call ptr (ptr, ...) @tmlrt.future(ptr @child, i64 3, i64 1)
  %i = call i32 (ptr, ...) @tmlrt.select(ptr %f, ptr @child, ptr %out, i1 %no, ptr %g, ptr @child, ptr %out, i1 true, ptr %h, ptr @child, ptr %out, i1 true)
  %d = call i1 @tmlrt.dropped()
  br i1 %d, label %clean, label %go
clean:
  call void @note(i64 -7)
  ret i64 0
go:
  %w = zext i32 %i to i64
  %n = add i64 %w, 100
  call void @note(i64 %n)
  %e = call i32 (ptr, ...) @tmlrt.select(ptr %f, ptr @child, ptr %out, i1 %no, ptr %g, ptr @child, ptr %out, i1 false, ptr %h, ptr @child, ptr %out, i1 %no)
  %we = zext i32 %e to i64
  %ne = mul i64 %we, 100
  call void @note(i64 %ne)
  %r = call i64 @fair() "tmlrt.await"
  call void @note(i64 %r)
  ret i64 %r
}
