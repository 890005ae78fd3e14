; Stages: a record and a thunk per method, by role.
; RUN: %tmlcg lower %s --emit-obj -o %t.o
; RUN: %tmlcg dump %t.o | FileCheck %s --strict-whitespace
; RUN: %tmlcg lower %s | FileCheck %s --check-prefix=IR

; CHECK:      unit "stages" version 1.1 runtime tmlrt_abi_v1
; CHECK-NEXT:   stage Auth.can_activate guard -> outcome[bool, i32]+4 args 16/8 thunk Auth.can_activate.thunk.future frame {{[0-9]+}}/8 out 8/4 s.tml:3
; CHECK-NEXT:     param request: request request "request" at 8 s.tml:3
; CHECK-NEXT:   stage Log.handle middleware -> response args 24/8 thunk Log.handle.thunk.future frame {{[0-9]+}}/16 out 8/8 s.tml:4
; CHECK-NEXT:     param request: request request "request" at 8 s.tml:4
; CHECK-NEXT:     param next: next next "next" at 16 s.tml:4
; CHECK-NEXT:   stage Log.intercept interceptor -> response args 24/8 thunk Log.intercept.thunk.future frame {{[0-9]+}}/8 out 8/8 s.tml:5
; CHECK-NEXT:     param next: next next "next" at 8 s.tml:5
; CHECK-NEXT:     param request: request request "request" at 16 s.tml:5
; CHECK-NEXT:   stage Trim.transform pipe -> str args 16/8 thunk Trim.transform.thunk.future frame {{[0-9]+}}/8 out 8/8 s.tml:6 owned
; CHECK-NEXT:     param value: str value "value" at 8 s.tml:6
; CHECK-NEXT:   stage Log.catch filter -> maybe[response]/null args 24/8 thunk Log.catch.thunk.future frame {{[0-9]+}}/8 out 8/8 s.tml:7
; CHECK-NEXT:     param error: error error "error" at 8 s.tml:7
; CHECK-NEXT:     param request: request request "request" at 16 s.tml:7
; CHECK-NEXT:   stage Wide.catch filter -> maybe[response]+8 args 16/8 thunk Wide.catch.thunk.future frame {{[0-9]+}}/8 out 16/8 s.tml:8
; CHECK-NEXT:     param error: error error "error" at 8 s.tml:8
; CHECK-NOT:  {{.}}
; IR-DAG: define internal {{.*}}@Log.handle.thunk
; IR-DAG: define internal {{.*}}@Trim.transform.thunk

define { i32, i32 } @can_activate(ptr %this, ptr %request) {
  ret { i32, i32 } { i32 0, i32 1 }
}
define ptr @handle(ptr %this, ptr %request, ptr %next) "tmlrt.async" {
  %leaf = alloca [192 x i8], align 16
  %out = alloca ptr
  call void @tmlrt_next_init(ptr %leaf, ptr %next)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_next_desc, ptr %out)
  %r = load ptr, ptr %out
  ret ptr %r
}
define ptr @intercept(ptr %this, ptr %next, ptr %request) "tmlrt.async" {
  ret ptr null
}
define ptr @transform(ptr %this, ptr %value) {
  ret ptr %value
}
define ptr @catch(ptr %this, ptr %error, ptr %request) {
  ret ptr null
}
define { i32, ptr } @catch_wide(ptr %this, ptr %error) {
  ret { i32, ptr } zeroinitializer
}
declare ptr @elsewhere(ptr, ptr)
declare void @tmlrt_next_init(ptr, ptr)
declare void @tmlrt.await.dyn(ptr, ptr, ptr)
@tmlrt_next_desc = external constant i8

!tmlrt.unit = !{!0}
!tmlrt.stage = !{!1, !2, !3, !4, !5, !6, !7}
!0 = !{i32 1, !"stages"}
!1 = !{!"Auth", !"guard", !"can_activate", ptr @can_activate, !{!"outcome", !{!"bool"}, !{!"i32"}, i32 4}, !{!{!"request", !"request", !"request", !{!"request"}, null, null, !13}}, !13}
!2 = !{!"Log", !"middleware", !"handle", ptr @handle, !20, !{!{!"request", !"request", !"request", !{!"request"}, null, null, !14}, !{!"next", !"next", !"next", !{!"next"}, null, null, !14}}, !14}
!3 = !{!"Log", !"interceptor", !"intercept", ptr @intercept, !20, !{!{!"next", !"next", !"next", !{!"next"}, null, null, !15}, !{!"request", !"request", !"request", !{!"request"}, null, null, !15}}, !15}
!4 = !{!"Trim", !"pipe", !"transform", ptr @transform, !{!"str"}, !{!{!"value", !"value", !"value", !{!"str"}, null, null, !{!"s.tml", i32 6}}}, !{!"s.tml", i32 6, i32 2}}
!5 = !{!"Log", !"filter", !"catch", ptr @catch, !{!"maybe", !20, i32 255}, !{!{!"error", !"error", !"error", !{!"error"}, null, null, !17}, !{!"request", !"request", !"request", !{!"request"}, null, null, !17}}, !17}
!6 = !{!"Wide", !"filter", !"catch", ptr @catch_wide, !{!"maybe", !20, i32 8}, !{!{!"error", !"error", !"error", !{!"error"}, null, null, !18}}, !18}
!7 = !{!"Auth", !"guard", !"can_activate", ptr @elsewhere, !{!"bool"}, !{!{!"request", !"request", !"request", !{!"request"}, null, null, !13}}, !13}
!13 = !{!"s.tml", i32 3}
!14 = !{!"s.tml", i32 4}
!15 = !{!"s.tml", i32 5}
!17 = !{!"s.tml", i32 7}
!18 = !{!"s.tml", i32 8}
!20 = !{!"response"}
