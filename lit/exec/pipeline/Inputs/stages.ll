; A program with a stage of every role, each of which suspends: served over loopback by stages.test.
%class.One = type { ptr }

declare ptr @tmlrt.context()
declare void @tmlrt.await.dyn(ptr, ptr, ptr)
declare void @tmlrt_yield_init(ptr)
@tmlrt_yield_desc = external constant i8
declare void @tmlrt_next_init(ptr, ptr)
@tmlrt_next_desc = external constant i8
declare ptr @tmlrt_request_header(ptr, ptr)
declare i32 @tmlrt_request_set(ptr, ptr, ptr)
declare ptr @tmlrt_request_get(ptr, ptr)
declare i32 @tmlrt_request_answer_header(ptr, ptr, ptr)
declare i32 @tmlrt_request_set_answer_header(ptr, ptr, ptr)
declare i32 @tmlrt_request_remove_answer_header(ptr, ptr)
declare i32 @tmlrt_request_metadata_count(ptr, ptr)
declare ptr @tmlrt_request_metadata(ptr, ptr, i32)
declare ptr @tmlrt_response_new(ptr, i32)
declare i32 @tmlrt_response_body(ptr, ptr, ptr, i64)
declare i32 @tmlrt_response_status(ptr)
declare void @tmlrt_response_set_status(ptr, i32)
declare i32 @tmlrt_error_status(ptr)
declare void @abort()
declare i32 @strcmp(ptr, ptr)
declare ptr @strdup(ptr)
declare i64 @strlen(ptr)

@key = private constant [6 x i8] c"x-key\00"
@roles = private constant [6 x i8] c"Roles\00"
@role = private constant [5 x i8] c"role\00"
@text = private constant [11 x i8] c"text/plain\00"
@who = private constant [5 x i8] c"who?\00"

define void @pause() "tmlrt.async" {
  %leaf = alloca [192 x i8], align 16
  call void @tmlrt_yield_init(ptr %leaf)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_yield_desc, ptr null)
  ret void
}

define ptr @rest(ptr %next) "tmlrt.async" {
  %leaf = alloca [192 x i8], align 16
  %out = alloca ptr
  call void @tmlrt_next_init(ptr %leaf, ptr %next)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_next_desc, ptr %out)
  %response = load ptr, ptr %out
  ret ptr %response
}

; keeps two fields for the answer and forgets both; 404 of no route becomes 410: middleware sees it
define ptr @handle(ptr %this, ptr %request, ptr %next) "tmlrt.async" {
  call void @pause() "tmlrt.await"
  %added = call i32 @tmlrt_request_answer_header(ptr %request, ptr @key, ptr @role)
  %set = call i32 @tmlrt_request_set_answer_header(ptr %request, ptr @roles, ptr @role)
  %first = call i32 @tmlrt_request_remove_answer_header(ptr %request, ptr @key)
  %second = call i32 @tmlrt_request_remove_answer_header(ptr %request, ptr @roles)
  %failures = or i32 %added, %set
  %removed = add i32 %first, %second
  %good = icmp eq i32 %removed, 2
  %fine = icmp eq i32 %failures, 0
  %both = and i1 %good, %fine
  br i1 %both, label %go, label %stop
stop:
  call void @abort()
  unreachable
go:
  %response = call ptr @rest(ptr %next) "tmlrt.await"
  call void @pause() "tmlrt.await"
  %status = call i32 @tmlrt_response_status(ptr %response)
  %missing = icmp eq i32 %status, 404
  br i1 %missing, label %gone, label %done
gone:
  call void @tmlrt_response_set_status(ptr %response, i32 410)
  br label %done
done:
  ret ptr %response
}

; yes to x-key: the first argument of @Roles, which the request remembers
define i1 @can_activate(ptr %this, ptr %request) "tmlrt.async" {
  call void @pause() "tmlrt.await"
  %sent = call ptr @tmlrt_request_header(ptr %request, ptr @key)
  %none = icmp eq ptr %sent, null
  br i1 %none, label %no, label %compare
compare:
  %wanted = call ptr @tmlrt_request_metadata(ptr %request, ptr @roles, i32 0)
  %order = call i32 @strcmp(ptr %sent, ptr %wanted)
  %equal = icmp eq i32 %order, 0
  %kept = call i32 @tmlrt_request_set(ptr %request, ptr @role, ptr %wanted)
  ret i1 %equal
no:
  ret i1 false
}

; 200 becomes 203
define ptr @intercept(ptr %this, ptr %request, ptr %next) "tmlrt.async" {
  %response = call ptr @rest(ptr %next) "tmlrt.await"
  call void @pause() "tmlrt.await"
  %status = call i32 @tmlrt_response_status(ptr %response)
  %good = icmp eq i32 %status, 200
  br i1 %good, label %change, label %done
change:
  call void @tmlrt_response_set_status(ptr %response, i32 203)
  br label %done
done:
  ret ptr %response
}

; the first byte becomes 'A', in a string of its own
define ptr @transform(ptr %this, ptr %value) "tmlrt.async" {
  call void @pause() "tmlrt.await"
  %copy = call ptr @strdup(ptr %value)
  store i8 65, ptr %copy
  ret ptr %copy
}

; 403 is answered with 401 who?, all else goes on
define ptr @catch(ptr %this, ptr %error, ptr %request) "tmlrt.async" {
  call void @pause() "tmlrt.await"
  %status = call i32 @tmlrt_error_status(ptr %error)
  %forbidden = icmp eq i32 %status, 403
  br i1 %forbidden, label %answer, label %pass
answer:
  %cx = call ptr @tmlrt.context()
  %response = call ptr @tmlrt_response_new(ptr %cx, i32 401)
  %ignored = call i32 @tmlrt_response_body(ptr %response, ptr @text, ptr @who, i64 4)
  ret ptr %response
pass:
  ret ptr null
}

; what the guard left, and the parameter
define ptr @get(ptr %this, ptr %id, ptr %request) "tmlrt.async" {
  call void @pause() "tmlrt.await"
  %kept = call ptr @tmlrt_request_get(ptr %request, ptr @role)
  %cx = call ptr @tmlrt.context()
  %response = call ptr @tmlrt_response_new(ptr %cx, i32 200)
  %len = call i64 @strlen(ptr %id)
  %none = icmp eq ptr %kept, null
  %body = select i1 %none, ptr @who, ptr %id
  %ignored = call i32 @tmlrt_response_body(ptr %response, ptr @text, ptr %body, i64 %len)
  ret ptr %response
}

!tmlrt.unit = !{!0}
!tmlrt.class = !{!1, !2, !3, !4, !5, !6}
!tmlrt.stage = !{!11, !12, !13, !14, !15}
!tmlrt.route = !{!16}
!tmlrt.example = !{!21, !22, !23, !24}
!0 = !{i32 1, !"stages"}
!1 = !{!"Api", null, %class.One poison, null, null, null, null, !{!{!"Controller", !{!"/api"}, !31}, !{!"Guard", !{!{!"sym", !"Auth"}}, !32}, !{!"Interceptor", !{!{!"sym", !"Change"}}, !33}, !{!"Catch", !{!{!"sym", !"Problems"}}, !34}, !{!"Roles", !{!"admin", !"user"}, !35}}, !36}
!2 = !{!"Log", null, %class.One poison, null, null, null, null, !{!30, !{!"Global", null, !37}, !{!"Use", !{!{!"sym", !"Log"}}, !37}}, !37}
!3 = !{!"Auth", null, %class.One poison, null, null, null, null, !{!30}, !38}
!4 = !{!"Change", null, %class.One poison, null, null, null, null, !{!30}, !39}
!5 = !{!"First", null, %class.One poison, null, null, null, null, !{!30}, !40}
!6 = !{!"Problems", null, %class.One poison, null, null, null, null, !{!30}, !41}
!11 = !{!"Log", !"middleware", !"handle", ptr @handle, !52, !{!50, !51}, !37}
!12 = !{!"Auth", !"guard", !"can_activate", ptr @can_activate, !{!"bool"}, !{!50}, !38}
!13 = !{!"Change", !"interceptor", !"intercept", ptr @intercept, !52, !{!50, !51}, !39}
!14 = !{!"First", !"pipe", !"transform", ptr @transform, !{!"str"}, !{!{!"value", !"value", !"value", !{!"str"}, null, null, !40}}, !{!"s.tml", i32 40, i32 2}}
!15 = !{!"Problems", !"filter", !"catch", ptr @catch, !{!"maybe", !52, i32 255}, !{!{!"error", !"error", !"error", !{!"error"}, null, null, !41}, !50}, !41}
!16 = !{!"Api", !"get", !"GET", !"/:id", ptr @get, !52, !{!{!"path", !"id", !"id", !{!"str"}, null, !{!{!"Pipe", !{!{!"sym", !"First"}}, !42}}, !42}, !50}, null, !42}
!21 = !{!"Api", !"get", !"all stages", !"GET /api/bob\0Ax-key: admin", !"Aob", i32 203, !42}
!22 = !{!"Api", !"get", !"nobody", !"GET /api/bob", !"who?", i32 401, !43}
!23 = !{!"Api", !"get", !"another role", !"GET /api/bob\0Ax-key: user", !"who?", i32 401, !44}
!24 = !{!"Api", !"get", !"no route", !"GET /nowhere", null, i32 410, !45}
!30 = !{!"Injectable", null, !37}
!31 = !{!"s.tml", i32 31}
!32 = !{!"s.tml", i32 32}
!33 = !{!"s.tml", i32 33}
!34 = !{!"s.tml", i32 34}
!35 = !{!"s.tml", i32 35}
!36 = !{!"s.tml", i32 36}
!37 = !{!"s.tml", i32 37}
!38 = !{!"s.tml", i32 38}
!39 = !{!"s.tml", i32 39}
!40 = !{!"s.tml", i32 40}
!41 = !{!"s.tml", i32 41}
!42 = !{!"s.tml", i32 42}
!43 = !{!"s.tml", i32 43}
!44 = !{!"s.tml", i32 44}
!45 = !{!"s.tml", i32 45}
!50 = !{!"request", !"request", !"request", !{!"request"}, null, null, !37}
!51 = !{!"next", !"next", !"next", !{!"next"}, null, null, !37}
!52 = !{!"response"}
