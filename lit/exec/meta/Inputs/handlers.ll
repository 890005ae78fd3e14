; Handlers of every shape at the boundary; call.c calls them through their thunks.
%class.C = type { ptr, i64 }
%struct.Inner = type { i1, double }
%struct.Dto = type { i8, %struct.Inner, ptr, ptr }
%struct.Maybe__I64 = type { i32, i64 }
%struct.Maybe__Inner = type { i32, [2 x i64] }
%struct.List__Str = type { ptr }
%struct.Text = type { ptr }
%struct.Outcome = type { i32, [2 x i64] }
%struct.Poll__I64 = type { i32, i64 }
%struct.Odd = type <{ i32, [16 x i8] }>

declare ptr @malloc(i64)
declare ptr @strdup(ptr)
declare void @note(ptr, i64)
declare void @tmlrt.suspend()
@.dropped = private constant [8 x i8] c"dropped\00"
@.object = private constant [7 x i8] c"object\00"
@.made = private constant [5 x i8] c"made\00"
@.started = private constant [8 x i8] c"started\00"

; numbers: every width, signs, both bool spellings; a sum that shows them all
define i64 @numbers(ptr %this, i1 %a, i8 zeroext %b, i8 signext %c, i16 %d, i16 %e, i32 %f, i32 %g, i64 %h, float %i, double %j, i32 %k) {
  %base.p = getelementptr %class.C, ptr %this, i32 0, i32 1
  %base = load i64, ptr %base.p
  %a1 = zext i1 %a to i64
  %b1 = zext i8 %b to i64
  %c1 = sext i8 %c to i64
  %d1 = sext i16 %d to i64
  %e1 = zext i16 %e to i64
  %f1 = sext i32 %f to i64
  %g1 = zext i32 %g to i64
  %i1 = fptosi float %i to i64
  %j1 = fptosi double %j to i64
  %k1 = zext i32 %k to i64
  %s0 = add i64 %base, %a1
  %s1 = add i64 %s0, %b1
  %s2 = add i64 %s1, %c1
  %s3 = add i64 %s2, %d1
  %s4 = add i64 %s3, %e1
  %s5 = add i64 %s4, %f1
  %s6 = add i64 %s5, %g1
  %s7 = add i64 %s6, %h
  %s8 = add i64 %s7, %i1
  %s9 = add i64 %s8, %j1
  %s10 = add i64 %s9, %k1
  ret i64 %s10
}

; fastcc and async: the call must follow; a bool out of an i1
define internal fastcc i1 @flag(ptr %this, i1 %a) "tmlrt.async" {
  %n = xor i1 %a, true
  ret i1 %n
}

define void @nothing(ptr %this) {
  ret void
}
define {} @empty(ptr %this) {
  ret {} zeroinitializer
}

; a struct by value and by reference
define %struct.Dto @byvalue(ptr %this, %struct.Dto %dto, ptr %same) {
  %x = load i8, ptr %same
  %y = add i8 %x, 1
  %r = insertvalue %struct.Dto %dto, i8 %y, 0
  ret %struct.Dto %r
}

define %struct.Maybe__I64 @maybe(ptr %this, %struct.Maybe__I64 %x, ptr %s) {
  %none = icmp eq ptr %s, null
  %r = insertvalue %struct.Maybe__I64 %x, i64 77, 1
  %z = select i1 %none, %struct.Maybe__I64 %x, %struct.Maybe__I64 %r
  ret %struct.Maybe__I64 %z
}

; a payload of 16 bytes at byte 4, as upstream's second code generator lays it out
define %struct.Odd @odd(ptr %this) {
  %p = alloca %struct.Odd
  store i32 0, ptr %p
  %v = getelementptr i8, ptr %p, i64 4
  store %struct.Inner { i1 true, double 1.5 }, ptr %v, align 4
  %r = load %struct.Odd, ptr %p
  ret %struct.Odd %r
}

; moved in and out: the same list
define %struct.List__Str @list(ptr %this, %struct.List__Str %l) "tmlrt.async" {
  ret %struct.List__Str %l
}
define ptr @text(ptr %this, %struct.Text %t, ptr %l, ptr %c, %struct.Dto %dto, %struct.Maybe__Inner %m) "tmlrt.async" {
  call void @note(ptr @.started, i64 1)
  call void @tmlrt.suspend()
  ret ptr null
}

define ptr @owned(ptr %this, ptr %s) {
  %c = call ptr @strdup(ptr %s)
  ret ptr %c
}
define ptr @borrowed(ptr %this, ptr %s) {
  ret ptr %s
}
define %struct.Outcome @outcome(ptr %this, ptr %s) {
  %c = call ptr @strdup(ptr %s)
  %i = ptrtoint ptr %c to i64
  %a = insertvalue %struct.Outcome { i32 1, [2 x i64] zeroinitializer }, i64 %i, 1, 0
  ret %struct.Outcome %a
}
define %struct.Poll__I64 @poll(ptr %this, i64 %x) "tmlrt.async" {
  call void @tmlrt.suspend()
  %r = insertvalue %struct.Poll__I64 { i32 0, i64 0 }, i64 %x, 1
  ret %struct.Poll__I64 %r
}

define void @C_drop(ptr %this) {
  %n.p = getelementptr %class.C, ptr %this, i32 0, i32 1
  %n = load i64, ptr %n.p
  call void @note(ptr @.object, i64 %n)
  ret void
}
define void @Inner_drop(ptr %place) {
  call void @note(ptr @.dropped, i64 1)
  ret void
}
define ptr @C_make(ptr %block) "tmlrt.async" {
  call void @note(ptr @.made, i64 1)
  %o = call ptr @malloc(i64 16)
  %v = load %class.C, ptr %block
  %w = insertvalue %class.C %v, i64 1000, 1
  store %class.C %w, ptr %o
  ret ptr %o
}
define ptr @make_pair(ptr %first, i32 %second) {
  %n = sext i32 %second to i64
  call void @note(ptr %first, i64 %n)
  ret ptr %first
}
define i32 @init(ptr %this) "tmlrt.async" {
  %n.p = getelementptr %class.C, ptr %this, i32 0, i32 1
  %n = load i64, ptr %n.p
  %r = trunc i64 %n to i32
  ret i32 %r
}

!tmlrt.class = !{!0}
!tmlrt.schema = !{!1, !2}
!tmlrt.route = !{!10, !11, !12, !13, !14, !15, !16, !17, !18, !19, !20, !21, !22, !23}
!tmlrt.provider = !{!3}
!tmlrt.hook = !{!4}
!0 = !{!"C", null, %class.C poison, null, ptr @C_make, ptr @C_drop, null, null, null}
!1 = !{!"Inner", %struct.Inner poison, ptr @Inner_drop, !{!{i32 0, !"a", !"a", !{!"bool"}, null, null, null}, !{i32 1, !"b", !"b", !{!"f64"}, null, null, null}}, null}
!2 = !{!"Dto", %struct.Dto poison, null, !{!{i32 0, !"x", !"x", !{!"u8"}, null, null, null}, !{i32 1, !"inner", !"inner", !50, null, null, null}, !{i32 2, !"name", !"name", !51, null, null, null}, !{i32 3, !"names", !"names", !52, null, null, null}}, null}
!3 = !{!"Pair", null, ptr @make_pair, !{!{!"none", !"first", !"C", !{!"class", !"C"}, null, null, null}, !{!"none", !"second", !"n", !{!"i32"}, null, null, null}}, !"factory", !"singleton", null}
!4 = !{!"C", ptr @init, !"init", i32 5, null}
!10 = !{!"C", !"numbers", !"GET", !"", ptr @numbers, !53, !{!{!"query", !"a", !"a", !{!"bool"}, null, null, null}, !{!"query", !"b", !"b", !{!"u8"}, null, null, null}, !{!"query", !"c", !"c", !{!"i8"}, null, null, null}, !{!"query", !"d", !"d", !{!"i16"}, null, null, null}, !{!"query", !"e", !"e", !{!"u16"}, null, null, null}, !{!"query", !"f", !"f", !{!"i32"}, null, null, null}, !{!"query", !"g", !"g", !{!"u32"}, null, null, null}, !{!"query", !"h", !"h", !{!"u64"}, null, null, null}, !{!"query", !"i", !"i", !{!"f32"}, null, null, null}, !{!"query", !"j", !"j", !{!"f64"}, null, null, null}, !{!"query", !"k", !"k", !{!"char"}, null, null, null}}, null, null}
!11 = !{!"C", !"flag", !"GET", !"", ptr @flag, !{!"bool"}, !{!{!"query", !"a", !"a", !{!"bool"}, null, null, null}}, null, null}
!12 = !{!"C", !"nothing", !"GET", !"", ptr @nothing, !{!"unit"}, null, null, null}
!13 = !{!"C", !"empty", !"GET", !"", ptr @empty, !{!"unit"}, null, null, null}
!14 = !{!"C", !"byvalue", !"GET", !"", ptr @byvalue, !{!"struct", !"Dto"}, !{!{!"body", !"d", !"d", !{!"struct", !"Dto"}, null, null, null}, !{!"custom", !"e", !"e", !{!"struct", !"Dto"}, null, null, null}}, null, null}
!15 = !{!"C", !"maybe", !"GET", !"", ptr @maybe, !{!"maybe", !53, i32 8}, !{!{!"query", !"x", !"x", !{!"maybe", !53, i32 8}, null, null, null}, !{!"query", !"s", !"s", !{!"maybe", !51, i32 255}, null, null, null}}, null, null}
!16 = !{!"C", !"odd", !"GET", !"", ptr @odd, !{!"maybe", !50, i32 4}, null, null, null}
!17 = !{!"C", !"list", !"GET", !"", ptr @list, !52, !{!{!"query", !"l", !"l", !52, null, null, null}}, null, !{!"h.tml", i32 1, i32 2}}
!18 = !{!"C", !"text", !"GET", !"", ptr @text, !{!"response"}, !{!{!"body", !"t", !"t", !{!"text"}, null, null, null}, !{!"query", !"l", !"l", !{!"list", !52}, null, null, null}, !{!"custom", !"c", !"c", !{!"class", !"C"}, null, null, null}, !{!"custom", !"d", !"d", !{!"struct", !"Dto"}, null, null, null}, !{!"custom", !"m", !"m", !{!"maybe", !50, i32 8}, null, null, null}}, null, null}
!19 = !{!"C", !"owned", !"GET", !"", ptr @owned, !51, !{!{!"query", !"s", !"s", !51, null, null, null}}, null, !{!"h.tml", i32 1, i32 2}}
!20 = !{!"C", !"borrowed", !"GET", !"", ptr @borrowed, !51, !{!{!"query", !"s", !"s", !51, null, null, null}}, null, null}
!21 = !{!"C", !"outcome", !"GET", !"", ptr @outcome, !{!"outcome", !50, !51, i32 8}, !{!{!"query", !"s", !"s", !51, null, null, null}}, null, !{!"h.tml", i32 1, i32 2}}
!22 = !{!"C", !"poll", !"GET", !"", ptr @poll, !{!"poll", !53, i32 8}, !{!{!"query", !"x", !"x", !53, null, null, null}}, null, null}
!23 = !{!"C", !"elsewhere", !"GET", !"", ptr @note, !{!"unit"}, null, null, null}
!50 = !{!"struct", !"Inner"}
!51 = !{!"str"}
!52 = !{!"list", !51}
!53 = !{!"i64"}
