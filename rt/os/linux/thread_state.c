// SPDX-License-Identifier: Apache-2.0
// What the kernel tells about another thread of this process, by its number. A number whose thread
// has ended, or is not one of ours, is answered with "unknown": nothing is dereferenced.
#include "rt/os/thread.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

uint64_t trt_thread_os_id(void) {
    static __thread uint64_t tl_id;
    if (tl_id == 0) {
        tl_id = (uint64_t)syscall(SYS_gettid);
    }
    return tl_id;
}

// The clock of a thread is its number's complement in the upper bits, and in the lower three "of a
// thread" (4) and "time on a CPU" (2): pthread_getcpuclockid makes the same from a thread's handle,
// which must not be one that has ended.
uint64_t trt_thread_cpu_ns(uint64_t os_id) {
    struct timespec used;
    clockid_t clock = (clockid_t)(~(uint32_t)os_id << 3 | 6);
    if (os_id == 0 || clock_gettime(clock, &used) != 0) {
        return 0;
    }
    return (uint64_t)used.tv_sec * 1000000000ull + (uint64_t)used.tv_nsec;
}

// proc_pid_stat(5): number (name) state ...; the name may hold anything, also ')'.
bool trt_thread_wants_cpu(uint64_t os_id) {
    char path[64], text[512];
    snprintf(path, sizeof(path), "/proc/self/task/%u/stat", (unsigned)os_id);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t len = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[len < 0 ? 0 : len] = '\0';
    const char* end = strrchr(text, ')');
    return end != NULL && strncmp(end, ") R", 3) == 0;
}
