; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@ext_leaf_desc = external global ptr

define weak i1 @f0(i32 %0, i16 %1) {
entry:
  %2 = zext i16 %1 to i64
  %3 = add i64 7182478784134590118, %2
  %4 = xor i64 %3, 0
  %5 = zext i16 %1 to i64
  %6 = mul i64 %4, -7046029254386353131
  %7 = lshr i64 %4, 31
  %8 = add i64 %6, %5
  %9 = xor i64 %8, %7
  call void @ext_note(i64 %9)
  %10 = trunc i64 %9 to i1
  ret i1 false
}

define weak void @f1(ptr sret({ i8, i32, i64 }) %0, i32 %1, ptr %2, { i8, i32, i64 } %3, i64 %4) {
entry:
  %5 = zext i64 %4 to i128
  %6 = shl i128 %5, 37
  %7 = mul i128 %5, %6
  %8 = zext i64 %4 to i128
  %9 = shl i128 %8, 37
  %10 = mul i128 %8, %9
  %11 = sub i128 %7, %10
  %object = alloca [3 x i64], align 8
  call void @ext_ctor(ptr %object, i64 %4)
  %12 = trunc i64 %4 to i16
  %13 = sitofp i16 %12 to float
  br label %loop

loop:                                             ; preds = %loop, %entry
  %i = phi i64 [ 0, %entry ], [ %20, %loop ]
  %14 = phi { i8, i32, i64 } [ %3, %entry ], [ { i8 -27, i32 38278989, i64 57367734 }, %loop ]
  %15 = phi float [ %13, %entry ], [ %15, %loop ]
  %16 = trunc i64 %i to i1
  %17 = mul i64 %i, %i
  %18 = and i64 %i, %i
  %19 = call i64 @ext_get(i64 %i)
  %20 = add i64 %i, 1
  %21 = icmp ult i64 %20, 3
  br i1 %21, label %loop, label %end

end:                                              ; preds = %loop
  %22 = and i128 %11, %11
  %23 = call i1 @ext_never()
  br i1 %23, label %panic, label %ok

panic:                                            ; preds = %end
  call void @panic(ptr null)
  unreachable

ok:                                               ; preds = %end
  %24 = call i64 @ext_touch(ptr %object)
  call void @ext_note(i64 %24)
  call void @ext_dtor(ptr %object, i64 %4)
  %25 = mul i64 %4, -7046029254386353131
  %26 = lshr i64 %4, 31
  %27 = add i64 %25, %4
  %28 = xor i64 %27, %26
  %29 = mul i64 %28, -7046029254386353131
  %30 = lshr i64 %28, 31
  %31 = add i64 %29, %4
  %32 = xor i64 %31, %30
  %33 = lshr i128 %11, 64
  %34 = trunc i128 %33 to i64
  %35 = trunc i128 %11 to i64
  %36 = xor i64 %35, %34
  %37 = mul i64 %32, -7046029254386353131
  %38 = lshr i64 %32, 31
  %39 = add i64 %37, %36
  %40 = xor i64 %39, %38
  %41 = lshr i128 %11, 64
  %42 = trunc i128 %41 to i64
  %43 = trunc i128 %11 to i64
  %44 = xor i64 %43, %42
  %45 = mul i64 %40, -7046029254386353131
  %46 = lshr i64 %40, 31
  %47 = add i64 %45, %44
  %48 = xor i64 %47, %46
  %49 = load i64, ptr %2, align 8
  %50 = mul i64 %48, -7046029254386353131
  %51 = lshr i64 %48, 31
  %52 = add i64 %50, %49
  %53 = xor i64 %52, %51
  %54 = load i64, ptr %2, align 8
  %55 = mul i64 %53, -7046029254386353131
  %56 = lshr i64 %53, 31
  %57 = add i64 %55, %54
  %58 = xor i64 %57, %56
  %59 = extractvalue { i8, i32, i64 } %3, 0
  %60 = zext i8 %59 to i64
  %61 = add i64 -2691343689449507777, %60
  %62 = xor i64 %61, 0
  %63 = extractvalue { i8, i32, i64 } %3, 1
  %64 = zext i32 %63 to i64
  %65 = mul i64 %62, -7046029254386353131
  %66 = lshr i64 %62, 31
  %67 = add i64 %65, %64
  %68 = xor i64 %67, %66
  %69 = extractvalue { i8, i32, i64 } %3, 2
  %70 = mul i64 %68, -7046029254386353131
  %71 = lshr i64 %68, 31
  %72 = add i64 %70, %69
  %73 = xor i64 %72, %71
  %74 = mul i64 %58, -7046029254386353131
  %75 = lshr i64 %58, 31
  %76 = add i64 %74, %73
  %77 = xor i64 %76, %75
  %78 = extractvalue { i8, i32, i64 } %3, 0
  %79 = zext i8 %78 to i64
  %80 = add i64 -2691343689449507777, %79
  %81 = xor i64 %80, 0
  %82 = extractvalue { i8, i32, i64 } %3, 1
  %83 = zext i32 %82 to i64
  %84 = mul i64 %81, -7046029254386353131
  %85 = lshr i64 %81, 31
  %86 = add i64 %84, %83
  %87 = xor i64 %86, %85
  %88 = extractvalue { i8, i32, i64 } %3, 2
  %89 = mul i64 %87, -7046029254386353131
  %90 = lshr i64 %87, 31
  %91 = add i64 %89, %88
  %92 = xor i64 %91, %90
  %93 = mul i64 %77, -7046029254386353131
  %94 = lshr i64 %77, 31
  %95 = add i64 %93, %92
  %96 = xor i64 %95, %94
  call void @ext_note(i64 %96)
  %97 = add i64 %96, 19088743
  %98 = trunc i64 %97 to i8
  %99 = insertvalue { i8, i32, i64 } zeroinitializer, i8 %98, 0
  %100 = add i64 %97, 19088744
  %101 = trunc i64 %100 to i32
  %102 = insertvalue { i8, i32, i64 } %99, i32 %101, 1
  %103 = add i64 %100, 19088745
  %104 = insertvalue { i8, i32, i64 } %102, i64 %103, 2
  store { i8, i32, i64 } %104, ptr %0, align 8
  ret void
}

define i128 @f2(i32 %0, i64 %1, i8 %2) {
entry:
  %out = alloca i64, align 8
  store i64 %1, ptr %out, align 8
  %leaf = alloca [192 x i8], align 16
  %3 = and i64 %1, 7
  %4 = icmp ne i64 %3, 4
  br i1 %4, label %then, label %else

then:                                             ; preds = %entry
  %5 = and i64 %1, 15
  %6 = icmp eq i64 %5, 10
  br i1 %6, label %leave, label %stay

else:                                             ; preds = %entry
  %7 = icmp sgt i32 %0, 0
  br i1 %7, label %deeper, label %on

join:                                             ; preds = %on, %stay
  %8 = phi { i8, i32, i64 } [ %79, %stay ], [ %89, %on ]
  %9 = phi i64 [ %1, %stay ], [ %1, %on ]
  %10 = zext i8 %2 to i64
  %11 = mul i64 %1, -7046029254386353131
  %12 = lshr i64 %1, 31
  %13 = add i64 %11, %10
  %14 = xor i64 %13, %12
  %15 = zext i8 %2 to i64
  %16 = mul i64 %14, -7046029254386353131
  %17 = lshr i64 %14, 31
  %18 = add i64 %16, %15
  %19 = xor i64 %18, %17
  %20 = mul i64 %19, -7046029254386353131
  %21 = lshr i64 %19, 31
  %22 = add i64 %20, %9
  %23 = xor i64 %22, %21
  %24 = mul i64 %23, -7046029254386353131
  %25 = lshr i64 %23, 31
  %26 = add i64 %24, %9
  %27 = xor i64 %26, %25
  %28 = extractvalue { i8, i32, i64 } %8, 0
  %29 = zext i8 %28 to i64
  %30 = add i64 -2691343689449507777, %29
  %31 = xor i64 %30, 0
  %32 = extractvalue { i8, i32, i64 } %8, 1
  %33 = zext i32 %32 to i64
  %34 = mul i64 %31, -7046029254386353131
  %35 = lshr i64 %31, 31
  %36 = add i64 %34, %33
  %37 = xor i64 %36, %35
  %38 = extractvalue { i8, i32, i64 } %8, 2
  %39 = mul i64 %37, -7046029254386353131
  %40 = lshr i64 %37, 31
  %41 = add i64 %39, %38
  %42 = xor i64 %41, %40
  %43 = mul i64 %27, -7046029254386353131
  %44 = lshr i64 %27, 31
  %45 = add i64 %43, %42
  %46 = xor i64 %45, %44
  %47 = extractvalue { i8, i32, i64 } %8, 0
  %48 = zext i8 %47 to i64
  %49 = add i64 -2691343689449507777, %48
  %50 = xor i64 %49, 0
  %51 = extractvalue { i8, i32, i64 } %8, 1
  %52 = zext i32 %51 to i64
  %53 = mul i64 %50, -7046029254386353131
  %54 = lshr i64 %50, 31
  %55 = add i64 %53, %52
  %56 = xor i64 %55, %54
  %57 = extractvalue { i8, i32, i64 } %8, 2
  %58 = mul i64 %56, -7046029254386353131
  %59 = lshr i64 %56, 31
  %60 = add i64 %58, %57
  %61 = xor i64 %60, %59
  %62 = mul i64 %46, -7046029254386353131
  %63 = lshr i64 %46, 31
  %64 = add i64 %62, %61
  %65 = xor i64 %64, %63
  call void @ext_note(i64 %65)
  %66 = zext i64 %65 to i128
  %67 = shl i128 %66, 37
  %68 = mul i128 %66, %67
  ret i128 %68

leave:                                            ; preds = %then
  %69 = zext i64 %1 to i128
  %70 = shl i128 %69, 37
  %71 = mul i128 %69, %70
  ret i128 %71

stay:                                             ; preds = %then
  %72 = add i64 %1, 19088743
  %73 = trunc i64 %72 to i8
  %74 = insertvalue { i8, i32, i64 } zeroinitializer, i8 %73, 0
  %75 = add i64 %72, 19088744
  %76 = trunc i64 %75 to i32
  %77 = insertvalue { i8, i32, i64 } %74, i32 %76, 1
  %78 = add i64 %75, 19088745
  %79 = insertvalue { i8, i32, i64 } %77, i64 %78, 2
  br label %join

deeper:                                           ; preds = %else
  %80 = sub i32 %0, 1
  %81 = call i128 @f2(i32 %80, i64 %1, i8 %2)
  br label %on

on:                                               ; preds = %deeper, %else
  %82 = add i64 %1, 19088743
  %83 = trunc i64 %82 to i8
  %84 = insertvalue { i8, i32, i64 } zeroinitializer, i8 %83, 0
  %85 = add i64 %82, 19088744
  %86 = trunc i64 %85 to i32
  %87 = insertvalue { i8, i32, i64 } %84, i32 %86, 1
  %88 = add i64 %85, 19088745
  %89 = insertvalue { i8, i32, i64 } %87, i64 %88, 2
  br label %join
}

define i64 @root(i64 %0, i64 %1) {
entry:
  %out = alloca i64, align 8
  store i64 %1, ptr %out, align 8
  %leaf = alloca [192 x i8], align 16
  %2 = call i64 @ext_leaf_sync(i64 %1)
  store i64 %2, ptr %out, align 8
  %3 = load i64, ptr %out, align 8
  %count = alloca i64, align 8
  store i64 3, ptr %count, align 8
  %4 = and i64 %0, 7
  %5 = icmp ult i64 %4, 4
  br i1 %5, label %left, label %right

left:                                             ; preds = %right, %entry
  %6 = call i1 @ext_never()
  br i1 %6, label %panic, label %ok

right:                                            ; preds = %ok, %entry
  %cell = alloca i64, align 8
  store i64 %1, ptr %cell, align 8
  %7 = add i64 %0, 19088743
  %8 = trunc i64 %7 to i8
  %9 = insertvalue { i8, i32, i64 } zeroinitializer, i8 %8, 0
  %10 = add i64 %7, 19088744
  %11 = trunc i64 %10 to i32
  %12 = insertvalue { i8, i32, i64 } %9, i32 %11, 1
  %13 = add i64 %10, 19088745
  %14 = insertvalue { i8, i32, i64 } %12, i64 %13, 2
  %sret = alloca { i8, i32, i64 }, align 8
  call void @f1(ptr sret({ i8, i32, i64 }) %sret, i32 0, ptr %cell, { i8, i32, i64 } %14, i64 %3)
  %15 = load { i8, i32, i64 }, ptr %sret, align 8
  %16 = trunc i64 %1 to i32
  %17 = trunc i64 %0 to i32
  %18 = mul i64 %1, -7046029254386353131
  %19 = lshr i64 %1, 31
  %20 = add i64 %18, %3
  %21 = xor i64 %20, %19
  %22 = load i64, ptr %count, align 8
  %23 = sub i64 %22, 1
  store i64 %23, ptr %count, align 8
  %24 = icmp eq i64 %23, 0
  br i1 %24, label %end, label %left

end:                                              ; preds = %right, %ok
  %25 = load i64, ptr %count, align 8
  %26 = mul i64 %1, -7046029254386353131
  %27 = lshr i64 %1, 31
  %28 = add i64 %26, %1
  %29 = xor i64 %28, %27
  %30 = mul i64 %29, -7046029254386353131
  %31 = lshr i64 %29, 31
  %32 = add i64 %30, %0
  %33 = xor i64 %32, %31
  call void @ext_note(i64 %33)
  ret i64 %33

panic:                                            ; preds = %left
  call void @panic(ptr null)
  unreachable

ok:                                               ; preds = %left
  %34 = zext i64 %1 to i128
  %35 = shl i128 %34, 37
  %36 = mul i128 %34, %35
  %37 = zext i64 %3 to i128
  %38 = shl i128 %37, 37
  %39 = mul i128 %37, %38
  %40 = or i64 %0, 1
  %41 = udiv i64 %0, %40
  %42 = load i64, ptr %count, align 8
  %43 = sub i64 %42, 1
  store i64 %43, ptr %count, align 8
  %44 = icmp eq i64 %43, 0
  br i1 %44, label %end, label %right
}

declare void @ext_note(i64)

declare void @ext_ctor(ptr, i64)

declare i64 @ext_get(i64)

declare i1 @ext_never()

declare void @panic(ptr)

declare i64 @ext_touch(ptr)

declare void @ext_dtor(ptr, i64)

declare i64 @ext_leaf_sync(i64)
