// SPDX-License-Identifier: Apache-2.0
// The stack of another thread of this process, while it runs.
#ifndef TRT_OS_STACK_H
#define TRT_OS_STACK_H

#include <stddef.h>
#include <stdint.h>

/// trt_os_stack interrupts a thread with SIGURG and writes the code addresses of its stack,
/// innermost first.
/// Shape:   out: `cap` addresses at most; returns how many, 0: the thread does not answer (it has
///          ended, blocks the signal), or the program has a handler of its own for SIGURG, or the
///          build cannot (a sanitizer follows signals in its own way).
/// Cost:    the thread's current system call goes on, unless it is one that signals always end
///          (sleep, poll): ask trt_thread_wants_cpu first.   Thread: any but that one; one at a
///          time.
uint32_t trt_os_stack(uint64_t os_id, uintptr_t* out, uint32_t cap);
/// trt_os_code_name writes "symbol+0x1f (file)" for an address of code, "file+0x1234f" where there
/// is no symbol: addr2line takes the number.   Shape: out: `cap` bytes, ended.
void trt_os_code_name(uintptr_t code, char* out, size_t cap);

#endif
