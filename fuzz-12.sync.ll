; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define void @f1(float %0, ptr %1, ptr byval([1 x [8 x i64]]) %2) {
entry:
  %3 = call ptr @ext_new(i64 989493)
  %object = alloca [4 x i64], align 8
  call void @ext_ctor(ptr %object, i64 763589)
  %byval = alloca [8 x i64], align 8
  store [8 x i64] [i64 0, i64 0, i64 77288114, i64 0, i64 0, i64 39110623, i64 0, i64 58199368], ptr %byval, align 8
  %cell = alloca i64, align 8
  store i64 48836, ptr %cell, align 8
  %saved = alloca [8 x i64], align 8
  %4 = load [8 x i64], ptr %byval, align 8
  store [8 x i64] %4, ptr %saved, align 8
  %saved1 = alloca ptr, align 8
  store ptr %cell, ptr %saved1, align 8
  %saved2 = alloca { float, i32, double, i8 }, align 8
  store { float, i32, double, i8 } { float 1.410300e+04, i32 38304895, double 0x4174868B70000000, i8 82 }, ptr %saved2, align 8
  %saved3 = alloca i16, align 2
  store i16 30680, ptr %saved3, align 2
  %owed = alloca i1, align 1
  store i1 true, ptr %owed, align 1
  store [8 x i64] zeroinitializer, ptr %byval, align 8
  %byval4 = alloca [8 x i64], align 8
  store [8 x i64] [i64 0, i64 0, i64 0, i64 77184534, i64 19918299, i64 0, i64 0, i64 39007043], ptr %byval4, align 8
  %cell5 = alloca i64, align 8
  store i64 209959, ptr %cell5, align 8
  %5 = call i64 @f0(ptr byval([8 x i64]) %byval4, ptr %cell5, { float, i32, double, i8 } { float 7.759000e+03, i32 38626231, double 0x4174A3F6C0000000, i8 -118 }, i16 9810)
  %6 = call i64 @ext_get(i64 508566)
  %7 = add i64 %6, 19088743
  %8 = insertvalue [8 x i64] zeroinitializer, i64 %7, 6
  %9 = add i64 %7, 19088744
  %10 = insertvalue [8 x i64] %8, i64 %9, 0
  %11 = add i64 %9, 19088745
  %12 = insertvalue [8 x i64] %10, i64 %11, 4
  %13 = add i64 %11, 19088746
  %14 = insertvalue [8 x i64] %12, i64 %13, 2
  %byval6 = alloca [8 x i64], align 8
  store [8 x i64] %14, ptr %byval6, align 8
  %cell7 = alloca i64, align 8
  store i64 %6, ptr %cell7, align 8
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
  %31 = call i64 @f0(ptr byval([8 x i64]) %byval6, ptr %cell7, { float, i32, double, i8 } %29, i16 %30)
  %join = alloca [192 x i8], align 16
  %status = alloca i32, align 4
  %out = alloca i64, align 8
  store i32 0, ptr %status, align 4
  %32 = load i32, ptr %status, align 4
  %33 = zext i32 %32 to i64
  call void @ext_note(i64 %33)
  %34 = load i1, ptr %owed, align 1
  br i1 %34, label %owed8, label %on

owed8:                                            ; preds = %entry
  store i1 false, ptr %owed, align 1
  br label %on

on:                                               ; preds = %owed8, %entry
  %object9 = alloca [3 x i64], align 8
  call void @ext_ctor(ptr %object9, i64 405100)
  %var = alloca i64, align 8
  store i64 263429, ptr %var, align 8
  %byval10 = alloca [8 x i64], align 8
  store [8 x i64] [i64 0, i64 0, i64 0, i64 76380232, i64 38202741, i64 57291486, i64 0, i64 0], ptr %byval10, align 8
  %cell11 = alloca i64, align 8
  store i64 777754, ptr %cell11, align 8
  %35 = call i64 @f0(ptr byval([8 x i64]) %byval10, ptr %cell11, { float, i32, double, i8 } { float 6.420000e+02, i32 39143402, double 0x4174D34FF2000000, i8 -67 }, i16 19961)
  call void @ext_dtor(ptr %object9, i64 405100)
  %byval12 = alloca [8 x i64], align 8
  store [8 x i64] [i64 0, i64 0, i64 38241353, i64 0, i64 0, i64 0, i64 19152609, i64 76418844], ptr %byval12, align 8
  %cell13 = alloca i64, align 8
  store i64 10396, ptr %cell13, align 8
  %saved14 = alloca [8 x i64], align 8
  %36 = load [8 x i64], ptr %byval12, align 8
  store [8 x i64] %36, ptr %saved14, align 8
  %saved15 = alloca ptr, align 8
  store ptr %cell13, ptr %saved15, align 8
  %saved16 = alloca { float, i32, double, i8 }, align 8
  store { float, i32, double, i8 } { float -2.417600e+04, i32 38463224, double 0x4174950A46000000, i8 -53 }, ptr %saved16, align 8
  %saved17 = alloca i16, align 2
  store i16 10018, ptr %saved17, align 2
  %owed18 = alloca i1, align 1
  store i1 true, ptr %owed18, align 1
  store [8 x i64] zeroinitializer, ptr %byval12, align 8
  %byval19 = alloca [8 x i64], align 8
  store [8 x i64] [i64 77004724, i64 0, i64 0, i64 0, i64 0, i64 38827233, i64 19738489, i64 57915978], ptr %byval19, align 8
  %cell20 = alloca i64, align 8
  store i64 1047753, ptr %cell20, align 8
  %37 = call i64 @f0(ptr byval([8 x i64]) %byval19, ptr %cell20, { float, i32, double, i8 } { float -8.485000e+03, i32 38413379, double 0x4174907A08000000, i8 22 }, i16 25893)
  %array = alloca [2 x i1], align 1
  store [2 x i1] zeroinitializer, ptr %array, align 1
  %38 = and i64 %37, 1
  %39 = getelementptr inbounds [2 x i1], ptr %array, i64 0, i64 %38
  %40 = trunc i64 %37 to i1
  store i1 %40, ptr %39, align 1
  %41 = and i64 %37, 1
  %42 = getelementptr inbounds [2 x i1], ptr %array, i64 0, i64 %41
  %43 = trunc i64 %37 to i1
  store i1 %43, ptr %42, align 1
  %44 = getelementptr inbounds [2 x i1], ptr %array, i64 0, i64 0
  %45 = load i1, ptr %44, align 1
  %46 = add i64 %37, 19088743
  %47 = insertvalue [8 x i64] zeroinitializer, i64 %46, 0
  %48 = add i64 %46, 19088744
  %49 = insertvalue [8 x i64] %47, i64 %48, 3
  %50 = add i64 %48, 19088745
  %51 = insertvalue [8 x i64] %49, i64 %50, 1
  %52 = add i64 %50, 19088746
  %53 = insertvalue [8 x i64] %51, i64 %52, 7
  %byval21 = alloca [8 x i64], align 8
  store [8 x i64] %53, ptr %byval21, align 8
  %cell22 = alloca i64, align 8
  store i64 %37, ptr %cell22, align 8
  %54 = add i64 %37, 19088743
  %55 = trunc i64 %54 to i16
  %56 = sitofp i16 %55 to float
  %57 = insertvalue { float, i32, double, i8 } zeroinitializer, float %56, 0
  %58 = add i64 %54, 19088744
  %59 = trunc i64 %58 to i32
  %60 = insertvalue { float, i32, double, i8 } %57, i32 %59, 1
  %61 = add i64 %58, 19088745
  %62 = trunc i64 %61 to i32
  %63 = sitofp i32 %62 to double
  %64 = fmul double %63, 3.750000e-01
  %65 = insertvalue { float, i32, double, i8 } %60, double %64, 2
  %66 = add i64 %61, 19088746
  %67 = trunc i64 %66 to i8
  %68 = insertvalue { float, i32, double, i8 } %65, i8 %67, 3
  %69 = trunc i64 %37 to i16
  %saved23 = alloca [8 x i64], align 8
  %70 = load [8 x i64], ptr %byval21, align 8
  store [8 x i64] %70, ptr %saved23, align 8
  %saved24 = alloca ptr, align 8
  store ptr %cell22, ptr %saved24, align 8
  %saved25 = alloca { float, i32, double, i8 }, align 8
  store { float, i32, double, i8 } %68, ptr %saved25, align 8
  %saved26 = alloca i16, align 2
  store i16 %69, ptr %saved26, align 2
  %owed27 = alloca i1, align 1
  store i1 true, ptr %owed27, align 1
  store [8 x i64] zeroinitializer, ptr %byval21, align 8
  %71 = add i64 %37, 19088743
  %72 = insertvalue [8 x i64] zeroinitializer, i64 %71, 7
  %73 = add i64 %71, 19088744
  %74 = insertvalue [8 x i64] %72, i64 %73, 0
  %75 = add i64 %73, 19088745
  %76 = insertvalue [8 x i64] %74, i64 %75, 7
  %77 = add i64 %75, 19088746
  %78 = insertvalue [8 x i64] %76, i64 %77, 3
  %byval28 = alloca [8 x i64], align 8
  store [8 x i64] %78, ptr %byval28, align 8
  %cell29 = alloca i64, align 8
  store i64 %37, ptr %cell29, align 8
  %79 = add i64 %37, 19088743
  %80 = trunc i64 %79 to i16
  %81 = sitofp i16 %80 to float
  %82 = insertvalue { float, i32, double, i8 } zeroinitializer, float %81, 0
  %83 = add i64 %79, 19088744
  %84 = trunc i64 %83 to i32
  %85 = insertvalue { float, i32, double, i8 } %82, i32 %84, 1
  %86 = add i64 %83, 19088745
  %87 = trunc i64 %86 to i32
  %88 = sitofp i32 %87 to double
  %89 = fmul double %88, 3.750000e-01
  %90 = insertvalue { float, i32, double, i8 } %85, double %89, 2
  %91 = add i64 %86, 19088746
  %92 = trunc i64 %91 to i8
  %93 = insertvalue { float, i32, double, i8 } %90, i8 %92, 3
  %94 = trunc i64 %37 to i16
  %saved30 = alloca [8 x i64], align 8
  %95 = load [8 x i64], ptr %byval28, align 8
  store [8 x i64] %95, ptr %saved30, align 8
  %saved31 = alloca ptr, align 8
  store ptr %cell29, ptr %saved31, align 8
  %saved32 = alloca { float, i32, double, i8 }, align 8
  store { float, i32, double, i8 } %93, ptr %saved32, align 8
  %saved33 = alloca i16, align 2
  store i16 %94, ptr %saved33, align 2
  %owed34 = alloca i1, align 1
  store i1 true, ptr %owed34, align 1
  store [8 x i64] zeroinitializer, ptr %byval28, align 8
  %96 = and i64 %37, 7
  %97 = icmp eq i64 %96, 3
  %98 = add i64 %37, 19088743
  %99 = insertvalue [8 x i64] zeroinitializer, i64 %98, 5
  %100 = add i64 %98, 19088744
  %101 = insertvalue [8 x i64] %99, i64 %100, 1
  %102 = add i64 %100, 19088745
  %103 = insertvalue [8 x i64] %101, i64 %102, 0
  %104 = add i64 %102, 19088746
  %105 = insertvalue [8 x i64] %103, i64 %104, 3
  %byval35 = alloca [8 x i64], align 8
  store [8 x i64] %105, ptr %byval35, align 8
  %cell36 = alloca i64, align 8
  store i64 %37, ptr %cell36, align 8
  %106 = add i64 %37, 19088743
  %107 = trunc i64 %106 to i16
  %108 = sitofp i16 %107 to float
  %109 = insertvalue { float, i32, double, i8 } zeroinitializer, float %108, 0
  %110 = add i64 %106, 19088744
  %111 = trunc i64 %110 to i32
  %112 = insertvalue { float, i32, double, i8 } %109, i32 %111, 1
  %113 = add i64 %110, 19088745
  %114 = trunc i64 %113 to i32
  %115 = sitofp i32 %114 to double
  %116 = fmul double %115, 3.750000e-01
  %117 = insertvalue { float, i32, double, i8 } %112, double %116, 2
  %118 = add i64 %113, 19088746
  %119 = trunc i64 %118 to i8
  %120 = insertvalue { float, i32, double, i8 } %117, i8 %119, 3
  %121 = trunc i64 %37 to i16
  %122 = call i64 @f0(ptr byval([8 x i64]) %byval35, ptr %cell36, { float, i32, double, i8 } %120, i16 %121)
  %cell37 = alloca i64, align 8
  store i64 %122, ptr %cell37, align 8
  store i64 %37, ptr %cell37, align 8
  %123 = add i64 %122, 19088743
  %124 = insertvalue [8 x i64] zeroinitializer, i64 %123, 6
  %125 = add i64 %123, 19088744
  %126 = insertvalue [8 x i64] %124, i64 %125, 5
  %127 = add i64 %125, 19088745
  %128 = insertvalue [8 x i64] %126, i64 %127, 4
  %129 = add i64 %127, 19088746
  %130 = insertvalue [8 x i64] %128, i64 %129, 0
  %byval38 = alloca [8 x i64], align 8
  store [8 x i64] %130, ptr %byval38, align 8
  %cell39 = alloca i64, align 8
  store i64 %122, ptr %cell39, align 8
  %131 = add i64 %122, 19088743
  %132 = trunc i64 %131 to i16
  %133 = sitofp i16 %132 to float
  %134 = insertvalue { float, i32, double, i8 } zeroinitializer, float %133, 0
  %135 = add i64 %131, 19088744
  %136 = trunc i64 %135 to i32
  %137 = insertvalue { float, i32, double, i8 } %134, i32 %136, 1
  %138 = add i64 %135, 19088745
  %139 = trunc i64 %138 to i32
  %140 = sitofp i32 %139 to double
  %141 = fmul double %140, 3.750000e-01
  %142 = insertvalue { float, i32, double, i8 } %137, double %141, 2
  %143 = add i64 %138, 19088746
  %144 = trunc i64 %143 to i8
  %145 = insertvalue { float, i32, double, i8 } %142, i8 %144, 3
  %146 = call i64 @f0(ptr byval([8 x i64]) %byval38, ptr %cell39, { float, i32, double, i8 } %145, i16 23557)
  %out40 = alloca i64, align 8
  br i1 %97, label %first, label %second

first:                                            ; preds = %on
  %147 = load ptr, ptr %saved24, align 8
  %148 = load { float, i32, double, i8 }, ptr %saved25, align 8
  %149 = load i16, ptr %saved26, align 2
  store i1 false, ptr %owed27, align 1
  %150 = call i64 @f0(ptr byval([8 x i64]) %saved23, ptr %147, { float, i32, double, i8 } %148, i16 %149)
  br label %on41

second:                                           ; preds = %on
  %151 = load ptr, ptr %saved31, align 8
  %152 = load { float, i32, double, i8 }, ptr %saved32, align 8
  %153 = load i16, ptr %saved33, align 2
  store i1 false, ptr %owed34, align 1
  %154 = call i64 @f0(ptr byval([8 x i64]) %saved30, ptr %151, { float, i32, double, i8 } %152, i16 %153)
  br label %on41

on41:                                             ; preds = %second, %first
  %155 = phi i64 [ %150, %first ], [ %154, %second ]
  %156 = load i1, ptr %owed34, align 1
  br i1 %156, label %owed42, label %on43

owed42:                                           ; preds = %on41
  store i1 false, ptr %owed34, align 1
  br label %on43

on43:                                             ; preds = %owed42, %on41
  %157 = load i1, ptr %owed27, align 1
  br i1 %157, label %owed44, label %on45

owed44:                                           ; preds = %on43
  store i1 false, ptr %owed27, align 1
  br label %on45

on45:                                             ; preds = %owed44, %on43
  %158 = load i1, ptr %owed18, align 1
  br i1 %158, label %owed46, label %on47

owed46:                                           ; preds = %on45
  store i1 false, ptr %owed18, align 1
  br label %on47

on47:                                             ; preds = %owed46, %on45
  %159 = call i64 @ext_touch(ptr %object)
  call void @ext_note(i64 %159)
  call void @ext_dtor(ptr %object, i64 763589)
  call void @ext_free(ptr %3)
  %160 = bitcast float %0 to i32
  %161 = zext i32 %160 to i64
  %162 = add i64 4332159567320219538, %161
  %163 = xor i64 %162, 0
  %164 = bitcast float %0 to i32
  %165 = zext i32 %164 to i64
  %166 = mul i64 %163, -7046029254386353131
  %167 = lshr i64 %163, 31
  %168 = add i64 %166, %165
  %169 = xor i64 %168, %167
  %170 = load [1 x [8 x i64]], ptr %2, align 8
  %171 = extractvalue [1 x [8 x i64]] %170, 0
  %172 = extractvalue [8 x i64] %171, 1
  %173 = add i64 -1028001813962170200, %172
  %174 = xor i64 %173, 0
  %175 = extractvalue [8 x i64] %171, 4
  %176 = mul i64 %174, -7046029254386353131
  %177 = lshr i64 %174, 31
  %178 = add i64 %176, %175
  %179 = xor i64 %178, %177
  %180 = extractvalue [8 x i64] %171, 7
  %181 = mul i64 %179, -7046029254386353131
  %182 = lshr i64 %179, 31
  %183 = add i64 %181, %180
  %184 = xor i64 %183, %182
  %185 = add i64 -1028001813962170200, %184
  %186 = xor i64 %185, 0
  %187 = mul i64 %169, -7046029254386353131
  %188 = lshr i64 %169, 31
  %189 = add i64 %187, %186
  %190 = xor i64 %189, %188
  call void @ext_note(i64 %190)
  call void @ext_free(ptr %1)
  ret void
}

define void @f1_drop_args(float %0, ptr %1, ptr %2) {
entry:
  call void @ext_free(ptr %1)
  ret void
}

declare void @ext_free(ptr)

define i64 @root(i64 %0, i64 %1) {
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

declare i64 @f0(ptr byval([8 x i64]), ptr, { float, i32, double, i8 }, i16)

declare i64 @ext_get(i64)

declare void @ext_note(i64)

declare void @ext_dtor(ptr, i64)

declare i64 @ext_touch(ptr)
