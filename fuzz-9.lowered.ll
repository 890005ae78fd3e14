; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@f0.future = constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @f0.poll, ptr @f0.drop, ptr null, i64 80, i64 8, i64 0, i64 1, ptr @tmlrt.str, ptr null, i32 0, i32 1, ptr null }
@f1.future = constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @f1.poll, ptr @f1.drop, ptr @f1_drop_output, i64 32, i64 8, i64 8, i64 8, ptr @tmlrt.str.1, ptr null, i32 0, i32 1, ptr null }
@f2.future = constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @f2.poll, ptr @f2.drop, ptr null, i64 56, i64 8, i64 0, i64 1, ptr @tmlrt.str.2, ptr null, i32 0, i32 1, ptr null }
@root.future = constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @root.poll, ptr @root.drop, ptr null, i64 160, i64 8, i64 8, i64 8, ptr @tmlrt.str.3, ptr null, i32 0, i32 3, ptr null }
@tmlrt.str = private unnamed_addr constant [3 x i8] c"f0\00", align 1
@tmlrt.str.1 = private unnamed_addr constant [3 x i8] c"f1\00", align 1
@tmlrt.str.2 = private unnamed_addr constant [3 x i8] c"f2\00", align 1
@tmlrt.str.3 = private unnamed_addr constant [5 x i8] c"root\00", align 1

define void @f1_drop_output(ptr %0) {
entry:
  %1 = load ptr, ptr %0, align 8
  call void @ext_free(ptr %1)
  ret void
}

declare void @ext_free(ptr)

define void @f2_drop_args(ptr %0, ptr %1, ptr %2, ptr %3) {
entry:
  call void @ext_free(ptr %3)
  call void @ext_free(ptr %2)
  ret void
}

declare void @ext_note(i64)

declare ptr @ext_new(i64)

declare void @tmlrt_task_detach(ptr)

define i32 @"f0$start$80$8$0b55dc74b4f5c7d6"(ptr %0, ptr %1, i32 %2, { i64, i64 } %3, { { i64, i64 }, i8 } %4, ptr %5) {
entry:
  %6 = call i32 @f0.body(ptr %0, ptr %1, ptr null, i32 0, i1 false, i32 %2, { i64, i64 } %3, { { i64, i64 }, i8 } %4, ptr %5)
  ret i32 %6
}

define i32 @f0.resume(ptr %0, ptr %1, ptr %2) {
entry:
  call void @tmlrt_poll_after_done(ptr @f0.future, ptr %0)
  unreachable
}

define i32 @f0.poll(ptr %0, ptr %1, ptr %2) {
entry:
  %byval = alloca { { i64, i64 }, i8 }, align 8
  %3 = load i32, ptr %0, align 4
  %4 = icmp eq i32 %3, 0
  br i1 %4, label %first, label %later

first:                                            ; preds = %entry
  store i32 -2, ptr %0, align 4
  %5 = getelementptr inbounds i8, ptr %0, i64 8
  %6 = load i32, ptr %5, align 4
  %7 = getelementptr inbounds i8, ptr %0, i64 16
  %8 = load { i64, i64 }, ptr %7, align 8
  %9 = getelementptr inbounds i8, ptr %0, i64 32
  %10 = load { { i64, i64 }, i8 }, ptr %9, align 8
  %11 = getelementptr inbounds i8, ptr %0, i64 56
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %byval, ptr align 8 %11, i64 24, i1 false)
  %12 = call i32 @"f0$start$80$8$0b55dc74b4f5c7d6"(ptr %0, ptr %1, i32 %6, { i64, i64 } %8, { { i64, i64 }, i8 } %10, ptr %byval)
  %13 = icmp eq i32 %12, 0
  br i1 %13, label %done, label %return

later:                                            ; preds = %entry
  br label %over

over:                                             ; preds = %later
  call void @tmlrt_poll_after_done(ptr @f0.future, ptr %0)
  unreachable

done:                                             ; preds = %first
  store i32 -1, ptr %0, align 4
  br label %return

return:                                           ; preds = %done, %first
  ret i32 %12
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

define { i32, ptr } @"f1$start$32$8$be7058a3934e05a2"(ptr %0, ptr %1, i32 %2, i16 %3, i64 %4, float %5) {
entry:
  %out = alloca ptr, align 8
  %6 = call i32 @f1.body(ptr %0, ptr %1, ptr %out, i32 0, i1 false, i32 %2, i16 %3, i64 %4, float %5)
  %7 = load ptr, ptr %out, align 8
  %8 = insertvalue { i32, ptr } poison, i32 %6, 0
  %9 = insertvalue { i32, ptr } %8, ptr %7, 1
  ret { i32, ptr } %9
}

define i32 @f1.resume(ptr %0, ptr %1, ptr %2) {
entry:
  call void @tmlrt_poll_after_done(ptr @f1.future, ptr %0)
  unreachable
}

define i32 @f1.poll(ptr %0, ptr %1, ptr %2) {
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
  %9 = getelementptr inbounds i8, ptr %0, i64 16
  %10 = load i64, ptr %9, align 8
  %11 = getelementptr inbounds i8, ptr %0, i64 24
  %12 = load float, ptr %11, align 4
  %13 = call { i32, ptr } @"f1$start$32$8$be7058a3934e05a2"(ptr %0, ptr %1, i32 %6, i16 %8, i64 %10, float %12)
  %14 = extractvalue { i32, ptr } %13, 1
  %15 = extractvalue { i32, ptr } %13, 0
  %16 = icmp eq i32 %15, 0
  br i1 %16, label %first.ready, label %first.done

later:                                            ; preds = %entry
  br label %over

over:                                             ; preds = %later
  call void @tmlrt_poll_after_done(ptr @f1.future, ptr %0)
  unreachable

first.ready:                                      ; preds = %first
  store ptr %14, ptr %2, align 8
  br label %first.done

first.done:                                       ; preds = %first.ready, %first
  %17 = icmp eq i32 %15, 0
  br i1 %17, label %done, label %return

done:                                             ; preds = %first.done
  store i32 -1, ptr %0, align 4
  br label %return

return:                                           ; preds = %done, %first.done
  ret i32 %15
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

define i32 @"f2$start$56$8$d00687d3e7b3186d"(ptr %0, ptr %1, ptr %2, ptr %3, ptr %4, ptr %5) {
entry:
  %6 = call i32 @f2.body(ptr %0, ptr %1, ptr null, i32 0, i1 false, ptr %2, ptr %3, ptr %4, ptr %5)
  ret i32 %6
}

define i32 @f2.resume(ptr %0, ptr %1, ptr %2) {
entry:
  call void @tmlrt_poll_after_done(ptr @f2.future, ptr %0)
  unreachable
}

define i32 @f2.poll(ptr %0, ptr %1, ptr %2) {
entry:
  %byval = alloca { { i64, i64 }, i8 }, align 8
  %3 = load i32, ptr %0, align 4
  %4 = icmp eq i32 %3, 0
  br i1 %4, label %first, label %later

first:                                            ; preds = %entry
  store i32 -2, ptr %0, align 4
  %5 = getelementptr inbounds i8, ptr %0, i64 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %byval, ptr align 8 %5, i64 24, i1 false)
  %6 = getelementptr inbounds i8, ptr %0, i64 32
  %7 = load ptr, ptr %6, align 8
  %8 = getelementptr inbounds i8, ptr %0, i64 40
  %9 = load ptr, ptr %8, align 8
  %10 = getelementptr inbounds i8, ptr %0, i64 48
  %11 = load ptr, ptr %10, align 8
  %12 = call i32 @"f2$start$56$8$d00687d3e7b3186d"(ptr %0, ptr %1, ptr %byval, ptr %7, ptr %9, ptr %11)
  %13 = icmp eq i32 %12, 0
  br i1 %13, label %done, label %return

later:                                            ; preds = %entry
  br label %over

over:                                             ; preds = %later
  call void @tmlrt_poll_after_done(ptr @f2.future, ptr %0)
  unreachable

done:                                             ; preds = %first
  store i32 -1, ptr %0, align 4
  br label %return

return:                                           ; preds = %done, %first
  ret i32 %12
}

define void @f2.drop(ptr %0) {
entry:
  %byval = alloca { { i64, i64 }, i8 }, align 8
  %1 = load i32, ptr %0, align 4
  store i32 -1, ptr %0, align 4
  %2 = icmp eq i32 %1, 0
  br i1 %2, label %unstarted, label %started

unstarted:                                        ; preds = %entry
  %3 = getelementptr inbounds i8, ptr %0, i64 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %byval, ptr align 8 %3, i64 24, i1 false)
  %4 = getelementptr inbounds i8, ptr %0, i64 32
  %5 = load ptr, ptr %4, align 8
  %6 = getelementptr inbounds i8, ptr %0, i64 40
  %7 = load ptr, ptr %6, align 8
  %8 = getelementptr inbounds i8, ptr %0, i64 48
  %9 = load ptr, ptr %8, align 8
  call void @f2_drop_args(ptr %byval, ptr %5, ptr %7, ptr %9)
  br label %done

started:                                          ; preds = %entry
  br label %done

done:                                             ; preds = %started, %unstarted
  ret void
}

define { i32, i64 } @"root$start$160$8$aa0013aeb7b54e12"(ptr %0, ptr %1, i64 %2, i64 %3) {
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
  %9 = call { i32, i64 } @"root$start$160$8$aa0013aeb7b54e12"(ptr %0, ptr %1, i64 %6, i64 %8)
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
  br i1 %16, label %done1, label %pending

done1:                                            ; preds = %again
  store i32 -1, ptr %0, align 4
  br label %return2

pending:                                          ; preds = %again
  %17 = load i32, ptr %0, align 4
  %18 = icmp eq i32 %17, -2
  %19 = select i1 %18, i32 %3, i32 %17
  store i32 %19, ptr %0, align 4
  br label %return2

return2:                                          ; preds = %pending, %done1
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
define internal i32 @f0.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i32 %0, { i64, i64 } %1, { { i64, i64 }, i8 } %2, ptr %3) #0 {
entry:
  %byval = alloca { { i64, i64 }, i8 }, align 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %byval, ptr align 1 %3, i64 24, i1 false)
  %4 = extractvalue { i64, i64 } %1, 0
  %5 = add i64 4354685564936845354, %4
  %6 = xor i64 %5, 0
  %7 = extractvalue { i64, i64 } %1, 1
  %8 = mul i64 %6, -7046029254386353131
  %9 = lshr i64 %6, 31
  %10 = add i64 %8, %7
  %11 = xor i64 %10, %9
  %12 = add i64 -443549121303313294, %11
  %13 = xor i64 %12, 0
  %14 = extractvalue { i64, i64 } %1, 0
  %15 = add i64 4354685564936845354, %14
  %16 = xor i64 %15, 0
  %17 = extractvalue { i64, i64 } %1, 1
  %18 = mul i64 %16, -7046029254386353131
  %19 = lshr i64 %16, 31
  %20 = add i64 %18, %17
  %21 = xor i64 %20, %19
  %22 = mul i64 %13, -7046029254386353131
  %23 = lshr i64 %13, 31
  %24 = add i64 %22, %21
  %25 = xor i64 %24, %23
  %26 = extractvalue { { i64, i64 }, i8 } %2, 0
  %27 = extractvalue { i64, i64 } %26, 0
  %28 = add i64 4354685564936845354, %27
  %29 = xor i64 %28, 0
  %30 = extractvalue { i64, i64 } %26, 1
  %31 = mul i64 %29, -7046029254386353131
  %32 = lshr i64 %29, 31
  %33 = add i64 %31, %30
  %34 = xor i64 %33, %32
  %35 = add i64 -2691343689449507777, %34
  %36 = xor i64 %35, 0
  %37 = extractvalue { { i64, i64 }, i8 } %2, 1
  %38 = zext i8 %37 to i64
  %39 = mul i64 %36, -7046029254386353131
  %40 = lshr i64 %36, 31
  %41 = add i64 %39, %38
  %42 = xor i64 %41, %40
  %43 = mul i64 %25, -7046029254386353131
  %44 = lshr i64 %25, 31
  %45 = add i64 %43, %42
  %46 = xor i64 %45, %44
  %47 = extractvalue { { i64, i64 }, i8 } %2, 0
  %48 = extractvalue { i64, i64 } %47, 0
  %49 = add i64 4354685564936845354, %48
  %50 = xor i64 %49, 0
  %51 = extractvalue { i64, i64 } %47, 1
  %52 = mul i64 %50, -7046029254386353131
  %53 = lshr i64 %50, 31
  %54 = add i64 %52, %51
  %55 = xor i64 %54, %53
  %56 = add i64 -2691343689449507777, %55
  %57 = xor i64 %56, 0
  %58 = extractvalue { { i64, i64 }, i8 } %2, 1
  %59 = zext i8 %58 to i64
  %60 = mul i64 %57, -7046029254386353131
  %61 = lshr i64 %57, 31
  %62 = add i64 %60, %59
  %63 = xor i64 %62, %61
  %64 = mul i64 %46, -7046029254386353131
  %65 = lshr i64 %46, 31
  %66 = add i64 %64, %63
  %67 = xor i64 %66, %65
  %68 = load { { i64, i64 }, i8 }, ptr %byval, align 8
  %69 = extractvalue { { i64, i64 }, i8 } %68, 0
  %70 = extractvalue { i64, i64 } %69, 0
  %71 = add i64 4354685564936845354, %70
  %72 = xor i64 %71, 0
  %73 = extractvalue { i64, i64 } %69, 1
  %74 = mul i64 %72, -7046029254386353131
  %75 = lshr i64 %72, 31
  %76 = add i64 %74, %73
  %77 = xor i64 %76, %75
  %78 = add i64 -2691343689449507777, %77
  %79 = xor i64 %78, 0
  %80 = extractvalue { { i64, i64 }, i8 } %68, 1
  %81 = zext i8 %80 to i64
  %82 = mul i64 %79, -7046029254386353131
  %83 = lshr i64 %79, 31
  %84 = add i64 %82, %81
  %85 = xor i64 %84, %83
  %86 = mul i64 %67, -7046029254386353131
  %87 = lshr i64 %67, 31
  %88 = add i64 %86, %85
  %89 = xor i64 %88, %87
  call void @ext_note(i64 %89)
  ret i32 0
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #1

; Function Attrs: cold noreturn nounwind
declare void @tmlrt_poll_after_done(ptr, ptr) #2

; Function Attrs: alwaysinline
define internal i32 @f1.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i32 %0, i16 %1, i64 %2, float %3) #0 {
entry:
  %4 = zext i16 %1 to i64
  %5 = mul i64 %2, -7046029254386353131
  %6 = lshr i64 %2, 31
  %7 = add i64 %5, %4
  %8 = xor i64 %7, %6
  %9 = zext i16 %1 to i64
  %10 = mul i64 %8, -7046029254386353131
  %11 = lshr i64 %8, 31
  %12 = add i64 %10, %9
  %13 = xor i64 %12, %11
  %14 = mul i64 %13, -7046029254386353131
  %15 = lshr i64 %13, 31
  %16 = add i64 %14, %2
  %17 = xor i64 %16, %15
  %18 = mul i64 %17, -7046029254386353131
  %19 = lshr i64 %17, 31
  %20 = add i64 %18, %2
  %21 = xor i64 %20, %19
  %22 = bitcast float %3 to i32
  %23 = zext i32 %22 to i64
  %24 = mul i64 %21, -7046029254386353131
  %25 = lshr i64 %21, 31
  %26 = add i64 %24, %23
  %27 = xor i64 %26, %25
  %28 = bitcast float %3 to i32
  %29 = zext i32 %28 to i64
  %30 = mul i64 %27, -7046029254386353131
  %31 = lshr i64 %27, 31
  %32 = add i64 %30, %29
  %33 = xor i64 %32, %31
  call void @ext_note(i64 %33)
  %34 = call ptr @ext_new(i64 %2)
  store ptr %34, ptr %out, align 8
  ret i32 0
}

; Function Attrs: alwaysinline
define internal i32 @f2.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, ptr %0, ptr %1, ptr %2, ptr %3) #0 {
entry:
  %byval = alloca { { i64, i64 }, i8 }, align 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %byval, ptr align 1 %0, i64 24, i1 false)
  %4 = load i64, ptr %1, align 8
  %5 = add i64 -4873485261381983386, %4
  %6 = xor i64 %5, 0
  %7 = load i64, ptr %1, align 8
  %8 = mul i64 %6, -7046029254386353131
  %9 = lshr i64 %6, 31
  %10 = add i64 %8, %7
  %11 = xor i64 %10, %9
  %12 = load { { i64, i64 }, i8 }, ptr %byval, align 8
  %13 = extractvalue { { i64, i64 }, i8 } %12, 0
  %14 = extractvalue { i64, i64 } %13, 0
  %15 = add i64 4354685564936845354, %14
  %16 = xor i64 %15, 0
  %17 = extractvalue { i64, i64 } %13, 1
  %18 = mul i64 %16, -7046029254386353131
  %19 = lshr i64 %16, 31
  %20 = add i64 %18, %17
  %21 = xor i64 %20, %19
  %22 = add i64 -2691343689449507777, %21
  %23 = xor i64 %22, 0
  %24 = extractvalue { { i64, i64 }, i8 } %12, 1
  %25 = zext i8 %24 to i64
  %26 = mul i64 %23, -7046029254386353131
  %27 = lshr i64 %23, 31
  %28 = add i64 %26, %25
  %29 = xor i64 %28, %27
  %30 = mul i64 %11, -7046029254386353131
  %31 = lshr i64 %11, 31
  %32 = add i64 %30, %29
  %33 = xor i64 %32, %31
  call void @ext_note(i64 %33)
  call void @ext_free(ptr %3)
  call void @ext_free(ptr %2)
  ret i32 0
}

; Function Attrs: alwaysinline
define internal i32 @root.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i64 %0, i64 %1) #0 {
dispatch:
  %2 = alloca [56 x i8], align 8
  %3 = getelementptr inbounds i8, ptr %frame, i64 24
  %4 = getelementptr inbounds i8, ptr %frame, i64 32
  %5 = getelementptr inbounds i8, ptr %frame, i64 56
  %6 = alloca i64, align 8
  %7 = alloca { { i64, i64 }, i8 }, align 8
  %8 = alloca i64, align 8
  %v.home = alloca i64, align 8
  %v.home1 = alloca i64, align 8
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
  store i64 %0, ptr %v.home1, align 8
  store i64 %1, ptr %v.home, align 8
  %9 = and i64 %0, 7
  %10 = icmp ne i64 %9, 1
  br i1 %10, label %then, label %else

then:                                             ; preds = %entry
  br i1 true, label %then1, label %else2

else:                                             ; preds = %entry
  %11 = load i64, ptr %v.home, align 8
  %12 = load i64, ptr %v.home1, align 8
  %13 = zext i64 %11 to i128
  %14 = shl i128 %13, 37
  %15 = mul i128 %13, %14
  br label %join

join:                                             ; preds = %else, %join3
  %16 = phi i128 [ %39, %join3 ], [ %15, %else ]
  %17 = phi i64 [ %36, %join3 ], [ %12, %else ]
  %18 = load i64, ptr %v.home1, align 8
  %19 = and i64 %18, 7
  %20 = icmp eq i64 %19, 3
  br i1 %20, label %then8, label %else9

then1:                                            ; preds = %then
  %21 = load i64, ptr %v.home, align 8
  %22 = and i64 %21, 7
  %23 = icmp ne i64 %22, 5
  br i1 %23, label %40, label %else5

else2:                                            ; preds = %then
  %24 = load i64, ptr %v.home1, align 8
  %25 = add i64 %24, 19088743
  %26 = add i64 %25, 19088743
  %27 = insertvalue { i64, i64 } zeroinitializer, i64 %26, 0
  %28 = add i64 %26, 19088744
  %29 = insertvalue { i64, i64 } %27, i64 %28, 1
  %30 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %29, 0
  %31 = add i64 %25, 19088744
  %32 = trunc i64 %31 to i8
  %33 = insertvalue { { i64, i64 }, i8 } %30, i8 %32, 1
  br label %join3

join3:                                            ; preds = %else2, %join6
  %34 = phi { { i64, i64 }, i8 } [ %114, %join6 ], [ %33, %else2 ]
  %35 = phi i64 [ %103, %join6 ], [ %24, %else2 ]
  %36 = load i64, ptr %v.home1, align 8
  %37 = zext i64 %35 to i128
  %38 = shl i128 %37, 37
  %39 = mul i128 %37, %38
  br label %join

40:                                               ; preds = %then1
  %41 = load i64, ptr %v.home, align 8
  %42 = load i64, ptr %v.home1, align 8
  store i64 %42, ptr %3, align 8
  %43 = ptrtoint ptr %3 to i64
  %44 = add i64 %41, 19088743
  %45 = insertvalue { i64, i64 } zeroinitializer, i64 %44, 0
  %46 = add i64 %44, 19088744
  %47 = insertvalue { i64, i64 } %45, i64 %46, 1
  %48 = add i64 %42, 19088743
  %49 = add i64 %48, 19088743
  %50 = insertvalue { i64, i64 } zeroinitializer, i64 %49, 0
  %51 = add i64 %49, 19088744
  %52 = insertvalue { i64, i64 } %50, i64 %51, 1
  %53 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %52, 0
  %54 = add i64 %48, 19088744
  %55 = trunc i64 %54 to i8
  %56 = insertvalue { { i64, i64 }, i8 } %53, i8 %55, 1
  %57 = add i64 %42, 19088743
  %58 = add i64 %57, 19088743
  %59 = insertvalue { i64, i64 } zeroinitializer, i64 %58, 0
  %60 = add i64 %58, 19088744
  %61 = insertvalue { i64, i64 } %59, i64 %60, 1
  %62 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %61, 0
  %63 = add i64 %57, 19088744
  %64 = trunc i64 %63 to i8
  %65 = insertvalue { { i64, i64 }, i8 } %62, i8 %64, 1
  store { { i64, i64 }, i8 } %65, ptr %4, align 8
  %66 = getelementptr inbounds i8, ptr %frame, i64 80
  %67 = call i32 @"f0$start$80$8$0b55dc74b4f5c7d6"(ptr %66, ptr %cx, i32 1, { i64, i64 } %47, { { i64, i64 }, i8 } %56, ptr %4)
  %68 = icmp eq i32 %67, 0
  br i1 %68, label %then4, label %pend.1, !prof !1

69:                                               ; No predecessors!
  %70 = load i64, ptr %v.home1, align 8
  %71 = ptrtoint ptr %3 to i64
  %72 = icmp eq i64 %43, %71
  %73 = zext i1 %72 to i64
  call void @ext_note(i64 %73)
  %74 = add i64 %70, 19088743
  %75 = insertvalue { i64, i64 } zeroinitializer, i64 %74, 0
  %76 = add i64 %74, 19088744
  %77 = insertvalue { i64, i64 } %75, i64 %76, 1
  %78 = add i64 %70, 19088743
  %79 = add i64 %78, 19088743
  %80 = insertvalue { i64, i64 } zeroinitializer, i64 %79, 0
  %81 = add i64 %79, 19088744
  %82 = insertvalue { i64, i64 } %80, i64 %81, 1
  %83 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %82, 0
  %84 = add i64 %78, 19088744
  %85 = trunc i64 %84 to i8
  %86 = insertvalue { { i64, i64 }, i8 } %83, i8 %85, 1
  %87 = add i64 %70, 19088743
  %88 = add i64 %87, 19088743
  %89 = insertvalue { i64, i64 } zeroinitializer, i64 %88, 0
  %90 = add i64 %88, 19088744
  %91 = insertvalue { i64, i64 } %89, i64 %90, 1
  %92 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %91, 0
  %93 = add i64 %87, 19088744
  %94 = trunc i64 %93 to i8
  %95 = insertvalue { { i64, i64 }, i8 } %92, i8 %94, 1
  store { { i64, i64 }, i8 } %95, ptr %5, align 8
  %96 = getelementptr inbounds i8, ptr %frame, i64 80
  %97 = call i32 @"f0$start$80$8$0b55dc74b4f5c7d6"(ptr %96, ptr %cx, i32 1, { i64, i64 } %77, { { i64, i64 }, i8 } %86, ptr %5)
  %98 = icmp eq i32 %97, 0
  br i1 %98, label %then4, label %pend.2, !prof !1

then4:                                            ; preds = %resumed.2, %69, %resumed.1, %40
  %99 = load i64, ptr %v.home, align 8
  %100 = load i64, ptr %v.home1, align 8
  br label %join6

else5:                                            ; preds = %then1
  %101 = load i64, ptr %v.home, align 8
  %102 = load i64, ptr %v.home1, align 8
  br label %join6

join6:                                            ; preds = %else5, %then4
  %103 = phi i64 [ %99, %then4 ], [ %101, %else5 ]
  %104 = phi i64 [ %100, %then4 ], [ %102, %else5 ]
  %105 = load i64, ptr %v.home1, align 8
  %106 = add i64 %105, 19088743
  %107 = add i64 %106, 19088743
  %108 = insertvalue { i64, i64 } zeroinitializer, i64 %107, 0
  %109 = add i64 %107, 19088744
  %110 = insertvalue { i64, i64 } %108, i64 %109, 1
  %111 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %110, 0
  %112 = add i64 %106, 19088744
  %113 = trunc i64 %112 to i8
  %114 = insertvalue { { i64, i64 }, i8 } %111, i8 %113, 1
  br label %join3

then8:                                            ; preds = %join
  %115 = and i64 %17, 7
  %116 = icmp eq i64 %115, 3
  br i1 %116, label %then11, label %else12

else9:                                            ; preds = %join
  %117 = load i64, ptr %v.home1, align 8
  %118 = trunc i64 %117 to i8
  br label %join10

join10:                                           ; preds = %else9, %join13
  %119 = phi i8 [ %170, %join13 ], [ %118, %else9 ]
  %120 = phi i64 [ %169, %join13 ], [ %17, %else9 ]
  %121 = load i64, ptr %v.home, align 8
  %122 = zext i8 %119 to i64
  %123 = mul i64 %17, -7046029254386353131
  %124 = lshr i64 %17, 31
  %125 = add i64 %123, %122
  %126 = xor i64 %125, %124
  %127 = zext i8 %119 to i64
  %128 = mul i64 %126, -7046029254386353131
  %129 = lshr i64 %126, 31
  %130 = add i64 %128, %127
  %131 = xor i64 %130, %129
  %132 = mul i64 %131, -7046029254386353131
  %133 = lshr i64 %131, 31
  %134 = add i64 %132, %121
  %135 = xor i64 %134, %133
  %136 = mul i64 %135, -7046029254386353131
  %137 = lshr i64 %135, 31
  %138 = add i64 %136, %121
  %139 = xor i64 %138, %137
  %140 = lshr i128 %16, 64
  %141 = trunc i128 %140 to i64
  %142 = trunc i128 %16 to i64
  %143 = xor i64 %142, %141
  %144 = mul i64 %139, -7046029254386353131
  %145 = lshr i64 %139, 31
  %146 = add i64 %144, %143
  %147 = xor i64 %146, %145
  %148 = lshr i128 %16, 64
  %149 = trunc i128 %148 to i64
  %150 = trunc i128 %16 to i64
  %151 = xor i64 %150, %149
  %152 = mul i64 %147, -7046029254386353131
  %153 = lshr i64 %147, 31
  %154 = add i64 %152, %151
  %155 = xor i64 %154, %153
  call void @ext_note(i64 %155)
  store i64 %155, ptr %out, align 8
  ret i32 0

then11:                                           ; preds = %then8
  store i64 2, ptr %6, align 8
  %156 = and i64 %17, 7
  %157 = icmp eq i64 %156, 1
  br i1 %157, label %left, label %right

else12:                                           ; preds = %then8
  %158 = load i64, ptr %v.home, align 8
  %159 = add i64 %158, 19088743
  %160 = add i64 %159, 19088743
  %161 = insertvalue { i64, i64 } zeroinitializer, i64 %160, 0
  %162 = add i64 %160, 19088744
  %163 = insertvalue { i64, i64 } %161, i64 %162, 1
  %164 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %163, 0
  %165 = add i64 %159, 19088744
  %166 = trunc i64 %165 to i8
  %167 = insertvalue { { i64, i64 }, i8 } %164, i8 %166, 1
  br label %join13

join13:                                           ; preds = %else12, %end
  %168 = phi { { i64, i64 }, i8 } [ %204, %end ], [ %167, %else12 ]
  %169 = phi i64 [ %195, %end ], [ %17, %else12 ]
  %170 = trunc i64 %169 to i8
  br label %join10

left:                                             ; preds = %right, %then11
  %171 = load i64, ptr %v.home, align 8
  %172 = load i64, ptr %v.home1, align 8
  %173 = add i64 %172, 19088743
  %174 = add i64 %173, 19088743
  %175 = insertvalue { i64, i64 } zeroinitializer, i64 %174, 0
  %176 = add i64 %174, 19088744
  %177 = insertvalue { i64, i64 } %175, i64 %176, 1
  %178 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %177, 0
  %179 = add i64 %173, 19088744
  %180 = trunc i64 %179 to i8
  %181 = insertvalue { { i64, i64 }, i8 } %178, i8 %180, 1
  store { { i64, i64 }, i8 } %181, ptr %7, align 8
  store i64 %172, ptr %8, align 8
  %182 = call ptr @ext_new(i64 6233)
  %183 = call ptr @ext_new(i64 %171)
  store i64 0, ptr %2, align 8
  %184 = getelementptr inbounds i8, ptr %2, i64 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %184, ptr align 1 %7, i64 24, i1 false)
  %185 = getelementptr inbounds i8, ptr %2, i64 32
  store ptr %8, ptr %185, align 8
  %186 = getelementptr inbounds i8, ptr %2, i64 40
  store ptr %182, ptr %186, align 8
  %187 = getelementptr inbounds i8, ptr %2, i64 48
  store ptr %183, ptr %187, align 8
  store { { i64, i64 }, i8 } zeroinitializer, ptr %7, align 8
  %188 = call ptr @tmlrt_spawn(ptr @f2.future, ptr %2, i64 56)
  store i32 -1, ptr %2, align 4
  call void @tmlrt_task_detach(ptr %188)
  %189 = load i64, ptr %6, align 8
  %190 = sub i64 %189, 1
  store i64 %190, ptr %6, align 8
  %191 = icmp eq i64 %190, 0
  br i1 %191, label %end, label %right

right:                                            ; preds = %left, %then11
  %192 = load i64, ptr %6, align 8
  %193 = sub i64 %192, 1
  store i64 %193, ptr %6, align 8
  %194 = icmp eq i64 %193, 0
  br i1 %194, label %end, label %left

end:                                              ; preds = %right, %left
  %195 = load i64, ptr %6, align 8
  %196 = add i64 %195, 19088743
  %197 = add i64 %196, 19088743
  %198 = insertvalue { i64, i64 } zeroinitializer, i64 %197, 0
  %199 = add i64 %197, 19088744
  %200 = insertvalue { i64, i64 } %198, i64 %199, 1
  %201 = insertvalue { { i64, i64 }, i8 } zeroinitializer, { i64, i64 } %200, 0
  %202 = add i64 %196, 19088744
  %203 = trunc i64 %202 to i8
  %204 = insertvalue { { i64, i64 }, i8 } %201, i8 %203, 1
  br label %join13

pend.1:                                           ; preds = %40
  %205 = getelementptr inbounds i8, ptr %frame, i64 8
  %206 = load i64, ptr %v.home, align 8
  store i64 %206, ptr %205, align 8
  %207 = getelementptr inbounds i8, ptr %frame, i64 16
  %208 = load i64, ptr %v.home1, align 8
  store i64 %208, ptr %207, align 8
  store i32 1, ptr %frame, align 4
  ret i32 1

resume.1:                                         ; preds = %go
  %209 = getelementptr inbounds i8, ptr %frame, i64 80
  %210 = call i32 @f0.resume(ptr %209, ptr %cx, ptr null)
  %211 = icmp eq i32 %210, 0
  br i1 %211, label %resumed.1, label %still.pending

drop.1:                                           ; preds = %dropping
  %212 = getelementptr inbounds i8, ptr %frame, i64 80
  call void @f0.drop(ptr %212)
  ret i32 0

resumed.1:                                        ; preds = %resume.1
  %213 = getelementptr inbounds i8, ptr %frame, i64 8
  %214 = load i64, ptr %213, align 8
  store i64 %214, ptr %v.home, align 8
  %215 = getelementptr inbounds i8, ptr %frame, i64 16
  %216 = load i64, ptr %215, align 8
  store i64 %216, ptr %v.home1, align 8
  br label %then4

still.pending:                                    ; preds = %resume.2, %resume.1
  ret i32 1

pend.2:                                           ; preds = %69
  %217 = getelementptr inbounds i8, ptr %frame, i64 8
  %218 = load i64, ptr %v.home, align 8
  store i64 %218, ptr %217, align 8
  %219 = getelementptr inbounds i8, ptr %frame, i64 16
  %220 = load i64, ptr %v.home1, align 8
  store i64 %220, ptr %219, align 8
  store i32 2, ptr %frame, align 4
  ret i32 1

resume.2:                                         ; preds = %go
  %221 = getelementptr inbounds i8, ptr %frame, i64 80
  %222 = call i32 @f0.resume(ptr %221, ptr %cx, ptr null)
  %223 = icmp eq i32 %222, 0
  br i1 %223, label %resumed.2, label %still.pending

drop.2:                                           ; preds = %dropping
  %224 = getelementptr inbounds i8, ptr %frame, i64 80
  call void @f0.drop(ptr %224)
  ret i32 0

resumed.2:                                        ; preds = %resume.2
  %225 = getelementptr inbounds i8, ptr %frame, i64 8
  %226 = load i64, ptr %225, align 8
  store i64 %226, ptr %v.home, align 8
  %227 = getelementptr inbounds i8, ptr %frame, i64 16
  %228 = load i64, ptr %227, align 8
  store i64 %228, ptr %v.home1, align 8
  br label %then4

no.such.state:                                    ; preds = %dropping, %go
  unreachable
}

define internal i32 @root.run(ptr %0, ptr %1, ptr %2, i32 %3) {
entry:
  %4 = call i32 @root.body(ptr %0, ptr %1, ptr %2, i32 %3, i1 false, i64 poison, i64 poison)
  ret i32 %4
}

; Function Attrs: nounwind
declare ptr @tmlrt_spawn(ptr, ptr, i64) #3

attributes #0 = { alwaysinline }
attributes #1 = { nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #2 = { cold noreturn nounwind }
attributes #3 = { nounwind }

!0 = !{!"branch_weights", i32 1, i32 2000}
!1 = !{!"branch_weights", i32 2000, i32 1}
