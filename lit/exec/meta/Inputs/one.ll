%class.A = type { ptr }
@mine = internal global i32 0
@llvm.used = appending global [1 x ptr] [ptr @mine], section "llvm.metadata"
!tmlrt.unit = !{!0}
!tmlrt.class = !{!1}
!0 = !{i32 1, !"one"}
!1 = !{!"A", null, %class.A poison, null, null, null, null, null, !{!"one.tml", i32 1}}
