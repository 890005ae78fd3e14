; ModuleID = 'other'
source_filename = "other"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@f0.future = constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @f0.poll, ptr @f0.drop, ptr null, i64 24, i64 8, i64 24, i64 8, ptr @tmlrt.str, ptr null, i32 0, i32 1, ptr null }
@tmlrt.str = private unnamed_addr constant [3 x i8] c"f0\00", align 1

declare void @ext_note(i64)

define i32 @"f0$start$24$8$1f42a06e8fa97d38"(ptr %0, ptr %1, ptr %2, i32 %3, i16 %4, ptr %5) {
entry:
  %6 = call i32 @f0.body(ptr %0, ptr %1, ptr %2, i32 0, i1 false, i32 %3, i16 %4, ptr %5)
  ret i32 %6
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
  %6 = load i32, ptr %5, align 4
  %7 = getelementptr inbounds i8, ptr %0, i64 12
  %8 = load i16, ptr %7, align 2
  %9 = getelementptr inbounds i8, ptr %0, i64 16
  %10 = load ptr, ptr %9, align 8
  %11 = call i32 @"f0$start$24$8$1f42a06e8fa97d38"(ptr %0, ptr %1, ptr %2, i32 %6, i16 %8, ptr %10)
  %12 = icmp eq i32 %11, 0
  br i1 %12, label %done, label %return

later:                                            ; preds = %entry
  br label %over

over:                                             ; preds = %later
  call void @tmlrt_poll_after_done(ptr @f0.future, ptr %0)
  unreachable

done:                                             ; preds = %first
  store i32 -1, ptr %0, align 4
  br label %return

return:                                           ; preds = %done, %first
  ret i32 %11
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

; Function Attrs: alwaysinline
define internal i32 @f0.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i32 %0, i16 %1, ptr %2) #0 {
entry:
  %3 = zext i16 %1 to i64
  %4 = add i64 -8008504073336921383, %3
  %5 = xor i64 %4, 0
  %6 = zext i16 %1 to i64
  %7 = mul i64 %5, -7046029254386353131
  %8 = lshr i64 %5, 31
  %9 = add i64 %7, %6
  %10 = xor i64 %9, %8
  %11 = load i64, ptr %2, align 8
  %12 = mul i64 %10, -7046029254386353131
  %13 = lshr i64 %10, 31
  %14 = add i64 %12, %11
  %15 = xor i64 %14, %13
  %16 = load i64, ptr %2, align 8
  %17 = mul i64 %15, -7046029254386353131
  %18 = lshr i64 %15, 31
  %19 = add i64 %17, %16
  %20 = xor i64 %19, %18
  call void @ext_note(i64 %20)
  %21 = add i64 %20, 19088743
  %22 = insertvalue [3 x i64] zeroinitializer, i64 %21, 0
  %23 = add i64 %21, 19088744
  %24 = insertvalue [3 x i64] %22, i64 %23, 1
  %25 = add i64 %23, 19088745
  %26 = insertvalue [3 x i64] %24, i64 %25, 2
  store [3 x i64] [i64 20064681, i64 39153425, i64 58242170], ptr %out, align 8
  ret i32 0
}

; Function Attrs: cold noreturn nounwind
declare void @tmlrt_poll_after_done(ptr, ptr) #1

attributes #0 = { alwaysinline }
attributes #1 = { cold noreturn nounwind }
