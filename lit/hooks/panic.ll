; @panic is retargeted when the module has a marker; drop.output is in the descriptor.
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s
; CHECK: @f.future = constant {{.*}} ptr @f.poll, ptr @f.drop, ptr @free, i64 16, i64 8, i64 8, i64 8,
; CHECK: call void @tmlrt_panic(ptr @text)
; CHECK-NOT: @panic
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
@text = private constant [3 x i8] c"no\00"
declare void @panic(ptr) noreturn
define ptr @f(ptr %p) "tmlrt.async" "tmlrt.drop.output"="free" {
  %bad = icmp eq ptr %p, null
  br i1 %bad, label %stop, label %go
stop:
  call void @panic(ptr @text)
  unreachable
go:
  ret ptr %p
}
