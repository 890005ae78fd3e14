target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare i64 @callee(i64, i64) "tmlrt.async" FRAME
define i64 @root(i64 %x) "tmlrt.async" {
  %y = add i64 %x, 1
  %v = call i64 @callee(i64 %x, i64 %y) "tmlrt.await"
  %r = add i64 %v, %y
  ret i64 %r
}
