; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@tmlrt_join_desc = external global ptr

define void @f1(float %0, ptr %1, ptr byval([1 x [8 x i64]]) %2) #0 {
entry:
  %3 = call ptr @ext_new(i64 989493)
  %object = alloca [4 x i64], align 8
  call void @ext_ctor(ptr %object, i64 763589)
  %byval = alloca [8 x i64], align 8
  store [8 x i64] [i64 0, i64 0, i64 77288114, i64 0, i64 0, i64 39110623, i64 0, i64 58199368], ptr %byval, align 8
  %cell = alloca i64, align 8
  store i64 48836, ptr %cell, align 8
  %4 = call ptr (ptr, ...) @tmlrt.future(ptr @f0, ptr %byval, ptr %cell, { float, i32, double, i8 } { float 1.410300e+04, i32 38304895, double 0x4174868B70000000, i8 82 }, i16 30680)
  store [8 x i64] zeroinitializer, ptr %byval, align 8
  %byval1 = alloca [8 x i64], align 8
  store [8 x i64] [i64 0, i64 0, i64 0, i64 77184534, i64 19918299, i64 0, i64 0, i64 39007043], ptr %byval1, align 8
  %cell2 = alloca i64, align 8
  store i64 209959, ptr %cell2, align 8
  %5 = call ptr (ptr, ...) @tmlrt.spawn(ptr @f0, ptr %byval1, ptr %cell2, { float, i32, double, i8 } { float 7.759000e+03, i32 38626231, double 0x4174A3F6C0000000, i8 -118 }, i16 9810)
  %6 = call i64 @ext_get(i64 508566)
  %7 = add i64 %6, 19088743
  %8 = insertvalue [8 x i64] zeroinitializer, i64 %7, 6
  %9 = add i64 %7, 19088744
  %10 = insertvalue [8 x i64] %8, i64 %9, 0
  %11 = add i64 %9, 19088745
  %12 = insertvalue [8 x i64] %10, i64 %11, 4
  %13 = add i64 %11, 19088746
  %14 = insertvalue [8 x i64] %12, i64 %13, 2
  %byval3 = alloca [8 x i64], align 8
  store [8 x i64] %14, ptr %byval3, align 8
  %cell4 = alloca i64, align 8
  store i64 %6, ptr %cell4, align 8
  %15 = add i64 %6, 19088743
  %16 = trunc i64 %15 to i16
  %17 = sitofp i16 %16 to float
  %18 = insertvalue { float, i32, double, i8 } zeroinitializer, float %17, 0
  %19 = add i64 %15, 19088744
  %20 = trunc i64 %19 to i32
  %21 = insertvalue { float, i32, double, i8 } %18, i32 %20, 1
  %22 = add i64 %19, 19088745
  %23 = trunc i64 %22 to i32
  %24 = sitofp i32 %23 to double
  %25 = fmul double %24, 3.750000e-01
  %26 = insertvalue { float, i32, double, i8 } %21, double %25, 2
  %27 = add i64 %22, 19088746
  %28 = trunc i64 %27 to i8
  %29 = insertvalue { float, i32, double, i8 } %26, i8 %28, 3
  %30 = trunc i64 %6 to i16
  %31 = call i64 @f0(ptr byval([8 x i64]) %byval3, ptr %cell4, { float, i32, double, i8 } %29, i16 %30) #2
  %32 = call i1 @tmlrt.dropped()
  br i1 %32, label %dropped, label %resumed

resumed:                                          ; preds = %entry
  %join = alloca [192 x i8], align 16
  %status = alloca i32, align 4
  %out = alloca i64, align 8
  store i32 0, ptr %status, align 4
  call void @tmlrt_join_init(ptr %join, ptr %5, ptr %out)
  call void @tmlrt.await.dyn(ptr %join, ptr @tmlrt_join_desc, ptr %status)
  %33 = call i1 @tmlrt.dropped()
  br i1 %33, label %dropped6, label %resumed5

dropped:                                          ; preds = %entry
  call void @tmlrt_task_detach(ptr %5)
  call void @tmlrt.drop.future(ptr %4, ptr @f0)
  call void @ext_dtor(ptr %object, i64 763589)
  call void @ext_free(ptr %3)
  call void @ext_free(ptr %1)
  ret void

resumed5:                                         ; preds = %resumed
  %34 = load i32, ptr %status, align 4
  %35 = zext i32 %34 to i64
  call void @ext_note(i64 %35)
  %36 = load i64, ptr %out, align 8
  call void @tmlrt.drop.future(ptr %4, ptr @f0)
  %object7 = alloca [3 x i64], align 8
  call void @ext_ctor(ptr %object7, i64 405100)
  %var = alloca i64, align 8
  store i64 263429, ptr %var, align 8
  %byval8 = alloca [8 x i64], align 8
  store [8 x i64] [i64 0, i64 0, i64 0, i64 76380232, i64 38202741, i64 57291486, i64 0, i64 0], ptr %byval8, align 8
  %cell9 = alloca i64, align 8
  store i64 777754, ptr %cell9, align 8
  %37 = call i64 @f0(ptr byval([8 x i64]) %byval8, ptr %cell9, { float, i32, double, i8 } { float 6.420000e+02, i32 39143402, double 0x4174D34FF2000000, i8 -67 }, i16 19961) #2
  %38 = call i1 @tmlrt.dropped()
  br i1 %38, label %dropped11, label %resumed10

dropped6:                                         ; preds = %resumed
  call void @tmlrt.drop.future(ptr %4, ptr @f0)
  call void @ext_dtor(ptr %object, i64 763589)
  call void @ext_free(ptr %3)
  call void @ext_free(ptr %1)
  ret void

resumed10:                                        ; preds = %resumed5
  call void @tmlrt.coop()
  %39 = call i1 @tmlrt.dropped()
  br i1 %39, label %dropped11, label %resumed12

dropped11:                                        ; preds = %resumed10, %resumed5
  call void @ext_dtor(ptr %object7, i64 405100)
  call void @ext_dtor(ptr %object, i64 763589)
  call void @ext_free(ptr %3)
  call void @ext_free(ptr %1)
  ret void

resumed12:                                        ; preds = %resumed10
  call void @ext_dtor(ptr %object7, i64 405100)
  %byval13 = alloca [8 x i64], align 8
  store [8 x i64] [i64 0, i64 0, i64 38241353, i64 0, i64 0, i64 0, i64 19152609, i64 76418844], ptr %byval13, align 8
  %cell14 = alloca i64, align 8
  store i64 10396, ptr %cell14, align 8
  %40 = call ptr (ptr, ...) @tmlrt.box(ptr @f0, ptr %byval13, ptr %cell14, { float, i32, double, i8 } { float -2.417600e+04, i32 38463224, double 0x4174950A46000000, i8 -53 }, i16 10018)
  store [8 x i64] zeroinitializer, ptr %byval13, align 8
  %byval15 = alloca [8 x i64], align 8
  store [8 x i64] [i64 77004724, i64 0, i64 0, i64 0, i64 0, i64 38827233, i64 19738489, i64 57915978], ptr %byval15, align 8
  %cell16 = alloca i64, align 8
  store i64 1047753, ptr %cell16, align 8
  %41 = call i64 @f0(ptr byval([8 x i64]) %byval15, ptr %cell16, { float, i32, double, i8 } { float -8.485000e+03, i32 38413379, double 0x4174907A08000000, i8 22 }, i16 25893) #2
  %42 = call i1 @tmlrt.dropped()
  br i1 %42, label %dropped18, label %resumed17

resumed17:                                        ; preds = %resumed12
  %array = alloca [2 x i1], align 1
  store [2 x i1] zeroinitializer, ptr %array, align 1
  %43 = and i64 %41, 1
  %44 = getelementptr inbounds [2 x i1], ptr %array, i64 0, i64 %43
  %45 = trunc i64 %41 to i1
  store i1 %45, ptr %44, align 1
  %46 = and i64 %41, 1
  %47 = getelementptr inbounds [2 x i1], ptr %array, i64 0, i64 %46
  %48 = trunc i64 %41 to i1
  store i1 %48, ptr %47, align 1
  %49 = getelementptr inbounds [2 x i1], ptr %array, i64 0, i64 0
  %50 = load i1, ptr %49, align 1
  %51 = add i64 %41, 19088743
  %52 = insertvalue [8 x i64] zeroinitializer, i64 %51, 0
  %53 = add i64 %51, 19088744
  %54 = insertvalue [8 x i64] %52, i64 %53, 3
  %55 = add i64 %53, 19088745
  %56 = insertvalue [8 x i64] %54, i64 %55, 1
  %57 = add i64 %55, 19088746
  %58 = insertvalue [8 x i64] %56, i64 %57, 7
  %byval19 = alloca [8 x i64], align 8
  store [8 x i64] %58, ptr %byval19, align 8
  %cell20 = alloca i64, align 8
  store i64 %41, ptr %cell20, align 8
  %59 = add i64 %41, 19088743
  %60 = trunc i64 %59 to i16
  %61 = sitofp i16 %60 to float
  %62 = insertvalue { float, i32, double, i8 } zeroinitializer, float %61, 0
  %63 = add i64 %59, 19088744
  %64 = trunc i64 %63 to i32
  %65 = insertvalue { float, i32, double, i8 } %62, i32 %64, 1
  %66 = add i64 %63, 19088745
  %67 = trunc i64 %66 to i32
  %68 = sitofp i32 %67 to double
  %69 = fmul double %68, 3.750000e-01
  %70 = insertvalue { float, i32, double, i8 } %65, double %69, 2
  %71 = add i64 %66, 19088746
  %72 = trunc i64 %71 to i8
  %73 = insertvalue { float, i32, double, i8 } %70, i8 %72, 3
  %74 = trunc i64 %41 to i16
  %75 = call ptr (ptr, ...) @tmlrt.future(ptr @f0, ptr %byval19, ptr %cell20, { float, i32, double, i8 } %73, i16 %74)
  store [8 x i64] zeroinitializer, ptr %byval19, align 8
  %76 = add i64 %41, 19088743
  %77 = insertvalue [8 x i64] zeroinitializer, i64 %76, 7
  %78 = add i64 %76, 19088744
  %79 = insertvalue [8 x i64] %77, i64 %78, 0
  %80 = add i64 %78, 19088745
  %81 = insertvalue [8 x i64] %79, i64 %80, 7
  %82 = add i64 %80, 19088746
  %83 = insertvalue [8 x i64] %81, i64 %82, 3
  %byval21 = alloca [8 x i64], align 8
  store [8 x i64] %83, ptr %byval21, align 8
  %cell22 = alloca i64, align 8
  store i64 %41, ptr %cell22, align 8
  %84 = add i64 %41, 19088743
  %85 = trunc i64 %84 to i16
  %86 = sitofp i16 %85 to float
  %87 = insertvalue { float, i32, double, i8 } zeroinitializer, float %86, 0
  %88 = add i64 %84, 19088744
  %89 = trunc i64 %88 to i32
  %90 = insertvalue { float, i32, double, i8 } %87, i32 %89, 1
  %91 = add i64 %88, 19088745
  %92 = trunc i64 %91 to i32
  %93 = sitofp i32 %92 to double
  %94 = fmul double %93, 3.750000e-01
  %95 = insertvalue { float, i32, double, i8 } %90, double %94, 2
  %96 = add i64 %91, 19088746
  %97 = trunc i64 %96 to i8
  %98 = insertvalue { float, i32, double, i8 } %95, i8 %97, 3
  %99 = trunc i64 %41 to i16
  %100 = call ptr (ptr, ...) @tmlrt.future(ptr @f0, ptr %byval21, ptr %cell22, { float, i32, double, i8 } %98, i16 %99)
  store [8 x i64] zeroinitializer, ptr %byval21, align 8
  %101 = and i64 %41, 7
  %102 = icmp eq i64 %101, 3
  %103 = call ptr @tmlrt.desc(ptr @f0)
  %104 = call ptr @tmlrt.desc(ptr @f0)
  %105 = select i1 %102, ptr %75, ptr %100
  %106 = insertvalue { ptr, ptr } undef, ptr %105, 0
  %107 = select i1 %102, ptr %103, ptr %104
  %108 = insertvalue { ptr, ptr } %106, ptr %107, 1
  %pair = alloca { ptr, ptr }, align 8
  store { ptr, ptr } %108, ptr %pair, align 8
  %109 = add i64 %41, 19088743
  %110 = insertvalue [8 x i64] zeroinitializer, i64 %109, 5
  %111 = add i64 %109, 19088744
  %112 = insertvalue [8 x i64] %110, i64 %111, 1
  %113 = add i64 %111, 19088745
  %114 = insertvalue [8 x i64] %112, i64 %113, 0
  %115 = add i64 %113, 19088746
  %116 = insertvalue [8 x i64] %114, i64 %115, 3
  %byval23 = alloca [8 x i64], align 8
  store [8 x i64] %116, ptr %byval23, align 8
  %cell24 = alloca i64, align 8
  store i64 %41, ptr %cell24, align 8
  %117 = add i64 %41, 19088743
  %118 = trunc i64 %117 to i16
  %119 = sitofp i16 %118 to float
  %120 = insertvalue { float, i32, double, i8 } zeroinitializer, float %119, 0
  %121 = add i64 %117, 19088744
  %122 = trunc i64 %121 to i32
  %123 = insertvalue { float, i32, double, i8 } %120, i32 %122, 1
  %124 = add i64 %121, 19088745
  %125 = trunc i64 %124 to i32
  %126 = sitofp i32 %125 to double
  %127 = fmul double %126, 3.750000e-01
  %128 = insertvalue { float, i32, double, i8 } %123, double %127, 2
  %129 = add i64 %124, 19088746
  %130 = trunc i64 %129 to i8
  %131 = insertvalue { float, i32, double, i8 } %128, i8 %130, 3
  %132 = trunc i64 %41 to i16
  %133 = call i64 @f0(ptr byval([8 x i64]) %byval23, ptr %cell24, { float, i32, double, i8 } %131, i16 %132) #2
  %134 = call i1 @tmlrt.dropped()
  br i1 %134, label %dropped26, label %resumed25

dropped18:                                        ; preds = %resumed12
  %135 = call ptr @tmlrt.desc(ptr @f0)
  call void @tmlrt.drop.box(ptr %40, ptr %135)
  call void @ext_dtor(ptr %object, i64 763589)
  call void @ext_free(ptr %3)
  call void @ext_free(ptr %1)
  ret void

resumed25:                                        ; preds = %resumed17
  %cell27 = alloca i64, align 8
  store i64 %133, ptr %cell27, align 8
  store i64 %41, ptr %cell27, align 8
  %136 = add i64 %133, 19088743
  %137 = insertvalue [8 x i64] zeroinitializer, i64 %136, 6
  %138 = add i64 %136, 19088744
  %139 = insertvalue [8 x i64] %137, i64 %138, 5
  %140 = add i64 %138, 19088745
  %141 = insertvalue [8 x i64] %139, i64 %140, 4
  %142 = add i64 %140, 19088746
  %143 = insertvalue [8 x i64] %141, i64 %142, 0
  %byval28 = alloca [8 x i64], align 8
  store [8 x i64] %143, ptr %byval28, align 8
  %cell29 = alloca i64, align 8
  store i64 %133, ptr %cell29, align 8
  %144 = add i64 %133, 19088743
  %145 = trunc i64 %144 to i16
  %146 = sitofp i16 %145 to float
  %147 = insertvalue { float, i32, double, i8 } zeroinitializer, float %146, 0
  %148 = add i64 %144, 19088744
  %149 = trunc i64 %148 to i32
  %150 = insertvalue { float, i32, double, i8 } %147, i32 %149, 1
  %151 = add i64 %148, 19088745
  %152 = trunc i64 %151 to i32
  %153 = sitofp i32 %152 to double
  %154 = fmul double %153, 3.750000e-01
  %155 = insertvalue { float, i32, double, i8 } %150, double %154, 2
  %156 = add i64 %151, 19088746
  %157 = trunc i64 %156 to i8
  %158 = insertvalue { float, i32, double, i8 } %155, i8 %157, 3
  %159 = call i64 @f0(ptr byval([8 x i64]) %byval28, ptr %cell29, { float, i32, double, i8 } %158, i16 23557) #2
  %160 = call i1 @tmlrt.dropped()
  br i1 %160, label %dropped26, label %resumed30

dropped26:                                        ; preds = %resumed30, %resumed25, %resumed17
  %161 = call ptr @tmlrt.desc(ptr @f0)
  call void @tmlrt.drop.dyn(ptr %100, ptr %161)
  %162 = call ptr @tmlrt.desc(ptr @f0)
  call void @tmlrt.drop.dyn(ptr %75, ptr %162)
  %163 = call ptr @tmlrt.desc(ptr @f0)
  call void @tmlrt.drop.box(ptr %40, ptr %163)
  call void @ext_dtor(ptr %object, i64 763589)
  call void @ext_free(ptr %3)
  call void @ext_free(ptr %1)
  ret void

resumed30:                                        ; preds = %resumed25
  %164 = load { ptr, ptr }, ptr %pair, align 8
  %165 = extractvalue { ptr, ptr } %164, 1
  %166 = extractvalue { ptr, ptr } %164, 0
  %out31 = alloca i64, align 8
  call void @tmlrt.await.dyn(ptr %166, ptr %165, ptr %out31)
  %167 = call i1 @tmlrt.dropped()
  br i1 %167, label %dropped26, label %resumed32

resumed32:                                        ; preds = %resumed30
  %168 = load i64, ptr %out31, align 8
  %169 = call ptr @tmlrt.desc(ptr @f0)
  call void @tmlrt.drop.dyn(ptr %100, ptr %169)
  %170 = call ptr @tmlrt.desc(ptr @f0)
  call void @tmlrt.drop.dyn(ptr %75, ptr %170)
  %171 = call ptr @tmlrt.desc(ptr @f0)
  call void @tmlrt.drop.box(ptr %40, ptr %171)
  %172 = call i32 @ext_pend()
  br label %pending

pending:                                          ; preds = %resumed33, %resumed32
  %173 = phi i32 [ 0, %resumed32 ], [ %208, %resumed33 ]
  %174 = icmp ult i32 %173, %172
  br i1 %174, label %wait, label %on

wait:                                             ; preds = %pending
  call void @tmlrt.suspend()
  %175 = call i1 @tmlrt.dropped()
  br i1 %175, label %dropped34, label %resumed33

on:                                               ; preds = %pending
  %176 = call i64 @ext_touch(ptr %object)
  call void @ext_note(i64 %176)
  call void @ext_dtor(ptr %object, i64 763589)
  call void @ext_free(ptr %3)
  %177 = bitcast float %0 to i32
  %178 = zext i32 %177 to i64
  %179 = add i64 4332159567320219538, %178
  %180 = xor i64 %179, 0
  %181 = bitcast float %0 to i32
  %182 = zext i32 %181 to i64
  %183 = mul i64 %180, -7046029254386353131
  %184 = lshr i64 %180, 31
  %185 = add i64 %183, %182
  %186 = xor i64 %185, %184
  %187 = load [1 x [8 x i64]], ptr %2, align 8
  %188 = extractvalue [1 x [8 x i64]] %187, 0
  %189 = extractvalue [8 x i64] %188, 1
  %190 = add i64 -1028001813962170200, %189
  %191 = xor i64 %190, 0
  %192 = extractvalue [8 x i64] %188, 4
  %193 = mul i64 %191, -7046029254386353131
  %194 = lshr i64 %191, 31
  %195 = add i64 %193, %192
  %196 = xor i64 %195, %194
  %197 = extractvalue [8 x i64] %188, 7
  %198 = mul i64 %196, -7046029254386353131
  %199 = lshr i64 %196, 31
  %200 = add i64 %198, %197
  %201 = xor i64 %200, %199
  %202 = add i64 -1028001813962170200, %201
  %203 = xor i64 %202, 0
  %204 = mul i64 %186, -7046029254386353131
  %205 = lshr i64 %186, 31
  %206 = add i64 %204, %203
  %207 = xor i64 %206, %205
  call void @ext_note(i64 %207)
  call void @ext_free(ptr %1)
  ret void

resumed33:                                        ; preds = %wait
  %208 = add i32 %173, 1
  br label %pending

dropped34:                                        ; preds = %wait
  call void @ext_dtor(ptr %object, i64 763589)
  call void @ext_free(ptr %3)
  call void @ext_free(ptr %1)
  ret void
}

define void @f1_drop_args(float %0, ptr %1, ptr %2) {
entry:
  call void @ext_free(ptr %1)
  ret void
}

declare void @ext_free(ptr)

define i64 @root(i64 %0, i64 %1) #1 {
entry:
  %2 = add i64 4893578470378124085, %0
  %3 = xor i64 %2, 0
  %4 = mul i64 %3, -7046029254386353131
  %5 = lshr i64 %3, 31
  %6 = add i64 %4, %1
  %7 = xor i64 %6, %5
  call void @ext_note(i64 %7)
  ret i64 %7
}

declare ptr @ext_new(i64)

declare void @ext_ctor(ptr, i64)

declare i64 @f0(ptr byval([8 x i64]), ptr, { float, i32, double, i8 }, i16) #1

declare ptr @tmlrt.future(ptr, ...)

declare ptr @tmlrt.spawn(ptr, ...)

declare i64 @ext_get(i64)

declare i1 @tmlrt.dropped()

declare void @tmlrt_task_detach(ptr)

declare void @tmlrt.drop.future(ptr, ptr)

declare void @ext_dtor(ptr, i64)

declare void @tmlrt_join_init(ptr, ptr, ptr)

declare void @tmlrt.await.dyn(ptr, ptr, ptr)

declare void @ext_note(i64)

declare void @tmlrt.coop()

declare ptr @tmlrt.box(ptr, ...)

declare ptr @tmlrt.desc(ptr)

declare void @tmlrt.drop.box(ptr, ptr)

declare void @tmlrt.drop.dyn(ptr, ptr)

declare i32 @ext_pend()

declare void @tmlrt.suspend()

declare i64 @ext_touch(ptr)

attributes #0 = { "tmlrt.async" "tmlrt.drop.args"="f1_drop_args" }
attributes #1 = { "tmlrt.async" }
attributes #2 = { "tmlrt.await" }
