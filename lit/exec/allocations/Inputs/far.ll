; Functions of another module: one whose frame the importer knows, one whose it does not. Their frames
; have slots, and they await each other.
define weak i64 @near_far(i64 %x) "tmlrt.async" {
  %y = add i64 %x, 1
  ret i64 %y
}

define i64 @far(i64 %x) "tmlrt.async" {
  %v = call i64 @near_far(i64 %x) "tmlrt.await"
  ret i64 %v
}

define i64 @unknown(i64 %x) "tmlrt.async" {
  %v = call i64 @near_far(i64 %x) "tmlrt.await"
  ret i64 %v
}
