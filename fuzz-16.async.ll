; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define void @f1(float %0, ptr %1, ptr byval({ { i64, i32, i8 }, i32, double }) %2) #0 {
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
  %3 = call i64 @f0(ptr byval({ { i64, i32, i8 }, i32, double }) %byval, ptr %cell1, { { i64, i32, i8 }, i32, double } { { i64, i32, i8 } { i64 38619204, i32 57707948, i8 21 }, i32 38619205, double 0x4174A35214000000 }, i16 -16532) #3
  %4 = call i1 @tmlrt.dropped()
  br i1 %4, label %dropped, label %resumed

resumed:                                          ; preds = %entry
  %5 = load ptr, ptr %link, align 8
  %6 = icmp eq ptr %5, %cell
  %7 = load i64, ptr %5, align 8
  call void @tmlrt.coop()
  %8 = call i1 @tmlrt.dropped()
  br i1 %8, label %dropped, label %resumed2

dropped:                                          ; preds = %resumed, %entry
  call void @ext_free(ptr %1)
  ret void

resumed2:                                         ; preds = %resumed
  %vol = alloca i64, align 8
  store volatile i64 %7, ptr %vol, align 8
  %9 = load volatile i64, ptr %vol, align 8
  %10 = add i64 %9, 19088743
  %11 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %10, 0
  %12 = add i64 %10, 19088744
  %13 = trunc i64 %12 to i32
  %14 = insertvalue { i64, i32, i8 } %11, i32 %13, 1
  %15 = add i64 %12, 19088745
  %16 = trunc i64 %15 to i8
  %17 = insertvalue { i64, i32, i8 } %14, i8 %16, 2
  %18 = trunc i64 %7 to i32
  %19 = insertvalue { i64, i32, i8 } %17, i32 %18, 1
  %punned = alloca i64, align 8
  store i64 %9, ptr %punned, align 8
  %20 = load i32, ptr %punned, align 4
  store i32 %20, ptr %punned, align 4
  %21 = call i1 @ext_never()
  br i1 %21, label %panic, label %ok

panic:                                            ; preds = %resumed2
  call void @panic(ptr null)
  unreachable

ok:                                               ; preds = %resumed2
  %22 = zext i1 %6 to i64
  %23 = mul i64 %7, -7046029254386353131
  %24 = lshr i64 %7, 31
  %25 = add i64 %23, %22
  %26 = xor i64 %25, %24
  %27 = zext i1 %6 to i64
  %28 = mul i64 %26, -7046029254386353131
  %29 = lshr i64 %26, 31
  %30 = add i64 %28, %27
  %31 = xor i64 %30, %29
  %32 = zext i32 %20 to i64
  %33 = mul i64 %31, -7046029254386353131
  %34 = lshr i64 %31, 31
  %35 = add i64 %33, %32
  %36 = xor i64 %35, %34
  %37 = zext i32 %20 to i64
  %38 = mul i64 %36, -7046029254386353131
  %39 = lshr i64 %36, 31
  %40 = add i64 %38, %37
  %41 = xor i64 %40, %39
  %42 = mul i64 %41, -7046029254386353131
  %43 = lshr i64 %41, 31
  %44 = add i64 %42, %9
  %45 = xor i64 %44, %43
  %46 = mul i64 %45, -7046029254386353131
  %47 = lshr i64 %45, 31
  %48 = add i64 %46, %9
  %49 = xor i64 %48, %47
  %50 = bitcast float %0 to i32
  %51 = zext i32 %50 to i64
  %52 = mul i64 %49, -7046029254386353131
  %53 = lshr i64 %49, 31
  %54 = add i64 %52, %51
  %55 = xor i64 %54, %53
  %56 = bitcast float %0 to i32
  %57 = zext i32 %56 to i64
  %58 = mul i64 %55, -7046029254386353131
  %59 = lshr i64 %55, 31
  %60 = add i64 %58, %57
  %61 = xor i64 %60, %59
  %62 = load i64, ptr %5, align 8
  %63 = mul i64 %61, -7046029254386353131
  %64 = lshr i64 %61, 31
  %65 = add i64 %63, %62
  %66 = xor i64 %65, %64
  %67 = load i64, ptr %vol, align 8
  %68 = mul i64 %66, -7046029254386353131
  %69 = lshr i64 %66, 31
  %70 = add i64 %68, %67
  %71 = xor i64 %70, %69
  %72 = extractvalue { i64, i32, i8 } %19, 0
  %73 = add i64 -2691343689449507777, %72
  %74 = xor i64 %73, 0
  %75 = extractvalue { i64, i32, i8 } %19, 1
  %76 = zext i32 %75 to i64
  %77 = mul i64 %74, -7046029254386353131
  %78 = lshr i64 %74, 31
  %79 = add i64 %77, %76
  %80 = xor i64 %79, %78
  %81 = extractvalue { i64, i32, i8 } %19, 2
  %82 = zext i8 %81 to i64
  %83 = mul i64 %80, -7046029254386353131
  %84 = lshr i64 %80, 31
  %85 = add i64 %83, %82
  %86 = xor i64 %85, %84
  %87 = mul i64 %71, -7046029254386353131
  %88 = lshr i64 %71, 31
  %89 = add i64 %87, %86
  %90 = xor i64 %89, %88
  %91 = extractvalue { i64, i32, i8 } %19, 0
  %92 = add i64 -2691343689449507777, %91
  %93 = xor i64 %92, 0
  %94 = extractvalue { i64, i32, i8 } %19, 1
  %95 = zext i32 %94 to i64
  %96 = mul i64 %93, -7046029254386353131
  %97 = lshr i64 %93, 31
  %98 = add i64 %96, %95
  %99 = xor i64 %98, %97
  %100 = extractvalue { i64, i32, i8 } %19, 2
  %101 = zext i8 %100 to i64
  %102 = mul i64 %99, -7046029254386353131
  %103 = lshr i64 %99, 31
  %104 = add i64 %102, %101
  %105 = xor i64 %104, %103
  %106 = mul i64 %90, -7046029254386353131
  %107 = lshr i64 %90, 31
  %108 = add i64 %106, %105
  %109 = xor i64 %108, %107
  %110 = load { { i64, i32, i8 }, i32, double }, ptr %2, align 8
  %111 = extractvalue { { i64, i32, i8 }, i32, double } %110, 0
  %112 = extractvalue { i64, i32, i8 } %111, 0
  %113 = add i64 -2691343689449507777, %112
  %114 = xor i64 %113, 0
  %115 = extractvalue { i64, i32, i8 } %111, 1
  %116 = zext i32 %115 to i64
  %117 = mul i64 %114, -7046029254386353131
  %118 = lshr i64 %114, 31
  %119 = add i64 %117, %116
  %120 = xor i64 %119, %118
  %121 = extractvalue { i64, i32, i8 } %111, 2
  %122 = zext i8 %121 to i64
  %123 = mul i64 %120, -7046029254386353131
  %124 = lshr i64 %120, 31
  %125 = add i64 %123, %122
  %126 = xor i64 %125, %124
  %127 = add i64 1663341875487337577, %126
  %128 = xor i64 %127, 0
  %129 = extractvalue { { i64, i32, i8 }, i32, double } %110, 1
  %130 = zext i32 %129 to i64
  %131 = mul i64 %128, -7046029254386353131
  %132 = lshr i64 %128, 31
  %133 = add i64 %131, %130
  %134 = xor i64 %133, %132
  %135 = extractvalue { { i64, i32, i8 }, i32, double } %110, 2
  %136 = bitcast double %135 to i64
  %137 = mul i64 %134, -7046029254386353131
  %138 = lshr i64 %134, 31
  %139 = add i64 %137, %136
  %140 = xor i64 %139, %138
  %141 = mul i64 %109, -7046029254386353131
  %142 = lshr i64 %109, 31
  %143 = add i64 %141, %140
  %144 = xor i64 %143, %142
  %145 = load i64, ptr %vol, align 8
  %146 = mul i64 %144, -7046029254386353131
  %147 = lshr i64 %144, 31
  %148 = add i64 %146, %145
  %149 = xor i64 %148, %147
  %150 = load i64, ptr %vol, align 8
  %151 = mul i64 %149, -7046029254386353131
  %152 = lshr i64 %149, 31
  %153 = add i64 %151, %150
  %154 = xor i64 %153, %152
  call void @ext_note(i64 %154)
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
  %2 = and i64 %1, 3
  switch i64 %2, label %case2 [
    i64 0, label %case
    i64 1, label %case1
  ]

join:                                             ; preds = %resumed13, %resumed11, %case
  %3 = phi { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } [ %211, %case ], [ %544, %resumed11 ], [ %587, %resumed13 ]
  %4 = phi i64 [ %1, %case ], [ %0, %resumed11 ], [ %0, %resumed13 ]
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
  %249 = call i64 @f0(ptr byval({ { i64, i32, i8 }, i32, double }) %byval, ptr %cell, { { i64, i32, i8 }, i32, double } %247, i16 %248) #3
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
  %288 = call ptr (ptr, ...) @tmlrt.box(ptr @f0, ptr %byval3, ptr %cell4, { { i64, i32, i8 }, i32, double } %286, i16 %287)
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
  %byval5 = alloca { { i64, i32, i8 }, i32, double }, align 8
  store { { i64, i32, i8 }, i32, double } %314, ptr %byval5, align 8
  %cell6 = alloca i64, align 8
  store i64 %250, ptr %cell6, align 8
  %315 = trunc i64 %0 to i16
  %316 = call ptr (ptr, ...) @tmlrt.spawn.local(ptr @f0, ptr %byval5, ptr %cell6, { { i64, i32, i8 }, i32, double } { { i64, i32, i8 } { i64 39086313, i32 58175057, i8 -70 }, i32 39086314, double 0x4174CE15F2000000 }, i16 %315)
  %vol = alloca i64, align 8
  store volatile i64 %1, ptr %vol, align 8
  %317 = load volatile i64, ptr %vol, align 8
  call void @tmlrt_task_detach(ptr %316)
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
  %byval7 = alloca { { i64, i32, i8 }, i32, double }, align 8
  store { { i64, i32, i8 }, i32, double } %335, ptr %byval7, align 8
  %cell8 = alloca i64, align 8
  store i64 %250, ptr %cell8, align 8
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
  %355 = call ptr (ptr, ...) @tmlrt.future(ptr @f0, ptr %byval7, ptr %cell8, { { i64, i32, i8 }, i32, double } %353, i16 %354)
  store { { i64, i32, i8 }, i32, double } zeroinitializer, ptr %byval7, align 8
  %out = alloca i64, align 8
  call void @tmlrt.await.future(ptr %355, ptr @f0, ptr %out)
  %356 = call i1 @tmlrt.dropped()
  br i1 %356, label %dropped, label %resumed

case2:                                            ; preds = %entry
  %object = alloca [3 x i64], align 8
  call void @ext_ctor(ptr %object, i64 %1)
  %357 = xor i64 %0, %0
  %358 = call i64 @ext_touch(ptr %object)
  call void @ext_note(i64 %358)
  call void @ext_dtor(ptr %object, i64 %1)
  %359 = trunc i64 %0 to i16
  %360 = sitofp i16 %359 to float
  %361 = call ptr @ext_new(i64 %0)
  %362 = add i64 %0, 19088743
  %363 = add i64 %362, 19088743
  %364 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %363, 0
  %365 = add i64 %363, 19088744
  %366 = trunc i64 %365 to i32
  %367 = insertvalue { i64, i32, i8 } %364, i32 %366, 1
  %368 = add i64 %365, 19088745
  %369 = trunc i64 %368 to i8
  %370 = insertvalue { i64, i32, i8 } %367, i8 %369, 2
  %371 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %370, 0
  %372 = add i64 %362, 19088744
  %373 = trunc i64 %372 to i32
  %374 = insertvalue { { i64, i32, i8 }, i32, double } %371, i32 %373, 1
  %375 = add i64 %372, 19088745
  %376 = trunc i64 %375 to i32
  %377 = sitofp i32 %376 to double
  %378 = fmul double %377, 3.750000e-01
  %379 = insertvalue { { i64, i32, i8 }, i32, double } %374, double %378, 2
  %byval12 = alloca { { i64, i32, i8 }, i32, double }, align 8
  store { { i64, i32, i8 }, i32, double } %379, ptr %byval12, align 8
  %380 = call ptr (ptr, ...) @tmlrt.future(ptr @f1, float %360, ptr %361, ptr %byval12)
  store { { i64, i32, i8 }, i32, double } zeroinitializer, ptr %byval12, align 8
  %381 = add i64 %1, 19088743
  %382 = add i64 %381, 19088743
  %383 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %382, 0
  %384 = add i64 %382, 19088744
  %385 = trunc i64 %384 to i32
  %386 = insertvalue { i64, i32, i8 } %383, i32 %385, 1
  %387 = add i64 %384, 19088745
  %388 = trunc i64 %387 to i8
  %389 = insertvalue { i64, i32, i8 } %386, i8 %388, 2
  %390 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %389, 0
  %391 = add i64 %381, 19088744
  %392 = trunc i64 %391 to i32
  %393 = insertvalue { { i64, i32, i8 }, i32, double } %390, i32 %392, 1
  %394 = add i64 %391, 19088745
  %395 = trunc i64 %394 to i32
  %396 = sitofp i32 %395 to double
  %397 = fmul double %396, 3.750000e-01
  %398 = insertvalue { { i64, i32, i8 }, i32, double } %393, double %397, 2
  %var = alloca { { i64, i32, i8 }, i32, double }, align 8
  store { { i64, i32, i8 }, i32, double } %398, ptr %var, align 8
  %399 = add i64 %1, 19088743
  %400 = trunc i64 %399 to i16
  %401 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } zeroinitializer, i16 %400, 0
  %402 = add i64 %399, 19088744
  %403 = add i64 %402, 19088743
  %404 = add i64 %403, 19088743
  %405 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %404, 0
  %406 = add i64 %404, 19088744
  %407 = trunc i64 %406 to i32
  %408 = insertvalue { i64, i32, i8 } %405, i32 %407, 1
  %409 = add i64 %406, 19088745
  %410 = trunc i64 %409 to i8
  %411 = insertvalue { i64, i32, i8 } %408, i8 %410, 2
  %412 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %411, 0
  %413 = add i64 %403, 19088744
  %414 = trunc i64 %413 to i32
  %415 = insertvalue { { i64, i32, i8 }, i32, double } %412, i32 %414, 1
  %416 = add i64 %413, 19088745
  %417 = trunc i64 %416 to i32
  %418 = sitofp i32 %417 to double
  %419 = fmul double %418, 3.750000e-01
  %420 = insertvalue { { i64, i32, i8 }, i32, double } %415, double %419, 2
  %421 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %401, { { i64, i32, i8 }, i32, double } %420, 1
  %422 = add i64 %402, 19088745
  %423 = add i64 %422, 19088743
  %424 = add i64 %423, 19088743
  %425 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %424, 0
  %426 = add i64 %424, 19088744
  %427 = trunc i64 %426 to i32
  %428 = insertvalue { i64, i32, i8 } %425, i32 %427, 1
  %429 = add i64 %426, 19088745
  %430 = trunc i64 %429 to i8
  %431 = insertvalue { i64, i32, i8 } %428, i8 %430, 2
  %432 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %431, 0
  %433 = add i64 %423, 19088744
  %434 = trunc i64 %433 to i32
  %435 = insertvalue { { i64, i32, i8 }, i32, double } %432, i32 %434, 1
  %436 = add i64 %433, 19088745
  %437 = trunc i64 %436 to i32
  %438 = sitofp i32 %437 to double
  %439 = fmul double %438, 3.750000e-01
  %440 = insertvalue { { i64, i32, i8 }, i32, double } %435, double %439, 2
  %441 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %421, { { i64, i32, i8 }, i32, double } %440, 2
  %442 = add i64 %0, 19088743
  %443 = trunc i64 %442 to i16
  %444 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } zeroinitializer, i16 %443, 0
  %445 = add i64 %442, 19088744
  %446 = add i64 %445, 19088743
  %447 = add i64 %446, 19088743
  %448 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %447, 0
  %449 = add i64 %447, 19088744
  %450 = trunc i64 %449 to i32
  %451 = insertvalue { i64, i32, i8 } %448, i32 %450, 1
  %452 = add i64 %449, 19088745
  %453 = trunc i64 %452 to i8
  %454 = insertvalue { i64, i32, i8 } %451, i8 %453, 2
  %455 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %454, 0
  %456 = add i64 %446, 19088744
  %457 = trunc i64 %456 to i32
  %458 = insertvalue { { i64, i32, i8 }, i32, double } %455, i32 %457, 1
  %459 = add i64 %456, 19088745
  %460 = trunc i64 %459 to i32
  %461 = sitofp i32 %460 to double
  %462 = fmul double %461, 3.750000e-01
  %463 = insertvalue { { i64, i32, i8 }, i32, double } %458, double %462, 2
  %464 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %444, { { i64, i32, i8 }, i32, double } %463, 1
  %465 = add i64 %445, 19088745
  %466 = add i64 %465, 19088743
  %467 = add i64 %466, 19088743
  %468 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %467, 0
  %469 = add i64 %467, 19088744
  %470 = trunc i64 %469 to i32
  %471 = insertvalue { i64, i32, i8 } %468, i32 %470, 1
  %472 = add i64 %469, 19088745
  %473 = trunc i64 %472 to i8
  %474 = insertvalue { i64, i32, i8 } %471, i8 %473, 2
  %475 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %474, 0
  %476 = add i64 %466, 19088744
  %477 = trunc i64 %476 to i32
  %478 = insertvalue { { i64, i32, i8 }, i32, double } %475, i32 %477, 1
  %479 = add i64 %476, 19088745
  %480 = trunc i64 %479 to i32
  %481 = sitofp i32 %480 to double
  %482 = fmul double %481, 3.750000e-01
  %483 = insertvalue { { i64, i32, i8 }, i32, double } %478, double %482, 2
  %484 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %464, { { i64, i32, i8 }, i32, double } %483, 2
  %485 = and i64 %1, 7
  %486 = icmp sgt i64 %485, 1
  %487 = select i1 %486, { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %441, { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %484
  call void @tmlrt.await.future(ptr %380, ptr @f1, ptr null)
  %488 = call i1 @tmlrt.dropped()
  br i1 %488, label %dropped14, label %resumed13

resumed:                                          ; preds = %case1
  %489 = load i64, ptr %out, align 8
  %490 = and i64 %250, 7
  %491 = icmp eq i64 %490, 3
  %492 = select i1 %491, i64 %250, i64 %489
  %493 = load { i64, i32, i8 }, ptr %scoped, align 8
  %494 = and i64 %489, 7
  %495 = icmp ult i64 %494, 6
  br i1 %495, label %ends, label %on

dropped:                                          ; preds = %on, %case1
  %496 = call ptr @tmlrt.desc(ptr @f0)
  call void @tmlrt.drop.box(ptr %288, ptr %496)
  ret i64 0

ends:                                             ; preds = %resumed
  call void @llvm.lifetime.end.p0(i64 -1, ptr %scoped)
  br label %on

on:                                               ; preds = %ends, %resumed
  %cell9 = alloca i64, align 8
  store i64 315598, ptr %cell9, align 8
  %497 = load i64, ptr %cell9, align 8
  %498 = call ptr @tmlrt.desc(ptr @f0)
  %out10 = alloca i64, align 8
  call void @tmlrt.await.dyn(ptr %288, ptr %498, ptr %out10)
  %499 = call i1 @tmlrt.dropped()
  br i1 %499, label %dropped, label %resumed11

resumed11:                                        ; preds = %on
  %500 = load i64, ptr %out10, align 8
  %501 = call ptr @tmlrt.desc(ptr @f0)
  call void @tmlrt.drop.box(ptr %288, ptr %501)
  %502 = add i64 %0, 19088743
  %503 = trunc i64 %502 to i16
  %504 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } zeroinitializer, i16 %503, 0
  %505 = add i64 %502, 19088744
  %506 = add i64 %505, 19088743
  %507 = add i64 %506, 19088743
  %508 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %507, 0
  %509 = add i64 %507, 19088744
  %510 = trunc i64 %509 to i32
  %511 = insertvalue { i64, i32, i8 } %508, i32 %510, 1
  %512 = add i64 %509, 19088745
  %513 = trunc i64 %512 to i8
  %514 = insertvalue { i64, i32, i8 } %511, i8 %513, 2
  %515 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %514, 0
  %516 = add i64 %506, 19088744
  %517 = trunc i64 %516 to i32
  %518 = insertvalue { { i64, i32, i8 }, i32, double } %515, i32 %517, 1
  %519 = add i64 %516, 19088745
  %520 = trunc i64 %519 to i32
  %521 = sitofp i32 %520 to double
  %522 = fmul double %521, 3.750000e-01
  %523 = insertvalue { { i64, i32, i8 }, i32, double } %518, double %522, 2
  %524 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %504, { { i64, i32, i8 }, i32, double } %523, 1
  %525 = add i64 %505, 19088745
  %526 = add i64 %525, 19088743
  %527 = add i64 %526, 19088743
  %528 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %527, 0
  %529 = add i64 %527, 19088744
  %530 = trunc i64 %529 to i32
  %531 = insertvalue { i64, i32, i8 } %528, i32 %530, 1
  %532 = add i64 %529, 19088745
  %533 = trunc i64 %532 to i8
  %534 = insertvalue { i64, i32, i8 } %531, i8 %533, 2
  %535 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %534, 0
  %536 = add i64 %526, 19088744
  %537 = trunc i64 %536 to i32
  %538 = insertvalue { { i64, i32, i8 }, i32, double } %535, i32 %537, 1
  %539 = add i64 %536, 19088745
  %540 = trunc i64 %539 to i32
  %541 = sitofp i32 %540 to double
  %542 = fmul double %541, 3.750000e-01
  %543 = insertvalue { { i64, i32, i8 }, i32, double } %538, double %542, 2
  %544 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %524, { { i64, i32, i8 }, i32, double } %543, 2
  br label %join

resumed13:                                        ; preds = %case2
  call void @tmlrt.drop.future(ptr %380, ptr @f1)
  %545 = add i64 %0, 19088743
  %546 = trunc i64 %545 to i16
  %547 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } zeroinitializer, i16 %546, 0
  %548 = add i64 %545, 19088744
  %549 = add i64 %548, 19088743
  %550 = add i64 %549, 19088743
  %551 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %550, 0
  %552 = add i64 %550, 19088744
  %553 = trunc i64 %552 to i32
  %554 = insertvalue { i64, i32, i8 } %551, i32 %553, 1
  %555 = add i64 %552, 19088745
  %556 = trunc i64 %555 to i8
  %557 = insertvalue { i64, i32, i8 } %554, i8 %556, 2
  %558 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %557, 0
  %559 = add i64 %549, 19088744
  %560 = trunc i64 %559 to i32
  %561 = insertvalue { { i64, i32, i8 }, i32, double } %558, i32 %560, 1
  %562 = add i64 %559, 19088745
  %563 = trunc i64 %562 to i32
  %564 = sitofp i32 %563 to double
  %565 = fmul double %564, 3.750000e-01
  %566 = insertvalue { { i64, i32, i8 }, i32, double } %561, double %565, 2
  %567 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %547, { { i64, i32, i8 }, i32, double } %566, 1
  %568 = add i64 %548, 19088745
  %569 = add i64 %568, 19088743
  %570 = add i64 %569, 19088743
  %571 = insertvalue { i64, i32, i8 } zeroinitializer, i64 %570, 0
  %572 = add i64 %570, 19088744
  %573 = trunc i64 %572 to i32
  %574 = insertvalue { i64, i32, i8 } %571, i32 %573, 1
  %575 = add i64 %572, 19088745
  %576 = trunc i64 %575 to i8
  %577 = insertvalue { i64, i32, i8 } %574, i8 %576, 2
  %578 = insertvalue { { i64, i32, i8 }, i32, double } zeroinitializer, { i64, i32, i8 } %577, 0
  %579 = add i64 %569, 19088744
  %580 = trunc i64 %579 to i32
  %581 = insertvalue { { i64, i32, i8 }, i32, double } %578, i32 %580, 1
  %582 = add i64 %579, 19088745
  %583 = trunc i64 %582 to i32
  %584 = sitofp i32 %583 to double
  %585 = fmul double %584, 3.750000e-01
  %586 = insertvalue { { i64, i32, i8 }, i32, double } %581, double %585, 2
  %587 = insertvalue { i16, { { i64, i32, i8 }, i32, double }, { { i64, i32, i8 }, i32, double } } %567, { { i64, i32, i8 }, i32, double } %586, 2
  br label %join

dropped14:                                        ; preds = %case2
  call void @tmlrt.drop.future(ptr %380, ptr @f1)
  ret i64 undef
}

declare void @ext_see(ptr)

declare i64 @f0(ptr byval({ { i64, i32, i8 }, i32, double }), ptr, { { i64, i32, i8 }, i32, double }, i16) #1

declare i1 @tmlrt.dropped()

declare void @tmlrt.coop()

declare i1 @ext_never()

declare void @panic(ptr)

declare void @ext_note(i64)

declare ptr @tmlrt.box(ptr, ...)

; Function Attrs: nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.start.p0(i64 immarg, ptr nocapture) #2

declare ptr @tmlrt.spawn.local(ptr, ...)

declare void @tmlrt_task_detach(ptr)

declare ptr @tmlrt.future(ptr, ...)

declare void @tmlrt.await.future(ptr, ptr, ptr)

declare ptr @tmlrt.desc(ptr)

declare void @tmlrt.drop.box(ptr, ptr)

; Function Attrs: nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.end.p0(i64 immarg, ptr nocapture) #2

declare void @tmlrt.await.dyn(ptr, ptr, ptr)

declare void @ext_ctor(ptr, i64)

declare i64 @ext_touch(ptr)

declare void @ext_dtor(ptr, i64)

declare ptr @ext_new(i64)

declare void @tmlrt.drop.future(ptr, ptr)

attributes #0 = { "tmlrt.async" "tmlrt.drop.args"="f1_drop_args" }
attributes #1 = { "tmlrt.async" }
attributes #2 = { nocallback nofree nosync nounwind willreturn memory(argmem: readwrite) }
attributes #3 = { "tmlrt.await" }
