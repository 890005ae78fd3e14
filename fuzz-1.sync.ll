; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define void @f1(i32 %0, ptr byval({ i32 }) %1) {
entry:
  %saved = alloca i64, align 8
  store i64 773276, ptr %saved, align 8
  %saved1 = alloca i1, align 1
  store i1 false, ptr %saved1, align 1
  %saved2 = alloca i64, align 8
  store i64 180585, ptr %saved2, align 8
  %owed = alloca i1, align 1
  store i1 true, ptr %owed, align 1
  br i1 true, label %yes, label %on

yes:                                              ; preds = %entry
  %out = alloca { i32 }, align 8
  %2 = load i64, ptr %saved, align 8
  %3 = load i1, ptr %saved1, align 1
  %4 = load i64, ptr %saved2, align 8
  store i1 false, ptr %owed, align 1
  %5 = call { i32 } @f0(i64 %2, i1 %3, i64 %4)
  br label %on

on:                                               ; preds = %yes, %entry
  %6 = load i1, ptr %owed, align 1
  br i1 %6, label %owed3, label %on4

owed3:                                            ; preds = %on
  store i1 false, ptr %owed, align 1
  br label %on4

on4:                                              ; preds = %owed3, %on
  br i1 true, label %then, label %else

then:                                             ; preds = %on4
  %7 = icmp sgt i32 %0, 0
  br i1 %7, label %deeper, label %on5

else:                                             ; preds = %on4
  %8 = call i64 @ext_get(i64 399633)
  %9 = add i64 %8, 19088743
  %10 = trunc i64 %9 to i32
  %11 = insertvalue { i32 } zeroinitializer, i32 %10, 0
  br label %join

join:                                             ; preds = %else, %on5
  %12 = phi { i32 } [ { i32 19423913 }, %on5 ], [ %11, %else ]
  %13 = phi i64 [ 544293, %on5 ], [ %8, %else ]
  %14 = trunc i64 %13 to i1
  %saved6 = alloca i64, align 8
  store i64 %13, ptr %saved6, align 8
  %saved7 = alloca i1, align 1
  store i1 %14, ptr %saved7, align 1
  %saved8 = alloca i64, align 8
  store i64 %13, ptr %saved8, align 8
  %owed9 = alloca i1, align 1
  store i1 true, ptr %owed9, align 1
  %15 = and i64 %13, 7
  %16 = icmp eq i64 %15, 1
  br i1 %16, label %then10, label %else11

deeper:                                           ; preds = %then
  %17 = sub i32 %0, 1
  %byval = alloca { i32 }, align 8
  store { i32 } { i32 20069703 }, ptr %byval, align 4
  call void @f1(i32 %17, ptr byval({ i32 }) %byval)
  br label %on5

on5:                                              ; preds = %deeper, %then
  br label %join

then10:                                           ; preds = %join
  %18 = and i64 %13, %13
  %vol = alloca i64, align 8
  store volatile i64 %18, ptr %vol, align 8
  %19 = load volatile i64, ptr %vol, align 8
  %20 = trunc i64 %13 to i32
  %21 = sitofp i32 %20 to double
  %22 = fmul double %21, 3.750000e-01
  br label %join12

else11:                                           ; preds = %join
  %23 = trunc i64 %13 to i32
  %24 = sitofp i32 %23 to double
  %25 = fmul double %24, 3.750000e-01
  br label %join12

join12:                                           ; preds = %else11, %then10
  %26 = phi double [ %22, %then10 ], [ %25, %else11 ]
  %27 = phi i64 [ %19, %then10 ], [ %13, %else11 ]
  %28 = and i64 %13, 7
  %29 = icmp eq i64 %28, 2
  br i1 %29, label %yes13, label %on14

yes13:                                            ; preds = %join12
  %out15 = alloca { i32 }, align 8
  %30 = load i64, ptr %saved6, align 8
  %31 = load i1, ptr %saved7, align 1
  %32 = load i64, ptr %saved8, align 8
  store i1 false, ptr %owed9, align 1
  %33 = call { i32 } @f0(i64 %30, i1 %31, i64 %32)
  br label %on14

on14:                                             ; preds = %yes13, %join12
  %34 = load i1, ptr %owed9, align 1
  br i1 %34, label %owed16, label %on17

owed16:                                           ; preds = %on14
  store i1 false, ptr %owed9, align 1
  br label %on17

on17:                                             ; preds = %owed16, %on14
  %35 = mul i64 %13, -7046029254386353131
  %36 = lshr i64 %13, 31
  %37 = add i64 %35, %13
  %38 = xor i64 %37, %36
  %39 = mul i64 %38, -7046029254386353131
  %40 = lshr i64 %38, 31
  %41 = add i64 %39, %13
  %42 = xor i64 %41, %40
  %43 = extractvalue { i32 } %12, 0
  %44 = zext i32 %43 to i64
  %45 = add i64 -7046029254386353131, %44
  %46 = xor i64 %45, 0
  %47 = mul i64 %42, -7046029254386353131
  %48 = lshr i64 %42, 31
  %49 = add i64 %47, %46
  %50 = xor i64 %49, %48
  %51 = extractvalue { i32 } %12, 0
  %52 = zext i32 %51 to i64
  %53 = add i64 -7046029254386353131, %52
  %54 = xor i64 %53, 0
  %55 = mul i64 %50, -7046029254386353131
  %56 = lshr i64 %50, 31
  %57 = add i64 %55, %54
  %58 = xor i64 %57, %56
  %59 = load { i32 }, ptr %1, align 4
  %60 = extractvalue { i32 } %59, 0
  %61 = zext i32 %60 to i64
  %62 = add i64 -7046029254386353131, %61
  %63 = xor i64 %62, 0
  %64 = mul i64 %58, -7046029254386353131
  %65 = lshr i64 %58, 31
  %66 = add i64 %64, %63
  %67 = xor i64 %66, %65
  call void @ext_note(i64 %67)
  ret void
}

define ptr @f2(i64 %0, i8 %1, i128 %2, float %3) {
entry:
  %4 = zext i8 %1 to i64
  %5 = mul i64 %0, -7046029254386353131
  %6 = lshr i64 %0, 31
  %7 = add i64 %5, %4
  %8 = xor i64 %7, %6
  %9 = zext i8 %1 to i64
  %10 = mul i64 %8, -7046029254386353131
  %11 = lshr i64 %8, 31
  %12 = add i64 %10, %9
  %13 = xor i64 %12, %11
  %14 = mul i64 %13, -7046029254386353131
  %15 = lshr i64 %13, 31
  %16 = add i64 %14, %0
  %17 = xor i64 %16, %15
  %18 = mul i64 %17, -7046029254386353131
  %19 = lshr i64 %17, 31
  %20 = add i64 %18, %0
  %21 = xor i64 %20, %19
  %22 = lshr i128 %2, 64
  %23 = trunc i128 %22 to i64
  %24 = trunc i128 %2 to i64
  %25 = xor i64 %24, %23
  %26 = mul i64 %21, -7046029254386353131
  %27 = lshr i64 %21, 31
  %28 = add i64 %26, %25
  %29 = xor i64 %28, %27
  %30 = lshr i128 %2, 64
  %31 = trunc i128 %30 to i64
  %32 = trunc i128 %2 to i64
  %33 = xor i64 %32, %31
  %34 = mul i64 %29, -7046029254386353131
  %35 = lshr i64 %29, 31
  %36 = add i64 %34, %33
  %37 = xor i64 %36, %35
  %38 = bitcast float %3 to i32
  %39 = zext i32 %38 to i64
  %40 = mul i64 %37, -7046029254386353131
  %41 = lshr i64 %37, 31
  %42 = add i64 %40, %39
  %43 = xor i64 %42, %41
  %44 = bitcast float %3 to i32
  %45 = zext i32 %44 to i64
  %46 = mul i64 %43, -7046029254386353131
  %47 = lshr i64 %43, 31
  %48 = add i64 %46, %45
  %49 = xor i64 %48, %47
  call void @ext_note(i64 %49)
  %50 = call ptr @ext_new(i64 %0)
  ret ptr %50
}

define void @f2_drop_output(ptr %0) {
entry:
  %1 = load ptr, ptr %0, align 8
  call void @ext_free(ptr %1)
  ret void
}

declare void @ext_free(ptr)

define i64 @root(i64 %0, i64 %1) {
entry:
  %2 = mul i64 %1, -7046029254386353131
  %3 = lshr i64 %1, 31
  %4 = add i64 %2, %0
  %5 = xor i64 %4, %3
  %6 = mul i64 %5, -7046029254386353131
  %7 = lshr i64 %5, 31
  %8 = add i64 %6, %0
  %9 = xor i64 %8, %7
  call void @ext_note(i64 %9)
  ret i64 %9
}

declare { i32 } @f0(i64, i1, i64)

declare i64 @ext_get(i64)

declare void @ext_note(i64)

declare ptr @ext_new(i64)
