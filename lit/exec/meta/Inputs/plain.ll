; A lowered module without a record registers nothing.
define i32 @plain() {
  ret i32 0
}
!tmlrt.unit = !{!0}
!0 = !{i32 1, !"plain"}
