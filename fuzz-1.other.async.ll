; ModuleID = 'other'
source_filename = "other"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define { i32 } @f0(i64 %0, i1 %1, i64 %2) #0 {
entry:
  %3 = call ptr @ext_new(i64 %0)
  %4 = call i64 @ext_touch(ptr %3)
  call void @ext_note(i64 %4)
  call void @ext_free(ptr %3)
  %5 = zext i1 %1 to i64
  %6 = mul i64 %2, -7046029254386353131
  %7 = lshr i64 %2, 31
  %8 = add i64 %6, %5
  %9 = xor i64 %8, %7
  %10 = zext i1 %1 to i64
  %11 = mul i64 %9, -7046029254386353131
  %12 = lshr i64 %9, 31
  %13 = add i64 %11, %10
  %14 = xor i64 %13, %12
  %15 = mul i64 %14, -7046029254386353131
  %16 = lshr i64 %14, 31
  %17 = add i64 %15, %0
  %18 = xor i64 %17, %16
  %19 = mul i64 %18, -7046029254386353131
  %20 = lshr i64 %18, 31
  %21 = add i64 %19, %2
  %22 = xor i64 %21, %20
  call void @ext_note(i64 %22)
  %23 = add i64 %22, 19088743
  %24 = trunc i64 %23 to i32
  %25 = insertvalue { i32 } zeroinitializer, i32 %24, 0
  %26 = add i64 %2, 19088743
  %27 = trunc i64 %26 to i32
  %28 = insertvalue { i32 } zeroinitializer, i32 %27, 0
  ret { i32 } %28
}

declare ptr @ext_new(i64)

declare i64 @ext_touch(ptr)

declare void @ext_note(i64)

declare void @ext_free(ptr)

attributes #0 = { "tmlrt.async" }
