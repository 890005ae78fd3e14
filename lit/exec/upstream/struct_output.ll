; A struct output in a Poll whose payload is an array of i64, loaded back as the struct; an enum payload
; matched with a switch after an await; memcpy into malloc; a class object reached through a pointer.
; RUN: sh %S/Inputs/compare.sh %tmlcg '%cc' %s %S/Inputs/shim.c %t '%tmlrt_link' | FileCheck %s
; CHECK: ann 3 7
; CHECK: none
; CHECK: exit code 0
target datalayout = "e-m:w-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-i128:128:128-f32:32:32-f64:64:64-v64:64:64-v128:128:128-v256:256:256-a:0:64-n8:16:32:64-S128"
target triple = "x86_64-pc-windows-msvc"

%class.Store = type { ptr, i64 }
%struct.User = type { i64, ptr, i32 }
%struct.Poll__User = type { i32, [3 x i64] }
%struct.Maybe__I64 = type { i32, i64 }
%struct.Poll__Maybe__I64 = type { i32, [2 x i64] }
%struct.Poll__Str = type { i32, i64 }

@vtable.Store = hidden constant { ptr } zeroinitializer
@.ann = hidden constant [4 x i8] c"ann\00"
@.none = hidden constant [5 x i8] c"none\00"
@.space = hidden constant [2 x i8] c" \00"

declare ptr @malloc(i64)
declare void @free(ptr)
declare void @println(ptr)
declare void @tml_str_free(ptr)
declare ptr @tml_I64_to_string(i64)
declare ptr @tml_I32_to_string(i32)
declare ptr @str_concat_opt(ptr, ptr)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg)
declare void @llvm.lifetime.start.p0(i64 immarg, ptr nocapture)

define ptr @tml_Store_create() {
entry:
  %t1 = getelementptr inbounds %class.Store, ptr null, i32 1
  %t2 = ptrtoint ptr %t1 to i64
  %t0 = call ptr @malloc(i64 %t2)
  %t3 = getelementptr inbounds %class.Store, ptr %t0, i32 0, i32 0
  store ptr @vtable.Store, ptr %t3, align 8
  %t4 = getelementptr inbounds %class.Store, ptr %t0, i32 0, i32 1
  store i64 7, ptr %t4, align 8
  ret ptr %t0
}

define hidden %struct.Poll__User @tml_load(i64 %id) nounwind "tmlrt.async"="%struct.User" {
entry:
  %t10 = alloca i64, align 8
  store i64 %id, ptr %t10, align 8
  %t11 = load i64, ptr %t10, align 8
  %t12 = insertvalue %struct.User undef, i64 %t11, 0
  %t13 = insertvalue %struct.User %t12, ptr @.ann, 1
  %t14 = insertvalue %struct.User %t13, i32 3, 2
  %t15 = alloca %struct.Poll__User, align 8
  %t16 = getelementptr inbounds %struct.Poll__User, ptr %t15, i32 0, i32 0
  store i32 0, ptr %t16, align 4
  %t17 = getelementptr inbounds %struct.Poll__User, ptr %t15, i32 0, i32 1
  store %struct.User %t14, ptr %t17, align 8
  %t18 = load %struct.Poll__User, ptr %t15, align 8
  ret %struct.Poll__User %t18
}

define hidden %struct.Poll__Maybe__I64 @tml_find(ptr %store, i64 %id) nounwind "tmlrt.async"="%struct.Maybe__I64" {
entry:
  %t20 = alloca %struct.Maybe__I64, align 8
  %t21 = icmp eq i64 %id, 1
  br i1 %t21, label %found, label %missing

found:
  %t22 = getelementptr inbounds %class.Store, ptr %store, i32 0, i32 1
  %t23 = load i64, ptr %t22, align 8
  %t24 = getelementptr inbounds %struct.Maybe__I64, ptr %t20, i32 0, i32 0
  store i32 0, ptr %t24, align 4
  %t25 = getelementptr inbounds %struct.Maybe__I64, ptr %t20, i32 0, i32 1
  store i64 %t23, ptr %t25, align 8
  br label %done

missing:
  %t26 = getelementptr inbounds %struct.Maybe__I64, ptr %t20, i32 0, i32 0
  store i32 1, ptr %t26, align 4
  %t27 = getelementptr inbounds %struct.Maybe__I64, ptr %t20, i32 0, i32 1
  store i64 0, ptr %t27, align 8
  br label %done

done:
  %t28 = load %struct.Maybe__I64, ptr %t20, align 8
  %t29 = alloca %struct.Poll__Maybe__I64, align 8
  %t30 = getelementptr inbounds %struct.Poll__Maybe__I64, ptr %t29, i32 0, i32 0
  store i32 0, ptr %t30, align 4
  %t31 = getelementptr inbounds %struct.Poll__Maybe__I64, ptr %t29, i32 0, i32 1
  store %struct.Maybe__I64 %t28, ptr %t31, align 8
  %t32 = load %struct.Poll__Maybe__I64, ptr %t29, align 8
  ret %struct.Poll__Maybe__I64 %t32
}

define hidden %struct.Poll__Str @tml_show(ptr %store, i64 %id) nounwind "tmlrt.async"="ptr" {
entry:
  %t40 = alloca ptr, align 8
  store ptr %store, ptr %t40, align 8
  %t41 = alloca i64, align 8
  store i64 %id, ptr %t41, align 8
  %t42 = alloca %struct.User, align 8
  %t43 = load i64, ptr %t41, align 8
  %t44 = call %struct.Poll__User @tml_load(i64 %t43) "tmlrt.await"
  %t45 = alloca %struct.Poll__User, align 8
  store %struct.Poll__User %t44, ptr %t45, align 8
  %t46 = getelementptr inbounds %struct.Poll__User, ptr %t45, i32 0, i32 1
  %t47 = load %struct.User, ptr %t46, align 8
  call void @llvm.lifetime.start.p0(i64 -1, ptr %t42)
  store %struct.User %t47, ptr %t42, align 8
  %t48 = load ptr, ptr %t40, align 8
  %t49 = load i64, ptr %t41, align 8
  %t50 = call %struct.Poll__Maybe__I64 @tml_find(ptr %t48, i64 %t49) "tmlrt.await"
  %t51 = alloca %struct.Poll__Maybe__I64, align 8
  store %struct.Poll__Maybe__I64 %t50, ptr %t51, align 8
  %t52 = getelementptr inbounds %struct.Poll__Maybe__I64, ptr %t51, i32 0, i32 1
  %t53 = load %struct.Maybe__I64, ptr %t52, align 8
  %t54 = extractvalue %struct.Maybe__I64 %t53, 0
  switch i32 %t54, label %nothing [ i32 0, label %just ]

just:
  %t55 = extractvalue %struct.Maybe__I64 %t53, 1
  %t56 = getelementptr inbounds %struct.User, ptr %t42, i32 0, i32 1
  %t57 = load ptr, ptr %t56, align 8
  %t58 = getelementptr inbounds %struct.User, ptr %t42, i32 0, i32 2
  %t59 = load i32, ptr %t58, align 4
  %t60 = call ptr @str_concat_opt(ptr %t57, ptr @.space)
  %t61 = call ptr @tml_I32_to_string(i32 %t59)
  %t62 = call ptr @str_concat_opt(ptr %t60, ptr %t61)
  call void @tml_str_free(ptr %t60)
  call void @tml_str_free(ptr %t61)
  %t63 = call ptr @str_concat_opt(ptr %t62, ptr @.space)
  call void @tml_str_free(ptr %t62)
  %t64 = call ptr @tml_I64_to_string(i64 %t55)
  %t65 = call ptr @str_concat_opt(ptr %t63, ptr %t64)
  call void @tml_str_free(ptr %t63)
  call void @tml_str_free(ptr %t64)
  %t66 = alloca %struct.Poll__Str, align 8
  %t67 = getelementptr inbounds %struct.Poll__Str, ptr %t66, i32 0, i32 0
  store i32 0, ptr %t67, align 4
  %t68 = getelementptr inbounds %struct.Poll__Str, ptr %t66, i32 0, i32 1
  store ptr %t65, ptr %t68, align 8
  %t69 = load %struct.Poll__Str, ptr %t66, align 8
  ret %struct.Poll__Str %t69

nothing:
  %t70 = call ptr @malloc(i64 5)
  call void @llvm.memcpy.p0.p0.i64(ptr %t70, ptr @.none, i64 5, i1 false)
  call void @println(ptr %t70)
  call void @free(ptr %t70)
  %t71 = alloca %struct.Poll__Str, align 8
  %t72 = getelementptr inbounds %struct.Poll__Str, ptr %t71, i32 0, i32 0
  store i32 0, ptr %t72, align 4
  %t73 = getelementptr inbounds %struct.Poll__Str, ptr %t71, i32 0, i32 1
  store ptr @.none, ptr %t73, align 8
  %t74 = load %struct.Poll__Str, ptr %t71, align 8
  ret %struct.Poll__Str %t74
}

define i32 @tml_main() nounwind {
entry:
  %t80 = call ptr @tml_Store_create()
  %t81 = call %struct.Poll__Str @tml_show(ptr %t80, i64 1) "tmlrt.block_on"
  %t82 = alloca %struct.Poll__Str, align 8
  store %struct.Poll__Str %t81, ptr %t82, align 8
  %t83 = getelementptr inbounds %struct.Poll__Str, ptr %t82, i32 0, i32 1
  %t84 = load ptr, ptr %t83, align 8
  call void @println(ptr %t84)
  call void @tml_str_free(ptr %t84)
  %t85 = call %struct.Poll__Str @tml_show(ptr %t80, i64 2) "tmlrt.block_on"
  call void @free(ptr %t80)
  ret i32 0
}

define dso_local i32 @main(i32 %argc, ptr %argv) noinline {
entry:
  %ret = call i32 @tml_main()
  ret i32 %ret
}
