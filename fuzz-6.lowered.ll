; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@ext_leaf_desc = external global ptr
@f0.future = weak constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @f0.poll, ptr @f0.drop, ptr null, i64 16, i64 8, i64 1, i64 1, ptr @tmlrt.str, ptr null, i32 0, i32 1, ptr null }
@f1.future = weak constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @f1.poll, ptr @f1.drop, ptr null, i64 48, i64 8, i64 16, i64 8, ptr @tmlrt.str.1, ptr null, i32 0, i32 1, ptr null }
@f2.future = constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @f2.poll, ptr @f2.drop, ptr null, i64 240, i64 16, i64 16, i64 16, ptr @tmlrt.str.2, ptr null, i32 0, i32 2, ptr null }
@root.future = constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @root.poll, ptr @root.drop, ptr null, i64 304, i64 16, i64 8, i64 8, ptr @tmlrt.str.3, ptr null, i32 0, i32 4, ptr null }
@tmlrt.str = private unnamed_addr constant [3 x i8] c"f0\00", align 1
@tmlrt.str.1 = private unnamed_addr constant [3 x i8] c"f1\00", align 1
@tmlrt.str.2 = private unnamed_addr constant [3 x i8] c"f2\00", align 1
@tmlrt.str.3 = private unnamed_addr constant [5 x i8] c"root\00", align 1

declare void @ext_note(i64)

declare void @ext_ctor(ptr, i64)

declare void @ext_cx(ptr)

declare i64 @ext_get(i64)

declare i1 @ext_never()

declare i64 @ext_touch(ptr)

declare void @ext_dtor(ptr, i64)

declare void @ext_leaf_init(ptr, i64)

declare i32 @ext_pend()

define weak { i32, i1 } @"f0$start$16$8$393bc1b70263975f"(ptr %0, ptr %1, i32 %2, i16 %3) {
entry:
  %out = alloca i1, align 1
  %4 = call i32 @f0.body(ptr %0, ptr %1, ptr %out, i32 0, i1 false, i32 %2, i16 %3)
  %5 = load i1, ptr %out, align 1
  %6 = insertvalue { i32, i1 } poison, i32 %4, 0
  %7 = insertvalue { i32, i1 } %6, i1 %5, 1
  ret { i32, i1 } %7
}

define weak i32 @f0.resume(ptr %0, ptr %1, ptr %2) {
entry:
  call void @tmlrt_poll_after_done(ptr @f0.future, ptr %0)
  unreachable
}

define weak i32 @f0.poll(ptr %0, ptr %1, ptr %2) {
entry:
  %3 = load i32, ptr %0, align 4
  %4 = icmp eq i32 %3, 0
  br i1 %4, label %first, label %later

first:                                            ; preds = %entry
  store i32 -2, ptr %0, align 4
  %5 = getelementptr inbounds i8, ptr %0, i64 8
  %6 = load i32, ptr %5, align 4
  %7 = getelementptr inbounds i8, ptr %0, i64 12
  %8 = load i16, ptr %7, align 2
  %9 = call { i32, i1 } @"f0$start$16$8$393bc1b70263975f"(ptr %0, ptr %1, i32 %6, i16 %8)
  %10 = extractvalue { i32, i1 } %9, 1
  %11 = extractvalue { i32, i1 } %9, 0
  %12 = icmp eq i32 %11, 0
  br i1 %12, label %first.ready, label %first.done

later:                                            ; preds = %entry
  br label %over

over:                                             ; preds = %later
  call void @tmlrt_poll_after_done(ptr @f0.future, ptr %0)
  unreachable

first.ready:                                      ; preds = %first
  store i1 %10, ptr %2, align 1
  br label %first.done

first.done:                                       ; preds = %first.ready, %first
  %13 = icmp eq i32 %11, 0
  br i1 %13, label %done, label %return

done:                                             ; preds = %first.done
  store i32 -1, ptr %0, align 4
  br label %return

return:                                           ; preds = %done, %first.done
  ret i32 %11
}

define weak void @f0.drop(ptr %0) {
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

define weak i32 @"f1$start$48$8$168acbc9b0285eac"(ptr %0, ptr %1, ptr %2, i32 %3, ptr %4, { i8, i32, i64 } %5, i64 %6) {
entry:
  %7 = call i32 @f1.body(ptr %0, ptr %1, ptr %2, i32 0, i1 false, i32 %3, ptr %4, { i8, i32, i64 } %5, i64 %6)
  ret i32 %7
}

define weak i32 @f1.resume(ptr %0, ptr %1, ptr %2) {
entry:
  call void @tmlrt_poll_after_done(ptr @f1.future, ptr %0)
  unreachable
}

define weak i32 @f1.poll(ptr %0, ptr %1, ptr %2) {
entry:
  %3 = load i32, ptr %0, align 4
  %4 = icmp eq i32 %3, 0
  br i1 %4, label %first, label %later

first:                                            ; preds = %entry
  store i32 -2, ptr %0, align 4
  %5 = getelementptr inbounds i8, ptr %0, i64 8
  %6 = load i32, ptr %5, align 4
  %7 = getelementptr inbounds i8, ptr %0, i64 16
  %8 = load ptr, ptr %7, align 8
  %9 = getelementptr inbounds i8, ptr %0, i64 24
  %10 = load { i8, i32, i64 }, ptr %9, align 8
  %11 = getelementptr inbounds i8, ptr %0, i64 40
  %12 = load i64, ptr %11, align 8
  %13 = call i32 @"f1$start$48$8$168acbc9b0285eac"(ptr %0, ptr %1, ptr %2, i32 %6, ptr %8, { i8, i32, i64 } %10, i64 %12)
  %14 = icmp eq i32 %13, 0
  br i1 %14, label %done, label %return

later:                                            ; preds = %entry
  br label %over

over:                                             ; preds = %later
  call void @tmlrt_poll_after_done(ptr @f1.future, ptr %0)
  unreachable

done:                                             ; preds = %first
  store i32 -1, ptr %0, align 4
  br label %return

return:                                           ; preds = %done, %first
  ret i32 %13
}

define weak void @f1.drop(ptr %0) {
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

define { i32, i128 } @"f2$start$240$16$7c9de3b4481a0861"(ptr %0, ptr %1, i32 %2, i64 %3, i8 %4) {
entry:
  %out = alloca i128, align 16
  %5 = call i32 @f2.body(ptr %0, ptr %1, ptr %out, i32 0, i1 false, i32 %2, i64 %3, i8 %4)
  %6 = load i128, ptr %out, align 16
  %7 = insertvalue { i32, i128 } poison, i32 %5, 0
  %8 = insertvalue { i32, i128 } %7, i128 %6, 1
  ret { i32, i128 } %8
}

define i32 @f2.resume(ptr %0, ptr %1, ptr %2) {
entry:
  %3 = load i32, ptr %0, align 4
  %4 = call i32 @f2.run(ptr %0, ptr %1, ptr %2, i32 %3)
  ret i32 %4
}

define i32 @f2.poll(ptr %0, ptr %1, ptr %2) {
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
  %11 = call { i32, i128 } @"f2$start$240$16$7c9de3b4481a0861"(ptr %0, ptr %1, i32 %6, i64 %8, i8 %10)
  %12 = extractvalue { i32, i128 } %11, 1
  %13 = extractvalue { i32, i128 } %11, 0
  %14 = icmp eq i32 %13, 0
  br i1 %14, label %first.ready, label %first.done

later:                                            ; preds = %entry
  %15 = icmp uge i32 %3, -2
  br i1 %15, label %over, label %again, !prof !0

over:                                             ; preds = %later
  call void @tmlrt_poll_after_done(ptr @f2.future, ptr %0)
  unreachable

first.ready:                                      ; preds = %first
  store i128 %12, ptr %2, align 16
  br label %first.done

first.done:                                       ; preds = %first.ready, %first
  %16 = icmp eq i32 %13, 0
  br i1 %16, label %done, label %return

done:                                             ; preds = %first.done
  store i32 -1, ptr %0, align 4
  br label %return

return:                                           ; preds = %done, %first.done
  ret i32 %13

again:                                            ; preds = %later
  store i32 -2, ptr %0, align 4
  %17 = call i32 @f2.run(ptr %0, ptr %1, ptr %2, i32 %3)
  %18 = icmp eq i32 %17, 0
  br i1 %18, label %done1, label %return2

done1:                                            ; preds = %again
  store i32 -1, ptr %0, align 4
  br label %return2

return2:                                          ; preds = %done1, %again
  ret i32 %17
}

define void @f2.drop(ptr %0) {
entry:
  %unread = alloca i128, align 16
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
  %4 = call i32 @f2.body(ptr %0, ptr null, ptr %unread, i32 %1, i1 true, i32 poison, i64 poison, i8 poison)
  br label %done
}

define { i32, i64 } @"root$start$304$16$447bb62a31fd18d5"(ptr %0, ptr %1, i64 %2, i64 %3) {
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
  %9 = call { i32, i64 } @"root$start$304$16$447bb62a31fd18d5"(ptr %0, ptr %1, i64 %6, i64 %8)
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
define internal i32 @f0.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i32 %0, i16 %1) #1 {
entry:
  %2 = zext i16 %1 to i64
  %3 = add i64 7182478784134590118, %2
  %4 = xor i64 %3, 0
  %5 = zext i16 %1 to i64
  %6 = mul i64 %4, -7046029254386353131
  %7 = lshr i64 %4, 31
  %8 = add i64 %6, %5
  %9 = xor i64 %8, %7
  call void @ext_note(i64 %9)
  %10 = trunc i64 %9 to i1
  store i1 false, ptr %out, align 1
  ret i32 0
}

; Function Attrs: cold noreturn nounwind
declare void @tmlrt_poll_after_done(ptr, ptr) #0

; Function Attrs: alwaysinline
define internal i32 @f1.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i32 %0, ptr %1, { i8, i32, i64 } %2, i64 %3) #1 {
entry:
  %result = alloca { i8, i32, i64 }, align 8
  %4 = zext i64 %3 to i128
  %5 = shl i128 %4, 37
  %6 = mul i128 %4, %5
  %7 = zext i64 %3 to i128
  %8 = shl i128 %7, 37
  %9 = mul i128 %7, %8
  %10 = sub i128 %6, %9
  %object = alloca [3 x i64], align 8
  call void @ext_ctor(ptr %object, i64 %3)
  %11 = trunc i64 %3 to i16
  %12 = sitofp i16 %11 to float
  br label %loop

loop:                                             ; preds = %loop, %entry
  %i = phi i64 [ 0, %entry ], [ %19, %loop ]
  %13 = phi { i8, i32, i64 } [ %2, %entry ], [ { i8 -27, i32 38278989, i64 57367734 }, %loop ]
  %14 = phi float [ %12, %entry ], [ %14, %loop ]
  %15 = trunc i64 %i to i1
  %16 = mul i64 %i, %i
  call void @ext_cx(ptr %cx)
  %17 = and i64 %i, %i
  %18 = call i64 @ext_get(i64 %i)
  %19 = add i64 %i, 1
  %20 = icmp ult i64 %19, 3
  br i1 %20, label %loop, label %end

end:                                              ; preds = %loop
  %21 = and i128 %10, %10
  %22 = call i1 @ext_never()
  br i1 %22, label %panic, label %ok

panic:                                            ; preds = %end
  call void @tmlrt_panic(ptr null)
  unreachable

ok:                                               ; preds = %end
  %23 = call i64 @ext_touch(ptr %object)
  call void @ext_note(i64 %23)
  call void @ext_dtor(ptr %object, i64 %3)
  %24 = mul i64 %3, -7046029254386353131
  %25 = lshr i64 %3, 31
  %26 = add i64 %24, %3
  %27 = xor i64 %26, %25
  %28 = mul i64 %27, -7046029254386353131
  %29 = lshr i64 %27, 31
  %30 = add i64 %28, %3
  %31 = xor i64 %30, %29
  %32 = lshr i128 %10, 64
  %33 = trunc i128 %32 to i64
  %34 = trunc i128 %10 to i64
  %35 = xor i64 %34, %33
  %36 = mul i64 %31, -7046029254386353131
  %37 = lshr i64 %31, 31
  %38 = add i64 %36, %35
  %39 = xor i64 %38, %37
  %40 = lshr i128 %10, 64
  %41 = trunc i128 %40 to i64
  %42 = trunc i128 %10 to i64
  %43 = xor i64 %42, %41
  %44 = mul i64 %39, -7046029254386353131
  %45 = lshr i64 %39, 31
  %46 = add i64 %44, %43
  %47 = xor i64 %46, %45
  %48 = load i64, ptr %1, align 8
  %49 = mul i64 %47, -7046029254386353131
  %50 = lshr i64 %47, 31
  %51 = add i64 %49, %48
  %52 = xor i64 %51, %50
  %53 = load i64, ptr %1, align 8
  %54 = mul i64 %52, -7046029254386353131
  %55 = lshr i64 %52, 31
  %56 = add i64 %54, %53
  %57 = xor i64 %56, %55
  %58 = extractvalue { i8, i32, i64 } %2, 0
  %59 = zext i8 %58 to i64
  %60 = add i64 -2691343689449507777, %59
  %61 = xor i64 %60, 0
  %62 = extractvalue { i8, i32, i64 } %2, 1
  %63 = zext i32 %62 to i64
  %64 = mul i64 %61, -7046029254386353131
  %65 = lshr i64 %61, 31
  %66 = add i64 %64, %63
  %67 = xor i64 %66, %65
  %68 = extractvalue { i8, i32, i64 } %2, 2
  %69 = mul i64 %67, -7046029254386353131
  %70 = lshr i64 %67, 31
  %71 = add i64 %69, %68
  %72 = xor i64 %71, %70
  %73 = mul i64 %57, -7046029254386353131
  %74 = lshr i64 %57, 31
  %75 = add i64 %73, %72
  %76 = xor i64 %75, %74
  %77 = extractvalue { i8, i32, i64 } %2, 0
  %78 = zext i8 %77 to i64
  %79 = add i64 -2691343689449507777, %78
  %80 = xor i64 %79, 0
  %81 = extractvalue { i8, i32, i64 } %2, 1
  %82 = zext i32 %81 to i64
  %83 = mul i64 %80, -7046029254386353131
  %84 = lshr i64 %80, 31
  %85 = add i64 %83, %82
  %86 = xor i64 %85, %84
  %87 = extractvalue { i8, i32, i64 } %2, 2
  %88 = mul i64 %86, -7046029254386353131
  %89 = lshr i64 %86, 31
  %90 = add i64 %88, %87
  %91 = xor i64 %90, %89
  %92 = mul i64 %76, -7046029254386353131
  %93 = lshr i64 %76, 31
  %94 = add i64 %92, %91
  %95 = xor i64 %94, %93
  call void @ext_note(i64 %95)
  %96 = add i64 %95, 19088743
  %97 = trunc i64 %96 to i8
  %98 = insertvalue { i8, i32, i64 } zeroinitializer, i8 %97, 0
  %99 = add i64 %96, 19088744
  %100 = trunc i64 %99 to i32
  %101 = insertvalue { i8, i32, i64 } %98, i32 %100, 1
  %102 = add i64 %99, 19088745
  %103 = insertvalue { i8, i32, i64 } %101, i64 %102, 2
  store { i8, i32, i64 } %103, ptr %result, align 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %out, ptr align 8 %result, i64 16, i1 false)
  ret i32 0
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #2

; Function Attrs: alwaysinline
define internal i32 @f2.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i32 %0, i64 %1, i8 %2) #1 {
dispatch:
  %await.out = alloca i128, align 16
  %await.result = alloca i128, align 16
  %3 = alloca i64, align 8
  %4 = getelementptr inbounds i8, ptr %frame, i64 16
  %v.home = alloca i64, align 8
  %v.home2 = alloca i8, align 1
  br i1 %isdrop, label %dropping, label %go

go:                                               ; preds = %dispatch
  switch i32 %state, label %no.such.state [
    i32 0, label %entry
    i32 1, label %resume.1
  ]

dropping:                                         ; preds = %dispatch
  switch i32 %state, label %no.such.state [
    i32 1, label %drop.1
  ]

entry:                                            ; preds = %go
  store i8 %2, ptr %v.home2, align 1
  store i64 %1, ptr %v.home, align 8
  store i64 %1, ptr %3, align 8
  call void @ext_leaf_init(ptr %4, i64 %1)
  %5 = load ptr, ptr getelementptr inbounds (i8, ptr @ext_leaf_desc, i64 16), align 8
  call void %5(ptr %4)
  %6 = and i64 %1, 7
  %7 = icmp ne i64 %6, 4
  br i1 %7, label %then, label %else

then:                                             ; preds = %entry
  %8 = load i64, ptr %v.home, align 8
  %9 = and i64 %8, 15
  %10 = icmp eq i64 %9, 10
  br i1 %10, label %leave, label %stay

else:                                             ; preds = %entry
  %11 = icmp sgt i32 %0, 0
  br i1 %11, label %88, label %on

join:                                             ; preds = %on, %stay
  %12 = phi { i8, i32, i64 } [ %87, %stay ], [ %120, %on ]
  %13 = phi i64 [ %79, %stay ], [ %112, %on ]
  %14 = load i64, ptr %v.home, align 8
  %15 = load i8, ptr %v.home2, align 1
  %16 = zext i8 %15 to i64
  %17 = mul i64 %14, -7046029254386353131
  %18 = lshr i64 %14, 31
  %19 = add i64 %17, %16
  %20 = xor i64 %19, %18
  %21 = zext i8 %15 to i64
  %22 = mul i64 %20, -7046029254386353131
  %23 = lshr i64 %20, 31
  %24 = add i64 %22, %21
  %25 = xor i64 %24, %23
  %26 = mul i64 %25, -7046029254386353131
  %27 = lshr i64 %25, 31
  %28 = add i64 %26, %13
  %29 = xor i64 %28, %27
  %30 = mul i64 %29, -7046029254386353131
  %31 = lshr i64 %29, 31
  %32 = add i64 %30, %13
  %33 = xor i64 %32, %31
  %34 = extractvalue { i8, i32, i64 } %12, 0
  %35 = zext i8 %34 to i64
  %36 = add i64 -2691343689449507777, %35
  %37 = xor i64 %36, 0
  %38 = extractvalue { i8, i32, i64 } %12, 1
  %39 = zext i32 %38 to i64
  %40 = mul i64 %37, -7046029254386353131
  %41 = lshr i64 %37, 31
  %42 = add i64 %40, %39
  %43 = xor i64 %42, %41
  %44 = extractvalue { i8, i32, i64 } %12, 2
  %45 = mul i64 %43, -7046029254386353131
  %46 = lshr i64 %43, 31
  %47 = add i64 %45, %44
  %48 = xor i64 %47, %46
  %49 = mul i64 %33, -7046029254386353131
  %50 = lshr i64 %33, 31
  %51 = add i64 %49, %48
  %52 = xor i64 %51, %50
  %53 = extractvalue { i8, i32, i64 } %12, 0
  %54 = zext i8 %53 to i64
  %55 = add i64 -2691343689449507777, %54
  %56 = xor i64 %55, 0
  %57 = extractvalue { i8, i32, i64 } %12, 1
  %58 = zext i32 %57 to i64
  %59 = mul i64 %56, -7046029254386353131
  %60 = lshr i64 %56, 31
  %61 = add i64 %59, %58
  %62 = xor i64 %61, %60
  %63 = extractvalue { i8, i32, i64 } %12, 2
  %64 = mul i64 %62, -7046029254386353131
  %65 = lshr i64 %62, 31
  %66 = add i64 %64, %63
  %67 = xor i64 %66, %65
  %68 = mul i64 %52, -7046029254386353131
  %69 = lshr i64 %52, 31
  %70 = add i64 %68, %67
  %71 = xor i64 %70, %69
  call void @ext_note(i64 %71)
  %72 = zext i64 %71 to i128
  %73 = shl i128 %72, 37
  %74 = mul i128 %72, %73
  store i128 %74, ptr %out, align 16
  ret i32 0

leave:                                            ; preds = %then
  %75 = load i64, ptr %v.home, align 8
  %76 = zext i64 %75 to i128
  %77 = shl i128 %76, 37
  %78 = mul i128 %76, %77
  store i128 %78, ptr %out, align 16
  ret i32 0

stay:                                             ; preds = %then
  %79 = load i64, ptr %v.home, align 8
  %80 = add i64 %79, 19088743
  %81 = trunc i64 %80 to i8
  %82 = insertvalue { i8, i32, i64 } zeroinitializer, i8 %81, 0
  %83 = add i64 %80, 19088744
  %84 = trunc i64 %83 to i32
  %85 = insertvalue { i8, i32, i64 } %82, i32 %84, 1
  %86 = add i64 %83, 19088745
  %87 = insertvalue { i8, i32, i64 } %85, i64 %86, 2
  br label %join

88:                                               ; preds = %else
  %89 = load i64, ptr %v.home, align 8
  %90 = load i8, ptr %v.home2, align 1
  %91 = sub i32 %0, 1
  %92 = load i64, ptr getelementptr inbounds (i8, ptr @f2.future, i64 32), align 8
  %93 = load i64, ptr getelementptr inbounds (i8, ptr @f2.future, i64 40), align 8
  %94 = load ptr, ptr %cx, align 8
  %95 = load ptr, ptr %94, align 8
  %96 = getelementptr inbounds i8, ptr %94, i64 8
  %97 = load ptr, ptr %96, align 8
  %98 = ptrtoint ptr %95 to i64
  %99 = sub i64 %93, 1
  %100 = add i64 %98, %99
  %101 = xor i64 %99, -1
  %102 = and i64 %100, %101
  %103 = sub i64 %102, %98
  %104 = getelementptr i8, ptr %95, i64 %103
  %105 = getelementptr i8, ptr %104, i64 %92
  %106 = icmp ule ptr %105, %97
  br i1 %106, label %arena.push, label %arena.grow, !prof !1

arena.push:                                       ; preds = %88
  store ptr %105, ptr %94, align 8
  br label %arena.pushed

arena.grow:                                       ; preds = %88
  %107 = call ptr @tmlrt_arena_grow(ptr %94, i64 %92, i64 %93)
  br label %arena.pushed

arena.pushed:                                     ; preds = %arena.grow, %arena.push
  %child = phi ptr [ %104, %arena.push ], [ %107, %arena.grow ]
  %108 = call { i32, i128 } @"f2$start$240$16$7c9de3b4481a0861"(ptr %child, ptr %cx, i32 %91, i64 %89, i8 %90)
  %109 = extractvalue { i32, i128 } %108, 1
  store i128 %109, ptr %await.result, align 16
  %110 = extractvalue { i32, i128 } %108, 0
  %111 = icmp eq i32 %110, 0
  br i1 %111, label %ready.1, label %pend.1, !prof !1

deeper:                                           ; preds = %arena.popped3, %arena.popped
  br label %on

on:                                               ; preds = %deeper, %else
  %112 = load i64, ptr %v.home, align 8
  %113 = add i64 %112, 19088743
  %114 = trunc i64 %113 to i8
  %115 = insertvalue { i8, i32, i64 } zeroinitializer, i8 %114, 0
  %116 = add i64 %113, 19088744
  %117 = trunc i64 %116 to i32
  %118 = insertvalue { i8, i32, i64 } %115, i32 %117, 1
  %119 = add i64 %116, 19088745
  %120 = insertvalue { i8, i32, i64 } %118, i64 %119, 2
  br label %join

pend.1:                                           ; preds = %arena.pushed
  %121 = getelementptr inbounds i8, ptr %frame, i64 8
  %122 = load i64, ptr %v.home, align 8
  store i64 %122, ptr %121, align 8
  %123 = getelementptr inbounds i8, ptr %frame, i64 208
  %124 = load i8, ptr %v.home2, align 1
  store i8 %124, ptr %123, align 1
  %125 = getelementptr inbounds i8, ptr %frame, i64 216
  store ptr %child, ptr %125, align 8
  %126 = getelementptr inbounds i8, ptr %frame, i64 224
  store ptr %94, ptr %126, align 8
  store i32 1, ptr %frame, align 4
  ret i32 1

resume.1:                                         ; preds = %go
  %127 = getelementptr inbounds i8, ptr %frame, i64 216
  %128 = load ptr, ptr %127, align 8
  %129 = getelementptr inbounds i8, ptr %frame, i64 224
  %130 = load ptr, ptr %129, align 8
  %131 = call i32 @f2.resume(ptr %128, ptr %cx, ptr %await.out)
  %132 = icmp eq i32 %131, 0
  br i1 %132, label %resumed.1, label %still.pending

drop.1:                                           ; preds = %dropping
  %133 = getelementptr inbounds i8, ptr %frame, i64 216
  %134 = load ptr, ptr %133, align 8
  %135 = getelementptr inbounds i8, ptr %frame, i64 224
  %136 = load ptr, ptr %135, align 8
  call void @f2.drop(ptr %134)
  %137 = getelementptr inbounds i8, ptr %136, i64 16
  %138 = load ptr, ptr %137, align 8
  %139 = getelementptr inbounds i8, ptr %136, i64 8
  %140 = load ptr, ptr %139, align 8
  %141 = icmp ult ptr %134, %140
  %142 = icmp ule ptr %138, %134
  %143 = and i1 %142, %141
  br i1 %143, label %arena.pop8, label %arena.pop.slow7, !prof !1

arena.pop8:                                       ; preds = %drop.1
  store ptr %134, ptr %136, align 8
  br label %arena.popped6

arena.pop.slow7:                                  ; preds = %drop.1
  call void @tmlrt_arena_pop(ptr %136, ptr %134)
  br label %arena.popped6

arena.popped6:                                    ; preds = %arena.pop.slow7, %arena.pop8
  ret i32 0

ready.1:                                          ; preds = %arena.pushed
  %144 = getelementptr inbounds i8, ptr %94, i64 16
  %145 = load ptr, ptr %144, align 8
  %146 = getelementptr inbounds i8, ptr %94, i64 8
  %147 = load ptr, ptr %146, align 8
  %148 = icmp ult ptr %child, %147
  %149 = icmp ule ptr %145, %child
  %150 = and i1 %149, %148
  br i1 %150, label %arena.pop, label %arena.pop.slow, !prof !1

arena.pop:                                        ; preds = %ready.1
  store ptr %child, ptr %94, align 8
  br label %arena.popped

arena.pop.slow:                                   ; preds = %ready.1
  call void @tmlrt_arena_pop(ptr %94, ptr %child)
  br label %arena.popped

arena.popped:                                     ; preds = %arena.pop.slow, %arena.pop
  br label %deeper

resumed.1:                                        ; preds = %resume.1
  %151 = load i128, ptr %await.out, align 16
  store i128 %151, ptr %await.result, align 16
  %152 = getelementptr inbounds i8, ptr %130, i64 16
  %153 = load ptr, ptr %152, align 8
  %154 = getelementptr inbounds i8, ptr %130, i64 8
  %155 = load ptr, ptr %154, align 8
  %156 = icmp ult ptr %128, %155
  %157 = icmp ule ptr %153, %128
  %158 = and i1 %157, %156
  br i1 %158, label %arena.pop5, label %arena.pop.slow4, !prof !1

arena.pop5:                                       ; preds = %resumed.1
  store ptr %128, ptr %130, align 8
  br label %arena.popped3

arena.pop.slow4:                                  ; preds = %resumed.1
  call void @tmlrt_arena_pop(ptr %130, ptr %128)
  br label %arena.popped3

arena.popped3:                                    ; preds = %arena.pop.slow4, %arena.pop5
  %159 = getelementptr inbounds i8, ptr %frame, i64 8
  %160 = load i64, ptr %159, align 8
  store i64 %160, ptr %v.home, align 8
  %161 = getelementptr inbounds i8, ptr %frame, i64 208
  %162 = load i8, ptr %161, align 1
  store i8 %162, ptr %v.home2, align 1
  br label %deeper

still.pending:                                    ; preds = %resume.1
  ret i32 1

no.such.state:                                    ; preds = %dropping, %go
  unreachable
}

; Function Attrs: cold nounwind
declare ptr @tmlrt_arena_grow(ptr, i64, i64) #3

; Function Attrs: cold nounwind
declare void @tmlrt_arena_pop(ptr, ptr) #3

define internal i32 @f2.run(ptr %0, ptr %1, ptr %2, i32 %3) {
entry:
  %4 = call i32 @f2.body(ptr %0, ptr %1, ptr %2, i32 %3, i1 false, i32 poison, i64 poison, i8 poison)
  ret i32 %4
}

; Function Attrs: alwaysinline
define internal i32 @root.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i64 %0, i64 %1) #1 {
dispatch:
  %await.out = alloca { i8, i32, i64 }, align 8
  %2 = getelementptr inbounds i8, ptr %frame, i64 232
  %3 = getelementptr inbounds i8, ptr %frame, i64 16
  %4 = alloca i64, align 8
  %5 = getelementptr inbounds i8, ptr %frame, i64 240
  %6 = alloca { i8, i32, i64 }, align 8
  %v.home = alloca i64, align 8
  %v.home2 = alloca i64, align 8
  %v.home3 = alloca i64, align 8
  br i1 %isdrop, label %dropping, label %go

go:                                               ; preds = %dispatch
  switch i32 %state, label %no.such.state [
    i32 0, label %7
    i32 1, label %resume.1
    i32 2, label %resume.2
    i32 3, label %resume.3
  ]

dropping:                                         ; preds = %dispatch
  switch i32 %state, label %no.such.state [
    i32 1, label %drop.1
    i32 2, label %drop.2
    i32 3, label %drop.3
  ]

7:                                                ; preds = %go
  store i64 %1, ptr %v.home2, align 8
  store i64 %0, ptr %v.home, align 8
  store i64 %1, ptr %2, align 8
  call void @ext_leaf_init(ptr %3, i64 %1)
  %8 = load ptr, ptr getelementptr inbounds (i8, ptr @ext_leaf_desc, i64 8), align 8
  %9 = call i32 %8(ptr %3, ptr %cx, ptr %2)
  %10 = icmp eq i32 %9, 0
  br i1 %10, label %entry, label %pend.1, !prof !1

entry:                                            ; preds = %resumed.1, %7
  %11 = load i64, ptr %2, align 8
  store i64 %11, ptr %v.home3, align 8
  %12 = call i32 @ext_pend()
  br label %pending

pending:                                          ; preds = %entry
  %13 = phi i32 [ 0, %entry ]
  %14 = icmp ult i32 %13, %12
  br i1 %14, label %15, label %on

15:                                               ; preds = %pending
  br label %pend.2

wait:                                             ; preds = %resume.2
  br label %on

on:                                               ; preds = %wait, %pending
  %16 = load i64, ptr %v.home, align 8
  store i64 3, ptr %4, align 8
  %17 = and i64 %16, 7
  %18 = icmp ult i64 %17, 4
  br i1 %18, label %left, label %20

left:                                             ; preds = %right, %on
  %19 = call i1 @ext_never()
  br i1 %19, label %panic, label %ok

20:                                               ; preds = %on, %ok
  %21 = load i64, ptr %v.home, align 8
  %22 = load i64, ptr %v.home2, align 8
  %23 = load i64, ptr %v.home3, align 8
  store i64 %22, ptr %5, align 8
  %24 = add i64 %21, 19088743
  %25 = trunc i64 %24 to i8
  %26 = insertvalue { i8, i32, i64 } zeroinitializer, i8 %25, 0
  %27 = add i64 %24, 19088744
  %28 = trunc i64 %27 to i32
  %29 = insertvalue { i8, i32, i64 } %26, i32 %28, 1
  %30 = add i64 %27, 19088745
  %31 = insertvalue { i8, i32, i64 } %29, i64 %30, 2
  %32 = getelementptr inbounds i8, ptr %frame, i64 248
  %33 = call i32 @"f1$start$48$8$168acbc9b0285eac"(ptr %32, ptr %cx, ptr %await.out, i32 0, ptr %5, { i8, i32, i64 } %31, i64 %23)
  %34 = icmp eq i32 %33, 0
  br i1 %34, label %right, label %pend.3, !prof !1

right:                                            ; preds = %resumed.3, %20
  %35 = load i64, ptr %v.home, align 8
  %36 = load i64, ptr %v.home2, align 8
  %37 = load i64, ptr %v.home3, align 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 1 %6, ptr align 8 %await.out, i64 16, i1 false)
  %38 = load { i8, i32, i64 }, ptr %6, align 8
  %39 = trunc i64 %36 to i32
  %40 = trunc i64 %35 to i32
  %41 = mul i64 %36, -7046029254386353131
  %42 = lshr i64 %36, 31
  %43 = add i64 %41, %37
  %44 = xor i64 %43, %42
  %45 = load i64, ptr %4, align 8
  %46 = sub i64 %45, 1
  store i64 %46, ptr %4, align 8
  %47 = icmp eq i64 %46, 0
  br i1 %47, label %end, label %left

end:                                              ; preds = %right, %ok
  %48 = load i64, ptr %v.home, align 8
  %49 = load i64, ptr %v.home2, align 8
  %50 = load i64, ptr %4, align 8
  %51 = mul i64 %49, -7046029254386353131
  %52 = lshr i64 %49, 31
  %53 = add i64 %51, %49
  %54 = xor i64 %53, %52
  %55 = mul i64 %54, -7046029254386353131
  %56 = lshr i64 %54, 31
  %57 = add i64 %55, %48
  %58 = xor i64 %57, %56
  call void @ext_note(i64 %58)
  store i64 %58, ptr %out, align 8
  ret i32 0

panic:                                            ; preds = %left
  call void @tmlrt_panic(ptr null)
  unreachable

ok:                                               ; preds = %left
  %59 = load i64, ptr %v.home, align 8
  %60 = load i64, ptr %v.home2, align 8
  %61 = load i64, ptr %v.home3, align 8
  %62 = zext i64 %60 to i128
  %63 = shl i128 %62, 37
  %64 = mul i128 %62, %63
  %65 = zext i64 %61 to i128
  %66 = shl i128 %65, 37
  %67 = mul i128 %65, %66
  %68 = or i64 %59, 1
  %69 = udiv i64 %59, %68
  %70 = load i64, ptr %4, align 8
  %71 = sub i64 %70, 1
  store i64 %71, ptr %4, align 8
  %72 = icmp eq i64 %71, 0
  br i1 %72, label %end, label %20

pend.1:                                           ; preds = %7
  %73 = getelementptr inbounds i8, ptr %frame, i64 208
  %74 = load i64, ptr %v.home, align 8
  store i64 %74, ptr %73, align 8
  %75 = getelementptr inbounds i8, ptr %frame, i64 216
  %76 = load i64, ptr %v.home2, align 8
  store i64 %76, ptr %75, align 8
  store i32 1, ptr %frame, align 4
  ret i32 1

resume.1:                                         ; preds = %go
  %77 = load ptr, ptr getelementptr inbounds (i8, ptr @ext_leaf_desc, i64 8), align 8
  %78 = call i32 %77(ptr %3, ptr %cx, ptr %2)
  %79 = icmp eq i32 %78, 0
  br i1 %79, label %resumed.1, label %still.pending

drop.1:                                           ; preds = %dropping
  %80 = load ptr, ptr getelementptr inbounds (i8, ptr @ext_leaf_desc, i64 16), align 8
  call void %80(ptr %3)
  ret i32 0

resumed.1:                                        ; preds = %resume.1
  %81 = getelementptr inbounds i8, ptr %frame, i64 208
  %82 = load i64, ptr %81, align 8
  store i64 %82, ptr %v.home, align 8
  %83 = getelementptr inbounds i8, ptr %frame, i64 216
  %84 = load i64, ptr %83, align 8
  store i64 %84, ptr %v.home2, align 8
  br label %entry

still.pending:                                    ; preds = %resume.3, %resume.1
  ret i32 1

pend.2:                                           ; preds = %15
  %85 = getelementptr inbounds i8, ptr %frame, i64 208
  %86 = load i64, ptr %v.home, align 8
  store i64 %86, ptr %85, align 8
  %87 = getelementptr inbounds i8, ptr %frame, i64 216
  %88 = load i64, ptr %v.home2, align 8
  store i64 %88, ptr %87, align 8
  %89 = getelementptr inbounds i8, ptr %frame, i64 224
  %90 = load i64, ptr %v.home3, align 8
  store i64 %90, ptr %89, align 8
  store i32 2, ptr %frame, align 4
  ret i32 1

resume.2:                                         ; preds = %go
  %91 = getelementptr inbounds i8, ptr %frame, i64 208
  %92 = load i64, ptr %91, align 8
  store i64 %92, ptr %v.home, align 8
  %93 = getelementptr inbounds i8, ptr %frame, i64 216
  %94 = load i64, ptr %93, align 8
  store i64 %94, ptr %v.home2, align 8
  %95 = getelementptr inbounds i8, ptr %frame, i64 224
  %96 = load i64, ptr %95, align 8
  store i64 %96, ptr %v.home3, align 8
  br label %wait

drop.2:                                           ; preds = %dropping
  ret i32 0

pend.3:                                           ; preds = %20
  %97 = getelementptr inbounds i8, ptr %frame, i64 8
  %98 = load i64, ptr %4, align 8
  store i64 %98, ptr %97, align 8
  %99 = getelementptr inbounds i8, ptr %frame, i64 208
  %100 = load i64, ptr %v.home, align 8
  store i64 %100, ptr %99, align 8
  %101 = getelementptr inbounds i8, ptr %frame, i64 216
  %102 = load i64, ptr %v.home2, align 8
  store i64 %102, ptr %101, align 8
  %103 = getelementptr inbounds i8, ptr %frame, i64 224
  %104 = load i64, ptr %v.home3, align 8
  store i64 %104, ptr %103, align 8
  store i32 3, ptr %frame, align 4
  ret i32 1

resume.3:                                         ; preds = %go
  %105 = getelementptr inbounds i8, ptr %frame, i64 248
  %106 = call i32 @f1.resume(ptr %105, ptr %cx, ptr %await.out)
  %107 = icmp eq i32 %106, 0
  br i1 %107, label %resumed.3, label %still.pending

drop.3:                                           ; preds = %dropping
  %108 = getelementptr inbounds i8, ptr %frame, i64 248
  call void @f1.drop(ptr %108)
  ret i32 0

resumed.3:                                        ; preds = %resume.3
  %109 = getelementptr inbounds i8, ptr %frame, i64 8
  %110 = load i64, ptr %109, align 8
  store i64 %110, ptr %4, align 8
  %111 = getelementptr inbounds i8, ptr %frame, i64 208
  %112 = load i64, ptr %111, align 8
  store i64 %112, ptr %v.home, align 8
  %113 = getelementptr inbounds i8, ptr %frame, i64 216
  %114 = load i64, ptr %113, align 8
  store i64 %114, ptr %v.home2, align 8
  %115 = getelementptr inbounds i8, ptr %frame, i64 224
  %116 = load i64, ptr %115, align 8
  store i64 %116, ptr %v.home3, align 8
  br label %right

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
attributes #3 = { cold nounwind }

!0 = !{!"branch_weights", i32 1, i32 2000}
!1 = !{!"branch_weights", i32 2000, i32 1}
