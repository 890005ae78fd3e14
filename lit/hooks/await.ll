; await: start with arguments in registers; saved on the Pending edge only; reloaded after READY.
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s
; RUN: sh %S/Inputs/run.sh %tmlcg %t %s %S/Inputs/drive.c -- %sanitize %include | FileCheck %s --check-prefix=EXEC
; CHECK-LABEL: define internal i32 @root.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i64 %x)
; CHECK: call { i32, i64 } @"leaf$start$16$8${{[0-9a-f]*}}"
; CHECK: pend.1:
; CHECK: store i32 1, ptr %frame
; CHECK-NEXT: ret i32 1
; CHECK: resume.1:
; CHECK-NEXT: getelementptr inbounds i8, ptr %frame
; CHECK-NEXT: call i32 @leaf.resume
; CHECK-NEXT: icmp eq
; CHECK-NEXT: br i1
; CHECK: drop.1:
; CHECK: call void @leaf.drop
; EXEC: run: note 6 = 47, 1 pending
; EXEC-NEXT: drop:, 0 pending
; EXEC-NEXT: drop:, 1 pending
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare void @tmlrt.suspend()
declare void @note(i64)
define internal i64 @leaf(i64 %x) "tmlrt.async" {
  call void @tmlrt.suspend()
  %r = add i64 %x, 1
  ret i64 %r
}
define i64 @root(i64 %x) "tmlrt.async" {
  %y = mul i64 %x, 8
  %v = call i64 @leaf(i64 %x) "tmlrt.await"
  call void @note(i64 %v)
  %r = add i64 %v, %y
  %s = add i64 %r, 1
  ret i64 %s
}
