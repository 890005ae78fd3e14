; An await in a loop with its temporaries allocated in the loop body, lifetimes without ends, a struct
; with a drop called before each ret, a string freed on every path, an impl method on %this.
; RUN: sh %S/Inputs/compare.sh %tmlcg '%cc' %s %S/Inputs/shim.c %t '%tmlrt_link' | FileCheck %s
; CHECK: sum 18
; CHECK: basket dropped
; CHECK: early
; CHECK: basket dropped
; CHECK: exit code 3
target datalayout = "e-m:w-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-i128:128:128-f32:32:32-f64:64:64-v64:64:64-v128:128:128-v256:256:256-a:0:64-n8:16:32:64-S128"
target triple = "x86_64-pc-windows-msvc"

%struct.Basket = type { i64, ptr }
%struct.Poll__I64 = type { i32, i64 }

@.name = hidden constant [5 x i8] c"figs\00"
@.dropped = hidden constant [15 x i8] c"basket dropped\00"
@.early = hidden constant [6 x i8] c"early\00"
@.sum = hidden constant [5 x i8] c"sum \00"

declare void @println(ptr)
declare void @tml_str_free(ptr)
declare ptr @tml_I64_to_string(i64)
declare ptr @str_concat_opt(ptr, ptr)
declare void @llvm.lifetime.start.p0(i64 immarg, ptr nocapture)

define internal void @tml_Basket_drop(ptr %this) nounwind {
entry:
  call void @println(ptr @.dropped)
  ret void
}

define internal i64 @tml_Basket_weigh(ptr %this, i64 %each) nounwind "tmlrt.async"="i64" {
entry:
  %t0 = alloca i64, align 8
  store i64 %each, ptr %t0, align 8
  %t1 = getelementptr inbounds %struct.Basket, ptr %this, i32 0, i32 0
  %t2 = load i64, ptr %t1, align 8
  %t3 = load i64, ptr %t0, align 8
  %t4 = mul i64 %t2, %t3
  ret i64 %t4
}

define internal %struct.Poll__I64 @tml_fill(i64 %n) nounwind "tmlrt.async"="i64" {
entry:
  %t10 = alloca i64, align 8
  store i64 %n, ptr %t10, align 8
  %t11 = alloca i64, align 8
  %t12 = alloca i64, align 8
  %t13 = alloca %struct.Basket, align 8
  %t14 = load i64, ptr %t10, align 8
  %t15 = getelementptr inbounds %struct.Basket, ptr %t13, i32 0, i32 0
  store i64 %t14, ptr %t15, align 8
  %t16 = getelementptr inbounds %struct.Basket, ptr %t13, i32 0, i32 1
  store ptr @.name, ptr %t16, align 8
  call void @llvm.lifetime.start.p0(i64 -1, ptr %t11)
  store i64 0, ptr %t11, align 8
  call void @llvm.lifetime.start.p0(i64 8, ptr %t12)
  store i64 0, ptr %t12, align 8
  br label %loop.header

loop.header:
  %t17 = load i64, ptr %t12, align 8
  %t18 = load i64, ptr %t10, align 8
  %t19 = icmp sle i64 %t17, %t18
  br i1 %t19, label %loop.body, label %loop.exit

loop.body:
  %t20 = load i64, ptr %t12, align 8
  %t21 = call i64 @tml_Basket_weigh(ptr %t13, i64 %t20) "tmlrt.await"
  %t22 = alloca i64, align 8
  store i64 %t21, ptr %t22, align 8
  %t23 = load i64, ptr %t22, align 8
  %t24 = icmp sgt i64 %t23, 20
  br i1 %t24, label %if.then, label %if.end

if.then:
  call void @println(ptr @.early)
  call void @tml_Basket_drop(ptr %t13)
  %t25 = alloca %struct.Poll__I64, align 8
  %t26 = getelementptr inbounds %struct.Poll__I64, ptr %t25, i32 0, i32 0
  store i32 0, ptr %t26, align 4
  %t27 = getelementptr inbounds %struct.Poll__I64, ptr %t25, i32 0, i32 1
  store i64 3, ptr %t27, align 8
  %t28 = load %struct.Poll__I64, ptr %t25, align 8
  ret %struct.Poll__I64 %t28

if.end:
  %t29 = load i64, ptr %t11, align 8
  %t30 = load i64, ptr %t22, align 8
  %t31 = add i64 %t29, %t30
  store i64 %t31, ptr %t11, align 8
  %t32 = load i64, ptr %t12, align 8
  %t33 = add i64 %t32, 1
  store i64 %t33, ptr %t12, align 8
  br label %loop.header

loop.exit:
  %t34 = load i64, ptr %t11, align 8
  %t35 = call ptr @tml_I64_to_string(i64 %t34)
  %t36 = call ptr @str_concat_opt(ptr @.sum, ptr %t35)
  call void @tml_str_free(ptr %t35)
  call void @println(ptr %t36)
  call void @tml_str_free(ptr %t36)
  call void @tml_Basket_drop(ptr %t13)
  %t37 = alloca %struct.Poll__I64, align 8
  %t38 = getelementptr inbounds %struct.Poll__I64, ptr %t37, i32 0, i32 0
  store i32 0, ptr %t38, align 4
  %t39 = load i64, ptr %t11, align 8
  %t40 = getelementptr inbounds %struct.Poll__I64, ptr %t37, i32 0, i32 1
  store i64 %t39, ptr %t40, align 8
  %t41 = load %struct.Poll__I64, ptr %t37, align 8
  ret %struct.Poll__I64 %t41
}

define i32 @tml_main() nounwind {
entry:
  %t50 = alloca i64, align 8
  %t51 = sdiv i64 15, 5
  %t52 = sub i64 %t51, 1
  %t53 = add i64 %t52, 1
  %t54 = call %struct.Poll__I64 @tml_sum(i64 %t53) "tmlrt.block_on"
  %t55 = call %struct.Poll__I64 @tml_fill(i64 6) "tmlrt.block_on"
  %t56 = alloca %struct.Poll__I64, align 8
  store %struct.Poll__I64 %t55, ptr %t56, align 8
  %t57 = getelementptr inbounds %struct.Poll__I64, ptr %t56, i32 0, i32 1
  %t58 = load i64, ptr %t57, align 8
  %t59 = trunc i64 %t58 to i32
  ret i32 %t59
}

; The await is the operand of the return.
define internal %struct.Poll__I64 @tml_sum(i64 %n) nounwind "tmlrt.async"="i64" {
entry:
  %t60 = alloca i64, align 8
  store i64 %n, ptr %t60, align 8
  %t61 = load i64, ptr %t60, align 8
  %t62 = call %struct.Poll__I64 @tml_fill(i64 %t61) "tmlrt.await"
  ret %struct.Poll__I64 %t62
}

define dso_local i32 @main(i32 %argc, ptr %argv) noinline {
entry:
  %ret = call i32 @tml_main()
  ret i32 %ret
}
