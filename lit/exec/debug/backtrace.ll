; (count is a local of the third: visible before and after.)
; gdb inside the third nested await sees the three source functions and the lines of their awaits, before and after a
; suspension, with no passes, at O0 and at O2. The descriptor has name, file and lines.
; REQUIRES: gdb, plain
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s --check-prefix=DESC
; RUN: sh %S/Inputs/backtrace.sh %tmlcg %t --no-passes %s %S/Inputs/stop.c | FileCheck %s --check-prefixes=CHECK,O0
; RUN: sh %S/Inputs/backtrace.sh %tmlcg %t -O0 %s %S/Inputs/stop.c | FileCheck %s --check-prefixes=CHECK,O0
; RUN: sh %S/Inputs/backtrace.sh %tmlcg %t -O2 %s %S/Inputs/stop.c | FileCheck %s
; DESC: @first.future = {{.*}} ptr @[[NAME:[a-z0-9.]+]], ptr @[[FILE:[a-z0-9.]+]], i32 10, i32 2, ptr @[[LINES:[a-z0-9.]+]], ptr {{.*}} }
; DESC: [[NAME]] = private unnamed_addr constant [6 x i8] c"first\00"
; DESC: [[FILE]] = private unnamed_addr constant [9 x i8] c"prog.tml\00"
; DESC: [[LINES]] = private unnamed_addr constant [2 x i32] [i32 10, i32 12]
; CHECK: #0 {{.*}}stop (
; CHECK: third {{.*}}prog.tml:31
; O0: count = 6
; CHECK: second {{.*}}prog.tml:22
; CHECK: first {{.*}}prog.tml:12
; CHECK: #0 {{.*}}stop (
; CHECK: third {{.*}}prog.tml:33
; O0: count = 6
; CHECK: second {{.*}}prog.tml:22
; CHECK: first {{.*}}prog.tml:12
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare void @stop(i64)
declare void @tmlrt.suspend()
declare void @tmlrt_yield_init(ptr)
@tmlrt_yield_desc = external constant i8
declare void @tmlrt.await.dyn(ptr, ptr, ptr)

declare void @llvm.dbg.declare(metadata, metadata, metadata)

define i64 @third(i64 %x) "tmlrt.async" !dbg !5 {
  %leaf = alloca [192 x i8], align 16
  %count = alloca i64, align 8
  store i64 %x, ptr %count, align 8
  call void @llvm.dbg.declare(metadata ptr %count, metadata !20, metadata !DIExpression()), !dbg !11
  call void @stop(i64 %x), !dbg !11
  call void @tmlrt_yield_init(ptr %leaf), !dbg !12
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_yield_desc, ptr null), !dbg !12
  %kept = load i64, ptr %count, align 8
  %y = add i64 %kept, 1
  call void @stop(i64 %y), !dbg !13
  ret i64 %y, !dbg !13
}
define i64 @second(i64 %x) "tmlrt.async" !dbg !6 {
  %y = mul i64 %x, 2, !dbg !14
  %v = call i64 @third(i64 %y) "tmlrt.await", !dbg !15
  %r = add i64 %v, %x, !dbg !16
  ret i64 %r, !dbg !16
}
define i64 @first(i64 %x) "tmlrt.async" !dbg !7 {
  %v = call i64 @second(i64 %x) "tmlrt.await", !dbg !17
  %r = add i64 %v, %x, !dbg !18
  ret i64 %r, !dbg !18
}
define i32 @main() !dbg !8 {
  %v = call i64 @first(i64 3) "tmlrt.block_on", !dbg !19
  %ok = icmp eq i64 %v, 13
  %r = select i1 %ok, i32 0, i32 1
  ret i32 %r, !dbg !19
}
!llvm.module.flags = !{!0, !1}
!llvm.dbg.cu = !{!2}
!0 = !{i32 2, !"Debug Info Version", i32 3}
!1 = !{i32 7, !"Dwarf Version", i32 4}
!2 = distinct !DICompileUnit(language: DW_LANG_C99, file: !3, producer: "tml", isOptimized: false, runtimeVersion: 0, emissionKind: FullDebug)
!3 = !DIFile(filename: "prog.tml", directory: "/src")
!4 = !DISubroutineType(types: !{null})
!5 = distinct !DISubprogram(name: "third", linkageName: "third", scope: !3, file: !3, line: 30, type: !4, scopeLine: 30, spFlags: DISPFlagDefinition, unit: !2)
!6 = distinct !DISubprogram(name: "second", linkageName: "second", scope: !3, file: !3, line: 20, type: !4, scopeLine: 20, spFlags: DISPFlagDefinition, unit: !2)
!7 = distinct !DISubprogram(name: "first", linkageName: "first", scope: !3, file: !3, line: 10, type: !4, scopeLine: 10, spFlags: DISPFlagDefinition, unit: !2)
!8 = distinct !DISubprogram(name: "main", linkageName: "main", scope: !3, file: !3, line: 40, type: !4, scopeLine: 40, spFlags: DISPFlagDefinition, unit: !2)
!11 = !DILocation(line: 31, column: 3, scope: !5)
!12 = !DILocation(line: 32, column: 3, scope: !5)
!13 = !DILocation(line: 33, column: 3, scope: !5)
!14 = !DILocation(line: 21, column: 3, scope: !6)
!15 = !DILocation(line: 22, column: 3, scope: !6)
!16 = !DILocation(line: 23, column: 3, scope: !6)
!17 = !DILocation(line: 12, column: 3, scope: !7)
!18 = !DILocation(line: 13, column: 3, scope: !7)
!19 = !DILocation(line: 41, column: 3, scope: !8)
!20 = !DILocalVariable(name: "count", scope: !5, file: !3, line: 31, type: !21)
!21 = !DIBasicType(name: "I64", size: 64, encoding: DW_ATE_signed)
