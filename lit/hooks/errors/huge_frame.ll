; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}function @f: its frame has 1100000{{...}} bytes at alignment 8, over 1073741824 at 65536: the largest part is %b (600000000 bytes); keep it on the heap
declare void @tmlrt.suspend()
declare void @use(ptr, ptr)
define void @f() "tmlrt.async" {
  %a = alloca [500000000 x i8]
  %b = alloca [600000000 x i8]
  call void @use(ptr %a, ptr %b)
  call void @tmlrt.suspend()
  call void @use(ptr %a, ptr %b)
  ret void
}
