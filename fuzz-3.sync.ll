; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@ext_leaf_desc = external global ptr

define float @f0(i64 %0) {
entry:
  %1 = mul i64 %0, -7046029254386353131
  %2 = lshr i64 %0, 31
  %3 = add i64 %1, %0
  %4 = xor i64 %3, %2
  %5 = mul i64 %4, -7046029254386353131
  %6 = lshr i64 %4, 31
  %7 = add i64 %5, %0
  %8 = xor i64 %7, %6
  call void @ext_note(i64 %8)
  %9 = trunc i64 %8 to i16
  %10 = sitofp i16 %9 to float
  ret float %10
}

define internal void @f1(ptr sret({ float }) %0, double %1, ptr byval({ float }) %2, { float } %3, { float } %4) {
entry:
  %5 = bitcast double %1 to i64
  %6 = add i64 7351711641289597407, %5
  %7 = xor i64 %6, 0
  %8 = bitcast double %1 to i64
  %9 = mul i64 %7, -7046029254386353131
  %10 = lshr i64 %7, 31
  %11 = add i64 %9, %8
  %12 = xor i64 %11, %10
  %13 = extractvalue { float } %3, 0
  %14 = bitcast float %13 to i32
  %15 = zext i32 %14 to i64
  %16 = add i64 -7046029254386353131, %15
  %17 = xor i64 %16, 0
  %18 = mul i64 %12, -7046029254386353131
  %19 = lshr i64 %12, 31
  %20 = add i64 %18, %17
  %21 = xor i64 %20, %19
  %22 = extractvalue { float } %4, 0
  %23 = bitcast float %22 to i32
  %24 = zext i32 %23 to i64
  %25 = add i64 -7046029254386353131, %24
  %26 = xor i64 %25, 0
  %27 = mul i64 %21, -7046029254386353131
  %28 = lshr i64 %21, 31
  %29 = add i64 %27, %26
  %30 = xor i64 %29, %28
  %31 = load { float }, ptr %2, align 4
  %32 = extractvalue { float } %31, 0
  %33 = bitcast float %32 to i32
  %34 = zext i32 %33 to i64
  %35 = add i64 -7046029254386353131, %34
  %36 = xor i64 %35, 0
  %37 = mul i64 %30, -7046029254386353131
  %38 = lshr i64 %30, 31
  %39 = add i64 %37, %36
  %40 = xor i64 %39, %38
  call void @ext_note(i64 %40)
  %41 = add i64 %40, 19088743
  %42 = trunc i64 %41 to i16
  %43 = sitofp i16 %42 to float
  %44 = insertvalue { float } zeroinitializer, float %43, 0
  store { float } %44, ptr %0, align 4
  ret void
}

define internal i128 @f2(i32 %0, i64 %1, i8 %2) {
entry:
  %3 = zext i8 %2 to i64
  %4 = mul i64 %1, -7046029254386353131
  %5 = lshr i64 %1, 31
  %6 = add i64 %4, %3
  %7 = xor i64 %6, %5
  %8 = zext i8 %2 to i64
  %9 = mul i64 %7, -7046029254386353131
  %10 = lshr i64 %7, 31
  %11 = add i64 %9, %8
  %12 = xor i64 %11, %10
  %13 = mul i64 %12, -7046029254386353131
  %14 = lshr i64 %12, 31
  %15 = add i64 %13, %1
  %16 = xor i64 %15, %14
  %17 = mul i64 %16, -7046029254386353131
  %18 = lshr i64 %16, 31
  %19 = add i64 %17, %1
  %20 = xor i64 %19, %18
  call void @ext_note(i64 %20)
  %21 = zext i64 %20 to i128
  %22 = shl i128 %21, 37
  %23 = mul i128 %21, %22
  %24 = zext i64 %1 to i128
  %25 = shl i128 %24, 37
  %26 = mul i128 %24, %25
  ret i128 %26
}

define i64 @root(i64 %0, i64 %1) {
entry:
  %object = alloca [3 x i64], align 8
  call void @ext_ctor(ptr %object, i64 %1)
  %2 = and i64 %0, 7
  %3 = icmp sgt i64 %2, 1
  br i1 %3, label %then, label %else

then:                                             ; preds = %entry
  %out = alloca i64, align 8
  store i64 773825, ptr %out, align 8
  %leaf = alloca [192 x i8], align 16
  %4 = call float @f0(i64 %1)
  %5 = call i64 @ext_leaf_sync(i64 773825)
  store i64 %5, ptr %out, align 8
  %6 = load i64, ptr %out, align 8
  br label %join

else:                                             ; preds = %entry
  %7 = add i64 %1, 19088743
  %8 = trunc i64 %7 to i16
  %9 = sitofp i16 %8 to float
  %10 = insertvalue { float } zeroinitializer, float %9, 0
  %agg = alloca { float }, align 8
  store { float } %10, ptr %agg, align 4
  %11 = getelementptr inbounds { float }, ptr %agg, i32 0, i32 0
  %12 = trunc i64 %1 to i16
  %13 = sitofp i16 %12 to float
  store float %13, ptr %11, align 4
  %14 = load float, ptr %11, align 4
  br label %join

join:                                             ; preds = %else, %then
  %15 = phi i64 [ %1, %then ], [ 491477, %else ]
  %16 = phi i64 [ %0, %then ], [ %1, %else ]
  %17 = call i64 @ext_touch(ptr %object)
  call void @ext_note(i64 %17)
  call void @ext_dtor(ptr %object, i64 %1)
  %18 = call i1 @ext_never()
  br i1 %18, label %panic, label %ok

panic:                                            ; preds = %join
  call void @panic(ptr null)
  unreachable

ok:                                               ; preds = %join
  %19 = mul i64 %1, -7046029254386353131
  %20 = lshr i64 %1, 31
  %21 = add i64 %19, %0
  %22 = xor i64 %21, %20
  %23 = mul i64 %22, -7046029254386353131
  %24 = lshr i64 %22, 31
  %25 = add i64 %23, %1
  %26 = xor i64 %25, %24
  call void @ext_note(i64 %26)
  ret i64 %26
}

declare void @ext_note(i64)

declare void @ext_ctor(ptr, i64)

declare i64 @ext_leaf_sync(i64)

declare i64 @ext_touch(ptr)

declare void @ext_dtor(ptr, i64)

declare i1 @ext_never()

declare void @panic(ptr)
