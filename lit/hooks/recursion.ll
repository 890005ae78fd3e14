; An await cycle: children of the same cycle lie in the arena, pushed and popped inline.
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s
; RUN: sh %S/Inputs/run.sh %tmlcg %t %s %S/Inputs/drive.c -- %sanitize %include | FileCheck %s --check-prefix=EXEC
; CHECK: call ptr @tmlrt_arena_grow
; CHECK: call void @tmlrt_arena_pop
; EXEC: run: note 120 = 120, 5 pending
; EXEC-NEXT: drop:, 0 pending
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare void @tmlrt.suspend()
declare void @note(i64)
define internal i64 @even(i64 %n) "tmlrt.async" {
  %z = icmp eq i64 %n, 0
  br i1 %z, label %one, label %more
one:
  ret i64 1
more:
  call void @tmlrt.suspend()
  %m = sub i64 %n, 1
  %v = call i64 @odd(i64 %m) "tmlrt.await"
  %r = mul i64 %v, %n
  ret i64 %r
}
define internal i64 @odd(i64 %n) "tmlrt.async" {
  %z = icmp eq i64 %n, 0
  br i1 %z, label %one, label %more
one:
  ret i64 1
more:
  %m = sub i64 %n, 1
  %v = call i64 @even(i64 %m) "tmlrt.await"
  %r = mul i64 %v, %n
  call void @tmlrt.suspend()
  ret i64 %r
}
define i64 @root(i64 %x) "tmlrt.async" {
  %v = call i64 @even(i64 %x) "tmlrt.await"
  call void @note(i64 %v)
  ret i64 %v
}
