source_filename = "hello.tml"
%struct.Greeting = type { ptr, i64 }
%class.Hello = type { ptr }
@vtable.Hello = constant { ptr } zeroinitializer
@tmlrt_sleep_desc = external constant ptr

define %struct.Greeting @tml_Hello_greet(ptr %this, ptr %name) "tmlrt.async" {
  %leaf = alloca [192 x i8], align 16
  call void @tmlrt_sleep_init(ptr %leaf, i64 5000000)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_sleep_desc, ptr null)     ; suspends here
  %half = insertvalue %struct.Greeting undef, ptr %name, 0
  %whole = insertvalue %struct.Greeting %half, i64 5, 1
  ret %struct.Greeting %whole
}

define i32 @main(i32 %argc, ptr %argv) {
  %server = call ptr @tmlrt_server_new()
  %code = call i32 @tmlrt_server_run(ptr %server, i32 %argc, ptr %argv)
  ret i32 %code
}

declare void @tmlrt_sleep_init(ptr, i64)
declare void @tmlrt.await.dyn(ptr, ptr, ptr)
declare ptr @tmlrt_server_new()
declare i32 @tmlrt_server_run(ptr, i32, ptr)

!tmlrt.class = !{!1}
!tmlrt.route = !{!2}
!tmlrt.schema = !{!3}
!tmlrt.example = !{!4}
!1 = !{!"Hello", null, %class.Hello poison, ptr @vtable.Hello, null, null, null, !10, !20}
!2 = !{!"Hello", !"greet", !"GET", !"/:name", ptr @tml_Hello_greet, !30, !11, !12, !21}
!3 = !{!"Greeting", %struct.Greeting poison, null, !13, !22}
!4 = !{!"Hello", !"greet", !"by name", !"GET /hello/ann", !"{\22hello\22:\22ann\22,\22waited_ms\22:5}", i32 200, !21}
!10 = !{!{!"Controller", !{!"/hello"}, !20}}
!11 = !{!{!"path", !"name", !"name", !31, null, null, !21}}
!12 = !{!{!"Get", !{!"/:name"}, !21}}
!13 = !{!{i32 0, !"hello", !"hello", !31, null, null, !22}, !{i32 1, !"waited_ms", !"waited_ms", !32, null, null, !22}}
!20 = !{!"hello.tml", i32 8}
!21 = !{!"hello.tml", i32 10}
!22 = !{!"hello.tml", i32 3}
!30 = !{!"struct", !"Greeting"}
!31 = !{!"str"}
!32 = !{!"u64"}
