; context: the context of the running poll, never saved; thread-local addresses are taken again.
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s
; RUN: sh %S/Inputs/run.sh %tmlcg %t %s %S/Inputs/drive.c -- %sanitize %include | FileCheck %s --check-prefix=EXEC
; CHECK-LABEL: define internal i32 @tls.body
; CHECK: call ptr @llvm.threadlocal.address.p0(ptr @counter)
; CHECK: call ptr @llvm.threadlocal.address.p0(ptr @counter)
; CHECK-NOT: store ptr
; CHECK: pend.1:
; CHECK-LABEL: define internal i32 @root.body
; CHECK-NOT: store ptr %cx
; CHECK: getelementptr i8, ptr %cx, i64 24
; CHECK: getelementptr i8, ptr %cx, i64 24
; EXEC: run: note 1 note 1 = 7, 2 pending
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
@counter = internal thread_local global i64 7
declare void @tmlrt.suspend()
declare ptr @tmlrt.context()
declare ptr @llvm.threadlocal.address.p0(ptr)
declare void @note(i64)
define i64 @root(i64 %n) "tmlrt.async" {
  %cx = call ptr @tmlrt.context()
  %p = getelementptr i8, ptr %cx, i64 24
  %a = load i32, ptr %p
  %a64 = zext i32 %a to i64
  call void @note(i64 %a64)
  call void @tmlrt.suspend()
  %b = load i32, ptr %p
  %b64 = zext i32 %b to i64
  call void @note(i64 %b64)
  %r = call i64 @tls() "tmlrt.await"
  ret i64 %r
}
define internal i64 @tls() "tmlrt.async" {
  %p = call ptr @llvm.threadlocal.address.p0(ptr @counter)
  %a = load i64, ptr %p
  call void @tmlrt.suspend()
  %b = load i64, ptr %p
  %same = icmp eq i64 %a, %b
  %r = select i1 %same, i64 %b, i64 0
  ret i64 %r
}
