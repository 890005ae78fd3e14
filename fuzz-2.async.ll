; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define void @f1(i32 %0, ptr byval({ i1, float, i64 }) %1) #0 {
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

define ptr @f2(i64 %0, i8 %1, i128 %2, float %3) #1 {
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

define i64 @root(i64 %0, i64 %1) #0 {
entry:
  %2 = and i64 %0, 7
  %3 = icmp sgt i64 %2, 5
  br i1 %3, label %then, label %else

then:                                             ; preds = %entry
  %4 = trunc i64 %0 to i1
  %5 = call ptr (ptr, ...) @tmlrt.future(ptr @f0, i64 %0, i1 %4, i64 %1)
  %6 = trunc i64 %0 to i1
  %7 = call ptr (ptr, ...) @tmlrt.future(ptr @f0, i64 %0, i1 %6, i64 %0)
  %8 = and i64 %0, 7
  %9 = icmp ult i64 %8, 3
  %10 = call ptr @tmlrt.desc(ptr @f0)
  %11 = call ptr @tmlrt.desc(ptr @f0)
  %12 = select i1 %9, ptr %5, ptr %7
  %13 = insertvalue { ptr, ptr } undef, ptr %12, 0
  %14 = select i1 %9, ptr %10, ptr %11
  %15 = insertvalue { ptr, ptr } %13, ptr %14, 1
  %pair = alloca { ptr, ptr }, align 8
  store { ptr, ptr } %15, ptr %pair, align 8
  %16 = load { ptr, ptr }, ptr %pair, align 8
  %17 = extractvalue { ptr, ptr } %16, 1
  %18 = extractvalue { ptr, ptr } %16, 0
  %out = alloca { i1, float, i64 }, align 8
  call void @tmlrt.await.dyn(ptr %18, ptr %17, ptr %out)
  %19 = call i1 @tmlrt.dropped()
  br i1 %19, label %dropped, label %resumed

else:                                             ; preds = %entry
  %punned = alloca i64, align 8
  store i64 %1, ptr %punned, align 8
  %20 = load i16, ptr %punned, align 2
  store i16 %20, ptr %punned, align 2
  %21 = and i64 %1, 7
  %22 = icmp ne i64 %21, 4
  br i1 %22, label %then1, label %else2

join:                                             ; preds = %end, %resumed
  %23 = phi i128 [ %54, %resumed ], [ %98, %end ]
  %24 = phi i64 [ %1, %resumed ], [ %59, %end ]
  %25 = mul i64 %0, -7046029254386353131
  %26 = lshr i64 %0, 31
  %27 = add i64 %25, %1
  %28 = xor i64 %27, %26
  %29 = mul i64 %28, -7046029254386353131
  %30 = lshr i64 %28, 31
  %31 = add i64 %29, %1
  %32 = xor i64 %31, %30
  %33 = lshr i128 %23, 64
  %34 = trunc i128 %33 to i64
  %35 = trunc i128 %23 to i64
  %36 = xor i64 %35, %34
  %37 = mul i64 %32, -7046029254386353131
  %38 = lshr i64 %32, 31
  %39 = add i64 %37, %36
  %40 = xor i64 %39, %38
  %41 = lshr i128 %23, 64
  %42 = trunc i128 %41 to i64
  %43 = trunc i128 %23 to i64
  %44 = xor i64 %43, %42
  %45 = mul i64 %40, -7046029254386353131
  %46 = lshr i64 %40, 31
  %47 = add i64 %45, %44
  %48 = xor i64 %47, %46
  call void @ext_note(i64 %48)
  ret i64 %48

resumed:                                          ; preds = %then
  %49 = load { i1, float, i64 }, ptr %out, align 8
  %50 = call ptr @tmlrt.desc(ptr @f0)
  call void @tmlrt.drop.dyn(ptr %7, ptr %50)
  %51 = call ptr @tmlrt.desc(ptr @f0)
  call void @tmlrt.drop.dyn(ptr %5, ptr %51)
  %52 = zext i64 %1 to i128
  %53 = shl i128 %52, 37
  %54 = mul i128 %52, %53
  br label %join

dropped:                                          ; preds = %then
  %55 = call ptr @tmlrt.desc(ptr @f0)
  call void @tmlrt.drop.dyn(ptr %7, ptr %55)
  %56 = call ptr @tmlrt.desc(ptr @f0)
  call void @tmlrt.drop.dyn(ptr %5, ptr %56)
  ret i64 undef

then1:                                            ; preds = %else
  %57 = call i32 @ext_pend()
  br label %pending

else2:                                            ; preds = %else
  %object = alloca [2 x i64], align 8
  call void @ext_ctor(ptr %object, i64 %1)
  call void @tmlrt.coop()
  %58 = call i1 @tmlrt.dropped()
  br i1 %58, label %dropped7, label %resumed6

join3:                                            ; preds = %on11, %on
  %59 = phi i64 [ %1, %on ], [ %0, %on11 ]
  %60 = phi i64 [ %0, %on ], [ %89, %on11 ]
  br label %loop

pending:                                          ; preds = %then1
  %61 = phi i32 [ 0, %then1 ]
  %62 = icmp ult i32 %61, %57
  br i1 %62, label %wait, label %on

wait:                                             ; preds = %pending
  call void @tmlrt.suspend()
  %63 = call i1 @tmlrt.dropped()
  br i1 %63, label %dropped5, label %resumed4

on:                                               ; preds = %resumed4, %pending
  br label %join3

resumed4:                                         ; preds = %wait
  br label %on

dropped5:                                         ; preds = %wait
  ret i64 0

resumed6:                                         ; preds = %else2
  %64 = trunc i64 %1 to i1
  %65 = call { i1, float, i64 } @f0(i64 %1, i1 %64, i64 %1) #2
  %66 = call i1 @tmlrt.dropped()
  br i1 %66, label %dropped7, label %resumed8

dropped7:                                         ; preds = %wait10, %resumed6, %else2
  call void @ext_dtor(ptr %object, i64 %1)
  ret i64 0

resumed8:                                         ; preds = %resumed6
  %67 = and i64 %0, 15
  %68 = icmp eq i64 %67, 10
  br i1 %68, label %leave, label %stay

leave:                                            ; preds = %resumed8
  call void @ext_dtor(ptr %object, i64 %1)
  ret i64 %0

stay:                                             ; preds = %resumed8
  %69 = call i32 @ext_pend()
  br label %pending9

pending9:                                         ; preds = %stay
  %70 = phi i32 [ 0, %stay ]
  %71 = icmp ult i32 %70, %69
  br i1 %71, label %wait10, label %on11

wait10:                                           ; preds = %pending9
  call void @tmlrt.suspend()
  %72 = call i1 @tmlrt.dropped()
  br i1 %72, label %dropped7, label %resumed12

on11:                                             ; preds = %resumed12, %pending9
  %73 = call i64 @ext_touch(ptr %object)
  call void @ext_note(i64 %73)
  call void @ext_dtor(ptr %object, i64 %1)
  %74 = add i64 %1, 19088743
  %75 = insertvalue { i64, i1 } zeroinitializer, i64 %74, 0
  %76 = add i64 %74, 19088744
  %77 = trunc i64 %76 to i1
  %78 = insertvalue { i64, i1 } %75, i1 %77, 1
  %79 = add i64 %1, 19088743
  %80 = insertvalue { i64, i1 } zeroinitializer, i64 %79, 0
  %81 = add i64 %79, 19088744
  %82 = trunc i64 %81 to i1
  %83 = insertvalue { i64, i1 } %80, i1 %82, 1
  %84 = and i64 %1, 7
  %85 = icmp ult i64 %84, 4
  %86 = select i1 %85, { i64, i1 } %78, { i64, i1 } %83
  %87 = and i64 %1, 7
  %88 = icmp ult i64 %87, 6
  %89 = select i1 %88, i64 %1, i64 %1
  br label %join3

resumed12:                                        ; preds = %wait10
  br label %on11

loop:                                             ; preds = %resumed13, %join3
  %i = phi i64 [ 0, %join3 ], [ %105, %resumed13 ]
  %90 = phi i64 [ %59, %join3 ], [ %104, %resumed13 ]
  %91 = phi i16 [ %20, %join3 ], [ %20, %resumed13 ]
  %92 = call ptr @ext_new(i64 %0)
  %93 = trunc i64 %59 to i1
  %94 = call { i1, float, i64 } @f0(i64 %1, i1 %93, i64 %0) #2
  %95 = call i1 @tmlrt.dropped()
  br i1 %95, label %dropped14, label %resumed13

end:                                              ; preds = %resumed13
  %96 = zext i64 %59 to i128
  %97 = shl i128 %96, 37
  %98 = mul i128 %96, %97
  br label %join

resumed13:                                        ; preds = %loop
  %99 = call i64 @ext_touch(ptr %92)
  call void @ext_note(i64 %99)
  call void @ext_free(ptr %92)
  %object15 = alloca [3 x i64], align 8
  call void @ext_ctor(ptr %object15, i64 %0)
  %100 = and i64 %0, 7
  %101 = icmp ne i64 %100, 2
  %102 = select i1 %101, i64 424514, i64 %0
  %103 = call i64 @ext_touch(ptr %object15)
  call void @ext_note(i64 %103)
  call void @ext_dtor(ptr %object15, i64 %0)
  %vol = alloca i64, align 8
  store volatile i64 %59, ptr %vol, align 8
  %104 = load volatile i64, ptr %vol, align 8
  %105 = add i64 %i, 1
  %106 = icmp ult i64 %105, 3
  br i1 %106, label %loop, label %end

dropped14:                                        ; preds = %loop
  call void @ext_free(ptr %92)
  ret i64 0
}

declare void @ext_note(i64)

declare ptr @ext_new(i64)

declare { i1, float, i64 } @f0(i64, i1, i64) #0

declare ptr @tmlrt.future(ptr, ...)

declare ptr @tmlrt.desc(ptr)

declare void @tmlrt.await.dyn(ptr, ptr, ptr)

declare i1 @tmlrt.dropped()

declare void @tmlrt.drop.dyn(ptr, ptr)

declare i32 @ext_pend()

declare void @tmlrt.suspend()

declare void @ext_ctor(ptr, i64)

declare void @tmlrt.coop()

declare void @ext_dtor(ptr, i64)

declare i64 @ext_touch(ptr)

attributes #0 = { "tmlrt.async" }
attributes #1 = { "tmlrt.drop.output"="f2_drop_output" }
attributes #2 = { "tmlrt.await" }
