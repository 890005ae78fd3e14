; A closure pair {fn, env} called inside an async function, behaviour methods with plain outputs (i1,
; double), and decorators as simple named metadata, which is not an error and changes nothing here.
; RUN: sh %S/Inputs/compare.sh %tmlcg '%cc' %s %S/Inputs/shim.c %t '%tmlrt_link' | FileCheck %s
; CHECK: 42
; CHECK: 1500/1000
; CHECK: yes
; CHECK: exit code 0
target datalayout = "e-m:w-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-i128:128:128-f32:32:32-f64:64:64-v64:64:64-v128:128:128-v256:256:256-a:0:64-n8:16:32:64-S128"
target triple = "x86_64-pc-windows-msvc"

%struct.Point = type { double, double }
%class.PointService = type { ptr, i64 }
%class.PointController = type { ptr, ptr }

@vtable.PointService = hidden constant { ptr } zeroinitializer
@vtable.PointController = hidden constant { ptr } zeroinitializer

@.yes = hidden constant [4 x i8] c"yes\00"
@.no = hidden constant [3 x i8] c"no\00"

declare void @println(ptr)
declare void @tml_str_free(ptr)
declare ptr @tml_I64_to_string(i64)
declare ptr @tml_F64_to_string(double)

define internal i64 @closure_0(ptr %env, i64 %x) nounwind {
entry:
  %t0 = getelementptr inbounds { i64 }, ptr %env, i32 0, i32 0
  %t1 = load i64, ptr %t0, align 8
  %t2 = mul i64 %t1, %x
  ret i64 %t2
}

define internal i64 @tml_apply({ ptr, ptr } %f, i64 %x) nounwind "tmlrt.async"="i64" {
entry:
  %t10 = alloca { ptr, ptr }, align 8
  store { ptr, ptr } %f, ptr %t10, align 8
  %t11 = call i64 @tml_identity__I64(i64 %x) "tmlrt.await"
  %t12 = getelementptr inbounds { ptr, ptr }, ptr %t10, i32 0, i32 0
  %t13 = load ptr, ptr %t12, align 8
  %t14 = getelementptr inbounds { ptr, ptr }, ptr %t10, i32 0, i32 1
  %t15 = load ptr, ptr %t14, align 8
  %t16 = call i64 %t13(ptr %t15, i64 %t11)
  ret i64 %t16
}

define internal i64 @tml_identity__I64(i64 %x) nounwind "tmlrt.async"="i64" {
entry:
  %t20 = alloca i64, align 8
  store i64 %x, ptr %t20, align 8
  %t21 = load i64, ptr %t20, align 8
  ret i64 %t21
}

define internal double @tml_Point_length(ptr %this) nounwind "tmlrt.async"="double" {
entry:
  %t30 = getelementptr inbounds %struct.Point, ptr %this, i32 0, i32 0
  %t31 = load double, ptr %t30, align 8
  %t32 = getelementptr inbounds %struct.Point, ptr %this, i32 0, i32 1
  %t33 = load double, ptr %t32, align 8
  %t34 = fadd double %t31, %t33
  ret double %t34
}

define internal i1 @tml_Point_is_far(ptr %this) nounwind "tmlrt.async"="i1" {
entry:
  %t40 = call double @tml_Point_length(ptr %this) "tmlrt.await"
  %t41 = fcmp ogt double %t40, 1.0
  ret i1 %t41
}

define i32 @tml_main() nounwind {
entry:
  %t50 = alloca { i64 }, align 8
  %t51 = getelementptr inbounds { i64 }, ptr %t50, i32 0, i32 0
  store i64 6, ptr %t51, align 8
  %t52 = insertvalue { ptr, ptr } undef, ptr @closure_0, 0
  %t53 = insertvalue { ptr, ptr } %t52, ptr %t50, 1
  %t54 = call i64 @tml_apply({ ptr, ptr } %t53, i64 7) "tmlrt.block_on"
  %t55 = call ptr @tml_I64_to_string(i64 %t54)
  call void @println(ptr %t55)
  call void @tml_str_free(ptr %t55)
  %t56 = alloca %struct.Point, align 8
  store %struct.Point { double 1.0, double 0.5 }, ptr %t56, align 8
  %t57 = call double @tml_Point_length(ptr %t56) "tmlrt.block_on"
  %t58 = call ptr @tml_F64_to_string(double %t57)
  call void @println(ptr %t58)
  call void @tml_str_free(ptr %t58)
  %t59 = call i1 @tml_Point_is_far(ptr %t56) "tmlrt.block_on"
  %t60 = select i1 %t59, ptr @.yes, ptr @.no
  call void @println(ptr %t60)
  ret i32 0
}

define ptr @tml_PointController_show(ptr %this, ptr %id) {
entry:
  %t70 = getelementptr inbounds %class.PointController, ptr %this, i32 0, i32 1
  %t71 = load ptr, ptr %t70, align 8
  %t72 = getelementptr inbounds %class.PointService, ptr %t71, i32 0, i32 1
  %t73 = load i64, ptr %t72, align 8
  ret ptr %id
}

define dso_local i32 @main(i32 %argc, ptr %argv) noinline {
entry:
  %ret = call i32 @tml_main()
  ret i32 %ret
}

!tmlrt.route = !{!0, !1, !2}
!llvm.ident = !{!3}

!0 = !{null, !"PointService", !"", !"Injectable"}
!1 = !{null, !"PointController", !"", !"Controller", !"/points"}
!2 = !{ptr @tml_PointController_show, !"PointController", !"show", !"Get", !"/:id"}
!3 = !{!"tml version 0.1.0"}
