; Upstream's short form, one node per decorator: what it says, and what is taken from the IR beside it.
; RUN: %tmlcg lower %s -O2 --emit-obj -o %t.o
; RUN: %tmlcg dump %t.o | FileCheck %s
; CHECK:      unit "shop.tml" version 1.1
; CHECK-NEXT:   class Mixed size 8 align 8 m.tml:1
; CHECK-NEXT:   class Stock size 16 align 8 vtable vtable.Stock make Stock.make.thunk.future shop.tml:0
; CHECK-NEXT:     @Injectable shop.tml:0
; CHECK-NEXT:   class Shop size 16 align 8 shop.tml:0
; CHECK-NEXT:     @Controller("/shop") shop.tml:0
; CHECK-NEXT:     @Version(2, true) shop.tml:0
; CHECK-NEXT:   route Shop.item GET "/:shelf/:id" -> str args 32/8 thunk Shop.item.thunk.future frame {{[0-9]+}}/8 out 8/8 shop.tml:0
; CHECK-NEXT:     @Get("/:shelf/:id") shop.tml:0
; CHECK-NEXT:     @Head("/h/:id") shop.tml:0
; CHECK-NEXT:     @Guard("admin") shop.tml:0
; CHECK-NEXT:     param id: i64 path "id" at 8 shop.tml:0
; CHECK-NEXT:     param she: i32 query "she" at 16 shop.tml:0
; CHECK-NEXT:     param full: bool query "full" at 20 shop.tml:0
; CHECK-NEXT:     param scale: f64 query "scale" at 24 shop.tml:0
; CHECK-NEXT:   route Shop.item HEAD "/h/:id" -> str args 32/8 thunk Shop.item.thunk{{.*}}.future
; CHECK:        route Shop.add POST "/" -> unit args 16/8
; CHECK-NEXT:     @Post("/") shop.tml:7
; CHECK-NEXT:     param body: str body "body" at 8 shop.tml:7
; CHECK-NEXT:   route Mixed.get GET "" -> i64 args 8/8
; CHECK-NEXT:     @Get shop.tml:0

source_filename = "shop.tml"
%class.Stock = type { ptr, i64 }
%class.Shop = type { ptr, ptr }
%class.Mixed = type { ptr }
@vtable.Stock = external hidden constant { ptr }
declare ptr @malloc(i64)

define ptr @tml_Stock_new() {
  %p = call ptr @malloc(i64 16)
  ret ptr %p
}
define ptr @tml_Shop_item(ptr %this, i64 %id, i32 %she, i1 %full, double %scale) {
  ret ptr null
}
define void @tml_Shop_add(ptr %this, ptr %body) "tmlrt.async" !dbg !20 {
  ret void
}
define i64 @tml_Mixed_get(ptr %this) {
  ret i64 1
}
declare i64 @tml_Shop_elsewhere(ptr)

!tmlrt.route = !{!0, !1, !2, !3, !4, !5, !6, !7, !8, !9}
!tmlrt.class = !{!10}
!0 = !{null, !"Stock", !"", !"Injectable"}
!1 = !{null, !"Shop", !"", !"Controller", !"/shop"}
!2 = !{null, !"Shop", !"", !"Version", i32 2, i1 true}
!3 = !{ptr @tml_Shop_item, !"Shop", !"item", !"Get", !"/:shelf/:id"}
!4 = !{ptr @tml_Shop_item, !"Shop", !"item", !"Head", !"/h/:id"}
!5 = !{ptr @tml_Shop_item, !"Shop", !"item", !"Guard", !"admin"}
!6 = !{ptr @tml_Shop_add, !"Shop", !"add", !"Post", !"/"}
!7 = !{ptr @tml_Shop_elsewhere, !"Shop", !"elsewhere", !"Get", !"/e"}
!8 = !{ptr @tml_Mixed_get, !"Mixed", !"get", !"Get"}
!9 = !{ptr @tml_Mixed_get, !"Mixed", !"get2", !"Trace"}
!10 = !{!"Mixed", null, %class.Mixed poison, null, null, null, null, null, !{!"m.tml", i32 1}}

!llvm.dbg.cu = !{!21}
!llvm.module.flags = !{!22}
!20 = distinct !DISubprogram(name: "add", scope: !23, file: !23, line: 7, type: !24, unit: !21, spFlags: DISPFlagDefinition)
!21 = distinct !DICompileUnit(language: DW_LANG_C11, file: !23, emissionKind: FullDebug)
!22 = !{i32 2, !"Debug Info Version", i32 3}
!23 = !DIFile(filename: "shop.tml", directory: "/")
!24 = !DISubroutineType(types: !25)
!25 = !{null}
