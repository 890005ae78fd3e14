; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@f1.future = constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @f1.poll, ptr @f1.drop, ptr null, i64 32, i64 8, i64 0, i64 1, ptr @tmlrt.str, ptr null, i32 0, i32 1, ptr null }
@root.future = constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @root.poll, ptr @root.drop, ptr null, i64 120, i64 8, i64 8, i64 8, ptr @tmlrt.str.1, ptr null, i32 0, i32 6, ptr null }
@f0.future = external constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr }
@tmlrt.str = private unnamed_addr constant [3 x i8] c"f1\00", align 1
@tmlrt.str.1 = private unnamed_addr constant [5 x i8] c"root\00", align 1

define ptr @f2(i64 %0, i8 %1, i128 %2, float %3) #0 {
entry:
  %4 = zext i8 %1 to i64
  %5 = mul i64 %0, -7046029254386353131
  %6 = lshr i64 %0, 31
  %7 = add i64 %5, %4
  %8 = xor i64 %7, %6
  %9 = zext i8 %1 to i64
  %10 = mul i64 %8, -7046029254386353131
  %11 = lshr i64 %8, 31
  %12 = add i64 %10, %9
  %13 = xor i64 %12, %11
  %14 = mul i64 %13, -7046029254386353131
  %15 = lshr i64 %13, 31
  %16 = add i64 %14, %0
  %17 = xor i64 %16, %15
  %18 = mul i64 %17, -7046029254386353131
  %19 = lshr i64 %17, 31
  %20 = add i64 %18, %0
  %21 = xor i64 %20, %19
  %22 = lshr i128 %2, 64
  %23 = trunc i128 %22 to i64
  %24 = trunc i128 %2 to i64
  %25 = xor i64 %24, %23
  %26 = mul i64 %21, -7046029254386353131
  %27 = lshr i64 %21, 31
  %28 = add i64 %26, %25
  %29 = xor i64 %28, %27
  %30 = lshr i128 %2, 64
  %31 = trunc i128 %30 to i64
  %32 = trunc i128 %2 to i64
  %33 = xor i64 %32, %31
  %34 = mul i64 %29, -7046029254386353131
  %35 = lshr i64 %29, 31
  %36 = add i64 %34, %33
  %37 = xor i64 %36, %35
  %38 = bitcast float %3 to i32
  %39 = zext i32 %38 to i64
  %40 = mul i64 %37, -7046029254386353131
  %41 = lshr i64 %37, 31
  %42 = add i64 %40, %39
  %43 = xor i64 %42, %41
  %44 = bitcast float %3 to i32
  %45 = zext i32 %44 to i64
  %46 = mul i64 %43, -7046029254386353131
  %47 = lshr i64 %43, 31
  %48 = add i64 %46, %45
  %49 = xor i64 %48, %47
  call void @ext_note(i64 %49)
  %50 = call ptr @ext_new(i64 %0)
  ret ptr %50
}

define void @f2_drop_output(ptr %0) {
entry:
  %1 = load ptr, ptr %0, align 8
  call void @ext_free(ptr %1)
  ret void
}

declare void @ext_free(ptr)

declare void @ext_note(i64)

declare ptr @ext_new(i64)

declare i32 @ext_pend()

declare void @ext_ctor(ptr, i64)

declare void @ext_dtor(ptr, i64)

declare i64 @ext_touch(ptr)

declare void @ext_cx(ptr)

; Function Attrs: nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.end.p0(i64 immarg, ptr nocapture) #1

define i32 @"f1$start$32$8$d64b5795a07e6e2f"(ptr %0, ptr %1, i32 %2, ptr %3) {
entry:
  %4 = call i32 @f1.body(ptr %0, ptr %1, ptr null, i32 0, i1 false, i32 %2, ptr %3)
  ret i32 %4
}

define i32 @f1.resume(ptr %0, ptr %1, ptr %2) {
entry:
  call void @tmlrt_poll_after_done(ptr @f1.future, ptr %0)
  unreachable
}

define i32 @f1.poll(ptr %0, ptr %1, ptr %2) {
entry:
  %byval = alloca { i1, float, i64 }, align 8
  %3 = load i32, ptr %0, align 4
  %4 = icmp eq i32 %3, 0
  br i1 %4, label %first, label %later

first:                                            ; preds = %entry
  store i32 -2, ptr %0, align 4
  %5 = getelementptr inbounds i8, ptr %0, i64 8
  %6 = load i32, ptr %5, align 4
  %7 = getelementptr inbounds i8, ptr %0, i64 16
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %byval, ptr align 8 %7, i64 16, i1 false)
  %8 = call i32 @"f1$start$32$8$d64b5795a07e6e2f"(ptr %0, ptr %1, i32 %6, ptr %byval)
  %9 = icmp eq i32 %8, 0
  br i1 %9, label %done, label %return

later:                                            ; preds = %entry
  br label %over

over:                                             ; preds = %later
  call void @tmlrt_poll_after_done(ptr @f1.future, ptr %0)
  unreachable

done:                                             ; preds = %first
  store i32 -1, ptr %0, align 4
  br label %return

return:                                           ; preds = %done, %first
  ret i32 %8
}

define void @f1.drop(ptr %0) {
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

define { i32, i64 } @"root$start$120$8$72550778d76999ca"(ptr %0, ptr %1, i64 %2, i64 %3) {
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
  %9 = call { i32, i64 } @"root$start$120$8$72550778d76999ca"(ptr %0, ptr %1, i64 %6, i64 %8)
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

; Function Attrs: alwaysinline
define internal i32 @f1.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i32 %0, ptr %1) #2 {
entry:
  %byval = alloca { i1, float, i64 }, align 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %byval, ptr align 1 %1, i64 16, i1 false)
  br i1 true, label %then, label %else

then:                                             ; preds = %entry
  br label %join

else:                                             ; preds = %entry
  br label %join

join:                                             ; preds = %else, %then
  %2 = phi i32 [ 464087, %then ], [ 490816, %else ]
  %3 = phi i64 [ 860343, %then ], [ 95820, %else ]
  %4 = zext i32 %2 to i64
  %5 = mul i64 %3, -7046029254386353131
  %6 = lshr i64 %3, 31
  %7 = add i64 %5, %4
  %8 = xor i64 %7, %6
  %9 = zext i32 %2 to i64
  %10 = mul i64 %8, -7046029254386353131
  %11 = lshr i64 %8, 31
  %12 = add i64 %10, %9
  %13 = xor i64 %12, %11
  %14 = mul i64 %13, -7046029254386353131
  %15 = lshr i64 %13, 31
  %16 = add i64 %14, %3
  %17 = xor i64 %16, %15
  %18 = mul i64 %17, -7046029254386353131
  %19 = lshr i64 %17, 31
  %20 = add i64 %18, %3
  %21 = xor i64 %20, %19
  %22 = load { i1, float, i64 }, ptr %byval, align 8
  %23 = extractvalue { i1, float, i64 } %22, 0
  %24 = zext i1 %23 to i64
  %25 = add i64 -2691343689449507777, %24
  %26 = xor i64 %25, 0
  %27 = extractvalue { i1, float, i64 } %22, 1
  %28 = bitcast float %27 to i32
  %29 = zext i32 %28 to i64
  %30 = mul i64 %26, -7046029254386353131
  %31 = lshr i64 %26, 31
  %32 = add i64 %30, %29
  %33 = xor i64 %32, %31
  %34 = extractvalue { i1, float, i64 } %22, 2
  %35 = mul i64 %33, -7046029254386353131
  %36 = lshr i64 %33, 31
  %37 = add i64 %35, %34
  %38 = xor i64 %37, %36
  %39 = mul i64 %21, -7046029254386353131
  %40 = lshr i64 %21, 31
  %41 = add i64 %39, %38
  %42 = xor i64 %41, %40
  call void @ext_note(i64 %42)
  ret i32 0
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #3

; Function Attrs: cold noreturn nounwind
declare void @tmlrt_poll_after_done(ptr, ptr) #4

; Function Attrs: alwaysinline
define internal i32 @root.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i64 %0, i64 %1) #2 {
dispatch:
  %await.out = alloca { i1, float, i64 }, align 8
  %await.out1 = alloca { i1, float, i64 }, align 8
  %2 = alloca i64, align 8
  %3 = getelementptr inbounds i8, ptr %frame, i64 48
  %4 = getelementptr inbounds i8, ptr %frame, i64 64
  %5 = alloca i64, align 8
  %6 = getelementptr inbounds i8, ptr %frame, i64 88
  %v.home = alloca i64, align 8
  %v.home2 = alloca i64, align 8
  %v.home3 = alloca i16, align 2
  %v.home4 = alloca i64, align 8
  %v.home5 = alloca ptr, align 8
  %v.home6 = alloca i64, align 8
  br i1 %isdrop, label %dropping, label %go

go:                                               ; preds = %dispatch
  switch i32 %state, label %no.such.state [
    i32 0, label %entry
    i32 1, label %resume.1
    i32 2, label %resume.2
    i32 3, label %resume.3
    i32 4, label %resume.4
    i32 5, label %resume.5
  ]

dropping:                                         ; preds = %dispatch
  switch i32 %state, label %no.such.state [
    i32 1, label %drop.1
    i32 2, label %drop.2
    i32 3, label %drop.3
    i32 4, label %drop.4
    i32 5, label %drop.5
  ]

entry:                                            ; preds = %go
  store i64 %0, ptr %v.home2, align 8
  store i64 %1, ptr %v.home, align 8
  %7 = and i64 %0, 7
  %8 = icmp sgt i64 %7, 5
  br i1 %8, label %then, label %else

then:                                             ; preds = %entry
  %9 = load i64, ptr %v.home, align 8
  %10 = zext i64 %9 to i128
  %11 = shl i128 %10, 37
  %12 = mul i128 %10, %11
  br label %join

else:                                             ; preds = %entry
  %13 = load i64, ptr %v.home, align 8
  store i64 %13, ptr %2, align 8
  %14 = load i16, ptr %2, align 2
  store i16 %14, ptr %v.home3, align 2
  store i16 %14, ptr %2, align 2
  %15 = and i64 %13, 7
  %16 = icmp ne i64 %15, 4
  br i1 %16, label %then1, label %46

join:                                             ; preds = %end, %then
  %17 = phi i128 [ %12, %then ], [ %147, %end ]
  %18 = phi i64 [ %9, %then ], [ %144, %end ]
  %19 = load i64, ptr %v.home, align 8
  %20 = load i64, ptr %v.home2, align 8
  %21 = mul i64 %20, -7046029254386353131
  %22 = lshr i64 %20, 31
  %23 = add i64 %21, %19
  %24 = xor i64 %23, %22
  %25 = mul i64 %24, -7046029254386353131
  %26 = lshr i64 %24, 31
  %27 = add i64 %25, %19
  %28 = xor i64 %27, %26
  %29 = lshr i128 %17, 64
  %30 = trunc i128 %29 to i64
  %31 = trunc i128 %17 to i64
  %32 = xor i64 %31, %30
  %33 = mul i64 %28, -7046029254386353131
  %34 = lshr i64 %28, 31
  %35 = add i64 %33, %32
  %36 = xor i64 %35, %34
  %37 = lshr i128 %17, 64
  %38 = trunc i128 %37 to i64
  %39 = trunc i128 %17 to i64
  %40 = xor i64 %39, %38
  %41 = mul i64 %36, -7046029254386353131
  %42 = lshr i64 %36, 31
  %43 = add i64 %41, %40
  %44 = xor i64 %43, %42
  call void @ext_note(i64 %44)
  store i64 %44, ptr %out, align 8
  ret i32 0

then1:                                            ; preds = %else
  %45 = call i32 @ext_pend()
  br label %pending

46:                                               ; preds = %else
  %47 = load i64, ptr %v.home, align 8
  call void @ext_ctor(ptr %3, i64 %47)
  %48 = getelementptr inbounds i8, ptr %cx, i64 24
  %49 = load i32, ptr %48, align 4
  %50 = icmp ne i32 %49, 0
  br i1 %50, label %spend.1, label %yield.1, !prof !1

else2:                                            ; preds = %drop.1, %resume.1, %spend.1
  br i1 %isdrop, label %dropped5, label %59

join3:                                            ; preds = %on9, %on
  %51 = phi i64 [ %57, %on ], [ %95, %on9 ]
  %52 = phi i64 [ %58, %on ], [ %112, %on9 ]
  %53 = load i16, ptr %v.home3, align 2
  store i64 %51, ptr %v.home4, align 8
  br label %113

pending:                                          ; preds = %then1
  %54 = phi i32 [ 0, %then1 ]
  %55 = icmp ult i32 %54, %45
  br i1 %55, label %56, label %on

56:                                               ; preds = %pending
  br label %pend.2

wait:                                             ; preds = %drop.2, %resume.2
  br i1 %isdrop, label %dropped, label %resumed

on:                                               ; preds = %resumed, %pending
  %57 = load i64, ptr %v.home, align 8
  %58 = load i64, ptr %v.home2, align 8
  br label %join3

resumed:                                          ; preds = %wait
  br label %on

dropped:                                          ; preds = %wait
  store i64 0, ptr %out, align 8
  ret i32 0

59:                                               ; preds = %else2
  %60 = load i64, ptr %v.home, align 8
  %61 = trunc i64 %60 to i1
  %62 = load i64, ptr getelementptr inbounds (i8, ptr @f0.future, i64 32), align 8
  %63 = load i64, ptr getelementptr inbounds (i8, ptr @f0.future, i64 40), align 8
  %64 = load ptr, ptr %cx, align 8
  %65 = load ptr, ptr %64, align 8
  %66 = getelementptr inbounds i8, ptr %64, i64 8
  %67 = load ptr, ptr %66, align 8
  %68 = ptrtoint ptr %65 to i64
  %69 = sub i64 %63, 1
  %70 = add i64 %68, %69
  %71 = xor i64 %69, -1
  %72 = and i64 %70, %71
  %73 = sub i64 %72, %68
  %74 = getelementptr i8, ptr %65, i64 %73
  %75 = getelementptr i8, ptr %74, i64 %62
  %76 = icmp ule ptr %75, %67
  br i1 %76, label %arena.push, label %arena.grow, !prof !1

arena.push:                                       ; preds = %59
  store ptr %75, ptr %64, align 8
  br label %arena.pushed

arena.grow:                                       ; preds = %59
  %77 = call ptr @tmlrt_arena_grow(ptr %64, i64 %62, i64 %63)
  br label %arena.pushed

arena.pushed:                                     ; preds = %arena.grow, %arena.push
  %child = phi ptr [ %74, %arena.push ], [ %77, %arena.grow ]
  store i64 0, ptr %child, align 8
  %78 = getelementptr inbounds i8, ptr %child, i64 8
  store i64 %60, ptr %78, align 8
  %79 = getelementptr inbounds i8, ptr %child, i64 16
  store i1 %61, ptr %79, align 1
  %80 = getelementptr inbounds i8, ptr %child, i64 24
  store i64 %60, ptr %80, align 8
  %81 = load ptr, ptr getelementptr inbounds (i8, ptr @f0.future, i64 8), align 8
  %82 = call i32 %81(ptr %child, ptr %cx, ptr %await.out)
  %83 = icmp eq i32 %82, 0
  br i1 %83, label %ready.3, label %pend.3, !prof !1

resumed4:                                         ; preds = %arena.popped10, %arena.popped7, %arena.popped
  br i1 %isdrop, label %dropped5, label %resumed6

dropped5:                                         ; preds = %wait8, %resumed4, %else2
  %84 = load i64, ptr %v.home, align 8
  call void @ext_dtor(ptr %3, i64 %84)
  store i64 0, ptr %out, align 8
  ret i32 0

resumed6:                                         ; preds = %resumed4
  %85 = load i64, ptr %v.home2, align 8
  %86 = and i64 %85, 15
  %87 = icmp eq i64 %86, 10
  br i1 %87, label %leave, label %stay

leave:                                            ; preds = %resumed6
  %88 = load i64, ptr %v.home, align 8
  %89 = load i64, ptr %v.home2, align 8
  call void @ext_dtor(ptr %3, i64 %88)
  store i64 %89, ptr %out, align 8
  ret i32 0

stay:                                             ; preds = %resumed6
  %90 = call i32 @ext_pend()
  br label %pending7

pending7:                                         ; preds = %stay
  %91 = phi i32 [ 0, %stay ]
  %92 = icmp ult i32 %91, %90
  br i1 %92, label %93, label %on9

93:                                               ; preds = %pending7
  br label %pend.4

wait8:                                            ; preds = %drop.4, %resume.4
  br i1 %isdrop, label %dropped5, label %resumed10

on9:                                              ; preds = %resumed10, %pending7
  %94 = load i64, ptr %v.home, align 8
  %95 = load i64, ptr %v.home2, align 8
  %96 = call i64 @ext_touch(ptr %3)
  call void @ext_note(i64 %96)
  call void @ext_dtor(ptr %3, i64 %94)
  %97 = add i64 %94, 19088743
  %98 = insertvalue { i64, i1 } zeroinitializer, i64 %97, 0
  %99 = add i64 %97, 19088744
  %100 = trunc i64 %99 to i1
  %101 = insertvalue { i64, i1 } %98, i1 %100, 1
  %102 = add i64 %94, 19088743
  %103 = insertvalue { i64, i1 } zeroinitializer, i64 %102, 0
  %104 = add i64 %102, 19088744
  %105 = trunc i64 %104 to i1
  %106 = insertvalue { i64, i1 } %103, i1 %105, 1
  %107 = and i64 %94, 7
  %108 = icmp ult i64 %107, 4
  %109 = select i1 %108, { i64, i1 } %101, { i64, i1 } %106
  %110 = and i64 %94, 7
  %111 = icmp ult i64 %110, 6
  %112 = select i1 %111, i64 %94, i64 %94
  br label %join3

resumed10:                                        ; preds = %wait8
  br label %on9

113:                                              ; preds = %join3, %on14
  %114 = phi i64 [ 0, %join3 ], [ %164, %on14 ]
  %115 = phi i64 [ %51, %join3 ], [ %157, %on14 ]
  %116 = phi i16 [ %53, %join3 ], [ %162, %on14 ]
  %117 = load i64, ptr %v.home, align 8
  %118 = load i64, ptr %v.home2, align 8
  %119 = load i64, ptr %v.home4, align 8
  store i64 %114, ptr %v.home6, align 8
  %120 = call ptr @ext_new(i64 %118)
  store ptr %120, ptr %v.home5, align 8
  %121 = trunc i64 %119 to i1
  %122 = load i64, ptr getelementptr inbounds (i8, ptr @f0.future, i64 32), align 8
  %123 = load i64, ptr getelementptr inbounds (i8, ptr @f0.future, i64 40), align 8
  %124 = load ptr, ptr %cx, align 8
  %125 = load ptr, ptr %124, align 8
  %126 = getelementptr inbounds i8, ptr %124, i64 8
  %127 = load ptr, ptr %126, align 8
  %128 = ptrtoint ptr %125 to i64
  %129 = sub i64 %123, 1
  %130 = add i64 %128, %129
  %131 = xor i64 %129, -1
  %132 = and i64 %130, %131
  %133 = sub i64 %132, %128
  %134 = getelementptr i8, ptr %125, i64 %133
  %135 = getelementptr i8, ptr %134, i64 %122
  %136 = icmp ule ptr %135, %127
  br i1 %136, label %arena.push15, label %arena.grow14, !prof !1

arena.push15:                                     ; preds = %113
  store ptr %135, ptr %124, align 8
  br label %arena.pushed13

arena.grow14:                                     ; preds = %113
  %137 = call ptr @tmlrt_arena_grow(ptr %124, i64 %122, i64 %123)
  br label %arena.pushed13

arena.pushed13:                                   ; preds = %arena.grow14, %arena.push15
  %child16 = phi ptr [ %134, %arena.push15 ], [ %137, %arena.grow14 ]
  store i64 0, ptr %child16, align 8
  %138 = getelementptr inbounds i8, ptr %child16, i64 8
  store i64 %117, ptr %138, align 8
  %139 = getelementptr inbounds i8, ptr %child16, i64 16
  store i1 %121, ptr %139, align 1
  %140 = getelementptr inbounds i8, ptr %child16, i64 24
  store i64 %118, ptr %140, align 8
  %141 = load ptr, ptr getelementptr inbounds (i8, ptr @f0.future, i64 8), align 8
  %142 = call i32 %141(ptr %child16, ptr %cx, ptr %await.out1)
  %143 = icmp eq i32 %142, 0
  br i1 %143, label %ready.5, label %pend.5, !prof !1

loop:                                             ; preds = %arena.popped23, %arena.popped20, %arena.popped17
  br i1 %isdrop, label %dropped12, label %resumed11

end:                                              ; preds = %on14
  %144 = load i64, ptr %v.home4, align 8
  %145 = zext i64 %144 to i128
  %146 = shl i128 %145, 37
  %147 = mul i128 %145, %146
  br label %join

resumed11:                                        ; preds = %loop
  %148 = load i64, ptr %v.home, align 8
  %149 = load i64, ptr %v.home2, align 8
  %150 = load ptr, ptr %v.home5, align 8
  %151 = load i64, ptr %v.home6, align 8
  %152 = call i64 @ext_touch(ptr %150)
  call void @ext_note(i64 %152)
  call void @ext_free(ptr %150)
  call void @ext_ctor(ptr %4, i64 %149)
  %153 = and i64 %149, 7
  %154 = icmp ne i64 %153, 2
  %155 = select i1 %154, i64 424514, i64 %149
  %156 = call i64 @ext_touch(ptr %4)
  call void @ext_note(i64 %156)
  call void @ext_dtor(ptr %4, i64 %149)
  store i64 221249, ptr %5, align 8
  call void @ext_cx(ptr %cx)
  store volatile i64 %148, ptr %6, align 8
  %157 = load volatile i64, ptr %6, align 8
  %158 = load i64, ptr %5, align 8
  %159 = and i64 %151, 7
  %160 = icmp ult i64 %159, 3
  br i1 %160, label %ends, label %on14

dropped12:                                        ; preds = %loop
  %161 = load ptr, ptr %v.home5, align 8
  call void @ext_free(ptr %161)
  store i64 0, ptr %out, align 8
  ret i32 0

ends:                                             ; preds = %resumed11
  br label %on14

on14:                                             ; preds = %ends, %resumed11
  %162 = load i16, ptr %v.home3, align 2
  %163 = load i64, ptr %v.home6, align 8
  %164 = add i64 %163, 1
  %165 = icmp ult i64 %164, 3
  br i1 %165, label %113, label %end

pend.1:                                           ; preds = %yield.1
  %166 = getelementptr inbounds i8, ptr %frame, i64 8
  %167 = load i64, ptr %v.home, align 8
  store i64 %167, ptr %166, align 8
  %168 = getelementptr inbounds i8, ptr %frame, i64 16
  %169 = load i64, ptr %v.home2, align 8
  store i64 %169, ptr %168, align 8
  %170 = getelementptr inbounds i8, ptr %frame, i64 96
  %171 = load i16, ptr %v.home3, align 2
  store i16 %171, ptr %170, align 2
  store i32 1, ptr %frame, align 4
  ret i32 1

resume.1:                                         ; preds = %go
  %172 = getelementptr inbounds i8, ptr %frame, i64 8
  %173 = load i64, ptr %172, align 8
  store i64 %173, ptr %v.home, align 8
  %174 = getelementptr inbounds i8, ptr %frame, i64 16
  %175 = load i64, ptr %174, align 8
  store i64 %175, ptr %v.home2, align 8
  %176 = getelementptr inbounds i8, ptr %frame, i64 96
  %177 = load i16, ptr %176, align 2
  store i16 %177, ptr %v.home3, align 2
  br label %else2

drop.1:                                           ; preds = %dropping
  %178 = getelementptr inbounds i8, ptr %frame, i64 8
  %179 = load i64, ptr %178, align 8
  store i64 %179, ptr %v.home, align 8
  %180 = getelementptr inbounds i8, ptr %frame, i64 16
  %181 = load i64, ptr %180, align 8
  store i64 %181, ptr %v.home2, align 8
  %182 = getelementptr inbounds i8, ptr %frame, i64 96
  %183 = load i16, ptr %182, align 2
  store i16 %183, ptr %v.home3, align 2
  br label %else2

spend.1:                                          ; preds = %46
  %184 = sub i32 %49, 1
  %185 = getelementptr inbounds i8, ptr %cx, i64 24
  store i32 %184, ptr %185, align 4
  br label %else2

yield.1:                                          ; preds = %46
  call void @tmlrt_coop_yield(ptr %cx)
  br label %pend.1

pend.2:                                           ; preds = %56
  %186 = getelementptr inbounds i8, ptr %frame, i64 8
  %187 = load i64, ptr %v.home, align 8
  store i64 %187, ptr %186, align 8
  %188 = getelementptr inbounds i8, ptr %frame, i64 16
  %189 = load i64, ptr %v.home2, align 8
  store i64 %189, ptr %188, align 8
  %190 = getelementptr inbounds i8, ptr %frame, i64 96
  %191 = load i16, ptr %v.home3, align 2
  store i16 %191, ptr %190, align 2
  store i32 2, ptr %frame, align 4
  ret i32 1

resume.2:                                         ; preds = %go
  %192 = getelementptr inbounds i8, ptr %frame, i64 8
  %193 = load i64, ptr %192, align 8
  store i64 %193, ptr %v.home, align 8
  %194 = getelementptr inbounds i8, ptr %frame, i64 16
  %195 = load i64, ptr %194, align 8
  store i64 %195, ptr %v.home2, align 8
  %196 = getelementptr inbounds i8, ptr %frame, i64 96
  %197 = load i16, ptr %196, align 2
  store i16 %197, ptr %v.home3, align 2
  br label %wait

drop.2:                                           ; preds = %dropping
  %198 = getelementptr inbounds i8, ptr %frame, i64 8
  %199 = load i64, ptr %198, align 8
  store i64 %199, ptr %v.home, align 8
  %200 = getelementptr inbounds i8, ptr %frame, i64 16
  %201 = load i64, ptr %200, align 8
  store i64 %201, ptr %v.home2, align 8
  %202 = getelementptr inbounds i8, ptr %frame, i64 96
  %203 = load i16, ptr %202, align 2
  store i16 %203, ptr %v.home3, align 2
  br label %wait

pend.3:                                           ; preds = %arena.pushed
  %204 = getelementptr inbounds i8, ptr %frame, i64 8
  %205 = load i64, ptr %v.home, align 8
  store i64 %205, ptr %204, align 8
  %206 = getelementptr inbounds i8, ptr %frame, i64 16
  %207 = load i64, ptr %v.home2, align 8
  store i64 %207, ptr %206, align 8
  %208 = getelementptr inbounds i8, ptr %frame, i64 96
  %209 = load i16, ptr %v.home3, align 2
  store i16 %209, ptr %208, align 2
  %210 = getelementptr inbounds i8, ptr %frame, i64 104
  store ptr %child, ptr %210, align 8
  %211 = getelementptr inbounds i8, ptr %frame, i64 112
  store ptr %64, ptr %211, align 8
  store i32 3, ptr %frame, align 4
  ret i32 1

resume.3:                                         ; preds = %go
  %212 = getelementptr inbounds i8, ptr %frame, i64 104
  %213 = load ptr, ptr %212, align 8
  %214 = getelementptr inbounds i8, ptr %frame, i64 112
  %215 = load ptr, ptr %214, align 8
  %216 = load ptr, ptr getelementptr inbounds (i8, ptr @f0.future, i64 8), align 8
  %217 = call i32 %216(ptr %213, ptr %cx, ptr %await.out)
  %218 = icmp eq i32 %217, 0
  br i1 %218, label %resumed.3, label %still.pending

drop.3:                                           ; preds = %dropping
  %219 = getelementptr inbounds i8, ptr %frame, i64 104
  %220 = load ptr, ptr %219, align 8
  %221 = getelementptr inbounds i8, ptr %frame, i64 112
  %222 = load ptr, ptr %221, align 8
  %223 = load ptr, ptr getelementptr inbounds (i8, ptr @f0.future, i64 16), align 8
  call void %223(ptr %220)
  %224 = getelementptr inbounds i8, ptr %222, i64 16
  %225 = load ptr, ptr %224, align 8
  %226 = getelementptr inbounds i8, ptr %222, i64 8
  %227 = load ptr, ptr %226, align 8
  %228 = icmp ult ptr %220, %227
  %229 = icmp ule ptr %225, %220
  %230 = and i1 %229, %228
  br i1 %230, label %arena.pop12, label %arena.pop.slow11, !prof !1

arena.pop12:                                      ; preds = %drop.3
  store ptr %220, ptr %222, align 8
  br label %arena.popped10

arena.pop.slow11:                                 ; preds = %drop.3
  call void @tmlrt_arena_pop(ptr %222, ptr %220)
  br label %arena.popped10

arena.popped10:                                   ; preds = %arena.pop.slow11, %arena.pop12
  %231 = getelementptr inbounds i8, ptr %frame, i64 8
  %232 = load i64, ptr %231, align 8
  store i64 %232, ptr %v.home, align 8
  %233 = getelementptr inbounds i8, ptr %frame, i64 16
  %234 = load i64, ptr %233, align 8
  store i64 %234, ptr %v.home2, align 8
  %235 = getelementptr inbounds i8, ptr %frame, i64 96
  %236 = load i16, ptr %235, align 2
  store i16 %236, ptr %v.home3, align 2
  br label %resumed4

ready.3:                                          ; preds = %arena.pushed
  %237 = getelementptr inbounds i8, ptr %64, i64 16
  %238 = load ptr, ptr %237, align 8
  %239 = getelementptr inbounds i8, ptr %64, i64 8
  %240 = load ptr, ptr %239, align 8
  %241 = icmp ult ptr %child, %240
  %242 = icmp ule ptr %238, %child
  %243 = and i1 %242, %241
  br i1 %243, label %arena.pop, label %arena.pop.slow, !prof !1

arena.pop:                                        ; preds = %ready.3
  store ptr %child, ptr %64, align 8
  br label %arena.popped

arena.pop.slow:                                   ; preds = %ready.3
  call void @tmlrt_arena_pop(ptr %64, ptr %child)
  br label %arena.popped

arena.popped:                                     ; preds = %arena.pop.slow, %arena.pop
  br label %resumed4

resumed.3:                                        ; preds = %resume.3
  %244 = getelementptr inbounds i8, ptr %215, i64 16
  %245 = load ptr, ptr %244, align 8
  %246 = getelementptr inbounds i8, ptr %215, i64 8
  %247 = load ptr, ptr %246, align 8
  %248 = icmp ult ptr %213, %247
  %249 = icmp ule ptr %245, %213
  %250 = and i1 %249, %248
  br i1 %250, label %arena.pop9, label %arena.pop.slow8, !prof !1

arena.pop9:                                       ; preds = %resumed.3
  store ptr %213, ptr %215, align 8
  br label %arena.popped7

arena.pop.slow8:                                  ; preds = %resumed.3
  call void @tmlrt_arena_pop(ptr %215, ptr %213)
  br label %arena.popped7

arena.popped7:                                    ; preds = %arena.pop.slow8, %arena.pop9
  %251 = getelementptr inbounds i8, ptr %frame, i64 8
  %252 = load i64, ptr %251, align 8
  store i64 %252, ptr %v.home, align 8
  %253 = getelementptr inbounds i8, ptr %frame, i64 16
  %254 = load i64, ptr %253, align 8
  store i64 %254, ptr %v.home2, align 8
  %255 = getelementptr inbounds i8, ptr %frame, i64 96
  %256 = load i16, ptr %255, align 2
  store i16 %256, ptr %v.home3, align 2
  br label %resumed4

still.pending:                                    ; preds = %resume.5, %resume.3
  ret i32 1

pend.4:                                           ; preds = %93
  %257 = getelementptr inbounds i8, ptr %frame, i64 8
  %258 = load i64, ptr %v.home, align 8
  store i64 %258, ptr %257, align 8
  %259 = getelementptr inbounds i8, ptr %frame, i64 16
  %260 = load i64, ptr %v.home2, align 8
  store i64 %260, ptr %259, align 8
  %261 = getelementptr inbounds i8, ptr %frame, i64 96
  %262 = load i16, ptr %v.home3, align 2
  store i16 %262, ptr %261, align 2
  store i32 4, ptr %frame, align 4
  ret i32 1

resume.4:                                         ; preds = %go
  %263 = getelementptr inbounds i8, ptr %frame, i64 8
  %264 = load i64, ptr %263, align 8
  store i64 %264, ptr %v.home, align 8
  %265 = getelementptr inbounds i8, ptr %frame, i64 16
  %266 = load i64, ptr %265, align 8
  store i64 %266, ptr %v.home2, align 8
  %267 = getelementptr inbounds i8, ptr %frame, i64 96
  %268 = load i16, ptr %267, align 2
  store i16 %268, ptr %v.home3, align 2
  br label %wait8

drop.4:                                           ; preds = %dropping
  %269 = getelementptr inbounds i8, ptr %frame, i64 8
  %270 = load i64, ptr %269, align 8
  store i64 %270, ptr %v.home, align 8
  %271 = getelementptr inbounds i8, ptr %frame, i64 16
  %272 = load i64, ptr %271, align 8
  store i64 %272, ptr %v.home2, align 8
  %273 = getelementptr inbounds i8, ptr %frame, i64 96
  %274 = load i16, ptr %273, align 2
  store i16 %274, ptr %v.home3, align 2
  br label %wait8

pend.5:                                           ; preds = %arena.pushed13
  %275 = getelementptr inbounds i8, ptr %frame, i64 8
  %276 = load i64, ptr %v.home, align 8
  store i64 %276, ptr %275, align 8
  %277 = getelementptr inbounds i8, ptr %frame, i64 16
  %278 = load i64, ptr %v.home2, align 8
  store i64 %278, ptr %277, align 8
  %279 = getelementptr inbounds i8, ptr %frame, i64 96
  %280 = load i16, ptr %v.home3, align 2
  store i16 %280, ptr %279, align 2
  %281 = getelementptr inbounds i8, ptr %frame, i64 24
  %282 = load i64, ptr %v.home4, align 8
  store i64 %282, ptr %281, align 8
  %283 = getelementptr inbounds i8, ptr %frame, i64 32
  %284 = load ptr, ptr %v.home5, align 8
  store ptr %284, ptr %283, align 8
  %285 = getelementptr inbounds i8, ptr %frame, i64 40
  %286 = load i64, ptr %v.home6, align 8
  store i64 %286, ptr %285, align 8
  %287 = getelementptr inbounds i8, ptr %frame, i64 104
  store ptr %child16, ptr %287, align 8
  %288 = getelementptr inbounds i8, ptr %frame, i64 112
  store ptr %124, ptr %288, align 8
  store i32 5, ptr %frame, align 4
  ret i32 1

resume.5:                                         ; preds = %go
  %289 = getelementptr inbounds i8, ptr %frame, i64 104
  %290 = load ptr, ptr %289, align 8
  %291 = getelementptr inbounds i8, ptr %frame, i64 112
  %292 = load ptr, ptr %291, align 8
  %293 = load ptr, ptr getelementptr inbounds (i8, ptr @f0.future, i64 8), align 8
  %294 = call i32 %293(ptr %290, ptr %cx, ptr %await.out1)
  %295 = icmp eq i32 %294, 0
  br i1 %295, label %resumed.5, label %still.pending

drop.5:                                           ; preds = %dropping
  %296 = getelementptr inbounds i8, ptr %frame, i64 104
  %297 = load ptr, ptr %296, align 8
  %298 = getelementptr inbounds i8, ptr %frame, i64 112
  %299 = load ptr, ptr %298, align 8
  %300 = load ptr, ptr getelementptr inbounds (i8, ptr @f0.future, i64 16), align 8
  call void %300(ptr %297)
  %301 = getelementptr inbounds i8, ptr %299, i64 16
  %302 = load ptr, ptr %301, align 8
  %303 = getelementptr inbounds i8, ptr %299, i64 8
  %304 = load ptr, ptr %303, align 8
  %305 = icmp ult ptr %297, %304
  %306 = icmp ule ptr %302, %297
  %307 = and i1 %306, %305
  br i1 %307, label %arena.pop25, label %arena.pop.slow24, !prof !1

arena.pop25:                                      ; preds = %drop.5
  store ptr %297, ptr %299, align 8
  br label %arena.popped23

arena.pop.slow24:                                 ; preds = %drop.5
  call void @tmlrt_arena_pop(ptr %299, ptr %297)
  br label %arena.popped23

arena.popped23:                                   ; preds = %arena.pop.slow24, %arena.pop25
  %308 = getelementptr inbounds i8, ptr %frame, i64 8
  %309 = load i64, ptr %308, align 8
  store i64 %309, ptr %v.home, align 8
  %310 = getelementptr inbounds i8, ptr %frame, i64 16
  %311 = load i64, ptr %310, align 8
  store i64 %311, ptr %v.home2, align 8
  %312 = getelementptr inbounds i8, ptr %frame, i64 96
  %313 = load i16, ptr %312, align 2
  store i16 %313, ptr %v.home3, align 2
  %314 = getelementptr inbounds i8, ptr %frame, i64 24
  %315 = load i64, ptr %314, align 8
  store i64 %315, ptr %v.home4, align 8
  %316 = getelementptr inbounds i8, ptr %frame, i64 32
  %317 = load ptr, ptr %316, align 8
  store ptr %317, ptr %v.home5, align 8
  %318 = getelementptr inbounds i8, ptr %frame, i64 40
  %319 = load i64, ptr %318, align 8
  store i64 %319, ptr %v.home6, align 8
  br label %loop

ready.5:                                          ; preds = %arena.pushed13
  %320 = getelementptr inbounds i8, ptr %124, i64 16
  %321 = load ptr, ptr %320, align 8
  %322 = getelementptr inbounds i8, ptr %124, i64 8
  %323 = load ptr, ptr %322, align 8
  %324 = icmp ult ptr %child16, %323
  %325 = icmp ule ptr %321, %child16
  %326 = and i1 %325, %324
  br i1 %326, label %arena.pop19, label %arena.pop.slow18, !prof !1

arena.pop19:                                      ; preds = %ready.5
  store ptr %child16, ptr %124, align 8
  br label %arena.popped17

arena.pop.slow18:                                 ; preds = %ready.5
  call void @tmlrt_arena_pop(ptr %124, ptr %child16)
  br label %arena.popped17

arena.popped17:                                   ; preds = %arena.pop.slow18, %arena.pop19
  br label %loop

resumed.5:                                        ; preds = %resume.5
  %327 = getelementptr inbounds i8, ptr %292, i64 16
  %328 = load ptr, ptr %327, align 8
  %329 = getelementptr inbounds i8, ptr %292, i64 8
  %330 = load ptr, ptr %329, align 8
  %331 = icmp ult ptr %290, %330
  %332 = icmp ule ptr %328, %290
  %333 = and i1 %332, %331
  br i1 %333, label %arena.pop22, label %arena.pop.slow21, !prof !1

arena.pop22:                                      ; preds = %resumed.5
  store ptr %290, ptr %292, align 8
  br label %arena.popped20

arena.pop.slow21:                                 ; preds = %resumed.5
  call void @tmlrt_arena_pop(ptr %292, ptr %290)
  br label %arena.popped20

arena.popped20:                                   ; preds = %arena.pop.slow21, %arena.pop22
  %334 = getelementptr inbounds i8, ptr %frame, i64 8
  %335 = load i64, ptr %334, align 8
  store i64 %335, ptr %v.home, align 8
  %336 = getelementptr inbounds i8, ptr %frame, i64 16
  %337 = load i64, ptr %336, align 8
  store i64 %337, ptr %v.home2, align 8
  %338 = getelementptr inbounds i8, ptr %frame, i64 96
  %339 = load i16, ptr %338, align 2
  store i16 %339, ptr %v.home3, align 2
  %340 = getelementptr inbounds i8, ptr %frame, i64 24
  %341 = load i64, ptr %340, align 8
  store i64 %341, ptr %v.home4, align 8
  %342 = getelementptr inbounds i8, ptr %frame, i64 32
  %343 = load ptr, ptr %342, align 8
  store ptr %343, ptr %v.home5, align 8
  %344 = getelementptr inbounds i8, ptr %frame, i64 40
  %345 = load i64, ptr %344, align 8
  store i64 %345, ptr %v.home6, align 8
  br label %loop

no.such.state:                                    ; preds = %dropping, %go
  unreachable
}

; Function Attrs: cold nounwind
declare void @tmlrt_coop_yield(ptr) #5

; Function Attrs: cold nounwind
declare ptr @tmlrt_arena_grow(ptr, i64, i64) #5

; Function Attrs: cold nounwind
declare void @tmlrt_arena_pop(ptr, ptr) #5

define internal i32 @root.run(ptr %0, ptr %1, ptr %2, i32 %3) {
entry:
  %4 = call i32 @root.body(ptr %0, ptr %1, ptr %2, i32 %3, i1 false, i64 poison, i64 poison)
  ret i32 %4
}

attributes #0 = { "tmlrt.drop.output"="f2_drop_output" }
attributes #1 = { nocallback nofree nosync nounwind willreturn memory(argmem: readwrite) }
attributes #2 = { alwaysinline }
attributes #3 = { nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #4 = { cold noreturn nounwind }
attributes #5 = { cold nounwind }

!0 = !{!"branch_weights", i32 1, i32 2000}
!1 = !{!"branch_weights", i32 2000, i32 1}
