; ModuleID = 'other'
source_filename = "other"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define [3 x i64] @f0(i32 %0, i16 %1, ptr %2) {
entry:
  %3 = zext i16 %1 to i64
  %4 = add i64 -8008504073336921383, %3
  %5 = xor i64 %4, 0
  %6 = zext i16 %1 to i64
  %7 = mul i64 %5, -7046029254386353131
  %8 = lshr i64 %5, 31
  %9 = add i64 %7, %6
  %10 = xor i64 %9, %8
  %11 = load i64, ptr %2, align 8
  %12 = mul i64 %10, -7046029254386353131
  %13 = lshr i64 %10, 31
  %14 = add i64 %12, %11
  %15 = xor i64 %14, %13
  %16 = load i64, ptr %2, align 8
  %17 = mul i64 %15, -7046029254386353131
  %18 = lshr i64 %15, 31
  %19 = add i64 %17, %16
  %20 = xor i64 %19, %18
  call void @ext_note(i64 %20)
  %21 = add i64 %20, 19088743
  %22 = insertvalue [3 x i64] zeroinitializer, i64 %21, 0
  %23 = add i64 %21, 19088744
  %24 = insertvalue [3 x i64] %22, i64 %23, 1
  %25 = add i64 %23, 19088745
  %26 = insertvalue [3 x i64] %24, i64 %25, 2
  ret [3 x i64] [i64 20064681, i64 39153425, i64 58242170]
}

declare void @ext_note(i64)
