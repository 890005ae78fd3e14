; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}function @f: {{.*}}can be reached with dropped() == true, and a drop has no context
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
declare i1 @tmlrt.dropped()
declare void @tmlrt.suspend()
define void @f() "tmlrt.async" {
  br label %loop
loop:
  call void @tmlrt.suspend()
  %d = call i1 @tmlrt.dropped()
  br i1 %d, label %clean, label %loop
clean:
  br label %loop
}
