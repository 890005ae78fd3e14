; What a struct return holds is kept across suspensions, and the storage behind a byval or sret pointer has
; the alignment that the parameter states.
; RUN: %tmlcg lower %s --no-passes --emit-ll -o - | FileCheck %s
; RUN: %tmlcg build %s -O2 -o %t %sanitize && %t | FileCheck %s --check-prefix=PRINTS
; RUN: %tmlcg build %s --no-passes -o %t %sanitize && %t | FileCheck %s --check-prefix=PRINTS
; PRINTS: 7 8
%big = type { [16 x i64] }
%small = type { i64, i64 }
@tmlrt_yield_desc = external constant i8
@text = private constant [9 x i8] c"%ld %ld\0A\00"
declare void @tmlrt_yield_init(ptr)
declare void @tmlrt.await.dyn(ptr, ptr, ptr)
declare i32 @printf(ptr, ...)

define internal void @pause() "tmlrt.async" {
  %leaf = alloca [192 x i8], align 16
  call void @tmlrt_yield_init(ptr %leaf)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_yield_desc, ptr null)
  ret void
}

; Too large to be copied at each suspension: it lives in the frame.
; CHECK-LABEL: define internal i32 @large.body
; CHECK: %result = getelementptr inbounds i8, ptr %frame,
define void @large(ptr sret(%big) align 8 %out, i64 %x) "tmlrt.async" {
  call void @pause() "tmlrt.await"
  store i64 %x, ptr %out
  call void @pause() "tmlrt.await"
  %second = getelementptr i8, ptr %out, i64 8
  %y = add i64 %x, 1
  store i64 %y, ptr %second
  ret void
}

; CHECK-LABEL: define internal i32 @aligned.body
; CHECK-DAG: %result = {{.*}}, align 64
; CHECK-DAG: %byval = {{.*}}, align 32
define void @aligned(ptr sret(%small) align 64 %out, ptr byval(%small) align 32 %in) "tmlrt.async" {
  %v = load i64, ptr %in
  store i64 %v, ptr %out
  ret void
}

define i32 @program() "tmlrt.async" "tmlrt.main" {
  %r = alloca %big
  call void @large(ptr sret(%big) align 8 %r, i64 7) "tmlrt.await"
  %second = getelementptr i8, ptr %r, i64 8
  %a = load i64, ptr %r
  %b = load i64, ptr %second
  call i32 (ptr, ...) @printf(ptr @text, i64 %a, i64 %b)
  ret i32 0
}
