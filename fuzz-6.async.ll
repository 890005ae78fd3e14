; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@ext_leaf_desc = external global ptr

define weak i1 @f0(i32 %0, i16 %1) #0 {
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

define weak void @f1(ptr sret({ i8, i32, i64 }) %0, i32 %1, ptr %2, { i8, i32, i64 } %3, i64 %4) #0 {
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
  %i = phi i64 [ 0, %entry ], [ %21, %loop ]
  %14 = phi { i8, i32, i64 } [ %3, %entry ], [ { i8 -27, i32 38278989, i64 57367734 }, %loop ]
  %15 = phi float [ %13, %entry ], [ %15, %loop ]
  %16 = trunc i64 %i to i1
  %17 = mul i64 %i, %i
  %18 = call ptr @tmlrt.context()
  call void @ext_cx(ptr %18)
  %19 = and i64 %i, %i
  %20 = call i64 @ext_get(i64 %i)
  %21 = add i64 %i, 1
  %22 = icmp ult i64 %21, 3
  br i1 %22, label %loop, label %end

end:                                              ; preds = %loop
  %23 = and i128 %11, %11
  %24 = call i1 @ext_never()
  br i1 %24, label %panic, label %ok

panic:                                            ; preds = %end
  call void @panic(ptr null)
  unreachable

ok:                                               ; preds = %end
  %25 = call i64 @ext_touch(ptr %object)
  call void @ext_note(i64 %25)
  call void @ext_dtor(ptr %object, i64 %4)
  %26 = mul i64 %4, -7046029254386353131
  %27 = lshr i64 %4, 31
  %28 = add i64 %26, %4
  %29 = xor i64 %28, %27
  %30 = mul i64 %29, -7046029254386353131
  %31 = lshr i64 %29, 31
  %32 = add i64 %30, %4
  %33 = xor i64 %32, %31
  %34 = lshr i128 %11, 64
  %35 = trunc i128 %34 to i64
  %36 = trunc i128 %11 to i64
  %37 = xor i64 %36, %35
  %38 = mul i64 %33, -7046029254386353131
  %39 = lshr i64 %33, 31
  %40 = add i64 %38, %37
  %41 = xor i64 %40, %39
  %42 = lshr i128 %11, 64
  %43 = trunc i128 %42 to i64
  %44 = trunc i128 %11 to i64
  %45 = xor i64 %44, %43
  %46 = mul i64 %41, -7046029254386353131
  %47 = lshr i64 %41, 31
  %48 = add i64 %46, %45
  %49 = xor i64 %48, %47
  %50 = load i64, ptr %2, align 8
  %51 = mul i64 %49, -7046029254386353131
  %52 = lshr i64 %49, 31
  %53 = add i64 %51, %50
  %54 = xor i64 %53, %52
  %55 = load i64, ptr %2, align 8
  %56 = mul i64 %54, -7046029254386353131
  %57 = lshr i64 %54, 31
  %58 = add i64 %56, %55
  %59 = xor i64 %58, %57
  %60 = extractvalue { i8, i32, i64 } %3, 0
  %61 = zext i8 %60 to i64
  %62 = add i64 -2691343689449507777, %61
  %63 = xor i64 %62, 0
  %64 = extractvalue { i8, i32, i64 } %3, 1
  %65 = zext i32 %64 to i64
  %66 = mul i64 %63, -7046029254386353131
  %67 = lshr i64 %63, 31
  %68 = add i64 %66, %65
  %69 = xor i64 %68, %67
  %70 = extractvalue { i8, i32, i64 } %3, 2
  %71 = mul i64 %69, -7046029254386353131
  %72 = lshr i64 %69, 31
  %73 = add i64 %71, %70
  %74 = xor i64 %73, %72
  %75 = mul i64 %59, -7046029254386353131
  %76 = lshr i64 %59, 31
  %77 = add i64 %75, %74
  %78 = xor i64 %77, %76
  %79 = extractvalue { i8, i32, i64 } %3, 0
  %80 = zext i8 %79 to i64
  %81 = add i64 -2691343689449507777, %80
  %82 = xor i64 %81, 0
  %83 = extractvalue { i8, i32, i64 } %3, 1
  %84 = zext i32 %83 to i64
  %85 = mul i64 %82, -7046029254386353131
  %86 = lshr i64 %82, 31
  %87 = add i64 %85, %84
  %88 = xor i64 %87, %86
  %89 = extractvalue { i8, i32, i64 } %3, 2
  %90 = mul i64 %88, -7046029254386353131
  %91 = lshr i64 %88, 31
  %92 = add i64 %90, %89
  %93 = xor i64 %92, %91
  %94 = mul i64 %78, -7046029254386353131
  %95 = lshr i64 %78, 31
  %96 = add i64 %94, %93
  %97 = xor i64 %96, %95
  call void @ext_note(i64 %97)
  %98 = add i64 %97, 19088743
  %99 = trunc i64 %98 to i8
  %100 = insertvalue { i8, i32, i64 } zeroinitializer, i8 %99, 0
  %101 = add i64 %98, 19088744
  %102 = trunc i64 %101 to i32
  %103 = insertvalue { i8, i32, i64 } %100, i32 %102, 1
  %104 = add i64 %101, 19088745
  %105 = insertvalue { i8, i32, i64 } %103, i64 %104, 2
  store { i8, i32, i64 } %105, ptr %0, align 8
  ret void
}

define i128 @f2(i32 %0, i64 %1, i8 %2) #0 {
entry:
  %out = alloca i64, align 8
  store i64 %1, ptr %out, align 8
  %leaf = alloca [192 x i8], align 16
  call void @ext_leaf_init(ptr %leaf, i64 %1)
  call void @tmlrt.drop.dyn(ptr %leaf, ptr @ext_leaf_desc)
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
  %81 = call i128 @f2(i32 %80, i64 %1, i8 %2) #1
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

define i64 @root(i64 %0, i64 %1) #0 {
entry:
  %out = alloca i64, align 8
  store i64 %1, ptr %out, align 8
  %leaf = alloca [192 x i8], align 16
  call void @ext_leaf_init(ptr %leaf, i64 %1)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @ext_leaf_desc, ptr %out)
  %2 = load i64, ptr %out, align 8
  %3 = call i32 @ext_pend()
  br label %pending

pending:                                          ; preds = %entry
  %4 = phi i32 [ 0, %entry ]
  %5 = icmp ult i32 %4, %3
  br i1 %5, label %wait, label %on

wait:                                             ; preds = %pending
  call void @tmlrt.suspend()
  br label %on

on:                                               ; preds = %wait, %pending
  %count = alloca i64, align 8
  store i64 3, ptr %count, align 8
  %6 = and i64 %0, 7
  %7 = icmp ult i64 %6, 4
  br i1 %7, label %left, label %right

left:                                             ; preds = %right, %on
  %8 = call i1 @ext_never()
  br i1 %8, label %panic, label %ok

right:                                            ; preds = %ok, %on
  %cell = alloca i64, align 8
  store i64 %1, ptr %cell, align 8
  %9 = add i64 %0, 19088743
  %10 = trunc i64 %9 to i8
  %11 = insertvalue { i8, i32, i64 } zeroinitializer, i8 %10, 0
  %12 = add i64 %9, 19088744
  %13 = trunc i64 %12 to i32
  %14 = insertvalue { i8, i32, i64 } %11, i32 %13, 1
  %15 = add i64 %12, 19088745
  %16 = insertvalue { i8, i32, i64 } %14, i64 %15, 2
  %sret = alloca { i8, i32, i64 }, align 8
  call void @f1(ptr sret({ i8, i32, i64 }) %sret, i32 0, ptr %cell, { i8, i32, i64 } %16, i64 %2) #1
  %17 = load { i8, i32, i64 }, ptr %sret, align 8
  %18 = trunc i64 %1 to i32
  %19 = trunc i64 %0 to i32
  %20 = mul i64 %1, -7046029254386353131
  %21 = lshr i64 %1, 31
  %22 = add i64 %20, %2
  %23 = xor i64 %22, %21
  %24 = load i64, ptr %count, align 8
  %25 = sub i64 %24, 1
  store i64 %25, ptr %count, align 8
  %26 = icmp eq i64 %25, 0
  br i1 %26, label %end, label %left

end:                                              ; preds = %right, %ok
  %27 = load i64, ptr %count, align 8
  %28 = mul i64 %1, -7046029254386353131
  %29 = lshr i64 %1, 31
  %30 = add i64 %28, %1
  %31 = xor i64 %30, %29
  %32 = mul i64 %31, -7046029254386353131
  %33 = lshr i64 %31, 31
  %34 = add i64 %32, %0
  %35 = xor i64 %34, %33
  call void @ext_note(i64 %35)
  ret i64 %35

panic:                                            ; preds = %left
  call void @panic(ptr null)
  unreachable

ok:                                               ; preds = %left
  %36 = zext i64 %1 to i128
  %37 = shl i128 %36, 37
  %38 = mul i128 %36, %37
  %39 = zext i64 %2 to i128
  %40 = shl i128 %39, 37
  %41 = mul i128 %39, %40
  %42 = or i64 %0, 1
  %43 = udiv i64 %0, %42
  %44 = load i64, ptr %count, align 8
  %45 = sub i64 %44, 1
  store i64 %45, ptr %count, align 8
  %46 = icmp eq i64 %45, 0
  br i1 %46, label %end, label %right
}

declare void @ext_note(i64)

declare void @ext_ctor(ptr, i64)

declare ptr @tmlrt.context()

declare void @ext_cx(ptr)

declare i64 @ext_get(i64)

declare i1 @ext_never()

declare void @panic(ptr)

declare i64 @ext_touch(ptr)

declare void @ext_dtor(ptr, i64)

declare void @ext_leaf_init(ptr, i64)

declare void @tmlrt.drop.dyn(ptr, ptr)

declare void @tmlrt.await.dyn(ptr, ptr, ptr)

declare i32 @ext_pend()

declare void @tmlrt.suspend()

attributes #0 = { "tmlrt.async" }
attributes #1 = { "tmlrt.await" }
