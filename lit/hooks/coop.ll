; coop: one unit of the budget, inline; at zero the runtime is told and the task yields.
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s
; RUN: sh %S/Inputs/run.sh %tmlcg %t %s %S/Inputs/drive.c -- %sanitize %include | FileCheck %s --check-prefix=EXEC
; CHECK: yield.1:
; CHECK: call void @tmlrt_coop_yield(ptr %cx)
; EXEC: run: note 5 = 15, 2 pending
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare void @tmlrt.coop()
declare void @note(i64)
define i64 @root(i64 %n) "tmlrt.async" {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i2, %loop ]
  %s = phi i64 [ 0, %entry ], [ %s2, %loop ]
  %i2 = add i64 %i, 1
  %s2 = add i64 %s, %i2
  call void @tmlrt.coop()
  %more = icmp slt i64 %i2, %n
  br i1 %more, label %loop, label %end
end:
  call void @note(i64 %i2)
  ret i64 %s2
}
