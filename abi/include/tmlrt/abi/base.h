// SPDX-License-Identifier: Apache-2.0
// Version and attribute macros of ABI 1: the bottom of everything, needs <stdint.h> and <stddef.h>
// only.
#ifndef TMLRT_ABI_BASE_H
#define TMLRT_ABI_BASE_H

#include <stddef.h>
#include <stdint.h>

/// TMLRT_ABI_MAJOR changes when a frozen layout or meaning changes; a program and a runtime of
/// different majors do not link (`tmlrt_abi_v1` is the symbol that fails).
#define TMLRT_ABI_MAJOR 1
/// TMLRT_ABI_MINOR changes when something is appended.
#define TMLRT_ABI_MINOR 1

#if defined(__GNUC__)
#define TMLRT_EXPORT    __attribute__((visibility("default")))
#define TMLRT_NODISCARD __attribute__((warn_unused_result))
#define TMLRT_NORETURN  __attribute__((noreturn))
#else
#define TMLRT_EXPORT
#define TMLRT_NODISCARD
#define TMLRT_NORETURN
#endif

#ifdef __cplusplus
#define TMLRT_EXTERN_C_BEGIN extern "C" {
#define TMLRT_EXTERN_C_END   }
#else
#define TMLRT_EXTERN_C_BEGIN
#define TMLRT_EXTERN_C_END
#endif

#endif
