; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define void @f1(float %0, ptr %1, ptr byval({ { i64, i32, i8 }, i32, double }) %2) {
entry:
  %cell = alloca i64, align 8
  store i64 660276, ptr %cell, align 8
  %link = alloca ptr, align 8
  store ptr %cell, ptr %link, align 8
  call void @ext_see(ptr %link)
  %byval = alloca { { i64, i32, i8 }, i32, double }, align 8
  store { { i64, i32, i8 }, i32, double } { { i64, i32, i8 } { i64 38795819, i32 57884563, i8 -4 }, i32 38795820, double 0x4174B37D7E000000 }, ptr %byval, align 8
  %cell1 = alloca i64, align 8
  store i64 234968, ptr %cell1, align 8
  %3 = call i64 @f0(ptr byval({ { i64, i32, i8 }, i32, double }) %byval, ptr %cell1, { { i64, i32, i8 }, i32, double } { { i64, i32, i8 } { i64 38619204, i32 57707948, i8 21 }, i32 38619205, double 0x4174A35214000000 }, i16 -16532)
  %4 = load ptr, ptr %link, align 8
  %5 = icmp eq ptr %4, %cell
  %6 = load i64, ptr %4, align 8
  %vol = alloca i64, align 8
  store volatile i64 %6, ptr %vol, align 8
  %7 = load volatile i64, ptr %vol, align 8
  %8 = add i64 %7, 19088743
  %9 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %8, 0
  %10 = add i64 %8, 19088744
  %11 = trunc i64 %10 to i32
  %12 = insertvalue { i64, i32, i8 } %9, i32 %11, 1
  %13 = add i64 %10, 19088745
  %14 = trunc i64 %13 to i8
  %15 = insertvalue { i64, i32, i8 } %12, i8 %14, 2
  %16 = trunc i64 %6 to i32
  %17 = insertvalue { i64, i32, i8 } %15, i32 %16, 1
  %punned = alloca i64, align 8
  store i64 %7, ptr %punned, align 8
  %18 = load i32, ptr %punned, align 4
  store i32 %18, ptr %punned, align 4
  %19 = call i1 @ext_never()
  br i1 %19, label %panic, label %ok

panic:                                            ; preds = %entry
  call void @panic(ptr null)
  unreachable

ok:                                               ; preds = %entry
  %20 = zext i1 %5 to i64
  %21 = mul i64 %6, -7046029254386353131
  %22 = lshr i64 %6, 31
  %23 = add i64 %21, %20
  %24 = xor i64 %23, %22
  %25 = zext i1 %5 to i64
  %26 = mul i64 %24, -7046029254386353131
  %27 = lshr i64 %24, 31
  %28 = add i64 %26, %25
  %29 = xor i64 %28, %27
  %30 = zext i32 %18 to i64
  %31 = mul i64 %29, -7046029254386353131
  %32 = lshr i64 %29, 31
  %33 = add i64 %31, %30
  %34 = xor i64 %33, %32
  %35 = zext i32 %18 to i64
  %36 = mul i64 %34, -7046029254386353131
  %37 = lshr i64 %34, 31
  %38 = add i64 %36, %35
  %39 = xor i64 %38, %37
  %40 = mul i64 %39, -7046029254386353131
  %41 = lshr i64 %39, 31
  %42 = add i64 %40, %7
  %43 = xor i64 %42, %41
  %44 = mul i64 %43, -7046029254386353131
  %45 = lshr i64 %43, 31
  %46 = add i64 %44, %7
  %47 = xor i64 %46, %45
  %48 = bitcast float %0 to i32
  %49 = zext i32 %48 to i64
  %50 = mul i64 %47, -7046029254386353131
  %51 = lshr i64 %47, 31
  %52 = add i64 %50, %49
  %53 = xor i64 %52, %51
  %54 = bitcast float %0 to i32
  %55 = zext i32 %54 to i64
  %56 = mul i64 %53, -7046029254386353131
  %57 = lshr i64 %53, 31
  %58 = add i64 %56, %55
  %59 = xor i64 %58, %57
  %60 = load i64, ptr %4, align 8
  %61 = mul i64 %59, -7046029254386353131
  %62 = lshr i64 %59, 31
  %63 = add i64 %61, %60
  %64 = xor i64 %63, %62
  %65 = load i64, ptr %vol, align 8
  %66 = mul i64 %64, -7046029254386353131
  %67 = lshr i64 %64, 31
  %68 = add i64 %66, %65
  %69 = xor i64 %68, %67
  %70 = extractvalue { i64, i32, i8 } %17, 0
  %71 = add i64 -2691343689449507777, %70
  %72 = xor i64 %71, 0
  %73 = extractvalue { i64, i32, i8 } %17, 1
  %74 = zext i32 %73 to i64
  %75 = mul i64 %72, -7046029254386353131
  %76 = lshr i64 %72, 31
  %77 = add i64 %75, %74
  %78 = xor i64 %77, %76
  %79 = extractvalue { i64, i32, i8 } %17, 2
  %80 = zext i8 %79 to i64
  %81 = mul i64 %78, -7046029254386353131
  %82 = lshr i64 %78, 31
  %83 = add i64 %81, %80
  %84 = xor i64 %83, %82
  %85 = mul i64 %69, -7046029254386353131
  %86 = lshr i64 %69, 31
  %87 = add i64 %85, %84
  %88 = xor i64 %87, %86
  %89 = extractvalue { i64, i32, i8 } %17, 0
  %90 = add i64 -2691343689449507777, %89
  %91 = xor i64 %90, 0
  %92 = extractvalue { i64, i32, i8 } %17, 1
  %93 = zext i32 %92 to i64
  %94 = mul i64 %91, -7046029254386353131
  %95 = lshr i64 %91, 31
  %96 = add i64 %94, %93
  %97 = xor i64 %96, %95
  %98 = extractvalue { i64, i32, i8 } %17, 2
  %99 = zext i8 %98 to i64
  %100 = mul i64 %97, -7046029254386353131
  %101 = lshr i64 %97, 31
  %102 = add i64 %100, %99
  %103 = xor i64 %102, %101
  %104 = mul i64 %88, -7046029254386353131
  %105 = lshr i64 %88, 31
  %106 = add i64 %104, %103
  %107 = xor i64 %106, %105
  %108 = load { { i64, i32, i8 }, i32, double }, ptr %2, align 8
  %109 = extractvalue { { i64, i32, i8 }, i32, double } %108, 0
  %110 = extractvalue { i64, i32, i8 } %109, 0
  %111 = add i64 -2691343689449507777, %110
  %112 = xor i64 %111, 0
  %113 = extractvalue { i64, i32, i8 } %109, 1
  %114 = zext i32 %113 to i64
  %115 = mul i64 %112, -7046029254386353131
  %116 = lshr i64 %112, 31
  %117 = add i64 %115, %114
  %118 = xor i64 %117, %116
  %119 = extractvalue { i64, i32, i8 } %109, 2
  %120 = zext i8 %119 to i64
  %121 = mul i64 %118, -7046029254386353131
  %122 = lshr i64 %118, 31
  %123 = add i64 %121, %120
  %124 = xor i64 %123, %122
  %125 = add i64 1663341875487337577, %124
  %126 = xor i64 %125, 0
  %127 = extractvalue { { i64, i32, i8 }, i32, double } %108, 1
  %128 = zext i32 %127 to i64
  %129 = mul i64 %126, -7046029254386353131
  %130 = lshr i64 %126, 31
  %131 = add i64 %129, %128
  %132 = xor i64 %131, %130
  %133 = extractvalue { { i64, i32, i8 }, i32, double } %108, 2
  %134 = bitcast double %133 to i64
  %135 = mul i64 %132, -7046029254386353131
  %136 = lshr i64 %132, 31
  %137 = add i64 %135, %134
  %138 = xor i64 %137, %136
  %139 = mul i64 %107, -7046029254386353131
  %140 = lshr i64 %107, 31
  %141 = add i64 %139, %138
  %142 = xor i64 %141, %140
  %143 = load i64, ptr %vol, align 8
  %144 = mul i64 %142, -7046029254386353131
  %145 = lshr i64 %142, 31
  %146 = add i64 %144, %143
  %147 = xor i64 %146, %145
  %148 = load i64, ptr %vol, align 8
  %149 = mul i64 %147, -7046029254386353131
  %150 = lshr i64 %147, 31
  %151 = add i64 %149, %148
  %152 = xor i64 %151, %150
  call void @ext_note(i64 %152)
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
  %2 = and i64 %1, 3
  switch i64 %2, label %case2 [
    i64 0, label %case
    i64 1, label %case1
  ]

join:                                             ; preds = %on27, %on20, %case
  %3 = phi { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } [ %211, %case ], [ %548, %on20 ], [ %592, %on27 ]
  %4 = phi i64 [ %1, %case ], [ %0, %on20 ], [ %0, %on27 ]
  %5 = mul i64 %4, -7046029254386353131
  %6 = lshr i64 %4, 31
  %7 = add i64 %5, %1
  %8 = xor i64 %7, %6
  %9 = mul i64 %8, -7046029254386353131
  %10 = lshr i64 %8, 31
  %11 = add i64 %9, %0
  %12 = xor i64 %11, %10
  %13 = extractvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %3, 0
  %14 = zext i16 %13 to i64
  %15 = add i64 -3719345503411677977, %14
  %16 = xor i64 %15, 0
  %17 = extractvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %3, 1
  %18 = extractvalue { { i64, i32, i8 }, i32, double } %17, 0
  %19 = extractvalue { i64, i32, i8 } %18, 0
  %20 = add i64 -2691343689449507777, %19
  %21 = xor i64 %20, 0
  %22 = extractvalue { i64, i32, i8 } %18, 1
  %23 = zext i32 %22 to i64
  %24 = mul i64 %21, -7046029254386353131
  %25 = lshr i64 %21, 31
  %26 = add i64 %24, %23
  %27 = xor i64 %26, %25
  %28 = extractvalue { i64, i32, i8 } %18, 2
  %29 = zext i8 %28 to i64
  %30 = mul i64 %27, -7046029254386353131
  %31 = lshr i64 %27, 31
  %32 = add i64 %30, %29
  %33 = xor i64 %32, %31
  %34 = add i64 1663341875487337577, %33
  %35 = xor i64 %34, 0
  %36 = extractvalue { { i64, i32, i8 }, i32, double } %17, 1
  %37 = zext i32 %36 to i64
  %38 = mul i64 %35, -7046029254386353131
  %39 = lshr i64 %35, 31
  %40 = add i64 %38, %37
  %41 = xor i64 %40, %39
  %42 = extractvalue { { i64, i32, i8 }, i32, double } %17, 2
  %43 = bitcast double %42 to i64
  %44 = mul i64 %41, -7046029254386353131
  %45 = lshr i64 %41, 31
  %46 = add i64 %44, %43
  %47 = xor i64 %46, %45
  %48 = mul i64 %16, -7046029254386353131
  %49 = lshr i64 %16, 31
  %50 = add i64 %48, %47
  %51 = xor i64 %50, %49
  %52 = extractvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %3, 2
  %53 = extractvalue { { i64, i32, i8 }, i32, double } %52, 0
  %54 = extractvalue { i64, i32, i8 } %53, 0
  %55 = add i64 -2691343689449507777, %54
  %56 = xor i64 %55, 0
  %57 = extractvalue { i64, i32, i8 } %53, 1
  %58 = zext i32 %57 to i64
  %59 = mul i64 %56, -7046029254386353131
  %60 = lshr i64 %56, 31
  %61 = add i64 %59, %58
  %62 = xor i64 %61, %60
  %63 = extractvalue { i64, i32, i8 } %53, 2
  %64 = zext i8 %63 to i64
  %65 = mul i64 %62, -7046029254386353131
  %66 = lshr i64 %62, 31
  %67 = add i64 %65, %64
  %68 = xor i64 %67, %66
  %69 = add i64 1663341875487337577, %68
  %70 = xor i64 %69, 0
  %71 = extractvalue { { i64, i32, i8 }, i32, double } %52, 1
  %72 = zext i32 %71 to i64
  %73 = mul i64 %70, -7046029254386353131
  %74 = lshr i64 %70, 31
  %75 = add i64 %73, %72
  %76 = xor i64 %75, %74
  %77 = extractvalue { { i64, i32, i8 }, i32, double } %52, 2
  %78 = bitcast double %77 to i64
  %79 = mul i64 %76, -7046029254386353131
  %80 = lshr i64 %76, 31
  %81 = add i64 %79, %78
  %82 = xor i64 %81, %80
  %83 = mul i64 %51, -7046029254386353131
  %84 = lshr i64 %51, 31
  %85 = add i64 %83, %82
  %86 = xor i64 %85, %84
  %87 = mul i64 %12, -7046029254386353131
  %88 = lshr i64 %12, 31
  %89 = add i64 %87, %86
  %90 = xor i64 %89, %88
  %91 = extractvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %3, 0
  %92 = zext i16 %91 to i64
  %93 = add i64 -3719345503411677977, %92
  %94 = xor i64 %93, 0
  %95 = extractvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %3, 1
  %96 = extractvalue { { i64, i32, i8 }, i32, double } %95, 0
  %97 = extractvalue { i64, i32, i8 } %96, 0
  %98 = add i64 -2691343689449507777, %97
  %99 = xor i64 %98, 0
  %100 = extractvalue { i64, i32, i8 } %96, 1
  %101 = zext i32 %100 to i64
  %102 = mul i64 %99, -7046029254386353131
  %103 = lshr i64 %99, 31
  %104 = add i64 %102, %101
  %105 = xor i64 %104, %103
  %106 = extractvalue { i64, i32, i8 } %96, 2
  %107 = zext i8 %106 to i64
  %108 = mul i64 %105, -7046029254386353131
  %109 = lshr i64 %105, 31
  %110 = add i64 %108, %107
  %111 = xor i64 %110, %109
  %112 = add i64 1663341875487337577, %111
  %113 = xor i64 %112, 0
  %114 = extractvalue { { i64, i32, i8 }, i32, double } %95, 1
  %115 = zext i32 %114 to i64
  %116 = mul i64 %113, -7046029254386353131
  %117 = lshr i64 %113, 31
  %118 = add i64 %116, %115
  %119 = xor i64 %118, %117
  %120 = extractvalue { { i64, i32, i8 }, i32, double } %95, 2
  %121 = bitcast double %120 to i64
  %122 = mul i64 %119, -7046029254386353131
  %123 = lshr i64 %119, 31
  %124 = add i64 %122, %121
  %125 = xor i64 %124, %123
  %126 = mul i64 %94, -7046029254386353131
  %127 = lshr i64 %94, 31
  %128 = add i64 %126, %125
  %129 = xor i64 %128, %127
  %130 = extractvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %3, 2
  %131 = extractvalue { { i64, i32, i8 }, i32, double } %130, 0
  %132 = extractvalue { i64, i32, i8 } %131, 0
  %133 = add i64 -2691343689449507777, %132
  %134 = xor i64 %133, 0
  %135 = extractvalue { i64, i32, i8 } %131, 1
  %136 = zext i32 %135 to i64
  %137 = mul i64 %134, -7046029254386353131
  %138 = lshr i64 %134, 31
  %139 = add i64 %137, %136
  %140 = xor i64 %139, %138
  %141 = extractvalue { i64, i32, i8 } %131, 2
  %142 = zext i8 %141 to i64
  %143 = mul i64 %140, -7046029254386353131
  %144 = lshr i64 %140, 31
  %145 = add i64 %143, %142
  %146 = xor i64 %145, %144
  %147 = add i64 1663341875487337577, %146
  %148 = xor i64 %147, 0
  %149 = extractvalue { { i64, i32, i8 }, i32, double } %130, 1
  %150 = zext i32 %149 to i64
  %151 = mul i64 %148, -7046029254386353131
  %152 = lshr i64 %148, 31
  %153 = add i64 %151, %150
  %154 = xor i64 %153, %152
  %155 = extractvalue { { i64, i32, i8 }, i32, double } %130, 2
  %156 = bitcast double %155 to i64
  %157 = mul i64 %154, -7046029254386353131
  %158 = lshr i64 %154, 31
  %159 = add i64 %157, %156
  %160 = xor i64 %159, %158
  %161 = mul i64 %129, -7046029254386353131
  %162 = lshr i64 %129, 31
  %163 = add i64 %161, %160
  %164 = xor i64 %163, %162
  %165 = mul i64 %90, -7046029254386353131
  %166 = lshr i64 %90, 31
  %167 = add i64 %165, %164
  %168 = xor i64 %167, %166
  call void @ext_note(i64 %168)
  ret i64 %168

case:                                             ; preds = %entry
  %169 = add i64 %0, 19088743
  %170 = trunc i64 %169 to i16
  %171 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } zeroinitializer, i16 %170, 0
  %172 = add i64 %169, 19088744
  %173 = add i64 %172, 19088743
  %174 = add i64 %173, 19088743
  %175 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %174, 0
  %176 = add i64 %174, 19088744
  %177 = trunc i64 %176 to i32
  %178 = insertvalue { i64, i32, i8 } %175, i32 %177, 1
  %179 = add i64 %176, 19088745
  %180 = trunc i64 %179 to i8
  %181 = insertvalue { i64, i32, i8 } %178, i8 %180, 2
  %182 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %181, 0
  %183 = add i64 %173, 19088744
  %184 = trunc i64 %183 to i32
  %185 = insertvalue { { i64, i32, i8 }, i32, double } %182, i32 %184, 1
  %186 = add i64 %183, 19088745
  %187 = trunc i64 %186 to i32
  %188 = sitofp i32 %187 to double
  %189 = fmul double %188, 3.750000e-01
  %190 = insertvalue { { i64, i32, i8 }, i32, double } %185, double %189, 2
  %191 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %171, { { i64, i32, i8 }, i32, double } %190, 1
  %192 = add i64 %172, 19088745
  %193 = add i64 %192, 19088743
  %194 = add i64 %193, 19088743
  %195 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %194, 0
  %196 = add i64 %194, 19088744
  %197 = trunc i64 %196 to i32
  %198 = insertvalue { i64, i32, i8 } %195, i32 %197, 1
  %199 = add i64 %196, 19088745
  %200 = trunc i64 %199 to i8
  %201 = insertvalue { i64, i32, i8 } %198, i8 %200, 2
  %202 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %201, 0
  %203 = add i64 %193, 19088744
  %204 = trunc i64 %203 to i32
  %205 = insertvalue { { i64, i32, i8 }, i32, double } %202, i32 %204, 1
  %206 = add i64 %203, 19088745
  %207 = trunc i64 %206 to i32
  %208 = sitofp i32 %207 to double
  %209 = fmul double %208, 3.750000e-01
  %210 = insertvalue { { i64, i32, i8 }, i32, double } %205, double %209, 2
  %211 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %191, { { i64, i32, i8 }, i32, double } %210, 2
  br label %join

case1:                                            ; preds = %entry
  %212 = add i64 %1, 19088743
  %213 = add i64 %212, 19088743
  %214 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %213, 0
  %215 = add i64 %213, 19088744
  %216 = trunc i64 %215 to i32
  %217 = insertvalue { i64, i32, i8 } %214, i32 %216, 1
  %218 = add i64 %215, 19088745
  %219 = trunc i64 %218 to i8
  %220 = insertvalue { i64, i32, i8 } %217, i8 %219, 2
  %221 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %220, 0
  %222 = add i64 %212, 19088744
  %223 = trunc i64 %222 to i32
  %224 = insertvalue { { i64, i32, i8 }, i32, double } %221, i32 %223, 1
  %225 = add i64 %222, 19088745
  %226 = trunc i64 %225 to i32
  %227 = sitofp i32 %226 to double
  %228 = fmul double %227, 3.750000e-01
  %229 = insertvalue { { i64, i32, i8 }, i32, double } %224, double %228, 2
  %byval = alloca { { i64, i32, i8 }, i32, double }, align 8
  store { { i64, i32, i8 }, i32, double } %229, ptr %byval, align 8
  %cell = alloca i64, align 8
  store i64 %1, ptr %cell, align 8
  %230 = add i64 %0, 19088743
  %231 = add i64 %230, 19088743
  %232 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %231, 0
  %233 = add i64 %231, 19088744
  %234 = trunc i64 %233 to i32
  %235 = insertvalue { i64, i32, i8 } %232, i32 %234, 1
  %236 = add i64 %233, 19088745
  %237 = trunc i64 %236 to i8
  %238 = insertvalue { i64, i32, i8 } %235, i8 %237, 2
  %239 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %238, 0
  %240 = add i64 %230, 19088744
  %241 = trunc i64 %240 to i32
  %242 = insertvalue { { i64, i32, i8 }, i32, double } %239, i32 %241, 1
  %243 = add i64 %240, 19088745
  %244 = trunc i64 %243 to i32
  %245 = sitofp i32 %244 to double
  %246 = fmul double %245, 3.750000e-01
  %247 = insertvalue { { i64, i32, i8 }, i32, double } %242, double %246, 2
  %248 = trunc i64 %0 to i16
  %249 = call i64 @f0(ptr byval({ { i64, i32, i8 }, i32, double }) %byval, ptr %cell, { { i64, i32, i8 }, i32, double } %247, i16 %248)
  %250 = sub i64 %1, %249
  %251 = add i64 %249, 19088743
  %252 = add i64 %251, 19088743
  %253 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %252, 0
  %254 = add i64 %252, 19088744
  %255 = trunc i64 %254 to i32
  %256 = insertvalue { i64, i32, i8 } %253, i32 %255, 1
  %257 = add i64 %254, 19088745
  %258 = trunc i64 %257 to i8
  %259 = insertvalue { i64, i32, i8 } %256, i8 %258, 2
  %260 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %259, 0
  %261 = add i64 %251, 19088744
  %262 = trunc i64 %261 to i32
  %263 = insertvalue { { i64, i32, i8 }, i32, double } %260, i32 %262, 1
  %264 = add i64 %261, 19088745
  %265 = trunc i64 %264 to i32
  %266 = sitofp i32 %265 to double
  %267 = fmul double %266, 3.750000e-01
  %268 = insertvalue { { i64, i32, i8 }, i32, double } %263, double %267, 2
  %byval3 = alloca { { i64, i32, i8 }, i32, double }, align 8
  store { { i64, i32, i8 }, i32, double } %268, ptr %byval3, align 8
  %cell4 = alloca i64, align 8
  store i64 %249, ptr %cell4, align 8
  %269 = add i64 %1, 19088743
  %270 = add i64 %269, 19088743
  %271 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %270, 0
  %272 = add i64 %270, 19088744
  %273 = trunc i64 %272 to i32
  %274 = insertvalue { i64, i32, i8 } %271, i32 %273, 1
  %275 = add i64 %272, 19088745
  %276 = trunc i64 %275 to i8
  %277 = insertvalue { i64, i32, i8 } %274, i8 %276, 2
  %278 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %277, 0
  %279 = add i64 %269, 19088744
  %280 = trunc i64 %279 to i32
  %281 = insertvalue { { i64, i32, i8 }, i32, double } %278, i32 %280, 1
  %282 = add i64 %279, 19088745
  %283 = trunc i64 %282 to i32
  %284 = sitofp i32 %283 to double
  %285 = fmul double %284, 3.750000e-01
  %286 = insertvalue { { i64, i32, i8 }, i32, double } %281, double %285, 2
  %287 = trunc i64 %249 to i16
  %saved = alloca { { i64, i32, i8 }, i32, double }, align 8
  %288 = load { { i64, i32, i8 }, i32, double }, ptr %byval3, align 8
  store { { i64, i32, i8 }, i32, double } %288, ptr %saved, align 8
  %saved5 = alloca ptr, align 8
  store ptr %cell4, ptr %saved5, align 8
  %saved6 = alloca { { i64, i32, i8 }, i32, double }, align 8
  store { { i64, i32, i8 }, i32, double } %286, ptr %saved6, align 8
  %saved7 = alloca i16, align 2
  store i16 %287, ptr %saved7, align 2
  %owed = alloca i1, align 1
  store i1 true, ptr %owed, align 1
  store { { i64, i32, i8 }, i32, double } zeroinitializer, ptr %byval3, align 8
  %289 = add i64 %1, 19088743
  %290 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %289, 0
  %291 = add i64 %289, 19088744
  %292 = trunc i64 %291 to i32
  %293 = insertvalue { i64, i32, i8 } %290, i32 %292, 1
  %294 = add i64 %291, 19088745
  %295 = trunc i64 %294 to i8
  %296 = insertvalue { i64, i32, i8 } %293, i8 %295, 2
  %scoped = alloca { i64, i32, i8 }, align 8
  call void @llvm.lifetime.start.p0(i64 -1, ptr %scoped)
  store { i64, i32, i8 } %296, ptr %scoped, align 8
  %297 = add i64 %0, 19088743
  %298 = add i64 %297, 19088743
  %299 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %298, 0
  %300 = add i64 %298, 19088744
  %301 = trunc i64 %300 to i32
  %302 = insertvalue { i64, i32, i8 } %299, i32 %301, 1
  %303 = add i64 %300, 19088745
  %304 = trunc i64 %303 to i8
  %305 = insertvalue { i64, i32, i8 } %302, i8 %304, 2
  %306 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %305, 0
  %307 = add i64 %297, 19088744
  %308 = trunc i64 %307 to i32
  %309 = insertvalue { { i64, i32, i8 }, i32, double } %306, i32 %308, 1
  %310 = add i64 %307, 19088745
  %311 = trunc i64 %310 to i32
  %312 = sitofp i32 %311 to double
  %313 = fmul double %312, 3.750000e-01
  %314 = insertvalue { { i64, i32, i8 }, i32, double } %309, double %313, 2
  %byval8 = alloca { { i64, i32, i8 }, i32, double }, align 8
  store { { i64, i32, i8 }, i32, double } %314, ptr %byval8, align 8
  %cell9 = alloca i64, align 8
  store i64 %250, ptr %cell9, align 8
  %315 = trunc i64 %0 to i16
  %316 = call i64 @f0(ptr byval({ { i64, i32, i8 }, i32, double }) %byval8, ptr %cell9, { { i64, i32, i8 }, i32, double } { { i64, i32, i8 } { i64 39086313, i32 58175057, i8 -70 }, i32 39086314, double 0x4174CE15F2000000 }, i16 %315)
  %vol = alloca i64, align 8
  store volatile i64 %1, ptr %vol, align 8
  %317 = load volatile i64, ptr %vol, align 8
  %318 = add i64 %0, 19088743
  %319 = add i64 %318, 19088743
  %320 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %319, 0
  %321 = add i64 %319, 19088744
  %322 = trunc i64 %321 to i32
  %323 = insertvalue { i64, i32, i8 } %320, i32 %322, 1
  %324 = add i64 %321, 19088745
  %325 = trunc i64 %324 to i8
  %326 = insertvalue { i64, i32, i8 } %323, i8 %325, 2
  %327 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %326, 0
  %328 = add i64 %318, 19088744
  %329 = trunc i64 %328 to i32
  %330 = insertvalue { { i64, i32, i8 }, i32, double } %327, i32 %329, 1
  %331 = add i64 %328, 19088745
  %332 = trunc i64 %331 to i32
  %333 = sitofp i32 %332 to double
  %334 = fmul double %333, 3.750000e-01
  %335 = insertvalue { { i64, i32, i8 }, i32, double } %330, double %334, 2
  %byval10 = alloca { { i64, i32, i8 }, i32, double }, align 8
  store { { i64, i32, i8 }, i32, double } %335, ptr %byval10, align 8
  %cell11 = alloca i64, align 8
  store i64 %250, ptr %cell11, align 8
  %336 = add i64 %0, 19088743
  %337 = add i64 %336, 19088743
  %338 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %337, 0
  %339 = add i64 %337, 19088744
  %340 = trunc i64 %339 to i32
  %341 = insertvalue { i64, i32, i8 } %338, i32 %340, 1
  %342 = add i64 %339, 19088745
  %343 = trunc i64 %342 to i8
  %344 = insertvalue { i64, i32, i8 } %341, i8 %343, 2
  %345 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %344, 0
  %346 = add i64 %336, 19088744
  %347 = trunc i64 %346 to i32
  %348 = insertvalue { { i64, i32, i8 }, i32, double } %345, i32 %347, 1
  %349 = add i64 %346, 19088745
  %350 = trunc i64 %349 to i32
  %351 = sitofp i32 %350 to double
  %352 = fmul double %351, 3.750000e-01
  %353 = insertvalue { { i64, i32, i8 }, i32, double } %348, double %352, 2
  %354 = trunc i64 %250 to i16
  %saved12 = alloca { { i64, i32, i8 }, i32, double }, align 8
  %355 = load { { i64, i32, i8 }, i32, double }, ptr %byval10, align 8
  store { { i64, i32, i8 }, i32, double } %355, ptr %saved12, align 8
  %saved13 = alloca ptr, align 8
  store ptr %cell11, ptr %saved13, align 8
  %saved14 = alloca { { i64, i32, i8 }, i32, double }, align 8
  store { { i64, i32, i8 }, i32, double } %353, ptr %saved14, align 8
  %saved15 = alloca i16, align 2
  store i16 %354, ptr %saved15, align 2
  %owed16 = alloca i1, align 1
  store i1 true, ptr %owed16, align 1
  store { { i64, i32, i8 }, i32, double } zeroinitializer, ptr %byval10, align 8
  %out = alloca i64, align 8
  %356 = load ptr, ptr %saved13, align 8
  %357 = load { { i64, i32, i8 }, i32, double }, ptr %saved14, align 8
  %358 = load i16, ptr %saved15, align 2
  store i1 false, ptr %owed16, align 1
  %359 = call i64 @f0(ptr byval({ { i64, i32, i8 }, i32, double }) %saved12, ptr %356, { { i64, i32, i8 }, i32, double } %357, i16 %358)
  %360 = and i64 %250, 7
  %361 = icmp eq i64 %360, 3
  %362 = select i1 %361, i64 %250, i64 %359
  %363 = load { i64, i32, i8 }, ptr %scoped, align 8
  %364 = and i64 %359, 7
  %365 = icmp ult i64 %364, 6
  br i1 %365, label %ends, label %on

case2:                                            ; preds = %entry
  %object = alloca [3 x i64], align 8
  call void @ext_ctor(ptr %object, i64 %1)
  %366 = xor i64 %0, %0
  %367 = call i64 @ext_touch(ptr %object)
  call void @ext_note(i64 %367)
  call void @ext_dtor(ptr %object, i64 %1)
  %368 = trunc i64 %0 to i16
  %369 = sitofp i16 %368 to float
  %370 = call ptr @ext_new(i64 %0)
  %371 = add i64 %0, 19088743
  %372 = add i64 %371, 19088743
  %373 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %372, 0
  %374 = add i64 %372, 19088744
  %375 = trunc i64 %374 to i32
  %376 = insertvalue { i64, i32, i8 } %373, i32 %375, 1
  %377 = add i64 %374, 19088745
  %378 = trunc i64 %377 to i8
  %379 = insertvalue { i64, i32, i8 } %376, i8 %378, 2
  %380 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %379, 0
  %381 = add i64 %371, 19088744
  %382 = trunc i64 %381 to i32
  %383 = insertvalue { { i64, i32, i8 }, i32, double } %380, i32 %382, 1
  %384 = add i64 %381, 19088745
  %385 = trunc i64 %384 to i32
  %386 = sitofp i32 %385 to double
  %387 = fmul double %386, 3.750000e-01
  %388 = insertvalue { { i64, i32, i8 }, i32, double } %383, double %387, 2
  %byval21 = alloca { { i64, i32, i8 }, i32, double }, align 8
  store { { i64, i32, i8 }, i32, double } %388, ptr %byval21, align 8
  %saved22 = alloca float, align 4
  store float %369, ptr %saved22, align 4
  %saved23 = alloca ptr, align 8
  store ptr %370, ptr %saved23, align 8
  %saved24 = alloca { { i64, i32, i8 }, i32, double }, align 8
  %389 = load { { i64, i32, i8 }, i32, double }, ptr %byval21, align 8
  store { { i64, i32, i8 }, i32, double } %389, ptr %saved24, align 8
  %owed25 = alloca i1, align 1
  store i1 true, ptr %owed25, align 1
  store { { i64, i32, i8 }, i32, double } zeroinitializer, ptr %byval21, align 8
  %390 = add i64 %1, 19088743
  %391 = add i64 %390, 19088743
  %392 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %391, 0
  %393 = add i64 %391, 19088744
  %394 = trunc i64 %393 to i32
  %395 = insertvalue { i64, i32, i8 } %392, i32 %394, 1
  %396 = add i64 %393, 19088745
  %397 = trunc i64 %396 to i8
  %398 = insertvalue { i64, i32, i8 } %395, i8 %397, 2
  %399 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %398, 0
  %400 = add i64 %390, 19088744
  %401 = trunc i64 %400 to i32
  %402 = insertvalue { { i64, i32, i8 }, i32, double } %399, i32 %401, 1
  %403 = add i64 %400, 19088745
  %404 = trunc i64 %403 to i32
  %405 = sitofp i32 %404 to double
  %406 = fmul double %405, 3.750000e-01
  %407 = insertvalue { { i64, i32, i8 }, i32, double } %402, double %406, 2
  %var = alloca { { i64, i32, i8 }, i32, double }, align 8
  store { { i64, i32, i8 }, i32, double } %407, ptr %var, align 8
  %408 = add i64 %1, 19088743
  %409 = trunc i64 %408 to i16
  %410 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } zeroinitializer, i16 %409, 0
  %411 = add i64 %408, 19088744
  %412 = add i64 %411, 19088743
  %413 = add i64 %412, 19088743
  %414 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %413, 0
  %415 = add i64 %413, 19088744
  %416 = trunc i64 %415 to i32
  %417 = insertvalue { i64, i32, i8 } %414, i32 %416, 1
  %418 = add i64 %415, 19088745
  %419 = trunc i64 %418 to i8
  %420 = insertvalue { i64, i32, i8 } %417, i8 %419, 2
  %421 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %420, 0
  %422 = add i64 %412, 19088744
  %423 = trunc i64 %422 to i32
  %424 = insertvalue { { i64, i32, i8 }, i32, double } %421, i32 %423, 1
  %425 = add i64 %422, 19088745
  %426 = trunc i64 %425 to i32
  %427 = sitofp i32 %426 to double
  %428 = fmul double %427, 3.750000e-01
  %429 = insertvalue { { i64, i32, i8 }, i32, double } %424, double %428, 2
  %430 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %410, { { i64, i32, i8 }, i32, double } %429, 1
  %431 = add i64 %411, 19088745
  %432 = add i64 %431, 19088743
  %433 = add i64 %432, 19088743
  %434 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %433, 0
  %435 = add i64 %433, 19088744
  %436 = trunc i64 %435 to i32
  %437 = insertvalue { i64, i32, i8 } %434, i32 %436, 1
  %438 = add i64 %435, 19088745
  %439 = trunc i64 %438 to i8
  %440 = insertvalue { i64, i32, i8 } %437, i8 %439, 2
  %441 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %440, 0
  %442 = add i64 %432, 19088744
  %443 = trunc i64 %442 to i32
  %444 = insertvalue { { i64, i32, i8 }, i32, double } %441, i32 %443, 1
  %445 = add i64 %442, 19088745
  %446 = trunc i64 %445 to i32
  %447 = sitofp i32 %446 to double
  %448 = fmul double %447, 3.750000e-01
  %449 = insertvalue { { i64, i32, i8 }, i32, double } %444, double %448, 2
  %450 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %430, { { i64, i32, i8 }, i32, double } %449, 2
  %451 = add i64 %0, 19088743
  %452 = trunc i64 %451 to i16
  %453 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } zeroinitializer, i16 %452, 0
  %454 = add i64 %451, 19088744
  %455 = add i64 %454, 19088743
  %456 = add i64 %455, 19088743
  %457 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %456, 0
  %458 = add i64 %456, 19088744
  %459 = trunc i64 %458 to i32
  %460 = insertvalue { i64, i32, i8 } %457, i32 %459, 1
  %461 = add i64 %458, 19088745
  %462 = trunc i64 %461 to i8
  %463 = insertvalue { i64, i32, i8 } %460, i8 %462, 2
  %464 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %463, 0
  %465 = add i64 %455, 19088744
  %466 = trunc i64 %465 to i32
  %467 = insertvalue { { i64, i32, i8 }, i32, double } %464, i32 %466, 1
  %468 = add i64 %465, 19088745
  %469 = trunc i64 %468 to i32
  %470 = sitofp i32 %469 to double
  %471 = fmul double %470, 3.750000e-01
  %472 = insertvalue { { i64, i32, i8 }, i32, double } %467, double %471, 2
  %473 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %453, { { i64, i32, i8 }, i32, double } %472, 1
  %474 = add i64 %454, 19088745
  %475 = add i64 %474, 19088743
  %476 = add i64 %475, 19088743
  %477 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %476, 0
  %478 = add i64 %476, 19088744
  %479 = trunc i64 %478 to i32
  %480 = insertvalue { i64, i32, i8 } %477, i32 %479, 1
  %481 = add i64 %478, 19088745
  %482 = trunc i64 %481 to i8
  %483 = insertvalue { i64, i32, i8 } %480, i8 %482, 2
  %484 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %483, 0
  %485 = add i64 %475, 19088744
  %486 = trunc i64 %485 to i32
  %487 = insertvalue { { i64, i32, i8 }, i32, double } %484, i32 %486, 1
  %488 = add i64 %485, 19088745
  %489 = trunc i64 %488 to i32
  %490 = sitofp i32 %489 to double
  %491 = fmul double %490, 3.750000e-01
  %492 = insertvalue { { i64, i32, i8 }, i32, double } %487, double %491, 2
  %493 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %473, { { i64, i32, i8 }, i32, double } %492, 2
  %494 = and i64 %1, 7
  %495 = icmp sgt i64 %494, 1
  %496 = select i1 %495, { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %450, { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %493
  %497 = load float, ptr %saved22, align 4
  %498 = load ptr, ptr %saved23, align 8
  store i1 false, ptr %owed25, align 1
  call void @f1(float %497, ptr %498, ptr byval({ { i64, i32, i8 }, i32, double }) %saved24)
  %499 = load i1, ptr %owed25, align 1
  br i1 %499, label %owed26, label %on27

ends:                                             ; preds = %case1
  call void @llvm.lifetime.end.p0(i64 -1, ptr %scoped)
  br label %on

on:                                               ; preds = %ends, %case1
  %cell17 = alloca i64, align 8
  store i64 315598, ptr %cell17, align 8
  %500 = load i64, ptr %cell17, align 8
  %out18 = alloca i64, align 8
  %501 = load ptr, ptr %saved5, align 8
  %502 = load { { i64, i32, i8 }, i32, double }, ptr %saved6, align 8
  %503 = load i16, ptr %saved7, align 2
  store i1 false, ptr %owed, align 1
  %504 = call i64 @f0(ptr byval({ { i64, i32, i8 }, i32, double }) %saved, ptr %501, { { i64, i32, i8 }, i32, double } %502, i16 %503)
  %505 = load i1, ptr %owed, align 1
  br i1 %505, label %owed19, label %on20

owed19:                                           ; preds = %on
  store i1 false, ptr %owed, align 1
  br label %on20

on20:                                             ; preds = %owed19, %on
  %506 = add i64 %0, 19088743
  %507 = trunc i64 %506 to i16
  %508 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } zeroinitializer, i16 %507, 0
  %509 = add i64 %506, 19088744
  %510 = add i64 %509, 19088743
  %511 = add i64 %510, 19088743
  %512 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %511, 0
  %513 = add i64 %511, 19088744
  %514 = trunc i64 %513 to i32
  %515 = insertvalue { i64, i32, i8 } %512, i32 %514, 1
  %516 = add i64 %513, 19088745
  %517 = trunc i64 %516 to i8
  %518 = insertvalue { i64, i32, i8 } %515, i8 %517, 2
  %519 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %518, 0
  %520 = add i64 %510, 19088744
  %521 = trunc i64 %520 to i32
  %522 = insertvalue { { i64, i32, i8 }, i32, double } %519, i32 %521, 1
  %523 = add i64 %520, 19088745
  %524 = trunc i64 %523 to i32
  %525 = sitofp i32 %524 to double
  %526 = fmul double %525, 3.750000e-01
  %527 = insertvalue { { i64, i32, i8 }, i32, double } %522, double %526, 2
  %528 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %508, { { i64, i32, i8 }, i32, double } %527, 1
  %529 = add i64 %509, 19088745
  %530 = add i64 %529, 19088743
  %531 = add i64 %530, 19088743
  %532 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %531, 0
  %533 = add i64 %531, 19088744
  %534 = trunc i64 %533 to i32
  %535 = insertvalue { i64, i32, i8 } %532, i32 %534, 1
  %536 = add i64 %533, 19088745
  %537 = trunc i64 %536 to i8
  %538 = insertvalue { i64, i32, i8 } %535, i8 %537, 2
  %539 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %538, 0
  %540 = add i64 %530, 19088744
  %541 = trunc i64 %540 to i32
  %542 = insertvalue { { i64, i32, i8 }, i32, double } %539, i32 %541, 1
  %543 = add i64 %540, 19088745
  %544 = trunc i64 %543 to i32
  %545 = sitofp i32 %544 to double
  %546 = fmul double %545, 3.750000e-01
  %547 = insertvalue { { i64, i32, i8 }, i32, double } %542, double %546, 2
  %548 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %528, { { i64, i32, i8 }, i32, double } %547, 2
  br label %join

owed26:                                           ; preds = %case2
  store i1 false, ptr %owed25, align 1
  %549 = load ptr, ptr %saved23, align 8
  call void @ext_free(ptr %549)
  br label %on27

on27:                                             ; preds = %owed26, %case2
  %550 = add i64 %0, 19088743
  %551 = trunc i64 %550 to i16
  %552 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } zeroinitializer, i16 %551, 0
  %553 = add i64 %550, 19088744
  %554 = add i64 %553, 19088743
  %555 = add i64 %554, 19088743
  %556 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %555, 0
  %557 = add i64 %555, 19088744
  %558 = trunc i64 %557 to i32
  %559 = insertvalue { i64, i32, i8 } %556, i32 %558, 1
  %560 = add i64 %557, 19088745
  %561 = trunc i64 %560 to i8
  %562 = insertvalue { i64, i32, i8 } %559, i8 %561, 2
  %563 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %562, 0
  %564 = add i64 %554, 19088744
  %565 = trunc i64 %564 to i32
  %566 = insertvalue { { i64, i32, i8 }, i32, double } %563, i32 %565, 1
  %567 = add i64 %564, 19088745
  %568 = trunc i64 %567 to i32
  %569 = sitofp i32 %568 to double
  %570 = fmul double %569, 3.750000e-01
  %571 = insertvalue { { i64, i32, i8 }, i32, double } %566, double %570, 2
  %572 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %552, { { i64, i32, i8 }, i32, double } %571, 1
  %573 = add i64 %553, 19088745
  %574 = add i64 %573, 19088743
  %575 = add i64 %574, 19088743
  %576 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %575, 0
  %577 = add i64 %575, 19088744
  %578 = trunc i64 %577 to i32
  %579 = insertvalue { i64, i32, i8 } %576, i32 %578, 1
  %580 = add i64 %577, 19088745
  %581 = trunc i64 %580 to i8
  %582 = insertvalue { i64, i32, i8 } %579, i8 %581, 2
  %583 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %582, 0
  %584 = add i64 %574, 19088744
  %585 = trunc i64 %584 to i32
  %586 = insertvalue { { i64, i32, i8 }, i32, double } %583, i32 %585, 1
  %587 = add i64 %584, 19088745
  %588 = trunc i64 %587 to i32
  %589 = sitofp i32 %588 to double
  %590 = fmul double %589, 3.750000e-01
  %591 = insertvalue { { i64, i32, i8 }, i32, double } %586, double %590, 2
  %592 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %572, { { i64, i32, i8 }, i32, double } %591, 2
  br label %join
}

declare void @ext_see(ptr)

declare i64 @f0(ptr byval({ { i64, i32, i8 }, i32, double }), ptr, { { i64, i32, i8 }, i32, double }, i16)

declare i1 @ext_never()

declare void @panic(ptr)

declare void @ext_note(i64)

; Function Attrs: nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.start.p0(i64 immarg, ptr nocapture) #0

; Function Attrs: nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.end.p0(i64 immarg, ptr nocapture) #0

declare void @ext_ctor(ptr, i64)

declare i64 @ext_touch(ptr)

declare void @ext_dtor(ptr, i64)

declare ptr @ext_new(i64)

attributes #0 = { nocallback nofree nosync nounwind willreturn memory(argmem: readwrite) }
