target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare void @tmlrt.suspend()
declare i1 @tmlrt.dropped()
declare void @note(i64)
define i64 @callee(i64 %x, i64 %y) "tmlrt.async" {
  %keep = mul i64 %x, %y
  call void @tmlrt.suspend()
  %d = call i1 @tmlrt.dropped()
  br i1 %d, label %clean, label %go
clean:
  call void @note(i64 %keep)
  ret i64 0
go:
  ret i64 %keep
}
