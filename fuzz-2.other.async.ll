; ModuleID = 'other'
source_filename = "other"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@ext_leaf_desc = external global ptr

define { i1, float, i64 } @f0(i64 %0, i1 %1, i64 %2) #0 {
entry:
  %out = alloca i64, align 8
  store i64 %2, ptr %out, align 8
  %leaf = alloca [192 x i8], align 16
  call void @ext_leaf_init(ptr %leaf, i64 %2)
  %3 = call i32 @ext_pend()
  br label %pending

pending:                                          ; preds = %resumed, %entry
  %4 = phi i32 [ 0, %entry ], [ %49, %resumed ]
  %5 = icmp ult i32 %4, %3
  br i1 %5, label %wait, label %on

wait:                                             ; preds = %pending
  call void @tmlrt.suspend()
  %6 = call i1 @tmlrt.dropped()
  br i1 %6, label %dropped, label %resumed

on:                                               ; preds = %pending
  call void @tmlrt.drop.dyn(ptr %leaf, ptr @ext_leaf_desc)
  %7 = or i64 %0, 1
  %8 = udiv i64 %0, %7
  %9 = trunc i64 %2 to i32
  %10 = trunc i64 %2 to i32
  %11 = xor i32 %9, %10
  %12 = zext i1 %1 to i64
  %13 = mul i64 %8, -7046029254386353131
  %14 = lshr i64 %8, 31
  %15 = add i64 %13, %12
  %16 = xor i64 %15, %14
  %17 = zext i1 %1 to i64
  %18 = mul i64 %16, -7046029254386353131
  %19 = lshr i64 %16, 31
  %20 = add i64 %18, %17
  %21 = xor i64 %20, %19
  %22 = zext i32 %11 to i64
  %23 = mul i64 %21, -7046029254386353131
  %24 = lshr i64 %21, 31
  %25 = add i64 %23, %22
  %26 = xor i64 %25, %24
  %27 = zext i32 %11 to i64
  %28 = mul i64 %26, -7046029254386353131
  %29 = lshr i64 %26, 31
  %30 = add i64 %28, %27
  %31 = xor i64 %30, %29
  %32 = mul i64 %31, -7046029254386353131
  %33 = lshr i64 %31, 31
  %34 = add i64 %32, %2
  %35 = xor i64 %34, %33
  %36 = mul i64 %35, -7046029254386353131
  %37 = lshr i64 %35, 31
  %38 = add i64 %36, %2
  %39 = xor i64 %38, %37
  call void @ext_note(i64 %39)
  %40 = add i64 %39, 19088743
  %41 = trunc i64 %40 to i1
  %42 = insertvalue { i1, float, i64 } zeroinitializer, i1 %41, 0
  %43 = add i64 %40, 19088744
  %44 = trunc i64 %43 to i16
  %45 = sitofp i16 %44 to float
  %46 = insertvalue { i1, float, i64 } %42, float %45, 1
  %47 = add i64 %43, 19088745
  %48 = insertvalue { i1, float, i64 } %46, i64 %47, 2
  ret { i1, float, i64 } %48

resumed:                                          ; preds = %wait
  %49 = add i32 %4, 1
  br label %pending

dropped:                                          ; preds = %wait
  call void @tmlrt.drop.dyn(ptr %leaf, ptr @ext_leaf_desc)
  ret { i1, float, i64 } zeroinitializer
}

declare void @ext_leaf_init(ptr, i64)

declare i32 @ext_pend()

declare void @tmlrt.suspend()

declare i1 @tmlrt.dropped()

declare void @tmlrt.drop.dyn(ptr, ptr)

declare void @ext_note(i64)

attributes #0 = { "tmlrt.async" }
