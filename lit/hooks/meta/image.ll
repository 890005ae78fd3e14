; The unit, its section entry and the registration, per object format; merging with what a module has.
; RUN: %tmlcg lower %s --target x86_64-linux-gnu | FileCheck %s --check-prefixes=ALL,ELF
; RUN: %tmlcg lower %s --target aarch64-linux-gnu | FileCheck %s --check-prefixes=ALL,ELF
; RUN: %tmlcg lower %s --target x86_64-pc-windows-msvc | FileCheck %s --check-prefixes=ALL,COFF
; RUN: %tmlcg lower %s --target x86_64-w64-windows-gnu | FileCheck %s --check-prefixes=ALL,COFF
; RUN: %tmlcg lower %s --target arm64-apple-macosx13 | FileCheck %s --check-prefix=MACHO
; RUN: %tmlcg lower %s --target i686-linux-gnu | FileCheck %s --check-prefix=ILP32
; RUN: %tmlcg lower %s --target x86_64-pc-windows-msvc --emit-obj -o %t.obj
; RUN: llvm-readobj --sections %t.obj | FileCheck %s --check-prefix=OBJ
; RUN: %tmlcg lower %s --target arm64-apple-macosx13 -O2 --emit-obj -o %t.macho

; ALL-DAG:  @tmlrt.meta.unit = internal constant {{.*}} { i32 827149396, i16 1, i16 1, ptr @{{.*}}, ptr @tmlrt_abi_v1,
; ALL-DAG:  @tmlrt_abi_v1 = external constant
; ELF-DAG:  @llvm.used = appending global [3 x ptr] [ptr @mine, ptr @tmlrt.meta.entry, ptr @__tmlrt_image_entry], section "llvm.metadata"
; COFF-DAG: @llvm.used = appending global [2 x ptr] [ptr @mine, ptr @tmlrt.meta.entry], section "llvm.metadata"
; ELF-DAG:  $__tmlrt_image = comdat any
; ELF-DAG:  @tmlrt.meta.entry = internal constant ptr @tmlrt.meta.unit, section "tmlrt_meta"
; ELF-DAG:  @__start_tmlrt_meta = external hidden global ptr
; ELF-DAG:  @__stop_tmlrt_meta = external hidden global ptr
; ELF-DAG:  @__tmlrt_image = linkonce_odr hidden global { i32, i32, ptr, ptr, ptr } { i32 65537, i32 32, ptr @__start_tmlrt_meta, ptr @__stop_tmlrt_meta, ptr null }, comdat
; ELF-DAG:  @llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 7, ptr @early, ptr null }]
; ELF-DAG:  @__tmlrt_image_entry = linkonce_odr hidden global ptr @__tmlrt_image_init, section ".init_array", comdat($__tmlrt_image)
; ELF-DAG:  define linkonce_odr hidden void @__tmlrt_image_init() {{.*}}comdat($__tmlrt_image)
; COFF-DAG: @tmlrt.meta.entry = internal constant ptr @tmlrt.meta.unit, section ".tmlrt$b"
; COFF-DAG: @llvm.global_ctors = appending global [2 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 7, ptr @early, ptr null }, { i32, ptr, ptr } { i32 65535, ptr @__tmlrt_image_init, ptr @__tmlrt_image }]
; COFF-DAG: @__tmlrt_meta_start = linkonce_odr hidden constant ptr null, section ".tmlrt$a", comdat
; COFF-DAG: @__tmlrt_meta_stop = linkonce_odr hidden constant ptr null, section ".tmlrt$z", comdat
; COFF-DAG: @__tmlrt_image = linkonce_odr hidden global { i32, i32, ptr, ptr, ptr } { i32 65537, i32 32, ptr @__tmlrt_meta_start, ptr @__tmlrt_meta_stop, ptr null }, comdat
; MACHO-NOT: comdat
; MACHO-DAG: @tmlrt.meta.entry = internal constant ptr @tmlrt.meta.unit, section "__DATA_CONST,__tmlrt_meta"
; MACHO-DAG: @"\01section$start$__DATA_CONST$__tmlrt_meta" = external hidden global ptr
; MACHO-DAG: @__tmlrt_image_done = linkonce_odr hidden global i8 0
; MACHO-DAG: { i32 65535, ptr @__tmlrt_image_init, ptr null }
; ILP32-DAG: @__tmlrt_image = linkonce_odr hidden global {{.*}} { i32 65537, i32 20,
; ILP32-DAG: i32 2, i32 60 }
; ILP32-DAG: { ptr null, i32 0, i32 72 }
; OBJ-DAG: Name: .tmlrt$a
; OBJ-DAG: Name: .tmlrt$b
; OBJ-DAG: Name: .tmlrt$z

%class.A = type { ptr }
@mine = internal global i32 0
@llvm.used = appending global [1 x ptr] [ptr @mine], section "llvm.metadata"
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 7, ptr @early, ptr null }]

define internal void @early() {
  ret void
}

!tmlrt.unit = !{!0}
!tmlrt.class = !{!1, !2}
!0 = !{i32 1, !"image"}
!1 = !{!"A", null, %class.A poison, null, null, null, null, null, null}
!2 = !{!"B", null, %class.A poison, null, null, null, null, null, null}
