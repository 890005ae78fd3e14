; A million awaits of each kind allocate nothing, a spawned task allocates once. malloc is replaced in the
; whole process (Inputs/count.c); what a first, short run allocates (arena slabs, the runtime's threads) is
; printed, and a run a thousand times as long must not allocate more than that.
; REQUIRES: plain
; RUN: %tmlcg interface %S/Inputs/far.ll | grep "@far(" > %t.ll
; RUN: cat %s >> %t.ll
; RUN: %tmlcg lower %S/Inputs/far.ll -O2 --emit-obj -o %t.far.o
; RUN: %tmlcg lower %t.ll -O2 --emit-obj -o %t.o
; RUN: %cc %include %S/Inputs/count.c %t.o %t.far.o %tmlrt_link -o %t
; RUN: %t | FileCheck %s
; CHECK: static: 1000000 awaits, 0 allocations more
; CHECK: cross-module: 1000000 awaits, 0 allocations more
; CHECK: unknown frame: 1000000 awaits, 0 allocations more
; CHECK: dyn: 1000000 awaits, 0 allocations more
; CHECK: recursive: 1000000 awaits, 0 allocations more
; CHECK: suspending: 1000000 awaits, 0 allocations more
; CHECK: spawn: 1 allocation per task

declare ptr @tmlrt.future(ptr, ...)
declare ptr @tmlrt.desc(ptr)
declare void @tmlrt.await.dyn(ptr, ptr, ptr)
declare ptr @tmlrt.spawn(ptr, ...)
declare void @tmlrt_join_init(ptr, ptr, ptr)
declare void @tmlrt_yield_init(ptr)
@tmlrt_join_desc = external constant i8
@tmlrt_yield_desc = external constant i8
declare i64 @unknown(i64) "tmlrt.async"

define weak i64 @near(i64 %x) "tmlrt.async" {
  %y = add i64 %x, 1
  ret i64 %y
}

define i64 @loop_static(i64 %n) "tmlrt.async" {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %v, %more ]
  %go = icmp ult i64 %i, %n
  br i1 %go, label %more, label %end
more:
  %v = call i64 @near(i64 %i) "tmlrt.await"
  br label %loop
end:
  ret i64 %i
}

define i64 @loop_far(i64 %n) "tmlrt.async" {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %v, %more ]
  %go = icmp ult i64 %i, %n
  br i1 %go, label %more, label %end
more:
  %v = call i64 @far(i64 %i) "tmlrt.await"
  br label %loop
end:
  ret i64 %i
}

define i64 @loop_unknown(i64 %n) "tmlrt.async" {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %v, %more ]
  %go = icmp ult i64 %i, %n
  br i1 %go, label %more, label %end
more:
  %v = call i64 @unknown(i64 %i) "tmlrt.await"
  br label %loop
end:
  ret i64 %i
}

define i64 @loop_dyn(i64 %n) "tmlrt.async" {
entry:
  %out = alloca i64
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %v, %more ]
  %go = icmp ult i64 %i, %n
  br i1 %go, label %more, label %end
more:
  %f = call ptr (ptr, ...) @tmlrt.future(ptr @near, i64 %i)
  %d = call ptr @tmlrt.desc(ptr @near)
  call void @tmlrt.await.dyn(ptr %f, ptr %d, ptr %out)
  %v = load i64, ptr %out
  br label %loop
end:
  ret i64 %i
}

define i64 @deep(i64 %n) "tmlrt.async" {
  %more = icmp ugt i64 %n, 1
  br i1 %more, label %go, label %end
go:
  %m = sub i64 %n, 1
  %v = call i64 @deep(i64 %m) "tmlrt.await"
  %r = add i64 %v, 1
  ret i64 %r
end:
  ret i64 1
}

define i64 @loop_recursive(i64 %n) "tmlrt.async" {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i2, %more ]
  %go = icmp ult i64 %i, %n
  br i1 %go, label %more, label %end
more:
  %v = call i64 @deep(i64 8) "tmlrt.await"
  %i2 = add i64 %i, %v
  br label %loop
end:
  ret i64 %i
}

; Every await of this one really suspends: a trip through the run queue.
define weak i64 @yielding(i64 %x) "tmlrt.async" {
  %leaf = alloca [192 x i8], align 16
  call void @tmlrt_yield_init(ptr %leaf)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_yield_desc, ptr null)
  %y = add i64 %x, 1
  ret i64 %y
}

define i64 @loop_suspending(i64 %n) "tmlrt.async" {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %v, %more ]
  %go = icmp ult i64 %i, %n
  br i1 %go, label %more, label %end
more:
  %v = call i64 @yielding(i64 %i) "tmlrt.await"
  br label %loop
end:
  ret i64 %i
}

define i64 @loop_spawn(i64 %n) "tmlrt.async" {
entry:
  %leaf = alloca [192 x i8], align 16
  %out = alloca i64
  %status = alloca i32
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %v, %more ]
  %go = icmp ult i64 %i, %n
  br i1 %go, label %more, label %end
more:
  %t = call ptr (ptr, ...) @tmlrt.spawn(ptr @near, i64 %i)
  call void @tmlrt_join_init(ptr %leaf, ptr %t, ptr %out)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_join_desc, ptr %status)
  %v = load i64, ptr %out
  br label %loop
end:
  ret i64 %i
}

define i64 @run_static(i64 %n) {
  %v = call i64 @loop_static(i64 %n) "tmlrt.block_on"
  ret i64 %v
}
define i64 @run_far(i64 %n) {
  %v = call i64 @loop_far(i64 %n) "tmlrt.block_on"
  ret i64 %v
}
define i64 @run_unknown(i64 %n) {
  %v = call i64 @loop_unknown(i64 %n) "tmlrt.block_on"
  ret i64 %v
}
define i64 @run_dyn(i64 %n) {
  %v = call i64 @loop_dyn(i64 %n) "tmlrt.block_on"
  ret i64 %v
}
define i64 @run_recursive(i64 %n) {
  %v = call i64 @loop_recursive(i64 %n) "tmlrt.block_on"
  ret i64 %v
}
define i64 @run_suspending(i64 %n) {
  %v = call i64 @loop_suspending(i64 %n) "tmlrt.block_on"
  ret i64 %v
}
define i64 @run_spawn(i64 %n) {
  %v = call i64 @loop_spawn(i64 %n) "tmlrt.block_on"
  ret i64 %v
}
