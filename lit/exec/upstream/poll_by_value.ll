; Free async functions: Poll structs by value, type-punned payloads, overflow checks that branch to
; panic, allocas after calls and in arms, several rets, block_on as a call-site attribute.
; RUN: sh %S/Inputs/compare.sh %tmlcg '%cc' %s %S/Inputs/shim.c %t '%tmlrt_link' | FileCheck %s
; CHECK: prices
; CHECK: total 1260
; CHECK: cheap
; CHECK: exit code 0
target datalayout = "e-m:w-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-i128:128:128-f32:32:32-f64:64:64-v64:64:64-v128:128:128-v256:256:256-a:0:64-n8:16:32:64-S128"
target triple = "x86_64-pc-windows-msvc"

%struct.Poll__I64 = type { i32, i64 }
%struct.Poll__Str = type { i32, i64 }

@.prices = hidden constant [7 x i8] c"prices\00"
@.total = hidden constant [7 x i8] c"total \00"
@.cheap = hidden constant [6 x i8] c"cheap\00"
@.dear = hidden constant [5 x i8] c"dear\00"
@.overflow = hidden constant [17 x i8] c"integer overflow\00"

declare void @println(ptr)
declare void @panic(ptr) noreturn
declare void @tml_str_free(ptr)
declare ptr @tml_I64_to_string(i64)
declare ptr @str_concat_opt(ptr, ptr)
declare void @llvm.lifetime.start.p0(i64 immarg, ptr nocapture)
declare void @llvm.lifetime.end.p0(i64 immarg, ptr nocapture)
declare { i64, i1 } @llvm.smul.with.overflow.i64(i64, i64)
declare { i64, i1 } @llvm.sadd.with.overflow.i64(i64, i64)

define hidden %struct.Poll__I64 @tml_price(i64 %item, i32 %count) nounwind "tmlrt.async"="i64" {
entry:
  %t0 = alloca i64, align 8
  store i64 %item, ptr %t0, align 8
  %t1 = alloca i32, align 4
  store i32 %count, ptr %t1, align 4
  %t2 = load i64, ptr %t0, align 8
  %t3 = load i32, ptr %t1, align 4
  %t4 = sext i32 %t3 to i64
  %t5 = call { i64, i1 } @llvm.smul.with.overflow.i64(i64 %t2, i64 %t4)
  %t6 = extractvalue { i64, i1 } %t5, 0
  %t7 = extractvalue { i64, i1 } %t5, 1
  br i1 %t7, label %mul_overflow, label %mul_ok

mul_overflow:
  call void @panic(ptr @.overflow)
  unreachable

mul_ok:
  %t8 = alloca %struct.Poll__I64, align 8
  %t9 = getelementptr inbounds %struct.Poll__I64, ptr %t8, i32 0, i32 0
  store i32 0, ptr %t9, align 4
  %t10 = getelementptr inbounds %struct.Poll__I64, ptr %t8, i32 0, i32 1
  store i64 %t6, ptr %t10, align 8
  %t11 = load %struct.Poll__I64, ptr %t8, align 8
  ret %struct.Poll__I64 %t11
}

define hidden %struct.Poll__Str @tml_label(i64 %n) nounwind "tmlrt.async"="ptr" {
entry:
  %t20 = alloca i64, align 8
  store i64 %n, ptr %t20, align 8
  %t21 = load i64, ptr %t20, align 8
  %t22 = sext i32 1000 to i64
  %t23 = icmp slt i64 %t21, %t22
  br i1 %t23, label %if.then, label %if.end

if.then:
  %t24 = alloca %struct.Poll__Str, align 8
  %t25 = getelementptr inbounds %struct.Poll__Str, ptr %t24, i32 0, i32 0
  store i32 0, ptr %t25, align 4
  %t26 = getelementptr inbounds %struct.Poll__Str, ptr %t24, i32 0, i32 1
  store ptr @.cheap, ptr %t26, align 8
  %t27 = load %struct.Poll__Str, ptr %t24, align 8
  ret %struct.Poll__Str %t27

if.end:
  %t28 = alloca %struct.Poll__Str, align 8
  %t29 = getelementptr inbounds %struct.Poll__Str, ptr %t28, i32 0, i32 0
  store i32 0, ptr %t29, align 4
  %t30 = getelementptr inbounds %struct.Poll__Str, ptr %t28, i32 0, i32 1
  store ptr @.dear, ptr %t30, align 8
  %t31 = load %struct.Poll__Str, ptr %t28, align 8
  ret %struct.Poll__Str %t31
}

define hidden void @tml_announce(ptr %text) nounwind "tmlrt.async"="void" {
entry:
  %t40 = alloca ptr, align 8
  store ptr %text, ptr %t40, align 8
  %t41 = load ptr, ptr %t40, align 8
  call void @println(ptr %t41)
  ret void
}

define hidden %struct.Poll__I64 @tml_order(i64 %id) nounwind "tmlrt.async"="i64" {
entry:
  %t50 = alloca i64, align 8
  store i64 %id, ptr %t50, align 8
  %t51 = alloca i64, align 8
  %t52 = alloca i64, align 8
  call void @tml_announce(ptr @.prices) "tmlrt.await"
  %t53 = load i64, ptr %t50, align 8
  %t54 = call %struct.Poll__I64 @tml_price(i64 %t53, i32 2) "tmlrt.await"
  %t55 = alloca %struct.Poll__I64, align 8
  store %struct.Poll__I64 %t54, ptr %t55, align 8
  %t56 = getelementptr inbounds %struct.Poll__I64, ptr %t55, i32 0, i32 1
  %t57 = load i64, ptr %t56, align 8
  call void @llvm.lifetime.start.p0(i64 8, ptr %t51)
  store i64 %t57, ptr %t51, align 8
  %t58 = load i64, ptr %t51, align 8
  %t59 = icmp sgt i64 %t58, 0
  br i1 %t59, label %if.then0, label %if.end1

if.then0:
  %t60 = load i64, ptr %t51, align 8
  %t61 = call %struct.Poll__I64 @tml_price(i64 %t60, i32 2) "tmlrt.await"
  %t62 = alloca %struct.Poll__I64, align 8
  store %struct.Poll__I64 %t61, ptr %t62, align 8
  %t63 = getelementptr inbounds %struct.Poll__I64, ptr %t62, i32 0, i32 1
  %t64 = load i64, ptr %t63, align 8
  call void @llvm.lifetime.start.p0(i64 8, ptr %t52)
  store i64 %t64, ptr %t52, align 8
  %t65 = load i64, ptr %t51, align 8
  %t66 = load i64, ptr %t52, align 8
  %t67 = call { i64, i1 } @llvm.sadd.with.overflow.i64(i64 %t65, i64 %t66)
  %t68 = extractvalue { i64, i1 } %t67, 0
  %t69 = extractvalue { i64, i1 } %t67, 1
  br i1 %t69, label %add_overflow, label %add_ok

add_overflow:
  call void @panic(ptr @.overflow)
  unreachable

add_ok:
  call void @llvm.lifetime.end.p0(i64 8, ptr %t52)
  %t70 = alloca %struct.Poll__I64, align 8
  %t71 = getelementptr inbounds %struct.Poll__I64, ptr %t70, i32 0, i32 0
  store i32 0, ptr %t71, align 4
  %t72 = getelementptr inbounds %struct.Poll__I64, ptr %t70, i32 0, i32 1
  store i64 %t68, ptr %t72, align 8
  %t73 = load %struct.Poll__I64, ptr %t70, align 8
  ret %struct.Poll__I64 %t73

if.end1:
  %t74 = alloca %struct.Poll__I64, align 8
  store %struct.Poll__I64 zeroinitializer, ptr %t74, align 8
  %t75 = load %struct.Poll__I64, ptr %t74, align 8
  ret %struct.Poll__I64 %t75
}

define i32 @tml_main() nounwind {
entry:
  %t80 = alloca i64, align 8
  %t81 = call %struct.Poll__I64 @tml_order(i64 210) "tmlrt.block_on"
  %t82 = alloca %struct.Poll__I64, align 8
  store %struct.Poll__I64 %t81, ptr %t82, align 8
  %t83 = getelementptr inbounds %struct.Poll__I64, ptr %t82, i32 0, i32 1
  %t84 = load i64, ptr %t83, align 8
  call void @llvm.lifetime.start.p0(i64 8, ptr %t80)
  store i64 %t84, ptr %t80, align 8
  %t85 = load i64, ptr %t80, align 8
  %t86 = call ptr @tml_I64_to_string(i64 %t85)
  %t87 = call ptr @str_concat_opt(ptr @.total, ptr %t86)
  call void @println(ptr %t87)
  call void @tml_str_free(ptr %t86)
  call void @tml_str_free(ptr %t87)
  %t88 = call %struct.Poll__Str @tml_label(i64 7) "tmlrt.block_on"
  %t89 = alloca %struct.Poll__Str, align 8
  store %struct.Poll__Str %t88, ptr %t89, align 8
  %t90 = getelementptr inbounds %struct.Poll__Str, ptr %t89, i32 0, i32 1
  %t91 = load ptr, ptr %t90, align 8
  call void @println(ptr %t91)
  ret i32 0
}

define dso_local i32 @main(i32 %argc, ptr %argv) noinline {
entry:
  %ret = call i32 @tml_main()
  ret i32 %ret
}
