; Every way a stage's node can be wrong.
; RUN: not %tmlcg lower %s 2>&1 | FileCheck %s --check-prefix=E

;      E: tmlcg: error: {{.*}}u.tml:5: stage 0 (C.gard.m): role: "gard" is not one of middleware, guard, interceptor, pipe, filter
; E-NEXT: u.tml:5: stage 1 (C.guard.m): function is null: it was deleted before lowering; lower before any pass
; E-NEXT: u.tml:5: stage 2 (C.guard.m): function: @handler has 2 parameters, expected 1: this and one per param node
; E-NEXT: u.tml:5: stage 3 (C.guard.m): param 0: where "path": a stage takes request, next, error or value
; E-NEXT: u.tml:5: stage 4 (C.guard.m): param 0: where "request" and type "request" go together
; E-NEXT: u.tml:5: stage 5 (C.guard.m): a guard takes request at most once
; E-NEXT: u.tml:5: stage 6 (C.guard.m): answer: a guard returns bool, or an outcome of it
; E-NEXT: u.tml:5: stage 7 (C.middleware.m): a middleware takes next once and request at most once
; E-NEXT: u.tml:5: stage 8 (C.interceptor.m): answer: type: "response" wants ptr, the IR has i64
; E-NEXT: u.tml:5: stage 9 (C.pipe.m): answer: a pipe returns the type of its value, or an outcome of it
; E-NEXT: u.tml:5: stage 10 (C.filter.m): answer: a filter returns a maybe of response
; E-NEXT: u.tml:5: stage 11 (C.middleware.m): param 0: where "next" and type "next" go together
; E-NEXT: u.tml:5: stage 12 (C.filter): 3 operands, expected 7
; E-NEXT: u.tml:5: stage 13 (C.pipe.m): a pipe takes value once and request at most once
; E-NOT:  stage

define i64 @handler(ptr %this, i64 %id) {
  ret i64 %id
}
define i64 @one(ptr %this, ptr %next) {
  ret i64 0
}
define i1 @yes(ptr %this, ptr %a, ptr %b) {
  ret i1 true
}
define ptr @value(ptr %this, ptr %value) {
  ret ptr null
}

!tmlrt.stage = !{!80, !81, !82, !83, !84, !85, !86, !87, !88, !89, !90, !91, !92, !93}
!79 = !{!"u.tml", i32 5}
!80 = !{!"C", !"gard", !"m", ptr @one, !{!"bool"}, !{!96}, !79}
!81 = !{!"C", !"guard", !"m", null, !{!"bool"}, !{!96}, !79}
!82 = !{!"C", !"guard", !"m", ptr @handler, !{!"bool"}, null, !79}
!83 = !{!"C", !"guard", !"m", ptr @handler, !{!"i64"}, !{!{!"path", !"id", !"id", !{!"i64"}, null, null, !79}}, !79}
!84 = !{!"C", !"guard", !"m", ptr @handler, !{!"i64"}, !{!{!"request", !"r", !"r", !{!"i64"}, null, null, !79}}, !79}
!85 = !{!"C", !"guard", !"m", ptr @yes, !{!"bool"}, !{!96, !97}, !79}
!86 = !{!"C", !"guard", !"m", ptr @one, !{!"i64"}, !{!96}, !79}
!87 = !{!"C", !"middleware", !"m", ptr @value, !{!"response"}, !{!96}, !79}
!88 = !{!"C", !"interceptor", !"m", ptr @one, !{!"response"}, !{!97}, !79}
!89 = !{!"C", !"pipe", !"m", ptr @value, !{!"text"}, !{!98}, !79}
!90 = !{!"C", !"filter", !"m", ptr @value, !{!"response"}, !{!99}, !79}
!91 = !{!"C", !"middleware", !"m", ptr @value, !{!"response"}, !{!{!"next", !"n", !"n", !{!"str"}, null, null, !79}}, !79}
!92 = !{!"C", !"filter", !79}
!93 = !{!"C", !"pipe", !"m", ptr @yes, !{!"str"}, !{!98, !98}, !79}
!96 = !{!"request", !"r", !"r", !{!"request"}, null, null, !79}
!97 = !{!"next", !"n", !"n", !{!"next"}, null, null, !79}
!98 = !{!"value", !"v", !"v", !{!"str"}, null, null, !79}
!99 = !{!"error", !"e", !"e", !{!"error"}, null, null, !79}
