; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@ext_leaf_desc = external global ptr
@f0.future = constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @f0.poll, ptr @f0.drop, ptr null, i64 16, i64 8, i64 4, i64 4, ptr @tmlrt.str, ptr null, i32 0, i32 1, ptr null }
@f1.future = internal constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @f1.poll, ptr @f1.drop, ptr null, i64 32, i64 8, i64 4, i64 4, ptr @tmlrt.str.1, ptr null, i32 0, i32 1, ptr null }
@f2.future = internal constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @f2.poll, ptr @f2.drop, ptr null, i64 32, i64 8, i64 16, i64 16, ptr @tmlrt.str.2, ptr null, i32 0, i32 1, ptr null }
@root.future = constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @root.poll, ptr @root.drop, ptr null, i64 272, i64 16, i64 8, i64 8, ptr @tmlrt.str.3, ptr null, i32 0, i32 3, ptr null }
@tmlrt.str = private unnamed_addr constant [3 x i8] c"f0\00", align 1
@tmlrt.str.1 = private unnamed_addr constant [3 x i8] c"f1\00", align 1
@tmlrt.str.2 = private unnamed_addr constant [3 x i8] c"f2\00", align 1
@tmlrt.str.3 = private unnamed_addr constant [5 x i8] c"root\00", align 1

declare void @ext_note(i64)

declare void @ext_ctor(ptr, i64)

declare void @ext_leaf_init(ptr, i64)

declare void @ext_dtor(ptr, i64)

declare i64 @ext_touch(ptr)

declare i1 @ext_never()

define { i32, float } @"f0$start$16$8$c441491cc4ecdf28"(ptr %0, ptr %1, i64 %2) {
entry:
  %out = alloca float, align 4
  %3 = call i32 @f0.body(ptr %0, ptr %1, ptr %out, i32 0, i1 false, i64 %2)
  %4 = load float, ptr %out, align 4
  %5 = insertvalue { i32, float } poison, i32 %3, 0
  %6 = insertvalue { i32, float } %5, float %4, 1
  ret { i32, float } %6
}

define i32 @f0.resume(ptr %0, ptr %1, ptr %2) {
entry:
  call void @tmlrt_poll_after_done(ptr @f0.future, ptr %0)
  unreachable
}

define i32 @f0.poll(ptr %0, ptr %1, ptr %2) {
entry:
  %3 = load i32, ptr %0, align 4
  %4 = icmp eq i32 %3, 0
  br i1 %4, label %first, label %later

first:                                            ; preds = %entry
  store i32 -2, ptr %0, align 4
  %5 = getelementptr inbounds i8, ptr %0, i64 8
  %6 = load i64, ptr %5, align 8
  %7 = call { i32, float } @"f0$start$16$8$c441491cc4ecdf28"(ptr %0, ptr %1, i64 %6)
  %8 = extractvalue { i32, float } %7, 1
  %9 = extractvalue { i32, float } %7, 0
  %10 = icmp eq i32 %9, 0
  br i1 %10, label %first.ready, label %first.done

later:                                            ; preds = %entry
  br label %over

over:                                             ; preds = %later
  call void @tmlrt_poll_after_done(ptr @f0.future, ptr %0)
  unreachable

first.ready:                                      ; preds = %first
  store float %8, ptr %2, align 4
  br label %first.done

first.done:                                       ; preds = %first.ready, %first
  %11 = icmp eq i32 %9, 0
  br i1 %11, label %done, label %return

done:                                             ; preds = %first.done
  store i32 -1, ptr %0, align 4
  br label %return

return:                                           ; preds = %done, %first.done
  ret i32 %9
}

define void @f0.drop(ptr %0) {
entry:
  %1 = load i32, ptr %0, align 4
  store i32 -1, ptr %0, align 4
  %2 = icmp eq i32 %1, 0
  br i1 %2, label %unstarted, label %started

unstarted:                                        ; preds = %entry
  br label %done

started:                                          ; preds = %entry
  br label %done

done:                                             ; preds = %started, %unstarted
  ret void
}

define internal i32 @"f1$start$32$8$3e3813fc97ac5a43"(ptr %0, ptr %1, ptr %2, double %3, ptr %4, { float } %5, { float } %6) {
entry:
  %7 = call i32 @f1.body(ptr %0, ptr %1, ptr %2, i32 0, i1 false, double %3, ptr %4, { float } %5, { float } %6)
  ret i32 %7
}

define internal i32 @f1.resume(ptr %0, ptr %1, ptr %2) {
entry:
  call void @tmlrt_poll_after_done(ptr @f1.future, ptr %0)
  unreachable
}

define internal i32 @f1.poll(ptr %0, ptr %1, ptr %2) {
entry:
  %byval = alloca { float }, align 4
  %3 = load i32, ptr %0, align 4
  %4 = icmp eq i32 %3, 0
  br i1 %4, label %first, label %later

first:                                            ; preds = %entry
  store i32 -2, ptr %0, align 4
  %5 = getelementptr inbounds i8, ptr %0, i64 8
  %6 = load double, ptr %5, align 8
  %7 = getelementptr inbounds i8, ptr %0, i64 16
  call void @llvm.memcpy.p0.p0.i64(ptr align 4 %byval, ptr align 4 %7, i64 4, i1 false)
  %8 = getelementptr inbounds i8, ptr %0, i64 20
  %9 = load { float }, ptr %8, align 4
  %10 = getelementptr inbounds i8, ptr %0, i64 24
  %11 = load { float }, ptr %10, align 4
  %12 = call i32 @"f1$start$32$8$3e3813fc97ac5a43"(ptr %0, ptr %1, ptr %2, double %6, ptr %byval, { float } %9, { float } %11)
  %13 = icmp eq i32 %12, 0
  br i1 %13, label %done, label %return

later:                                            ; preds = %entry
  br label %over

over:                                             ; preds = %later
  call void @tmlrt_poll_after_done(ptr @f1.future, ptr %0)
  unreachable

done:                                             ; preds = %first
  store i32 -1, ptr %0, align 4
  br label %return

return:                                           ; preds = %done, %first
  ret i32 %12
}

define internal void @f1.drop(ptr %0) {
entry:
  %1 = load i32, ptr %0, align 4
  store i32 -1, ptr %0, align 4
  %2 = icmp eq i32 %1, 0
  br i1 %2, label %unstarted, label %started

unstarted:                                        ; preds = %entry
  br label %done

started:                                          ; preds = %entry
  br label %done

done:                                             ; preds = %started, %unstarted
  ret void
}

define internal { i32, i128 } @"f2$start$32$8$b2cf861a6d09a829"(ptr %0, ptr %1, i32 %2, i64 %3, i8 %4) {
entry:
  %out = alloca i128, align 16
  %5 = call i32 @f2.body(ptr %0, ptr %1, ptr %out, i32 0, i1 false, i32 %2, i64 %3, i8 %4)
  %6 = load i128, ptr %out, align 16
  %7 = insertvalue { i32, i128 } poison, i32 %5, 0
  %8 = insertvalue { i32, i128 } %7, i128 %6, 1
  ret { i32, i128 } %8
}

define internal i32 @f2.resume(ptr %0, ptr %1, ptr %2) {
entry:
  call void @tmlrt_poll_after_done(ptr @f2.future, ptr %0)
  unreachable
}

define internal i32 @f2.poll(ptr %0, ptr %1, ptr %2) {
entry:
  %3 = load i32, ptr %0, align 4
  %4 = icmp eq i32 %3, 0
  br i1 %4, label %first, label %later

first:                                            ; preds = %entry
  store i32 -2, ptr %0, align 4
  %5 = getelementptr inbounds i8, ptr %0, i64 8
  %6 = load i32, ptr %5, align 4
  %7 = getelementptr inbounds i8, ptr %0, i64 16
  %8 = load i64, ptr %7, align 8
  %9 = getelementptr inbounds i8, ptr %0, i64 24
  %10 = load i8, ptr %9, align 1
  %11 = call { i32, i128 } @"f2$start$32$8$b2cf861a6d09a829"(ptr %0, ptr %1, i32 %6, i64 %8, i8 %10)
  %12 = extractvalue { i32, i128 } %11, 1
  %13 = extractvalue { i32, i128 } %11, 0
  %14 = icmp eq i32 %13, 0
  br i1 %14, label %first.ready, label %first.done

later:                                            ; preds = %entry
  br label %over

over:                                             ; preds = %later
  call void @tmlrt_poll_after_done(ptr @f2.future, ptr %0)
  unreachable

first.ready:                                      ; preds = %first
  store i128 %12, ptr %2, align 16
  br label %first.done

first.done:                                       ; preds = %first.ready, %first
  %15 = icmp eq i32 %13, 0
  br i1 %15, label %done, label %return

done:                                             ; preds = %first.done
  store i32 -1, ptr %0, align 4
  br label %return

return:                                           ; preds = %done, %first.done
  ret i32 %13
}

define internal void @f2.drop(ptr %0) {
entry:
  %1 = load i32, ptr %0, align 4
  store i32 -1, ptr %0, align 4
  %2 = icmp eq i32 %1, 0
  br i1 %2, label %unstarted, label %started

unstarted:                                        ; preds = %entry
  br label %done

started:                                          ; preds = %entry
  br label %done

done:                                             ; preds = %started, %unstarted
  ret void
}

define { i32, i64 } @"root$start$272$16$243e6f2c94a020f5"(ptr %0, ptr %1, i64 %2, i64 %3) {
entry:
  %out = alloca i64, align 8
  %4 = call i32 @root.body(ptr %0, ptr %1, ptr %out, i32 0, i1 false, i64 %2, i64 %3)
  %5 = load i64, ptr %out, align 8
  %6 = insertvalue { i32, i64 } poison, i32 %4, 0
  %7 = insertvalue { i32, i64 } %6, i64 %5, 1
  ret { i32, i64 } %7
}

define i32 @root.resume(ptr %0, ptr %1, ptr %2) {
entry:
  %3 = load i32, ptr %0, align 4
  %4 = call i32 @root.run(ptr %0, ptr %1, ptr %2, i32 %3)
  ret i32 %4
}

define i32 @root.poll(ptr %0, ptr %1, ptr %2) {
entry:
  %3 = load i32, ptr %0, align 4
  %4 = icmp eq i32 %3, 0
  br i1 %4, label %first, label %later

first:                                            ; preds = %entry
  store i32 -2, ptr %0, align 4
  %5 = getelementptr inbounds i8, ptr %0, i64 8
  %6 = load i64, ptr %5, align 8
  %7 = getelementptr inbounds i8, ptr %0, i64 16
  %8 = load i64, ptr %7, align 8
  %9 = call { i32, i64 } @"root$start$272$16$243e6f2c94a020f5"(ptr %0, ptr %1, i64 %6, i64 %8)
  %10 = extractvalue { i32, i64 } %9, 1
  %11 = extractvalue { i32, i64 } %9, 0
  %12 = icmp eq i32 %11, 0
  br i1 %12, label %first.ready, label %first.done

later:                                            ; preds = %entry
  %13 = icmp uge i32 %3, -2
  br i1 %13, label %over, label %again, !prof !0

over:                                             ; preds = %later
  call void @tmlrt_poll_after_done(ptr @root.future, ptr %0)
  unreachable

first.ready:                                      ; preds = %first
  store i64 %10, ptr %2, align 8
  br label %first.done

first.done:                                       ; preds = %first.ready, %first
  %14 = icmp eq i32 %11, 0
  br i1 %14, label %done, label %return

done:                                             ; preds = %first.done
  store i32 -1, ptr %0, align 4
  br label %return

return:                                           ; preds = %done, %first.done
  ret i32 %11

again:                                            ; preds = %later
  store i32 -2, ptr %0, align 4
  %15 = call i32 @root.run(ptr %0, ptr %1, ptr %2, i32 %3)
  %16 = icmp eq i32 %15, 0
  br i1 %16, label %done1, label %return2

done1:                                            ; preds = %again
  store i32 -1, ptr %0, align 4
  br label %return2

return2:                                          ; preds = %done1, %again
  ret i32 %15
}

define void @root.drop(ptr %0) {
entry:
  %unread = alloca i64, align 8
  %1 = load i32, ptr %0, align 4
  store i32 -1, ptr %0, align 4
  %2 = icmp eq i32 %1, 0
  br i1 %2, label %unstarted, label %started

unstarted:                                        ; preds = %entry
  br label %done

started:                                          ; preds = %entry
  %3 = icmp uge i32 %1, -2
  br i1 %3, label %done, label %suspended

done:                                             ; preds = %suspended, %started, %unstarted
  ret void

suspended:                                        ; preds = %started
  %4 = call i32 @root.body(ptr %0, ptr null, ptr %unread, i32 %1, i1 true, i64 poison, i64 poison)
  br label %done
}

; Function Attrs: cold noreturn nounwind
declare void @tmlrt_panic(ptr) #0

; Function Attrs: alwaysinline
define internal i32 @f0.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i64 %0) #1 {
entry:
  %1 = mul i64 %0, -7046029254386353131
  %2 = lshr i64 %0, 31
  %3 = add i64 %1, %0
  %4 = xor i64 %3, %2
  %5 = mul i64 %4, -7046029254386353131
  %6 = lshr i64 %4, 31
  %7 = add i64 %5, %0
  %8 = xor i64 %7, %6
  call void @ext_note(i64 %8)
  %9 = trunc i64 %8 to i16
  %10 = sitofp i16 %9 to float
  store float %10, ptr %out, align 4
  ret i32 0
}

; Function Attrs: cold noreturn nounwind
declare void @tmlrt_poll_after_done(ptr, ptr) #0

; Function Attrs: alwaysinline
define internal i32 @f1.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, double %0, ptr %1, { float } %2, { float } %3) #1 {
entry:
  %result = alloca { float }, align 4
  %byval = alloca { float }, align 4
  call void @llvm.memcpy.p0.p0.i64(ptr align 4 %byval, ptr align 1 %1, i64 4, i1 false)
  %4 = bitcast double %0 to i64
  %5 = add i64 7351711641289597407, %4
  %6 = xor i64 %5, 0
  %7 = bitcast double %0 to i64
  %8 = mul i64 %6, -7046029254386353131
  %9 = lshr i64 %6, 31
  %10 = add i64 %8, %7
  %11 = xor i64 %10, %9
  %12 = extractvalue { float } %2, 0
  %13 = bitcast float %12 to i32
  %14 = zext i32 %13 to i64
  %15 = add i64 -7046029254386353131, %14
  %16 = xor i64 %15, 0
  %17 = mul i64 %11, -7046029254386353131
  %18 = lshr i64 %11, 31
  %19 = add i64 %17, %16
  %20 = xor i64 %19, %18
  %21 = extractvalue { float } %3, 0
  %22 = bitcast float %21 to i32
  %23 = zext i32 %22 to i64
  %24 = add i64 -7046029254386353131, %23
  %25 = xor i64 %24, 0
  %26 = mul i64 %20, -7046029254386353131
  %27 = lshr i64 %20, 31
  %28 = add i64 %26, %25
  %29 = xor i64 %28, %27
  %30 = load { float }, ptr %byval, align 4
  %31 = extractvalue { float } %30, 0
  %32 = bitcast float %31 to i32
  %33 = zext i32 %32 to i64
  %34 = add i64 -7046029254386353131, %33
  %35 = xor i64 %34, 0
  %36 = mul i64 %29, -7046029254386353131
  %37 = lshr i64 %29, 31
  %38 = add i64 %36, %35
  %39 = xor i64 %38, %37
  call void @ext_note(i64 %39)
  %40 = add i64 %39, 19088743
  %41 = trunc i64 %40 to i16
  %42 = sitofp i16 %41 to float
  %43 = insertvalue { float } zeroinitializer, float %42, 0
  store { float } %43, ptr %result, align 4
  call void @llvm.memcpy.p0.p0.i64(ptr align 4 %out, ptr align 4 %result, i64 4, i1 false)
  ret i32 0
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #2

; Function Attrs: alwaysinline
define internal i32 @f2.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i32 %0, i64 %1, i8 %2) #1 {
entry:
  %3 = zext i8 %2 to i64
  %4 = mul i64 %1, -7046029254386353131
  %5 = lshr i64 %1, 31
  %6 = add i64 %4, %3
  %7 = xor i64 %6, %5
  %8 = zext i8 %2 to i64
  %9 = mul i64 %7, -7046029254386353131
  %10 = lshr i64 %7, 31
  %11 = add i64 %9, %8
  %12 = xor i64 %11, %10
  %13 = mul i64 %12, -7046029254386353131
  %14 = lshr i64 %12, 31
  %15 = add i64 %13, %1
  %16 = xor i64 %15, %14
  %17 = mul i64 %16, -7046029254386353131
  %18 = lshr i64 %16, 31
  %19 = add i64 %17, %1
  %20 = xor i64 %19, %18
  call void @ext_note(i64 %20)
  %21 = zext i64 %20 to i128
  %22 = shl i128 %21, 37
  %23 = mul i128 %21, %22
  %24 = zext i64 %1 to i128
  %25 = shl i128 %24, 37
  %26 = mul i128 %24, %25
  store i128 %26, ptr %out, align 16
  ret i32 0
}

; Function Attrs: alwaysinline
define internal i32 @root.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i64 %0, i64 %1) #1 {
dispatch:
  %await.out = alloca float, align 4
  %await.result = alloca float, align 4
  %2 = getelementptr inbounds i8, ptr %frame, i64 216
  %3 = getelementptr inbounds i8, ptr %frame, i64 240
  %4 = getelementptr inbounds i8, ptr %frame, i64 16
  %5 = alloca { float }, align 8
  %v.home = alloca i64, align 8
  %v.home2 = alloca i64, align 8
  br i1 %isdrop, label %dropping, label %go

go:                                               ; preds = %dispatch
  switch i32 %state, label %no.such.state [
    i32 0, label %entry
    i32 1, label %resume.1
    i32 2, label %resume.2
  ]

dropping:                                         ; preds = %dispatch
  switch i32 %state, label %no.such.state [
    i32 1, label %drop.1
    i32 2, label %drop.2
  ]

entry:                                            ; preds = %go
  store i64 %0, ptr %v.home2, align 8
  store i64 %1, ptr %v.home, align 8
  call void @ext_ctor(ptr %2, i64 %1)
  %6 = and i64 %0, 7
  %7 = icmp sgt i64 %6, 1
  br i1 %7, label %8, label %else

8:                                                ; preds = %entry
  %9 = load i64, ptr %v.home, align 8
  store i64 773825, ptr %3, align 8
  call void @ext_leaf_init(ptr %4, i64 773825)
  %10 = getelementptr inbounds i8, ptr %frame, i64 248
  %11 = call { i32, float } @"f0$start$16$8$c441491cc4ecdf28"(ptr %10, ptr %cx, i64 %9)
  %12 = extractvalue { i32, float } %11, 1
  store float %12, ptr %await.result, align 4
  %13 = extractvalue { i32, float } %11, 0
  %14 = icmp eq i32 %13, 0
  br i1 %14, label %then, label %pend.1, !prof !1

then:                                             ; preds = %drop.1, %resumed.1, %8
  br i1 %isdrop, label %dropped, label %29

else:                                             ; preds = %entry
  %15 = load i64, ptr %v.home, align 8
  %16 = add i64 %15, 19088743
  %17 = trunc i64 %16 to i16
  %18 = sitofp i16 %17 to float
  %19 = insertvalue { float } zeroinitializer, float %18, 0
  store { float } %19, ptr %5, align 4
  %20 = getelementptr inbounds { float }, ptr %5, i32 0, i32 0
  %21 = trunc i64 %15 to i16
  %22 = sitofp i16 %21 to float
  store float %22, ptr %20, align 4
  %23 = load float, ptr %20, align 4
  br label %join

join:                                             ; preds = %else, %resumed1
  %24 = phi i64 [ %35, %resumed1 ], [ 491477, %else ]
  %25 = phi i64 [ %36, %resumed1 ], [ %15, %else ]
  %26 = load i64, ptr %v.home, align 8
  %27 = call i64 @ext_touch(ptr %2)
  call void @ext_note(i64 %27)
  call void @ext_dtor(ptr %2, i64 %26)
  %28 = call i1 @ext_never()
  br i1 %28, label %panic, label %ok

29:                                               ; preds = %then
  %30 = load ptr, ptr getelementptr inbounds (i8, ptr @ext_leaf_desc, i64 8), align 8
  %31 = call i32 %30(ptr %4, ptr %cx, ptr %3)
  %32 = icmp eq i32 %31, 0
  br i1 %32, label %resumed, label %pend.2, !prof !1

resumed:                                          ; preds = %drop.2, %resumed.2, %29
  br i1 %isdrop, label %dropped2, label %resumed1

dropped:                                          ; preds = %then
  %33 = load i64, ptr %v.home, align 8
  %34 = load ptr, ptr getelementptr inbounds (i8, ptr @ext_leaf_desc, i64 16), align 8
  call void %34(ptr %4)
  call void @ext_dtor(ptr %2, i64 %33)
  store i64 undef, ptr %out, align 8
  ret i32 0

resumed1:                                         ; preds = %resumed
  %35 = load i64, ptr %v.home, align 8
  %36 = load i64, ptr %v.home2, align 8
  %37 = load i64, ptr %3, align 8
  br label %join

dropped2:                                         ; preds = %resumed
  %38 = load i64, ptr %v.home, align 8
  call void @ext_dtor(ptr %2, i64 %38)
  store i64 undef, ptr %out, align 8
  ret i32 0

panic:                                            ; preds = %join
  call void @tmlrt_panic(ptr null)
  unreachable

ok:                                               ; preds = %join
  %39 = load i64, ptr %v.home, align 8
  %40 = load i64, ptr %v.home2, align 8
  %41 = mul i64 %39, -7046029254386353131
  %42 = lshr i64 %39, 31
  %43 = add i64 %41, %40
  %44 = xor i64 %43, %42
  %45 = mul i64 %44, -7046029254386353131
  %46 = lshr i64 %44, 31
  %47 = add i64 %45, %39
  %48 = xor i64 %47, %46
  call void @ext_note(i64 %48)
  store i64 %48, ptr %out, align 8
  ret i32 0

pend.1:                                           ; preds = %8
  %49 = getelementptr inbounds i8, ptr %frame, i64 8
  %50 = load i64, ptr %v.home, align 8
  store i64 %50, ptr %49, align 8
  %51 = getelementptr inbounds i8, ptr %frame, i64 208
  %52 = load i64, ptr %v.home2, align 8
  store i64 %52, ptr %51, align 8
  store i32 1, ptr %frame, align 4
  ret i32 1

resume.1:                                         ; preds = %go
  %53 = getelementptr inbounds i8, ptr %frame, i64 248
  %54 = call i32 @f0.resume(ptr %53, ptr %cx, ptr %await.out)
  %55 = icmp eq i32 %54, 0
  br i1 %55, label %resumed.1, label %still.pending

drop.1:                                           ; preds = %dropping
  %56 = getelementptr inbounds i8, ptr %frame, i64 248
  call void @f0.drop(ptr %56)
  %57 = getelementptr inbounds i8, ptr %frame, i64 8
  %58 = load i64, ptr %57, align 8
  store i64 %58, ptr %v.home, align 8
  %59 = getelementptr inbounds i8, ptr %frame, i64 208
  %60 = load i64, ptr %59, align 8
  store i64 %60, ptr %v.home2, align 8
  br label %then

resumed.1:                                        ; preds = %resume.1
  %61 = load float, ptr %await.out, align 4
  store float %61, ptr %await.result, align 4
  %62 = getelementptr inbounds i8, ptr %frame, i64 8
  %63 = load i64, ptr %62, align 8
  store i64 %63, ptr %v.home, align 8
  %64 = getelementptr inbounds i8, ptr %frame, i64 208
  %65 = load i64, ptr %64, align 8
  store i64 %65, ptr %v.home2, align 8
  br label %then

still.pending:                                    ; preds = %resume.2, %resume.1
  ret i32 1

pend.2:                                           ; preds = %29
  %66 = getelementptr inbounds i8, ptr %frame, i64 8
  %67 = load i64, ptr %v.home, align 8
  store i64 %67, ptr %66, align 8
  %68 = getelementptr inbounds i8, ptr %frame, i64 208
  %69 = load i64, ptr %v.home2, align 8
  store i64 %69, ptr %68, align 8
  store i32 2, ptr %frame, align 4
  ret i32 1

resume.2:                                         ; preds = %go
  %70 = load ptr, ptr getelementptr inbounds (i8, ptr @ext_leaf_desc, i64 8), align 8
  %71 = call i32 %70(ptr %4, ptr %cx, ptr %3)
  %72 = icmp eq i32 %71, 0
  br i1 %72, label %resumed.2, label %still.pending

drop.2:                                           ; preds = %dropping
  %73 = load ptr, ptr getelementptr inbounds (i8, ptr @ext_leaf_desc, i64 16), align 8
  call void %73(ptr %4)
  %74 = getelementptr inbounds i8, ptr %frame, i64 8
  %75 = load i64, ptr %74, align 8
  store i64 %75, ptr %v.home, align 8
  %76 = getelementptr inbounds i8, ptr %frame, i64 208
  %77 = load i64, ptr %76, align 8
  store i64 %77, ptr %v.home2, align 8
  br label %resumed

resumed.2:                                        ; preds = %resume.2
  %78 = getelementptr inbounds i8, ptr %frame, i64 8
  %79 = load i64, ptr %78, align 8
  store i64 %79, ptr %v.home, align 8
  %80 = getelementptr inbounds i8, ptr %frame, i64 208
  %81 = load i64, ptr %80, align 8
  store i64 %81, ptr %v.home2, align 8
  br label %resumed

no.such.state:                                    ; preds = %dropping, %go
  unreachable
}

define internal i32 @root.run(ptr %0, ptr %1, ptr %2, i32 %3) {
entry:
  %4 = call i32 @root.body(ptr %0, ptr %1, ptr %2, i32 %3, i1 false, i64 poison, i64 poison)
  ret i32 %4
}

attributes #0 = { cold noreturn nounwind }
attributes #1 = { alwaysinline }
attributes #2 = { nocallback nofree nounwind willreturn memory(argmem: readwrite) }

!0 = !{!"branch_weights", i32 1, i32 2000}
!1 = !{!"branch_weights", i32 2000, i32 1}
