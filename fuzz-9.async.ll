; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define void @f0(i32 %0, { i64, i64 } %1, { { i64, i64 }, i8 } %2, ptr byval({ { i64, i64 }, i8 }) %3) #0 {
entry:
  %4 = extractvalue { i64, i64 } %1, 0
  %5 = add i64 4354685564936845354, %4
  %6 = xor i64 %5, 0
  %7 = extractvalue { i64, i64 } %1, 1
  %8 = mul i64 %6, -7046029254386353131
  %9 = lshr i64 %6, 31
  %10 = add i64 %8, %7
  %11 = xor i64 %10, %9
  %12 = add i64 -443549121303313294, %11
  %13 = xor i64 %12, 0
  %14 = extractvalue { i64, i64 } %1, 0
  %15 = add i64 4354685564936845354, %14
  %16 = xor i64 %15, 0
  %17 = extractvalue { i64, i64 } %1, 1
  %18 = mul i64 %16, -7046029254386353131
  %19 = lshr i64 %16, 31
  %20 = add i64 %18, %17
  %21 = xor i64 %20, %19
  %22 = mul i64 %13, -7046029254386353131
  %23 = lshr i64 %13, 31
  %24 = add i64 %22, %21
  %25 = xor i64 %24, %23
  %26 = extractvalue { { i64, i64 }, i8 } %2, 0
  %27 = extractvalue { i64, i64 } %26, 0
  %28 = add i64 4354685564936845354, %27
  %29 = xor i64 %28, 0
  %30 = extractvalue { i64, i64 } %26, 1
  %31 = mul i64 %29, -7046029254386353131
  %32 = lshr i64 %29, 31
  %33 = add i64 %31, %30
  %34 = xor i64 %33, %32
  %35 = add i64 -2691343689449507777, %34
  %36 = xor i64 %35, 0
  %37 = extractvalue { { i64, i64 }, i8 } %2, 1
  %38 = zext i8 %37 to i64
  %39 = mul i64 %36, -7046029254386353131
  %40 = lshr i64 %36, 31
  %41 = add i64 %39, %38
  %42 = xor i64 %41, %40
  %43 = mul i64 %25, -7046029254386353131
  %44 = lshr i64 %25, 31
  %45 = add i64 %43, %42
  %46 = xor i64 %45, %44
  %47 = extractvalue { { i64, i64 }, i8 } %2, 0
  %48 = extractvalue { i64, i64 } %47, 0
  %49 = add i64 4354685564936845354, %48
  %50 = xor i64 %49, 0
  %51 = extractvalue { i64, i64 } %47, 1
  %52 = mul i64 %50, -7046029254386353131
  %53 = lshr i64 %50, 31
  %54 = add i64 %52, %51
  %55 = xor i64 %54, %53
  %56 = add i64 -2691343689449507777, %55
  %57 = xor i64 %56, 0
  %58 = extractvalue { { i64, i64 }, i8 } %2, 1
  %59 = zext i8 %58 to i64
  %60 = mul i64 %57, -7046029254386353131
  %61 = lshr i64 %57, 31
  %62 = add i64 %60, %59
  %63 = xor i64 %62, %61
  %64 = mul i64 %46, -7046029254386353131
  %65 = lshr i64 %46, 31
  %66 = add i64 %64, %63
  %67 = xor i64 %66, %65
  %68 = load { { i64, i64 }, i8 }, ptr %3, align 8
  %69 = extractvalue { { i64, i64 }, i8 } %68, 0
  %70 = extractvalue { i64, i64 } %69, 0
  %71 = add i64 4354685564936845354, %70
  %72 = xor i64 %71, 0
  %73 = extractvalue { i64, i64 } %69, 1
  %74 = mul i64 %72, -7046029254386353131
  %75 = lshr i64 %72, 31
  %76 = add i64 %74, %73
  %77 = xor i64 %76, %75
  %78 = add i64 -2691343689449507777, %77
  %79 = xor i64 %78, 0
  %80 = extractvalue { { i64, i64 }, i8 } %68, 1
  %81 = zext i8 %80 to i64
  %82 = mul i64 %79, -7046029254386353131
  %83 = lshr i64 %79, 31
  %84 = add i64 %82, %81
  %85 = xor i64 %84, %83
  %86 = mul i64 %67, -7046029254386353131
  %87 = lshr i64 %67, 31
  %88 = add i64 %86, %85
  %89 = xor i64 %88, %87
  call void @ext_note(i64 %89)
  ret void
}

define ptr @f1(i32 %0, i16 %1, i64 %2, float %3) #1 {
entry:
  %4 = zext i16 %1 to i64
  %5 = mul i64 %2, -7046029254386353131
  %6 = lshr i64 %2, 31
  %7 = add i64 %5, %4
  %8 = xor i64 %7, %6
  %9 = zext i16 %1 to i64
  %10 = mul i64 %8, -7046029254386353131
  %11 = lshr i64 %8, 31
  %12 = add i64 %10, %9
  %13 = xor i64 %12, %11
  %14 = mul i64 %13, -7046029254386353131
  %15 = lshr i64 %13, 31
  %16 = add i64 %14, %2
  %17 = xor i64 %16, %15
  %18 = mul i64 %17, -7046029254386353131
  %19 = lshr i64 %17, 31
  %20 = add i64 %18, %2
  %21 = xor i64 %20, %19
  %22 = bitcast float %3 to i32
  %23 = zext i32 %22 to i64
  %24 = mul i64 %21, -7046029254386353131
  %25 = lshr i64 %21, 31
  %26 = add i64 %24, %23
  %27 = xor i64 %26, %25
  %28 = bitcast float %3 to i32
  %29 = zext i32 %28 to i64
  %30 = mul i64 %27, -7046029254386353131
  %31 = lshr i64 %27, 31
  %32 = add i64 %30, %29
  %33 = xor i64 %32, %31
  call void @ext_note(i64 %33)
  %34 = call ptr @ext_new(i64 %2)
  ret ptr %34
}

define void @f1_drop_output(ptr %0) {
entry:
  %1 = load ptr, ptr %0, align 8
  call void @ext_free(ptr %1)
  ret void
}

declare void @ext_free(ptr)

define void @f2(ptr byval({ { i64, i64 }, i8 }) %0, ptr %1, ptr %2, ptr %3) #2 {
entry:
  %4 = load i64, ptr %1, align 8
  %5 = add i64 -4873485261381983386, %4
  %6 = xor i64 %5, 0
  %7 = load i64, ptr %1, align 8
  %8 = mul i64 %6, -7046029254386353131
  %9 = lshr i64 %6, 31
  %10 = add i64 %8, %7
  %11 = xor i64 %10, %9
  %12 = load { { i64, i64 }, i8 }, ptr %0, align 8
  %13 = extractvalue { { i64, i64 }, i8 } %12, 0
  %14 = extractvalue { i64, i64 } %13, 0
  %15 = add i64 4354685564936845354, %14
  %16 = xor i64 %15, 0
  %17 = extractvalue { i64, i64 } %13, 1
  %18 = mul i64 %16, -7046029254386353131
  %19 = lshr i64 %16, 31
  %20 = add i64 %18, %17
  %21 = xor i64 %20, %19
  %22 = add i64 -2691343689449507777, %21
  %23 = xor i64 %22, 0
  %24 = extractvalue { { i64, i64 }, i8 } %12, 1
  %25 = zext i8 %24 to i64
  %26 = mul i64 %23, -7046029254386353131
  %27 = lshr i64 %23, 31
  %28 = add i64 %26, %25
  %29 = xor i64 %28, %27
  %30 = mul i64 %11, -7046029254386353131
  %31 = lshr i64 %11, 31
  %32 = add i64 %30, %29
  %33 = xor i64 %32, %31
  call void @ext_note(i64 %33)
  call void @ext_free(ptr %3)
  call void @ext_free(ptr %2)
  ret void
}

define void @f2_drop_args(ptr %0, ptr %1, ptr %2, ptr %3) {
entry:
  call void @ext_free(ptr %3)
  call void @ext_free(ptr %2)
  ret void
}

define i64 @root(i64 %0, i64 %1) #0 {
entry:
  %2 = and i64 %0, 7
  %3 = icmp ne i64 %2, 1
  br i1 %3, label %then, label %else

then:                                             ; preds = %entry
  br i1 true, label %then1, label %else2

else:                                             ; preds = %entry
  %4 = zext i64 %1 to i128
  %5 = shl i128 %4, 37
  %6 = mul i128 %4, %5
  br label %join

join:                                             ; preds = %else, %join3
  %7 = phi i128 [ %26, %join3 ], [ %6, %else ]
  %8 = phi i64 [ %0, %join3 ], [ %0, %else ]
  %9 = and i64 %0, 7
  %10 = icmp eq i64 %9, 3
  br i1 %10, label %then8, label %else9

then1:                                            ; preds = %then
  %11 = and i64 %1, 7
  %12 = icmp ne i64 %11, 5
  br i1 %12, label %then4, label %else5

else2:                                            ; preds = %then
  %13 = add i64 %0, 19088743
  %14 = add i64 %13, 19088743
  %15 = insertvalue { i64, i64 } zeroinitializer, i64 %14, 0
  %16 = add i64 %14, 19088744
  %17 = insertvalue { i64, i64 } %15, i64 %16, 1
  %18 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %17, 0
  %19 = add i64 %13, 19088744
  %20 = trunc i64 %19 to i8
  %21 = insertvalue { { i64, i64 }, i8 } %18, i8 %20, 1
  br label %join3

join3:                                            ; preds = %else2, %join6
  %22 = phi { { i64, i64 }, i8 } [ %85, %join6 ], [ %21, %else2 ]
  %23 = phi i64 [ %75, %join6 ], [ %0, %else2 ]
  %24 = zext i64 %23 to i128
  %25 = shl i128 %24, 37
  %26 = mul i128 %24, %25
  br label %join

then4:                                            ; preds = %then1
  %cell = alloca i64, align 8
  store i64 %0, ptr %cell, align 8
  %27 = ptrtoint ptr %cell to i64
  %28 = add i64 %1, 19088743
  %29 = insertvalue { i64, i64 } zeroinitializer, i64 %28, 0
  %30 = add i64 %28, 19088744
  %31 = insertvalue { i64, i64 } %29, i64 %30, 1
  %32 = add i64 %0, 19088743
  %33 = add i64 %32, 19088743
  %34 = insertvalue { i64, i64 } zeroinitializer, i64 %33, 0
  %35 = add i64 %33, 19088744
  %36 = insertvalue { i64, i64 } %34, i64 %35, 1
  %37 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %36, 0
  %38 = add i64 %32, 19088744
  %39 = trunc i64 %38 to i8
  %40 = insertvalue { { i64, i64 }, i8 } %37, i8 %39, 1
  %41 = add i64 %0, 19088743
  %42 = add i64 %41, 19088743
  %43 = insertvalue { i64, i64 } zeroinitializer, i64 %42, 0
  %44 = add i64 %42, 19088744
  %45 = insertvalue { i64, i64 } %43, i64 %44, 1
  %46 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %45, 0
  %47 = add i64 %41, 19088744
  %48 = trunc i64 %47 to i8
  %49 = insertvalue { { i64, i64 }, i8 } %46, i8 %48, 1
  %byval = alloca { { i64, i64 }, i8 }, align 8
  store { { i64, i64 }, i8 } %49, ptr %byval, align 8
  call void @f0(i32 1, { i64, i64 } %31, { { i64, i64 }, i8 } %40, ptr byval({ { i64, i64 }, i8 }) %byval) #3
  %50 = ptrtoint ptr %cell to i64
  %51 = icmp eq i64 %27, %50
  %52 = zext i1 %51 to i64
  call void @ext_note(i64 %52)
  %53 = add i64 %0, 19088743
  %54 = insertvalue { i64, i64 } zeroinitializer, i64 %53, 0
  %55 = add i64 %53, 19088744
  %56 = insertvalue { i64, i64 } %54, i64 %55, 1
  %57 = add i64 %0, 19088743
  %58 = add i64 %57, 19088743
  %59 = insertvalue { i64, i64 } zeroinitializer, i64 %58, 0
  %60 = add i64 %58, 19088744
  %61 = insertvalue { i64, i64 } %59, i64 %60, 1
  %62 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %61, 0
  %63 = add i64 %57, 19088744
  %64 = trunc i64 %63 to i8
  %65 = insertvalue { { i64, i64 }, i8 } %62, i8 %64, 1
  %66 = add i64 %0, 19088743
  %67 = add i64 %66, 19088743
  %68 = insertvalue { i64, i64 } zeroinitializer, i64 %67, 0
  %69 = add i64 %67, 19088744
  %70 = insertvalue { i64, i64 } %68, i64 %69, 1
  %71 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %70, 0
  %72 = add i64 %66, 19088744
  %73 = trunc i64 %72 to i8
  %74 = insertvalue { { i64, i64 }, i8 } %71, i8 %73, 1
  %byval7 = alloca { { i64, i64 }, i8 }, align 8
  store { { i64, i64 }, i8 } %74, ptr %byval7, align 8
  call void @f0(i32 1, { i64, i64 } %56, { { i64, i64 }, i8 } %65, ptr byval({ { i64, i64 }, i8 }) %byval7) #3
  br label %join6

else5:                                            ; preds = %then1
  br label %join6

join6:                                            ; preds = %else5, %then4
  %75 = phi i64 [ %1, %then4 ], [ %1, %else5 ]
  %76 = phi i64 [ %0, %then4 ], [ %0, %else5 ]
  %77 = add i64 %0, 19088743
  %78 = add i64 %77, 19088743
  %79 = insertvalue { i64, i64 } zeroinitializer, i64 %78, 0
  %80 = add i64 %78, 19088744
  %81 = insertvalue { i64, i64 } %79, i64 %80, 1
  %82 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %81, 0
  %83 = add i64 %77, 19088744
  %84 = trunc i64 %83 to i8
  %85 = insertvalue { { i64, i64 }, i8 } %82, i8 %84, 1
  br label %join3

then8:                                            ; preds = %join
  %86 = and i64 %8, 7
  %87 = icmp eq i64 %86, 3
  br i1 %87, label %then11, label %else12

else9:                                            ; preds = %join
  %88 = trunc i64 %0 to i8
  br label %join10

join10:                                           ; preds = %else9, %join13
  %89 = phi i8 [ %138, %join13 ], [ %88, %else9 ]
  %90 = phi i64 [ %137, %join13 ], [ %8, %else9 ]
  %91 = zext i8 %89 to i64
  %92 = mul i64 %8, -7046029254386353131
  %93 = lshr i64 %8, 31
  %94 = add i64 %92, %91
  %95 = xor i64 %94, %93
  %96 = zext i8 %89 to i64
  %97 = mul i64 %95, -7046029254386353131
  %98 = lshr i64 %95, 31
  %99 = add i64 %97, %96
  %100 = xor i64 %99, %98
  %101 = mul i64 %100, -7046029254386353131
  %102 = lshr i64 %100, 31
  %103 = add i64 %101, %1
  %104 = xor i64 %103, %102
  %105 = mul i64 %104, -7046029254386353131
  %106 = lshr i64 %104, 31
  %107 = add i64 %105, %1
  %108 = xor i64 %107, %106
  %109 = lshr i128 %7, 64
  %110 = trunc i128 %109 to i64
  %111 = trunc i128 %7 to i64
  %112 = xor i64 %111, %110
  %113 = mul i64 %108, -7046029254386353131
  %114 = lshr i64 %108, 31
  %115 = add i64 %113, %112
  %116 = xor i64 %115, %114
  %117 = lshr i128 %7, 64
  %118 = trunc i128 %117 to i64
  %119 = trunc i128 %7 to i64
  %120 = xor i64 %119, %118
  %121 = mul i64 %116, -7046029254386353131
  %122 = lshr i64 %116, 31
  %123 = add i64 %121, %120
  %124 = xor i64 %123, %122
  call void @ext_note(i64 %124)
  ret i64 %124

then11:                                           ; preds = %then8
  %count = alloca i64, align 8
  store i64 2, ptr %count, align 8
  %125 = and i64 %8, 7
  %126 = icmp eq i64 %125, 1
  br i1 %126, label %left, label %right

else12:                                           ; preds = %then8
  %127 = add i64 %1, 19088743
  %128 = add i64 %127, 19088743
  %129 = insertvalue { i64, i64 } zeroinitializer, i64 %128, 0
  %130 = add i64 %128, 19088744
  %131 = insertvalue { i64, i64 } %129, i64 %130, 1
  %132 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %131, 0
  %133 = add i64 %127, 19088744
  %134 = trunc i64 %133 to i8
  %135 = insertvalue { { i64, i64 }, i8 } %132, i8 %134, 1
  br label %join13

join13:                                           ; preds = %else12, %end
  %136 = phi { { i64, i64 }, i8 } [ %167, %end ], [ %135, %else12 ]
  %137 = phi i64 [ %158, %end ], [ %8, %else12 ]
  %138 = trunc i64 %137 to i8
  br label %join10

left:                                             ; preds = %right, %then11
  %139 = add i64 %0, 19088743
  %140 = add i64 %139, 19088743
  %141 = insertvalue { i64, i64 } zeroinitializer, i64 %140, 0
  %142 = add i64 %140, 19088744
  %143 = insertvalue { i64, i64 } %141, i64 %142, 1
  %144 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %143, 0
  %145 = add i64 %139, 19088744
  %146 = trunc i64 %145 to i8
  %147 = insertvalue { { i64, i64 }, i8 } %144, i8 %146, 1
  %byval14 = alloca { { i64, i64 }, i8 }, align 8
  store { { i64, i64 }, i8 } %147, ptr %byval14, align 8
  %cell15 = alloca i64, align 8
  store i64 %0, ptr %cell15, align 8
  %148 = call ptr @ext_new(i64 6233)
  %149 = call ptr @ext_new(i64 %1)
  %150 = call ptr (ptr, ...) @tmlrt.future(ptr @f2, ptr %byval14, ptr %cell15, ptr %148, ptr %149)
  store { { i64, i64 }, i8 } zeroinitializer, ptr %byval14, align 8
  %151 = call ptr @tmlrt.spawn.future(ptr %150, ptr @f2)
  call void @tmlrt_task_detach(ptr %151)
  %152 = load i64, ptr %count, align 8
  %153 = sub i64 %152, 1
  store i64 %153, ptr %count, align 8
  %154 = icmp eq i64 %153, 0
  br i1 %154, label %end, label %right

right:                                            ; preds = %left, %then11
  %155 = load i64, ptr %count, align 8
  %156 = sub i64 %155, 1
  store i64 %156, ptr %count, align 8
  %157 = icmp eq i64 %156, 0
  br i1 %157, label %end, label %left

end:                                              ; preds = %right, %left
  %158 = load i64, ptr %count, align 8
  %159 = add i64 %158, 19088743
  %160 = add i64 %159, 19088743
  %161 = insertvalue { i64, i64 } zeroinitializer, i64 %160, 0
  %162 = add i64 %160, 19088744
  %163 = insertvalue { i64, i64 } %161, i64 %162, 1
  %164 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %163, 0
  %165 = add i64 %159, 19088744
  %166 = trunc i64 %165 to i8
  %167 = insertvalue { { i64, i64 }, i8 } %164, i8 %166, 1
  br label %join13
}

declare void @ext_note(i64)

declare ptr @ext_new(i64)

declare ptr @tmlrt.future(ptr, ...)

declare ptr @tmlrt.spawn.future(ptr, ptr)

declare void @tmlrt_task_detach(ptr)

attributes #0 = { "tmlrt.async" }
attributes #1 = { "tmlrt.async" "tmlrt.drop.output"="f1_drop_output" }
attributes #2 = { "tmlrt.async" "tmlrt.drop.args"="f2_drop_args" }
attributes #3 = { "tmlrt.await" }
