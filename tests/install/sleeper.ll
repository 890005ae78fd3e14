; An async main as a compiler would write it: awaits a function of its own, which awaits a sleep.
declare void @tmlrt_sleep_init(ptr, i64)
@tmlrt_sleep_desc = external constant ptr
declare void @tmlrt.await.dyn(ptr, ptr, ptr)
declare i32 @puts(ptr)
@text = private constant [6 x i8] c"slept\00"

define i32 @nap(i64 %ns) "tmlrt.async" {
  %leaf = alloca [192 x i8], align 16
  call void @tmlrt_sleep_init(ptr %leaf, i64 %ns)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_sleep_desc, ptr null)
  %said = call i32 @puts(ptr @text)
  ret i32 0
}

define i32 @program() "tmlrt.async" "tmlrt.main" {
  %code = call i32 @nap(i64 1000000) "tmlrt.await"
  ret i32 %code
}
