; An alias with the name of a generated symbol is an error: LLVM would rename the symbol in silence.
; RUN: not %tmlcg lower %s -o %t.ll 2>&1 | FileCheck %s
; RUN: sed 's/@f[.]poll/@f.future/g' %s > %t.2.ll
; RUN: not %tmlcg lower %t.2.ll -o %t.ll 2>&1 | FileCheck %t.2.ll
; CHECK: function @f: needs the name @f.poll, which an alias has: rename the alias
@f.poll = alias void (), ptr @g

define void @g() {
  ret void
}

define void @f() "tmlrt.async" {
  ret void
}
