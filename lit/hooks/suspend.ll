; suspend in a loop with phis, an alloca in the loop body, and an escaping address that stays the same.
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s
; RUN: sh %S/Inputs/run.sh %tmlcg %t %s %S/Inputs/drive.c -- %sanitize %include | FileCheck %s --check-prefix=EXEC
; CHECK-LABEL: define internal i32 @root.body
; CHECK: %box = getelementptr inbounds i8, ptr %frame
; CHECK: switch i32 %state, label %no.such.state
; EXEC: run: note 1 note 1 note 1 note 1 note 1 = 10, 5 pending
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare void @tmlrt.suspend()
declare void @note(i64)
define void @set(ptr %p, i64 %v) noinline {
  store i64 %v, ptr %p
  ret void
}
define i64 @root(i64 %n) "tmlrt.async" {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i2, %loop ]
  %s = phi i64 [ 0, %entry ], [ %s2, %loop ]
  %box = alloca i64
  %address = ptrtoint ptr %box to i64
  call void @set(ptr %box, i64 %i)
  call void @tmlrt.suspend()
  %again = ptrtoint ptr %box to i64
  %same = icmp eq i64 %address, %again
  %bit = zext i1 %same to i64
  call void @note(i64 %bit)
  %b = load i64, ptr %box
  %s2 = add i64 %s, %b
  %i2 = add i64 %i, 1
  %more = icmp slt i64 %i2, %n
  br i1 %more, label %loop, label %end
end:
  ret i64 %s2
}
