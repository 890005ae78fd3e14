; dropped: true on the drop path only, with the locals of that point restored.
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s
; RUN: sh %S/Inputs/run.sh %tmlcg %t %s %S/Inputs/drive.c -- %sanitize %include | FileCheck %s --check-prefix=EXEC
; CHECK-NOT: @tmlrt.dropped
; CHECK: br i1 %isdrop, label %clean
; EXEC: run: note 50 = 51, 2 pending
; EXEC-NEXT: drop:, 0 pending
; EXEC-NEXT: drop: note -5, 1 pending
; EXEC-NEXT: drop:, 2 pending
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare void @tmlrt.suspend()
declare i1 @tmlrt.dropped()
declare void @note(i64)
define i64 @root(i64 %x) "tmlrt.async" {
entry:
  %minus = sub i64 0, %x
  call void @tmlrt.suspend()
  %d = call i1 @tmlrt.dropped()
  br i1 %d, label %clean, label %go
clean:
  call void @note(i64 %minus)
  ret i64 0
go:
  %y = mul i64 %x, 10
  call void @tmlrt.suspend()
  call void @note(i64 %y)
  %r = add i64 %y, 1
  ret i64 %r
}
