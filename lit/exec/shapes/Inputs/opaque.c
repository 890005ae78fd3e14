// SPDX-License-Identifier: Apache-2.0
// What the programs of shapes.test call. With SYNC also the markers, as they are when nothing
// suspends, and a main that calls @root.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

void use(void* p);
void use(void* p) {
    __asm__ volatile("" : : "r"(p) : "memory");
}

int64_t opaque(int64_t v);
int64_t opaque(int64_t v) {
    return v * 2 + 1;
}

int pers(void);
int pers(void) {
    return 0;
}

#ifdef SYNC
void suspend(void) __asm__("tmlrt.suspend");
void suspend(void) {
}

bool dropped(void) __asm__("tmlrt.dropped");
bool dropped(void) {
    return false;
}

void* context(void) __asm__("tmlrt.context");
void* context(void) {
    static char storage[64];
    return storage;
}

void note(int64_t v);
void note(int64_t v) {
    printf(" note %lld", (long long)v);
}

int64_t root(int64_t x);
int main(void) {
    printf("run:");
    int64_t v = root(5);
    printf(" = %lld\n", (long long)v);
    return 0;
}
#endif
