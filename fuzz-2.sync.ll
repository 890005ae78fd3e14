; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define void @f1(i32 %0, ptr byval({ i1, float, i64 }) %1) {
entry:
  br i1 true, label %then, label %else

then:                                             ; preds = %entry
  br label %join

else:                                             ; preds = %entry
  br label %join

join:                                             ; preds = %else, %then
  %2 = phi i32 [ 464087, %then ], [ 490816, %else ]
  %3 = phi i64 [ 860343, %then ], [ 95820, %else ]
  %4 = zext i32 %2 to i64
  %5 = mul i64 %3, -7046029254386353131
  %6 = lshr i64 %3, 31
  %7 = add i64 %5, %4
  %8 = xor i64 %7, %6
  %9 = zext i32 %2 to i64
  %10 = mul i64 %8, -7046029254386353131
  %11 = lshr i64 %8, 31
  %12 = add i64 %10, %9
  %13 = xor i64 %12, %11
  %14 = mul i64 %13, -7046029254386353131
  %15 = lshr i64 %13, 31
  %16 = add i64 %14, %3
  %17 = xor i64 %16, %15
  %18 = mul i64 %17, -7046029254386353131
  %19 = lshr i64 %17, 31
  %20 = add i64 %18, %3
  %21 = xor i64 %20, %19
  %22 = load { i1, float, i64 }, ptr %1, align 8
  %23 = extractvalue { i1, float, i64 } %22, 0
  %24 = zext i1 %23 to i64
  %25 = add i64 -2691343689449507777, %24
  %26 = xor i64 %25, 0
  %27 = extractvalue { i1, float, i64 } %22, 1
  %28 = bitcast float %27 to i32
  %29 = zext i32 %28 to i64
  %30 = mul i64 %26, -7046029254386353131
  %31 = lshr i64 %26, 31
  %32 = add i64 %30, %29
  %33 = xor i64 %32, %31
  %34 = extractvalue { i1, float, i64 } %22, 2
  %35 = mul i64 %33, -7046029254386353131
  %36 = lshr i64 %33, 31
  %37 = add i64 %35, %34
  %38 = xor i64 %37, %36
  %39 = mul i64 %21, -7046029254386353131
  %40 = lshr i64 %21, 31
  %41 = add i64 %39, %38
  %42 = xor i64 %41, %40
  call void @ext_note(i64 %42)
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
  %2 = and i64 %0, 7
  %3 = icmp sgt i64 %2, 5
  br i1 %3, label %then, label %else

then:                                             ; preds = %entry
  %4 = trunc i64 %0 to i1
  %saved = alloca i64, align 8
  store i64 %0, ptr %saved, align 8
  %saved1 = alloca i1, align 1
  store i1 %4, ptr %saved1, align 1
  %saved2 = alloca i64, align 8
  store i64 %1, ptr %saved2, align 8
  %owed = alloca i1, align 1
  store i1 true, ptr %owed, align 1
  %5 = trunc i64 %0 to i1
  %saved3 = alloca i64, align 8
  store i64 %0, ptr %saved3, align 8
  %saved4 = alloca i1, align 1
  store i1 %5, ptr %saved4, align 1
  %saved5 = alloca i64, align 8
  store i64 %0, ptr %saved5, align 8
  %owed6 = alloca i1, align 1
  store i1 true, ptr %owed6, align 1
  %6 = and i64 %0, 7
  %7 = icmp ult i64 %6, 3
  %out = alloca { i1, float, i64 }, align 8
  br i1 %7, label %first, label %second

else:                                             ; preds = %entry
  %punned = alloca i64, align 8
  store i64 %1, ptr %punned, align 8
  %8 = load i16, ptr %punned, align 2
  store i16 %8, ptr %punned, align 2
  %9 = and i64 %1, 7
  %10 = icmp ne i64 %9, 4
  br i1 %10, label %then11, label %else12

join:                                             ; preds = %end, %on10
  %11 = phi i128 [ %50, %on10 ], [ %89, %end ]
  %12 = phi i64 [ %1, %on10 ], [ %55, %end ]
  %13 = mul i64 %0, -7046029254386353131
  %14 = lshr i64 %0, 31
  %15 = add i64 %13, %1
  %16 = xor i64 %15, %14
  %17 = mul i64 %16, -7046029254386353131
  %18 = lshr i64 %16, 31
  %19 = add i64 %17, %1
  %20 = xor i64 %19, %18
  %21 = lshr i128 %11, 64
  %22 = trunc i128 %21 to i64
  %23 = trunc i128 %11 to i64
  %24 = xor i64 %23, %22
  %25 = mul i64 %20, -7046029254386353131
  %26 = lshr i64 %20, 31
  %27 = add i64 %25, %24
  %28 = xor i64 %27, %26
  %29 = lshr i128 %11, 64
  %30 = trunc i128 %29 to i64
  %31 = trunc i128 %11 to i64
  %32 = xor i64 %31, %30
  %33 = mul i64 %28, -7046029254386353131
  %34 = lshr i64 %28, 31
  %35 = add i64 %33, %32
  %36 = xor i64 %35, %34
  call void @ext_note(i64 %36)
  ret i64 %36

first:                                            ; preds = %then
  %37 = load i64, ptr %saved, align 8
  %38 = load i1, ptr %saved1, align 1
  %39 = load i64, ptr %saved2, align 8
  store i1 false, ptr %owed, align 1
  %40 = call { i1, float, i64 } @f0(i64 %37, i1 %38, i64 %39)
  br label %on

second:                                           ; preds = %then
  %41 = load i64, ptr %saved3, align 8
  %42 = load i1, ptr %saved4, align 1
  %43 = load i64, ptr %saved5, align 8
  store i1 false, ptr %owed6, align 1
  %44 = call { i1, float, i64 } @f0(i64 %41, i1 %42, i64 %43)
  br label %on

on:                                               ; preds = %second, %first
  %45 = phi { i1, float, i64 } [ %40, %first ], [ %44, %second ]
  %46 = load i1, ptr %owed6, align 1
  br i1 %46, label %owed7, label %on8

owed7:                                            ; preds = %on
  store i1 false, ptr %owed6, align 1
  br label %on8

on8:                                              ; preds = %owed7, %on
  %47 = load i1, ptr %owed, align 1
  br i1 %47, label %owed9, label %on10

owed9:                                            ; preds = %on8
  store i1 false, ptr %owed, align 1
  br label %on10

on10:                                             ; preds = %owed9, %on8
  %48 = zext i64 %1 to i128
  %49 = shl i128 %48, 37
  %50 = mul i128 %48, %49
  br label %join

then11:                                           ; preds = %else
  br label %join13

else12:                                           ; preds = %else
  %object = alloca [2 x i64], align 8
  call void @ext_ctor(ptr %object, i64 %1)
  %51 = trunc i64 %1 to i1
  %52 = call { i1, float, i64 } @f0(i64 %1, i1 %51, i64 %1)
  %53 = and i64 %0, 15
  %54 = icmp eq i64 %53, 10
  br i1 %54, label %leave, label %stay

join13:                                           ; preds = %stay, %then11
  %55 = phi i64 [ %1, %then11 ], [ %0, %stay ]
  %56 = phi i64 [ %0, %then11 ], [ %73, %stay ]
  br label %loop

leave:                                            ; preds = %else12
  call void @ext_dtor(ptr %object, i64 %1)
  ret i64 %0

stay:                                             ; preds = %else12
  %57 = call i64 @ext_touch(ptr %object)
  call void @ext_note(i64 %57)
  call void @ext_dtor(ptr %object, i64 %1)
  %58 = add i64 %1, 19088743
  %59 = insertvalue { i64, i1 } zeroinitializer, i64 %58, 0
  %60 = add i64 %58, 19088744
  %61 = trunc i64 %60 to i1
  %62 = insertvalue { i64, i1 } %59, i1 %61, 1
  %63 = add i64 %1, 19088743
  %64 = insertvalue { i64, i1 } zeroinitializer, i64 %63, 0
  %65 = add i64 %63, 19088744
  %66 = trunc i64 %65 to i1
  %67 = insertvalue { i64, i1 } %64, i1 %66, 1
  %68 = and i64 %1, 7
  %69 = icmp ult i64 %68, 4
  %70 = select i1 %69, { i64, i1 } %62, { i64, i1 } %67
  %71 = and i64 %1, 7
  %72 = icmp ult i64 %71, 6
  %73 = select i1 %72, i64 %1, i64 %1
  br label %join13

loop:                                             ; preds = %loop, %join13
  %i = phi i64 [ 0, %join13 ], [ %85, %loop ]
  %74 = phi i64 [ %55, %join13 ], [ %84, %loop ]
  %75 = phi i16 [ %8, %join13 ], [ %8, %loop ]
  %76 = call ptr @ext_new(i64 %0)
  %77 = trunc i64 %55 to i1
  %78 = call { i1, float, i64 } @f0(i64 %1, i1 %77, i64 %0)
  %79 = call i64 @ext_touch(ptr %76)
  call void @ext_note(i64 %79)
  call void @ext_free(ptr %76)
  %object14 = alloca [3 x i64], align 8
  call void @ext_ctor(ptr %object14, i64 %0)
  %80 = and i64 %0, 7
  %81 = icmp ne i64 %80, 2
  %82 = select i1 %81, i64 424514, i64 %0
  %83 = call i64 @ext_touch(ptr %object14)
  call void @ext_note(i64 %83)
  call void @ext_dtor(ptr %object14, i64 %0)
  %vol = alloca i64, align 8
  store volatile i64 %55, ptr %vol, align 8
  %84 = load volatile i64, ptr %vol, align 8
  %85 = add i64 %i, 1
  %86 = icmp ult i64 %85, 3
  br i1 %86, label %loop, label %end

end:                                              ; preds = %loop
  %87 = zext i64 %55 to i128
  %88 = shl i128 %87, 37
  %89 = mul i128 %87, %88
  br label %join
}

declare void @ext_note(i64)

declare ptr @ext_new(i64)

declare { i1, float, i64 } @f0(i64, i1, i64)

declare void @ext_ctor(ptr, i64)

declare void @ext_dtor(ptr, i64)

declare i64 @ext_touch(ptr)
