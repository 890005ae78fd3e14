; An async main that sleeps in a callee and returns what a C function says.
declare void @tmlrt.await.dyn(ptr, ptr, ptr)
declare void @tmlrt_sleep_init(ptr, i64)
declare i32 @answer()
@tmlrt_sleep_desc = external constant i8

define i32 @nap() "tmlrt.async" {
  %leaf = alloca [192 x i8], align 16
  call void @tmlrt_sleep_init(ptr %leaf, i64 1000000)
  call void @tmlrt.await.dyn(ptr %leaf, ptr @tmlrt_sleep_desc, ptr null)
  %r = call i32 @answer()
  ret i32 %r
}

define i32 @start() "tmlrt.async" "tmlrt.main" {
  %r = call i32 @nap() "tmlrt.await"
  ret i32 %r
}
