; ModuleID = 'other'
source_filename = "other"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@ext_leaf_desc = external global ptr

define { i1, float, i64 } @f0(i64 %0, i1 %1, i64 %2) {
entry:
  %out = alloca i64, align 8
  store i64 %2, ptr %out, align 8
  %leaf = alloca [192 x i8], align 16
  %3 = or i64 %0, 1
  %4 = udiv i64 %0, %3
  %5 = trunc i64 %2 to i32
  %6 = trunc i64 %2 to i32
  %7 = xor i32 %5, %6
  %8 = zext i1 %1 to i64
  %9 = mul i64 %4, -7046029254386353131
  %10 = lshr i64 %4, 31
  %11 = add i64 %9, %8
  %12 = xor i64 %11, %10
  %13 = zext i1 %1 to i64
  %14 = mul i64 %12, -7046029254386353131
  %15 = lshr i64 %12, 31
  %16 = add i64 %14, %13
  %17 = xor i64 %16, %15
  %18 = zext i32 %7 to i64
  %19 = mul i64 %17, -7046029254386353131
  %20 = lshr i64 %17, 31
  %21 = add i64 %19, %18
  %22 = xor i64 %21, %20
  %23 = zext i32 %7 to i64
  %24 = mul i64 %22, -7046029254386353131
  %25 = lshr i64 %22, 31
  %26 = add i64 %24, %23
  %27 = xor i64 %26, %25
  %28 = mul i64 %27, -7046029254386353131
  %29 = lshr i64 %27, 31
  %30 = add i64 %28, %2
  %31 = xor i64 %30, %29
  %32 = mul i64 %31, -7046029254386353131
  %33 = lshr i64 %31, 31
  %34 = add i64 %32, %2
  %35 = xor i64 %34, %33
  call void @ext_note(i64 %35)
  %36 = add i64 %35, 19088743
  %37 = trunc i64 %36 to i1
  %38 = insertvalue { i1, float, i64 } zeroinitializer, i1 %37, 0
  %39 = add i64 %36, 19088744
  %40 = trunc i64 %39 to i16
  %41 = sitofp i16 %40 to float
  %42 = insertvalue { i1, float, i64 } %38, float %41, 1
  %43 = add i64 %39, 19088745
  %44 = insertvalue { i1, float, i64 } %42, i64 %43, 2
  ret { i1, float, i64 } %44
}

declare void @ext_note(i64)
