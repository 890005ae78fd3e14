; ModuleID = 'main'
source_filename = "main"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@ext_leaf_desc = external global ptr
@f1.future = constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @f1.poll, ptr @f1.drop, ptr null, i64 64, i64 8, i64 0, i64 1, ptr @tmlrt.str, ptr null, i32 0, i32 2, ptr null }
@root.future = constant { i32, i32, ptr, ptr, ptr, i64, i64, i64, i64, ptr, ptr, i32, i32, ptr } { i32 65536, i32 0, ptr @root.poll, ptr @root.drop, ptr null, i64 272, i64 16, i64 8, i64 8, ptr @tmlrt.str.1, ptr null, i32 0, i32 2, ptr null }
@tmlrt.str = private unnamed_addr constant [3 x i8] c"f1\00", align 1
@tmlrt.str.1 = private unnamed_addr constant [5 x i8] c"root\00", align 1

declare void @ext_ctor(ptr, i64)

declare i32 @ext_pend()

declare void @ext_dtor(ptr, i64)

declare void @ext_note(i64)

declare void @ext_leaf_init(ptr, i64)

declare i64 @ext_touch(ptr)

define i32 @"f1$start$64$8$e31b8464d2254216"(ptr %0, ptr %1, i32 %2, ptr %3) {
entry:
  %4 = call i32 @f1.body(ptr %0, ptr %1, ptr null, i32 0, i1 false, i32 %2, ptr %3)
  ret i32 %4
}

define i32 @f1.resume(ptr %0, ptr %1, ptr %2) {
entry:
  %3 = load i32, ptr %0, align 4
  %4 = call i32 @f1.run(ptr %0, ptr %1, ptr %2, i32 %3)
  ret i32 %4
}

define i32 @f1.poll(ptr %0, ptr %1, ptr %2) {
entry:
  %byval = alloca [3 x i64], align 8
  %3 = load i32, ptr %0, align 4
  %4 = icmp eq i32 %3, 0
  br i1 %4, label %first, label %later

first:                                            ; preds = %entry
  store i32 -2, ptr %0, align 4
  %5 = getelementptr inbounds i8, ptr %0, i64 8
  %6 = load i32, ptr %5, align 4
  %7 = getelementptr inbounds i8, ptr %0, i64 16
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %byval, ptr align 8 %7, i64 24, i1 false)
  %8 = call i32 @"f1$start$64$8$e31b8464d2254216"(ptr %0, ptr %1, i32 %6, ptr %byval)
  %9 = icmp eq i32 %8, 0
  br i1 %9, label %done, label %return

later:                                            ; preds = %entry
  %10 = icmp uge i32 %3, -2
  br i1 %10, label %over, label %again, !prof !0

over:                                             ; preds = %later
  call void @tmlrt_poll_after_done(ptr @f1.future, ptr %0)
  unreachable

done:                                             ; preds = %first
  store i32 -1, ptr %0, align 4
  br label %return

return:                                           ; preds = %done, %first
  ret i32 %8

again:                                            ; preds = %later
  store i32 -2, ptr %0, align 4
  %11 = call i32 @f1.run(ptr %0, ptr %1, ptr %2, i32 %3)
  %12 = icmp eq i32 %11, 0
  br i1 %12, label %done1, label %return2

done1:                                            ; preds = %again
  store i32 -1, ptr %0, align 4
  br label %return2

return2:                                          ; preds = %done1, %again
  ret i32 %11
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
  %3 = icmp uge i32 %1, -2
  br i1 %3, label %done, label %suspended

done:                                             ; preds = %suspended, %started, %unstarted
  ret void

suspended:                                        ; preds = %started
  %4 = call i32 @f1.body(ptr %0, ptr null, ptr null, i32 %1, i1 true, i32 poison, ptr poison)
  br label %done
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

; Function Attrs: alwaysinline
define internal i32 @f1.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i32 %0, ptr %1) #0 {
dispatch:
  %2 = alloca [3 x i64], align 8
  %3 = alloca i64, align 8
  %4 = getelementptr inbounds i8, ptr %frame, i64 32
  %5 = alloca [3 x i64], align 8
  %6 = alloca i64, align 8
  %7 = alloca { i1, i8, i32 }, align 8
  %v.home = alloca i32, align 4
  %v.home1 = alloca i32, align 4
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
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %2, ptr align 1 %1, i64 24, i1 false)
  store i64 48839, ptr %3, align 8
  store i64 991468, ptr %3, align 8
  call void @ext_ctor(ptr %4, i64 126645)
  %8 = call i32 @ext_pend()
  store i32 %8, ptr %v.home, align 4
  br label %pending

pending:                                          ; preds = %resumed, %entry
  %9 = phi i32 [ 0, %entry ], [ %14, %resumed ]
  %10 = load i32, ptr %v.home, align 4
  store i32 %9, ptr %v.home1, align 4
  %11 = icmp ult i32 %9, %10
  br i1 %11, label %12, label %on

12:                                               ; preds = %pending
  br label %pend.1

wait:                                             ; preds = %drop.1, %resume.1
  br i1 %isdrop, label %dropped, label %resumed

on:                                               ; preds = %pending
  call void @ext_ctor(ptr %5, i64 553827)
  br label %loop

resumed:                                          ; preds = %wait
  %13 = load i32, ptr %v.home1, align 4
  %14 = add i32 %13, 1
  br label %pending

dropped:                                          ; preds = %wait
  call void @ext_dtor(ptr %4, i64 126645)
  ret i32 0

loop:                                             ; preds = %loop, %on
  %i = phi i64 [ 0, %on ], [ %32, %loop ]
  %15 = phi i128 [ 42155873108865463615488, %on ], [ %15, %loop ]
  %16 = phi i64 [ 553827, %on ], [ 553827, %loop ]
  %17 = trunc i64 %i to i8
  %18 = xor i8 %17, 99
  store i64 %16, ptr %6, align 8
  %19 = load i64, ptr %6, align 8
  %20 = add i64 %i, 19088743
  %21 = trunc i64 %20 to i1
  %22 = insertvalue { i1, i8, i32 } zeroinitializer, i1 %21, 0
  %23 = add i64 %20, 19088744
  %24 = trunc i64 %23 to i8
  %25 = insertvalue { i1, i8, i32 } %22, i8 %24, 1
  %26 = add i64 %23, 19088745
  %27 = trunc i64 %26 to i32
  %28 = insertvalue { i1, i8, i32 } %25, i32 %27, 2
  store { i1, i8, i32 } %28, ptr %7, align 4
  %29 = getelementptr inbounds { i1, i8, i32 }, ptr %7, i32 0, i32 0
  %30 = trunc i64 %16 to i1
  store i1 %30, ptr %29, align 1
  %31 = load i1, ptr %29, align 1
  %32 = add i64 %i, 1
  %33 = icmp ult i64 %32, 3
  br i1 %33, label %loop, label %end

end:                                              ; preds = %loop
  call void @ext_dtor(ptr %5, i64 553827)
  call void @ext_dtor(ptr %4, i64 126645)
  %34 = load [3 x i64], ptr %2, align 8
  %35 = extractvalue [3 x i64] %34, 0
  %36 = add i64 -2691343689449507777, %35
  %37 = xor i64 %36, 0
  %38 = extractvalue [3 x i64] %34, 1
  %39 = mul i64 %37, -7046029254386353131
  %40 = lshr i64 %37, 31
  %41 = add i64 %39, %38
  %42 = xor i64 %41, %40
  %43 = extractvalue [3 x i64] %34, 2
  %44 = mul i64 %42, -7046029254386353131
  %45 = lshr i64 %42, 31
  %46 = add i64 %44, %43
  %47 = xor i64 %46, %45
  %48 = add i64 -859862413802601456, %47
  %49 = xor i64 %48, 0
  call void @ext_note(i64 %49)
  ret i32 0

pend.1:                                           ; preds = %12
  %50 = getelementptr inbounds i8, ptr %frame, i64 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %50, ptr align 8 %2, i64 24, i1 false)
  %51 = getelementptr inbounds i8, ptr %frame, i64 56
  %52 = load i32, ptr %v.home, align 4
  store i32 %52, ptr %51, align 4
  %53 = getelementptr inbounds i8, ptr %frame, i64 60
  %54 = load i32, ptr %v.home1, align 4
  store i32 %54, ptr %53, align 4
  store i32 1, ptr %frame, align 4
  ret i32 1

resume.1:                                         ; preds = %go
  %55 = getelementptr inbounds i8, ptr %frame, i64 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %2, ptr align 8 %55, i64 24, i1 false)
  %56 = getelementptr inbounds i8, ptr %frame, i64 56
  %57 = load i32, ptr %56, align 4
  store i32 %57, ptr %v.home, align 4
  %58 = getelementptr inbounds i8, ptr %frame, i64 60
  %59 = load i32, ptr %58, align 4
  store i32 %59, ptr %v.home1, align 4
  br label %wait

drop.1:                                           ; preds = %dropping
  %60 = getelementptr inbounds i8, ptr %frame, i64 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %2, ptr align 8 %60, i64 24, i1 false)
  %61 = getelementptr inbounds i8, ptr %frame, i64 56
  %62 = load i32, ptr %61, align 4
  store i32 %62, ptr %v.home, align 4
  %63 = getelementptr inbounds i8, ptr %frame, i64 60
  %64 = load i32, ptr %63, align 4
  store i32 %64, ptr %v.home1, align 4
  br label %wait

no.such.state:                                    ; preds = %dropping, %go
  unreachable
}

; Function Attrs: nocallback nofree nounwind willreturn memory(argmem: readwrite)
declare void @llvm.memcpy.p0.p0.i64(ptr noalias nocapture writeonly, ptr noalias nocapture readonly, i64, i1 immarg) #1

define internal i32 @f1.run(ptr %0, ptr %1, ptr %2, i32 %3) {
entry:
  %4 = call i32 @f1.body(ptr %0, ptr %1, ptr %2, i32 %3, i1 false, i32 poison, ptr poison)
  ret i32 %4
}

; Function Attrs: cold noreturn nounwind
declare void @tmlrt_poll_after_done(ptr, ptr) #2

; Function Attrs: alwaysinline
define internal i32 @root.body(ptr %frame, ptr %cx, ptr noalias %out, i32 %state, i1 %isdrop, i64 %0, i64 %1) #0 {
dispatch:
  %2 = getelementptr inbounds i8, ptr %frame, i64 224
  %3 = alloca ptr, align 8
  %4 = getelementptr inbounds i8, ptr %frame, i64 232
  %5 = getelementptr inbounds i8, ptr %frame, i64 256
  %6 = getelementptr inbounds i8, ptr %frame, i64 16
  %v.home = alloca i64, align 8
  %v.home2 = alloca i64, align 8
  br i1 %isdrop, label %dropping, label %go

go:                                               ; preds = %dispatch
  switch i32 %state, label %no.such.state [
    i32 0, label %7
    i32 1, label %resume.1
  ]

dropping:                                         ; preds = %dispatch
  switch i32 %state, label %no.such.state [
    i32 1, label %drop.1
  ]

7:                                                ; preds = %go
  store i64 %0, ptr %v.home2, align 8
  store i64 %1, ptr %v.home, align 8
  store i64 %0, ptr %2, align 8
  store ptr %2, ptr %3, align 8
  call void @ext_ctor(ptr %4, i64 %1)
  store i64 %1, ptr %5, align 8
  call void @ext_leaf_init(ptr %6, i64 %1)
  %8 = load ptr, ptr getelementptr inbounds (i8, ptr @ext_leaf_desc, i64 8), align 8
  %9 = call i32 %8(ptr %6, ptr %cx, ptr %5)
  %10 = icmp eq i32 %9, 0
  br i1 %10, label %entry, label %pend.1, !prof !1

entry:                                            ; preds = %drop.1, %resumed.1, %7
  br i1 %isdrop, label %dropped, label %resumed

resumed:                                          ; preds = %entry
  %11 = load i64, ptr %v.home, align 8
  %12 = load i64, ptr %v.home2, align 8
  %13 = load i64, ptr %5, align 8
  %14 = call i64 @ext_touch(ptr %4)
  call void @ext_note(i64 %14)
  call void @ext_dtor(ptr %4, i64 %11)
  %15 = load ptr, ptr %3, align 8
  %16 = icmp eq ptr %15, %2
  %17 = load i64, ptr %15, align 8
  %18 = trunc i64 %17 to i32
  %19 = and i32 %18, 613888
  %20 = zext i1 %16 to i64
  %21 = mul i64 %11, -7046029254386353131
  %22 = lshr i64 %11, 31
  %23 = add i64 %21, %20
  %24 = xor i64 %23, %22
  %25 = zext i1 %16 to i64
  %26 = mul i64 %24, -7046029254386353131
  %27 = lshr i64 %24, 31
  %28 = add i64 %26, %25
  %29 = xor i64 %28, %27
  %30 = zext i32 %19 to i64
  %31 = mul i64 %29, -7046029254386353131
  %32 = lshr i64 %29, 31
  %33 = add i64 %31, %30
  %34 = xor i64 %33, %32
  %35 = zext i32 %19 to i64
  %36 = mul i64 %34, -7046029254386353131
  %37 = lshr i64 %34, 31
  %38 = add i64 %36, %35
  %39 = xor i64 %38, %37
  %40 = mul i64 %39, -7046029254386353131
  %41 = lshr i64 %39, 31
  %42 = add i64 %40, %12
  %43 = xor i64 %42, %41
  %44 = mul i64 %43, -7046029254386353131
  %45 = lshr i64 %43, 31
  %46 = add i64 %44, %17
  %47 = xor i64 %46, %45
  %48 = load i64, ptr %15, align 8
  %49 = mul i64 %47, -7046029254386353131
  %50 = lshr i64 %47, 31
  %51 = add i64 %49, %48
  %52 = xor i64 %51, %50
  %53 = load i64, ptr %15, align 8
  %54 = mul i64 %52, -7046029254386353131
  %55 = lshr i64 %52, 31
  %56 = add i64 %54, %53
  %57 = xor i64 %56, %55
  call void @ext_note(i64 %57)
  store i64 %57, ptr %out, align 8
  ret i32 0

dropped:                                          ; preds = %entry
  %58 = load i64, ptr %v.home, align 8
  call void @ext_dtor(ptr %4, i64 %58)
  store i64 undef, ptr %out, align 8
  ret i32 0

pend.1:                                           ; preds = %7
  %59 = getelementptr inbounds i8, ptr %frame, i64 8
  %60 = load ptr, ptr %3, align 8
  store ptr %60, ptr %59, align 8
  %61 = getelementptr inbounds i8, ptr %frame, i64 208
  %62 = load i64, ptr %v.home, align 8
  store i64 %62, ptr %61, align 8
  %63 = getelementptr inbounds i8, ptr %frame, i64 216
  %64 = load i64, ptr %v.home2, align 8
  store i64 %64, ptr %63, align 8
  store i32 1, ptr %frame, align 4
  ret i32 1

resume.1:                                         ; preds = %go
  %65 = load ptr, ptr getelementptr inbounds (i8, ptr @ext_leaf_desc, i64 8), align 8
  %66 = call i32 %65(ptr %6, ptr %cx, ptr %5)
  %67 = icmp eq i32 %66, 0
  br i1 %67, label %resumed.1, label %still.pending

drop.1:                                           ; preds = %dropping
  %68 = load ptr, ptr getelementptr inbounds (i8, ptr @ext_leaf_desc, i64 16), align 8
  call void %68(ptr %6)
  %69 = getelementptr inbounds i8, ptr %frame, i64 8
  %70 = load ptr, ptr %69, align 8
  store ptr %70, ptr %3, align 8
  %71 = getelementptr inbounds i8, ptr %frame, i64 208
  %72 = load i64, ptr %71, align 8
  store i64 %72, ptr %v.home, align 8
  %73 = getelementptr inbounds i8, ptr %frame, i64 216
  %74 = load i64, ptr %73, align 8
  store i64 %74, ptr %v.home2, align 8
  br label %entry

resumed.1:                                        ; preds = %resume.1
  %75 = getelementptr inbounds i8, ptr %frame, i64 8
  %76 = load ptr, ptr %75, align 8
  store ptr %76, ptr %3, align 8
  %77 = getelementptr inbounds i8, ptr %frame, i64 208
  %78 = load i64, ptr %77, align 8
  store i64 %78, ptr %v.home, align 8
  %79 = getelementptr inbounds i8, ptr %frame, i64 216
  %80 = load i64, ptr %79, align 8
  store i64 %80, ptr %v.home2, align 8
  br label %entry

still.pending:                                    ; preds = %resume.1
  ret i32 1

no.such.state:                                    ; preds = %dropping, %go
  unreachable
}

define internal i32 @root.run(ptr %0, ptr %1, ptr %2, i32 %3) {
entry:
  %4 = call i32 @root.body(ptr %0, ptr %1, ptr %2, i32 %3, i1 false, i64 poison, i64 poison)
  ret i32 %4
}

attributes #0 = { alwaysinline }
attributes #1 = { nocallback nofree nounwind willreturn memory(argmem: readwrite) }
attributes #2 = { cold noreturn nounwind }

!0 = !{!"branch_weights", i32 1, i32 2000}
!1 = !{!"branch_weights", i32 2000, i32 1}
