; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}function @f{{.*}}: its frame has {{[0-9]+}} bytes: keep large locals on the heap
declare void @tmlrt.suspend()
declare void @use(ptr)
define void @f() "tmlrt.async" {
  %a = alloca i64, i64 9223372036854775807
  call void @use(ptr %a)
  call void @tmlrt.suspend()
  call void @use(ptr %a)
  ret void
}
