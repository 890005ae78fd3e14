; Records of every kind that needs no thunk, and what `tmlcg dump` says of them: in an object, in an
; executable with and without PIE, stripped, and packed relocations.
; RUN: %tmlcg lower %s --emit-obj -o %t.o
; RUN: %tmlcg dump %t.o > %t.o.txt
; RUN: FileCheck %s --strict-whitespace < %t.o.txt
; RUN: %cc %include %S/../../exec/meta/Inputs/registry.c %S/../../exec/meta/Inputs/main.c %t.o -o %t.pie
; RUN: %tmlcg dump %t.pie | diff %t.o.txt -
; RUN: %t.pie | FileCheck %s --check-prefix=EXE
; RUN: %cc %include %S/../../exec/meta/Inputs/registry.c %S/../../exec/meta/Inputs/main.c %t.o -no-pie -o %t.fixed
; RUN: %tmlcg dump %t.fixed | diff %t.o.txt -
; RUN: %cc %include %S/../../exec/meta/Inputs/registry.c %S/../../exec/meta/Inputs/main.c %t.o -s -o %t.stripped
; RUN: %tmlcg dump %t.stripped | FileCheck %s --check-prefix=STRIPPED
; RUN: %cc %include %S/../../exec/meta/Inputs/registry.c %S/../../exec/meta/Inputs/main.c %t.o -Wl,-z,pack-relative-relocs -o %t.packed
; RUN: %tmlcg dump %t.packed | diff %t.o.txt -

; EXE: image 1: records/2,0,1,2,1,0,1
; CHECK:      unit "records" version 1.1 runtime tmlrt_abi_v1
; CHECK-NEXT:   class Base size 16 align 8 vtable vtable.Base drop Base_drop r.tml:3
; CHECK-NEXT:     @Injectable r.tml:3
; CHECK-NEXT:     @All(null, true, -5, 18, 0.5, "a\"b\\c\0a\ff", AuthGuard, ["x", [1], []], ttl = 60, null) r.tml:3
; CHECK-NEXT:     inject log: class Log "Log" at 8 r.tml:4
; CHECK-NEXT:   class Derived extends Base size 56 align 8 records:0
; CHECK-NEXT:     inject log: class Log "Log" at 8 r.tml:4
; CHECK-NEXT:     inject text: text "Text" at 24 r.tml:4 optional
; CHECK-NEXT:     inject list: list[maybe[str]/null] "List" at 32 r.tml:4
; CHECK-NEXT:   provider ILog class request target Log r.tml:5
; CHECK-NEXT:   schema Inner size 16 align 8 r.tml:6
; CHECK-NEXT:     field flag: bool "flag" at 0 default true r.tml:6 optional
; CHECK-NEXT:     field ratio: f64 "ratio" at 8 default 0.25 r.tml:6 optional
; CHECK-NEXT:   schema Outer size 72 align 8 drop __tmlrt_drop{{[.0-9]*}} r.tml:7
; CHECK-NEXT:     field inner: struct Inner "in" at 0 r.tml:7
; CHECK-NEXT:     field maybe: maybe[struct Inner]+8 "maybe" at 16 r.tml:7 optional
; CHECK-NEXT:     field age: u8 "age" at 40 default 255 r.tml:7 optional
; CHECK-NEXT:       @Range(0, 150) r.tml:7
; CHECK-NEXT:     field list: list[struct Outer] "list" at 48 r.tml:7
; CHECK-NEXT:     field tiny: maybe[i32]+4 "tiny" at 56 r.tml:7 optional
; CHECK-NEXT:     field ch: char "ch" at 64 r.tml:7
; CHECK-NEXT:   module App r.tml:8
; CHECK-NEXT:     controllers Base Derived
; CHECK-NEXT:     exports ILog
; CHECK-NEXT:   example Base.get "t" r.tml:9
; CHECK-NEXT:     "GET /" -> 404 null
; CHECK-NOT: {{.}}
; STRIPPED: class Base size 16 align 8 vtable ? drop ? r.tml:3

%class.Base = type { ptr, ptr }
%struct.List__Str = type { ptr }
%class.Derived = type { %class.Base, ptr, ptr, %struct.List__Str, i64, i64 }
%struct.Inner = type { i1, double }
%struct.Maybe__Inner = type { i32, [2 x i64] }
%struct.Maybe__I32 = type { i32, i32 }
%struct.Outer = type { %struct.Inner, %struct.Maybe__Inner, i8, ptr, %struct.Maybe__I32, i32 }
@vtable.Base = constant [1 x ptr] zeroinitializer

define void @Base_drop(ptr %this) {
  ret void
}

!tmlrt.unit = !{!0}
!tmlrt.class = !{!1, !2}
!tmlrt.provider = !{!3}
!tmlrt.schema = !{!4, !5}
!tmlrt.module = !{!6}
!tmlrt.example = !{!7}
!0 = !{i32 1, !"records"}
!1 = !{!"Base", null, %class.Base poison, ptr @vtable.Base, null, ptr @Base_drop, !{!10}, !{!{!"Injectable", null, !13}, !{!"All", !20, !13}}, !13}
!2 = !{!"Derived", !"Base", %class.Derived poison, null, null, null, !{!11, !{i32 2, !"text", !"Text", !{!"text"}, null, null, !{!"r.tml", i32 4, i32 1}}, !{i32 3, !"list", !"List", !{!"list", !{!"maybe", !{!"str"}, i32 255}}, null, null, !14}}, null, null}
!3 = !{!"ILog", !"Log", null, null, !"class", !"request", !{!"r.tml", i32 5}}
!4 = !{!"Inner", %struct.Inner poison, null, !{!{i32 0, !"flag", !"flag", !{!"bool"}, i1 true, null, !16}, !{i32 1, !"ratio", !"ratio", !{!"f64"}, double 2.5e-1, null, !16}}, !16}
!5 = !{!"Outer", %struct.Outer poison, null, !{!{i32 0, !"inner", !"in", !30, null, null, !17}, !{i32 1, !"maybe", !"maybe", !{!"maybe", !30, i32 8}, null, null, !17}, !{i32 2, !"age", !"age", !{!"u8"}, i32 255, !{!{!"Range", !{i32 0, i32 150}, !17}}, !17}, !{i32 3, !"list", !"list", !{!"list", !{!"struct", !"Outer"}}, null, null, !17}, !{i32 4, !"tiny", !"tiny", !{!"maybe", !{!"i32"}, i32 4}, null, null, !17}, !{i32 5, !"ch", !"ch", !{!"char"}, null, null, !17}}, !17}
!6 = !{!"App", !{!"Base", !"Derived"}, null, null, !{!"ILog"}, !{!"r.tml", i32 8}}
!7 = !{!"Base", !"get", !"t", !"GET /", null, i32 404, !{!"r.tml", i32 9}}
!10 = !{i32 1, !"log", !"Log", !{!"class", !"Log"}, null, null, !14}
!11 = !{!{i32 0, i32 1}, !"log", !"Log", !{!"class", !"Log"}, null, null, !14}
!13 = !{!"r.tml", i32 3}
!14 = !{!"r.tml", i32 4}
!16 = !{!"r.tml", i32 6}
!17 = !{!"r.tml", i32 7}
!20 = !{null, i1 true, i32 -5, i64 18, double 5.0e-1, !"a\22b\5Cc\0A\FF", !{!"sym", !"AuthGuard"}, !{!"list", !"x", !{!"list", i32 1}, !{!"list"}}, !{!"named", !"ttl", i32 60}, !{!"null"}}
!30 = !{!"struct", !"Inner"}
