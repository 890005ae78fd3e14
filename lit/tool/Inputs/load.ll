define i32 @load(ptr %at) {
  %value = load i32, ptr %at
  ret i32 %value
}
