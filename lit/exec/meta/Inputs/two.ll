%class.B = type { ptr }
%class.A = type { ptr }
!tmlrt.unit = !{!0}
!tmlrt.class = !{!1, !2}
!0 = !{i32 1, !"two"}
!1 = !{!"B", null, %class.B poison, null, null, null, null, null, !{!"two.tml", i32 1}}
!2 = !{!"A", null, %class.A poison, null, null, null, null, null, !{!"one.tml", i32 1}}
