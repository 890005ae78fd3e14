; ModuleID = 'other'
source_filename = "other"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@ext_leaf_desc = external global ptr
@f0.future = constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @f0.poll, ptr @f0.drop, ptr null, i64 240, i64 16, i64 16, i64 8, ptr @tmlrt.str, ptr null, i32 0, i32 2, ptr null }
@tmlrt.str = private unnamed_addr constant [3 x i8] c"f0\00", align 1

declare void @ext_leaf_init(ptr, i64)

declare i32 @ext_pend()

declare void @ext_note(i64)

define i32 @"f0$start$240$16$bb6df6da17c5f03f"(ptr %0, ptr %1, ptr %2, i64 %3, i1 %4, i64 %5) {
entry:
  %6 = call i32 @f0.body(ptr %0, ptr %1, ptr %2, i32 0, i1 false, i64 %3, i1 %4, i64 %5)
  ret i32 %6
}

define i32 @f0.resume(ptr %0, ptr %1, ptr %2) {
entry:
  %3 = load i32, ptr %0, align 4
  %4 = call i32 @f0.run(ptr %0, ptr %1, ptr %2, i32 %3)
  ret i32 %4
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
  %7 = getelementptr inbounds i8, ptr %0, i64 16
  %8 = load i1, ptr %7, align 1
  %9 = getelementptr inbounds i8, ptr %0, i64 24
  %10 = load i64, ptr %9, align 8
  %11 = call i32 @"f0$start$240$16$bb6df6da17c5f03f"(ptr %0, ptr %1, ptr %2, i64 %6, i1 %8, i64 %10)
  %12 = icmp eq i32 %11, 0
  br i1 %12, label %done, label %return

later:                                            ; preds = %entry
  %13 = icmp uge i32 %3, -2
  br i1 %13, label %over, label %again, !prof !0

over:                                             ; preds = %later
  call void @tmlrt_poll_after_done(ptr @f0.future, ptr %0)
  unreachable

done:                                             ; preds = %first
  store i32 -1, ptr %0, align 4
  br label %return

return:                                           ; preds = %done, %first
  ret i32 %11

again:                                            ; preds = %later
  store i32 -2, ptr %0, align 4
  %14 = call i32 @f0.run(ptr %0, ptr %1, ptr %2, i32 %3)
  %15 = icmp eq i32 %14, 0
  br i1 %15, label %done1, label %return2

done1:                                            ; preds = %again
  store i32 -1, ptr %0, align 4
  br label %return2

return2:                                          ; preds = %done1, %again
  ret i32 %14
}

define void @f0.drop(ptr %0) {
entry:
  %unread = alloca { i1, float, i64 }, align 8
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
  %4 = call i32 @f0.body(ptr %0, ptr null, ptr %unread, i32 %1, i1 true, i64 poison, i1 poison, i64 poison)
  br label %done
}

; Function Attrs: alwaysinline
define internal i32 @f0.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i64 %0, i1 %1, i64 %2) #0 {
dispatch:
  %3 = alloca i64, align 8
  %4 = getelementptr inbounds i8, ptr %frame, i64 16
  %v.home = alloca i32, align 4
  %v.home2 = alloca i64, align 8
  %v.home3 = alloca i64, align 8
  %v.home4 = alloca i1, align 1
  %v.home5 = alloca i32, align 4
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
  store i1 %1, ptr %v.home4, align 1
  store i64 %2, ptr %v.home3, align 8
  store i64 %0, ptr %v.home2, align 8
  store i64 %2, ptr %3, align 8
  call void @ext_leaf_init(ptr %4, i64 %2)
  %5 = call i32 @ext_pend()
  store i32 %5, ptr %v.home, align 4
  br label %pending

pending:                                          ; preds = %resumed, %entry
  %6 = phi i32 [ 0, %entry ], [ %57, %resumed ]
  %7 = load i32, ptr %v.home, align 4
  store i32 %6, ptr %v.home5, align 4
  %8 = icmp ult i32 %6, %7
  br i1 %8, label %9, label %on

9:                                                ; preds = %pending
  br label %pend.1

wait:                                             ; preds = %drop.1, %resume.1
  br i1 %isdrop, label %dropped, label %resumed

on:                                               ; preds = %pending
  %10 = load i64, ptr %v.home2, align 8
  %11 = load i64, ptr %v.home3, align 8
  %12 = load i1, ptr %v.home4, align 1
  %13 = load ptr, ptr getelementptr inbounds (i8, ptr @ext_leaf_desc, i64 16), align 8
  call void %13(ptr %4)
  %14 = or i64 %10, 1
  %15 = udiv i64 %10, %14
  %16 = trunc i64 %11 to i32
  %17 = trunc i64 %11 to i32
  %18 = xor i32 %16, %17
  %19 = zext i1 %12 to i64
  %20 = mul i64 %15, -7046029254386353131
  %21 = lshr i64 %15, 31
  %22 = add i64 %20, %19
  %23 = xor i64 %22, %21
  %24 = zext i1 %12 to i64
  %25 = mul i64 %23, -7046029254386353131
  %26 = lshr i64 %23, 31
  %27 = add i64 %25, %24
  %28 = xor i64 %27, %26
  %29 = zext i32 %18 to i64
  %30 = mul i64 %28, -7046029254386353131
  %31 = lshr i64 %28, 31
  %32 = add i64 %30, %29
  %33 = xor i64 %32, %31
  %34 = zext i32 %18 to i64
  %35 = mul i64 %33, -7046029254386353131
  %36 = lshr i64 %33, 31
  %37 = add i64 %35, %34
  %38 = xor i64 %37, %36
  %39 = mul i64 %38, -7046029254386353131
  %40 = lshr i64 %38, 31
  %41 = add i64 %39, %11
  %42 = xor i64 %41, %40
  %43 = mul i64 %42, -7046029254386353131
  %44 = lshr i64 %42, 31
  %45 = add i64 %43, %11
  %46 = xor i64 %45, %44
  call void @ext_note(i64 %46)
  %47 = add i64 %46, 19088743
  %48 = trunc i64 %47 to i1
  %49 = insertvalue { i1, float, i64 } zeroinitializer, i1 %48, 0
  %50 = add i64 %47, 19088744
  %51 = trunc i64 %50 to i16
  %52 = sitofp i16 %51 to float
  %53 = insertvalue { i1, float, i64 } %49, float %52, 1
  %54 = add i64 %50, 19088745
  %55 = insertvalue { i1, float, i64 } %53, i64 %54, 2
  store { i1, float, i64 } %55, ptr %out, align 8
  ret i32 0

resumed:                                          ; preds = %wait
  %56 = load i32, ptr %v.home5, align 4
  %57 = add i32 %56, 1
  br label %pending

dropped:                                          ; preds = %wait
  %58 = load ptr, ptr getelementptr inbounds (i8, ptr @ext_leaf_desc, i64 16), align 8
  call void %58(ptr %4)
  store { i1, float, i64 } zeroinitializer, ptr %out, align 8
  ret i32 0

pend.1:                                           ; preds = %9
  %59 = getelementptr inbounds i8, ptr %frame, i64 216
  %60 = load i32, ptr %v.home, align 4
  store i32 %60, ptr %59, align 4
  %61 = getelementptr inbounds i8, ptr %frame, i64 8
  %62 = load i64, ptr %v.home2, align 8
  store i64 %62, ptr %61, align 8
  %63 = getelementptr inbounds i8, ptr %frame, i64 208
  %64 = load i64, ptr %v.home3, align 8
  store i64 %64, ptr %63, align 8
  %65 = getelementptr inbounds i8, ptr %frame, i64 224
  %66 = load i1, ptr %v.home4, align 1
  store i1 %66, ptr %65, align 1
  %67 = getelementptr inbounds i8, ptr %frame, i64 220
  %68 = load i32, ptr %v.home5, align 4
  store i32 %68, ptr %67, align 4
  store i32 1, ptr %frame, align 4
  ret i32 1

resume.1:                                         ; preds = %go
  %69 = getelementptr inbounds i8, ptr %frame, i64 216
  %70 = load i32, ptr %69, align 4
  store i32 %70, ptr %v.home, align 4
  %71 = getelementptr inbounds i8, ptr %frame, i64 8
  %72 = load i64, ptr %71, align 8
  store i64 %72, ptr %v.home2, align 8
  %73 = getelementptr inbounds i8, ptr %frame, i64 208
  %74 = load i64, ptr %73, align 8
  store i64 %74, ptr %v.home3, align 8
  %75 = getelementptr inbounds i8, ptr %frame, i64 224
  %76 = load i1, ptr %75, align 1
  store i1 %76, ptr %v.home4, align 1
  %77 = getelementptr inbounds i8, ptr %frame, i64 220
  %78 = load i32, ptr %77, align 4
  store i32 %78, ptr %v.home5, align 4
  br label %wait

drop.1:                                           ; preds = %dropping
  %79 = getelementptr inbounds i8, ptr %frame, i64 216
  %80 = load i32, ptr %79, align 4
  store i32 %80, ptr %v.home, align 4
  %81 = getelementptr inbounds i8, ptr %frame, i64 8
  %82 = load i64, ptr %81, align 8
  store i64 %82, ptr %v.home2, align 8
  %83 = getelementptr inbounds i8, ptr %frame, i64 208
  %84 = load i64, ptr %83, align 8
  store i64 %84, ptr %v.home3, align 8
  %85 = getelementptr inbounds i8, ptr %frame, i64 224
  %86 = load i1, ptr %85, align 1
  store i1 %86, ptr %v.home4, align 1
  %87 = getelementptr inbounds i8, ptr %frame, i64 220
  %88 = load i32, ptr %87, align 4
  store i32 %88, ptr %v.home5, align 4
  br label %wait

no.such.state:                                    ; preds = %dropping, %go
  unreachable
}

define internal i32 @f0.run(ptr %0, ptr %1, ptr %2, i32 %3) {
entry:
  %4 = call i32 @f0.body(ptr %0, ptr %1, ptr %2, i32 %3, i1 false, i64 poison, i1 poison, i64 poison)
  ret i32 %4
}

; Function Attrs: cold noreturn nounwind
declare void @tmlrt_poll_after_done(ptr, ptr) #1

attributes #0 = { alwaysinline }
attributes #1 = { cold noreturn nounwind }

!0 = !{!"branch_weights", i32 1, i32 2000}
