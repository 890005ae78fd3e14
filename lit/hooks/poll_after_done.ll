; Polling a future that is done ends the process with a message that names it.
; RUN: %tmlcg build -o %t -O2 %s %S/Inputs/poll_twice.c -- %sanitize %include
; RUN: not --crash %t 2>&1 | FileCheck %s
; CHECK: root
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
define i64 @root() "tmlrt.async" {
  ret i64 1
}
