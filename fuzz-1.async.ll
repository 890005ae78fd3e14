; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define void @f1(i32 %0, ptr byval({ i32 }) %1) #0 {
entry:
  %2 = call ptr (ptr, ...) @tmlrt.future(ptr @f0, i64 773276, i1 false, i64 180585)
  br i1 true, label %yes, label %on

yes:                                              ; preds = %entry
  %out = alloca { i32 }, align 8
  call void @tmlrt.await.future(ptr %2, ptr @f0, ptr %out)
  %3 = call i1 @tmlrt.dropped()
  br i1 %3, label %dropped, label %resumed

on:                                               ; preds = %resumed, %entry
  call void @tmlrt.drop.future(ptr %2, ptr @f0)
  br i1 true, label %then, label %else

resumed:                                          ; preds = %yes
  %4 = load { i32 }, ptr %out, align 4
  br label %on

dropped:                                          ; preds = %yes
  call void @tmlrt.drop.future(ptr %2, ptr @f0)
  ret void

then:                                             ; preds = %on
  %5 = icmp sgt i32 %0, 0
  br i1 %5, label %deeper, label %on1

else:                                             ; preds = %on
  %6 = call i64 @ext_get(i64 399633)
  %7 = add i64 %6, 19088743
  %8 = trunc i64 %7 to i32
  %9 = insertvalue { i32 } zeroinitializer, i32 %8, 0
  br label %join

join:                                             ; preds = %else, %on1
  %10 = phi { i32 } [ { i32 19423913 }, %on1 ], [ %9, %else ]
  %11 = phi i64 [ 544293, %on1 ], [ %6, %else ]
  %12 = trunc i64 %11 to i1
  %13 = call ptr (ptr, ...) @tmlrt.future(ptr @f0, i64 %11, i1 %12, i64 %11)
  %14 = and i64 %11, 7
  %15 = icmp eq i64 %14, 1
  br i1 %15, label %then2, label %else3

deeper:                                           ; preds = %then
  %16 = sub i32 %0, 1
  %byval = alloca { i32 }, align 8
  store { i32 } { i32 20069703 }, ptr %byval, align 4
  call void @f1(i32 %16, ptr byval({ i32 }) %byval) #2
  br label %on1

on1:                                              ; preds = %deeper, %then
  br label %join

then2:                                            ; preds = %join
  %17 = and i64 %11, %11
  %vol = alloca i64, align 8
  store volatile i64 %17, ptr %vol, align 8
  %18 = load volatile i64, ptr %vol, align 8
  %19 = trunc i64 %11 to i32
  %20 = sitofp i32 %19 to double
  %21 = fmul double %20, 3.750000e-01
  br label %join4

else3:                                            ; preds = %join
  %22 = trunc i64 %11 to i32
  %23 = sitofp i32 %22 to double
  %24 = fmul double %23, 3.750000e-01
  br label %join4

join4:                                            ; preds = %else3, %then2
  %25 = phi double [ %21, %then2 ], [ %24, %else3 ]
  %26 = phi i64 [ %18, %then2 ], [ %11, %else3 ]
  %27 = and i64 %11, 7
  %28 = icmp eq i64 %27, 2
  br i1 %28, label %yes5, label %on6

yes5:                                             ; preds = %join4
  %out7 = alloca { i32 }, align 8
  call void @tmlrt.await.future(ptr %13, ptr @f0, ptr %out7)
  %29 = call i1 @tmlrt.dropped()
  br i1 %29, label %dropped9, label %resumed8

on6:                                              ; preds = %resumed8, %join4
  call void @tmlrt.drop.future(ptr %13, ptr @f0)
  %30 = mul i64 %11, -7046029254386353131
  %31 = lshr i64 %11, 31
  %32 = add i64 %30, %11
  %33 = xor i64 %32, %31
  %34 = mul i64 %33, -7046029254386353131
  %35 = lshr i64 %33, 31
  %36 = add i64 %34, %11
  %37 = xor i64 %36, %35
  %38 = extractvalue { i32 } %10, 0
  %39 = zext i32 %38 to i64
  %40 = add i64 -7046029254386353131, %39
  %41 = xor i64 %40, 0
  %42 = mul i64 %37, -7046029254386353131
  %43 = lshr i64 %37, 31
  %44 = add i64 %42, %41
  %45 = xor i64 %44, %43
  %46 = extractvalue { i32 } %10, 0
  %47 = zext i32 %46 to i64
  %48 = add i64 -7046029254386353131, %47
  %49 = xor i64 %48, 0
  %50 = mul i64 %45, -7046029254386353131
  %51 = lshr i64 %45, 31
  %52 = add i64 %50, %49
  %53 = xor i64 %52, %51
  %54 = load { i32 }, ptr %1, align 4
  %55 = extractvalue { i32 } %54, 0
  %56 = zext i32 %55 to i64
  %57 = add i64 -7046029254386353131, %56
  %58 = xor i64 %57, 0
  %59 = mul i64 %53, -7046029254386353131
  %60 = lshr i64 %53, 31
  %61 = add i64 %59, %58
  %62 = xor i64 %61, %60
  call void @ext_note(i64 %62)
  ret void

resumed8:                                         ; preds = %yes5
  %63 = load { i32 }, ptr %out7, align 4
  br label %on6

dropped9:                                         ; preds = %yes5
  call void @tmlrt.drop.future(ptr %13, ptr @f0)
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

declare { i32 } @f0(i64, i1, i64) #0

declare ptr @tmlrt.future(ptr, ...)

declare void @tmlrt.await.future(ptr, ptr, ptr)

declare i1 @tmlrt.dropped()

declare void @tmlrt.drop.future(ptr, ptr)

declare i64 @ext_get(i64)

declare void @ext_note(i64)

declare ptr @ext_new(i64)

attributes #0 = { "tmlrt.async" }
attributes #1 = { "tmlrt.drop.output"="f2_drop_output" }
attributes #2 = { "tmlrt.await" }
