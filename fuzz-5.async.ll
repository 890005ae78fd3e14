; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@ext_leaf_desc = external global ptr

define void @f1(i32 %0, ptr byval([3 x i64]) %1) #0 {
entry:
  %cell = alloca i64, align 8
  store i64 48839, ptr %cell, align 8
  store i64 991468, ptr %cell, align 8
  %object = alloca [3 x i64], align 8
  call void @ext_ctor(ptr %object, i64 126645)
  %2 = call i32 @ext_pend()
  br label %pending

pending:                                          ; preds = %resumed, %entry
  %3 = phi i32 [ 0, %entry ], [ %6, %resumed ]
  %4 = icmp ult i32 %3, %2
  br i1 %4, label %wait, label %on

wait:                                             ; preds = %pending
  call void @tmlrt.suspend()
  %5 = call i1 @tmlrt.dropped()
  br i1 %5, label %dropped, label %resumed

on:                                               ; preds = %pending
  %object1 = alloca [3 x i64], align 8
  call void @ext_ctor(ptr %object1, i64 553827)
  br label %loop

resumed:                                          ; preds = %wait
  %6 = add i32 %3, 1
  br label %pending

dropped:                                          ; preds = %wait
  call void @ext_dtor(ptr %object, i64 126645)
  ret void

loop:                                             ; preds = %loop, %on
  %i = phi i64 [ 0, %on ], [ %24, %loop ]
  %7 = phi i128 [ 42155873108865463615488, %on ], [ %7, %loop ]
  %8 = phi i64 [ 553827, %on ], [ 553827, %loop ]
  %9 = trunc i64 %i to i8
  %10 = xor i8 %9, 99
  %cell2 = alloca i64, align 8
  store i64 %8, ptr %cell2, align 8
  %11 = load i64, ptr %cell2, align 8
  %12 = add i64 %i, 19088743
  %13 = trunc i64 %12 to i1
  %14 = insertvalue { i1, i8, i32 } zeroinitializer, i1 %13, 0
  %15 = add i64 %12, 19088744
  %16 = trunc i64 %15 to i8
  %17 = insertvalue { i1, i8, i32 } %14, i8 %16, 1
  %18 = add i64 %15, 19088745
  %19 = trunc i64 %18 to i32
  %20 = insertvalue { i1, i8, i32 } %17, i32 %19, 2
  %agg = alloca { i1, i8, i32 }, align 8
  store { i1, i8, i32 } %20, ptr %agg, align 4
  %21 = getelementptr inbounds { i1, i8, i32 }, ptr %agg, i32 0, i32 0
  %22 = trunc i64 %8 to i1
  store i1 %22, ptr %21, align 1
  %23 = load i1, ptr %21, align 1
  %24 = add i64 %i, 1
  %25 = icmp ult i64 %24, 3
  br i1 %25, label %loop, label %end

end:                                              ; preds = %loop
  call void @ext_dtor(ptr %object1, i64 553827)
  call void @ext_dtor(ptr %object, i64 126645)
  %26 = load [3 x i64], ptr %1, align 8
  %27 = extractvalue [3 x i64] %26, 0
  %28 = add i64 -2691343689449507777, %27
  %29 = xor i64 %28, 0
  %30 = extractvalue [3 x i64] %26, 1
  %31 = mul i64 %29, -7046029254386353131
  %32 = lshr i64 %29, 31
  %33 = add i64 %31, %30
  %34 = xor i64 %33, %32
  %35 = extractvalue [3 x i64] %26, 2
  %36 = mul i64 %34, -7046029254386353131
  %37 = lshr i64 %34, 31
  %38 = add i64 %36, %35
  %39 = xor i64 %38, %37
  %40 = add i64 -859862413802601456, %39
  %41 = xor i64 %40, 0
  call void @ext_note(i64 %41)
  ret void
}

define i64 @root(i64 %0, i64 %1) #0 {
entry:
  %cell = alloca i64, align 8
  store i64 %0, ptr %cell, align 8
  %link = alloca ptr, align 8
  store ptr %cell, ptr %link, align 8
  %object = alloca [3 x i64], align 8
  call void @ext_ctor(ptr %object, i64 %1)
  %out = alloca i64, align 8
  store i64 %1, ptr %out, align 8
  %leaf = alloca [192 x i8], align 16
  call void @ext_leaf_init(ptr %leaf, i64 %1)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @ext_leaf_desc, ptr %out)
  %2 = call i1 @tmlrt.dropped()
  br i1 %2, label %dropped, label %resumed

resumed:                                          ; preds = %entry
  %3 = load i64, ptr %out, align 8
  %4 = call i64 @ext_touch(ptr %object)
  call void @ext_note(i64 %4)
  call void @ext_dtor(ptr %object, i64 %1)
  %5 = load ptr, ptr %link, align 8
  %6 = icmp eq ptr %5, %cell
  %7 = load i64, ptr %5, align 8
  %8 = trunc i64 %7 to i32
  %9 = and i32 %8, 613888
  %10 = zext i1 %6 to i64
  %11 = mul i64 %1, -7046029254386353131
  %12 = lshr i64 %1, 31
  %13 = add i64 %11, %10
  %14 = xor i64 %13, %12
  %15 = zext i1 %6 to i64
  %16 = mul i64 %14, -7046029254386353131
  %17 = lshr i64 %14, 31
  %18 = add i64 %16, %15
  %19 = xor i64 %18, %17
  %20 = zext i32 %9 to i64
  %21 = mul i64 %19, -7046029254386353131
  %22 = lshr i64 %19, 31
  %23 = add i64 %21, %20
  %24 = xor i64 %23, %22
  %25 = zext i32 %9 to i64
  %26 = mul i64 %24, -7046029254386353131
  %27 = lshr i64 %24, 31
  %28 = add i64 %26, %25
  %29 = xor i64 %28, %27
  %30 = mul i64 %29, -7046029254386353131
  %31 = lshr i64 %29, 31
  %32 = add i64 %30, %0
  %33 = xor i64 %32, %31
  %34 = mul i64 %33, -7046029254386353131
  %35 = lshr i64 %33, 31
  %36 = add i64 %34, %7
  %37 = xor i64 %36, %35
  %38 = load i64, ptr %5, align 8
  %39 = mul i64 %37, -7046029254386353131
  %40 = lshr i64 %37, 31
  %41 = add i64 %39, %38
  %42 = xor i64 %41, %40
  %43 = load i64, ptr %5, align 8
  %44 = mul i64 %42, -7046029254386353131
  %45 = lshr i64 %42, 31
  %46 = add i64 %44, %43
  %47 = xor i64 %46, %45
  call void @ext_note(i64 %47)
  ret i64 %47

dropped:                                          ; preds = %entry
  call void @ext_dtor(ptr %object, i64 %1)
  ret i64 undef
}

declare void @ext_ctor(ptr, i64)

declare i32 @ext_pend()

declare void @tmlrt.suspend()

declare i1 @tmlrt.dropped()

declare void @ext_dtor(ptr, i64)

declare void @ext_note(i64)

declare void @ext_leaf_init(ptr, i64)

declare void @tmlrt.await.dyn(ptr, ptr, ptr)

declare i64 @ext_touch(ptr)

attributes #0 = { "tmlrt.async" }
