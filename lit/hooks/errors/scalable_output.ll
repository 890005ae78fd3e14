; RUN: not %tmlcg lower %s --no-passes --emit-ll -o - 2>&1 | FileCheck %s
; CHECK: error: {{.*}}function @f: the output's type has no fixed size: return a pointer
define <vscale x 4 x i32> @f(ptr %p) "tmlrt.async" {
  %v = load <vscale x 4 x i32>, ptr %p
  ret <vscale x 4 x i32> %v
}
