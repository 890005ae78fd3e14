; Outputs beyond two scalars travel through memory; sret and byval are given storage in the frame.
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s
; RUN: sh %S/Inputs/run.sh %tmlcg %t %s %S/Inputs/drive.c -- %sanitize %include | FileCheck %s --check-prefix=EXEC
; CHECK: call i32 @"wide$start${{[0-9]+}}$8${{[0-9a-f]+}}"(ptr %{{.*}}, ptr %cx, ptr %await.out, i64 %x)
; CHECK: call i32 @"ret$start$
; EXEC: run: = 35, 2 pending
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
%three = type { i64, i64, i64 }
declare void @tmlrt.suspend()
define internal %three @wide(i64 %x) "tmlrt.async" {
  %a = insertvalue %three undef, i64 %x, 0
  %b = insertvalue %three %a, i64 10, 1
  call void @tmlrt.suspend()
  %c = insertvalue %three %b, i64 20, 2
  ret %three %c
}
define internal void @ret(ptr sret(%three) %to, ptr byval(%three) %from) "tmlrt.async" {
  %v = load %three, ptr %from
  %p = getelementptr %three, ptr %from, i32 0, i32 0
  store i64 99, ptr %p
  store %three %v, ptr %to
  call void @tmlrt.suspend()
  ret void
}
define i64 @root(i64 %x) "tmlrt.async" {
  %here = alloca %three
  %copy = alloca %three
  %w = call %three @wide(i64 %x) "tmlrt.await"
  store %three %w, ptr %here
  call void @ret(ptr sret(%three) %copy, ptr byval(%three) %here) "tmlrt.await"
  %r = load %three, ptr %copy
  %a = extractvalue %three %r, 0
  %b = extractvalue %three %r, 1
  %c = extractvalue %three %r, 2
  %ab = add i64 %a, %b
  %abc = add i64 %ab, %c
  ret i64 %abc
}
