; Every bad node of a module is reported in one run: place, kind, index, name, what and what for.
; RUN: not %tmlcg lower %s 2>&1 | FileCheck %s --check-prefix=E

;      E: tmlcg: error: {{.*}}errors.ll: unit 0: abi 2, these hooks write 1
; E-NEXT: u.tml:3: schema 1 (Bad): field 1: index: 7 is not between 0 and 1
; E-NEXT: u.tml:3: schema 2 (Wide): field 0: type: "i64" wants i64, the IR has ptr
; E-NEXT: u.tml:3: schema 3 (Packed): field 0: the field lies at byte 1, not aligned to 4: packed structs cannot be described
; E-NEXT: schema 4 (NoType): type: expected a constant of the struct type, such as `%struct.T poison`
; E-NEXT: u.tml:3: class 0 (C): drop: @handler must be `void (ptr)` and not async
; E-NEXT: u.tml:3: class 1 (D): make: @drop must return ptr, the object
; E-NEXT: u.tml:3: class 2 (E): injection 0: type: "u65" is not a type word
; E-NEXT: u.tml:3: class 3: name: expected a string
; E-NEXT: u.tml:9: route 0 (C.gone): handler is null: the function was deleted before lowering; lower before any pass
; E-NEXT: u.tml:9: route 1 (C.few): function: @handler has 2 parameters, expected 3: this and one per param node
; E-NEXT: u.tml:9: route 2 (C.where): param 0: where: "pth" is not one of none, path, query, header, cookie, body, ip, host, request, custom, next, error, value
; E-NEXT: u.tml:9: route 3 (C.type): param 0: type: "str" wants ptr, the IR has i64
; E-NEXT: u.tml:9: route 4 (C.answer): answer: type: "bool" wants i1 or i8, the IR has i64
; E-NEXT: u.tml:9: route 5 (C.default): param 0: the default does not fit "u64"
; E-NEXT: u.tml:9: route 6 (C.unknown): answer: type: struct "Nowhere" has no !tmlrt.schema in this module
; E-NEXT: u.tml:9: route 7 (C.method): method: "get" is not in capital letters
; E-NEXT: u.tml:9: route 8 (C.loc): param 0: loc: expected !{!"file", i32 line} or
; E-NEXT: u.tml:9: route 9 (C.deco): decorator 0: 1 operands, expected !{!"name", !{value...}, loc}
; E-NEXT: u.tml:9: route 10 (C.request): param 0: where "request" and type "request" go together
; E-NEXT: u.tml:9: route 11 (C.punned): answer: type: a payload of 24 bytes at byte 8 does not fit the IR type's 24
; E-NEXT: u.tml:9: route 12 (C.nullable): answer: type: payload byte 255 means one nullable pointer, but "i64" is none
; E-NEXT: u.tml:9: route 13 (C.deep): answer: type: nested more than 16 deep
; E-NEXT: u.tml:9: route 14 (C.sret): function: @big returns through sret: return the value itself
; E-NEXT: u.tml:9: route 15 (C.variadic): function: @many is variadic
; E-NEXT: u.tml:9: route 16 (C.short): 7 operands, expected 9
; E-NEXT: u.tml:9: route 17 (C.global): handler: expected a function or null
; E-NEXT: u.tml:9: route 20 (C.next): param 0: where "next": only a !tmlrt.stage has that
; E-NEXT: u.tml:9: route 21 (C.error): answer: type: "error" can only be a parameter
; E-NEXT: u.tml:4: provider 0 (t): how: "klass" is not one of class, value, factory, alias
; E-NEXT: u.tml:4: provider 1 (t): make is null: a factory is what make returns
; E-NEXT: u.tml:4: provider 2 (t): make of an alias must be null
; E-NEXT: u.tml:4: module 0 (M): imports: expected a string
; E-NEXT: u.tml:4: hook 0 (C): event: "start" is not one of init, bootstrap, destroy, before_shutdown, shutdown
; E-NEXT: u.tml:4: hook 1 (C): function: @handler has 2 parameters, expected 1: this and one per param node
; E-NEXT: u.tml:4: example 0 (C.few): status: 7 is not between 100 and 599
; E-NEXT: route 18 (X.gone): handler is null: the function was deleted before lowering; lower before any pass
; E-NEXT: route 19 (Y): the module has no type %class.Y of known size
; E-NEXT: route 19 (Y.f): param 0: the short form knows no type for i16: write the full form

%class.C = type { ptr, ptr }
%struct.P = type { i64, ptr }
%struct.Wide = type { i32, ptr, i32 }
@vtable.C = constant { ptr } { ptr @handler }

define i64 @handler(ptr %this, i64 %id) {
  ret i64 %id
}
define void @drop(ptr %p) {
  ret void
}
define void @big(ptr sret(%struct.P) %out, ptr %this) {
  ret void
}
define i64 @many(ptr %this, ...) {
  ret i64 0
}
define { i32, [2 x i64] } @punned(ptr %this) {
  ret { i32, [2 x i64] } zeroinitializer
}
define i64 @odd(ptr %this, i16 %x) {
  ret i64 0
}
define i64 @one(ptr %this, ptr %next) {
  ret i64 0
}
define ptr @plain(ptr %this) {
  ret ptr null
}

!tmlrt.unit = !{!0}
!0 = !{i32 2, !"u"}
!1 = !{!"u.tml", i32 9}
!2 = !{!"u.tml", i32 3}
!3 = !{!"u.tml", i32 4}
!4 = !{!"i64"}
!5 = !{!"u64"}
!6 = !{!"str"}

!tmlrt.schema = !{!10, !11, !12, !13, !14}
!10 = !{!"Wide3", %struct.Wide poison, null, !{!{i32 0, !"a", !"a", !{!"i32"}, null, null, !2}}, !2}
!11 = !{!"Bad", %struct.P poison, null, !{!{i32 0, !"a", !"a", !4, null, null, !2}, !{i32 7, !"b", !"b", !4, null, null, !2}}, !2}
!12 = !{!"Wide", %struct.P poison, null, !{!{i32 1, !"a", !"a", !4, null, null, !2}}, !2}
!13 = !{!"Packed", <{ i8, i32 }> poison, null, !{!{i32 1, !"a", !"a", !{!"i32"}, null, null, !2}}, !2}
!14 = !{!"NoType", i64 0, null, null, null}

!tmlrt.class = !{!20, !21, !22, !23}
!20 = !{!"C", null, %class.C poison, ptr @vtable.C, null, ptr @handler, null, null, !2}
!21 = !{!"D", null, %class.C poison, null, ptr @drop, null, null, null, !2}
!22 = !{!"E", null, %class.C poison, null, null, null, !{!{i32 1, !"a", !"a", !{!"u65"}, null, null, !2}}, null, !2}
!23 = !{i32 1, null, %class.C poison, null, null, null, null, null, !2}

!tmlrt.route = !{!30, !31, !32, !33, !34, !35, !36, !37, !38, !39, !40, !41, !42, !43, !44, !45, !46, !47, !48, !49, !50, !51}
!30 = !{!"C", !"gone", !"GET", !"/", null, !4, null, null, !1}
!31 = !{!"C", !"few", !"GET", !"/", ptr @handler, !4, !{!60, !60}, null, !1}
!32 = !{!"C", !"where", !"GET", !"/", ptr @handler, !4, !{!{!"pth", !"id", !"id", !4, null, null, !1}}, null, !1}
!33 = !{!"C", !"type", !"GET", !"/", ptr @handler, !4, !{!{!"path", !"id", !"id", !6, null, null, !1}}, null, !1}
!34 = !{!"C", !"answer", !"GET", !"/", ptr @handler, !{!"bool"}, !{!60}, null, !1}
!35 = !{!"C", !"default", !"GET", !"/", ptr @handler, !4, !{!{!"path", !"id", !"id", !5, !"seven", null, !1}}, null, !1}
!36 = !{!"C", !"unknown", !"GET", !"/", ptr @handler, !{!"struct", !"Nowhere"}, !{!60}, null, !1}
!37 = !{!"C", !"method", !"get", !"/", ptr @handler, !4, !{!60}, null, !1}
!38 = !{!"C", !"loc", !"GET", !"/", ptr @handler, !4, !{!61}, null, !1}
!39 = !{!"C", !"deco", !"GET", !"/", ptr @handler, !4, !{!60}, !{!{!"Get"}}, !1}
!40 = !{!"C", !"request", !"GET", !"/", ptr @handler, !4, !{!{!"request", !"r", !"r", !4, null, null, !1}}, null, !1}
!41 = !{!"C", !"punned", !"GET", !"/", ptr @punned, !{!"maybe", !{!"struct", !"Wide3"}, i32 8}, null, null, !1}
!42 = !{!"C", !"nullable", !"GET", !"/", ptr @handler, !{!"maybe", !4, i32 255}, !{!60}, null, !1}
!43 = !{!"C", !"deep", !"GET", !"/", ptr @handler, !62, !{!60}, null, !1}
!44 = !{!"C", !"sret", !"GET", !"/", ptr @big, !{!"unit"}, !{!60}, null, !1}
!45 = !{!"C", !"variadic", !"GET", !"/", ptr @many, !4, null, null, !1}
!46 = !{!"C", !"short", !"GET", !"/", ptr @handler, !4, !1}
!47 = !{!"C", !"global", !"GET", !"/", ptr @vtable.C, !4, null, null, !1}
!48 = !{null, !"X", !"gone", !"Get", !"/"}
!49 = !{ptr @odd, !"Y", !"f", !"Get", !"/"}
!50 = !{!"C", !"next", !"GET", !"/", ptr @one, !4, !{!{!"next", !"n", !"n", !{!"next"}, null, null, !1}}, null, !1}
!51 = !{!"C", !"error", !"GET", !"/", ptr @plain, !{!"error"}, null, null, !1}
!60 = !{!"path", !"id", !"id", !4, null, null, !1}
!61 = !{!"path", !"id", !"id", !4, null, null, !{!"u.tml"}}
!62 = distinct !{!"list", !62}

!tmlrt.provider = !{!70, !71, !72}
!70 = !{!"t", !"C", null, null, !"klass", !"singleton", !3}
!71 = !{!"t", null, null, null, !"factory", !"singleton", !3}
!72 = !{!"t", !"C", ptr @drop, null, !"alias", !"singleton", !3}
!tmlrt.module = !{!73}
!73 = !{!"M", null, !{!"a"}, !{i32 1}, null, !3}
!tmlrt.hook = !{!74, !75}
!74 = !{!"C", ptr @drop, !"start", i32 0, !3}
!75 = !{!"C", ptr @handler, !"init", i32 0, !3}
!tmlrt.example = !{!76}
!76 = !{!"C", !"few", !"t", !"GET /", null, i32 7, !3}
