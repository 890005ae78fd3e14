// SPDX-License-Identifier: Apache-2.0
// The functions of upstream's runtime that these programs declare, as small as they can be. Strings
// are NUL-terminated; a string that str_free gets and that is not ours (a literal) is left alone.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OWNED = 4096 };
static char* owned[MAX_OWNED];
static int num_owned;

void println(const char* text);
void panic(const char* message);
void tml_str_free(char* text);
char* str_concat_opt(const char* a, const char* b);
char* tml_I64_to_string(int64_t v);
char* tml_I32_to_string(int32_t v);
char* tml_F64_to_string(double v);
void tml_Buffer_drop(void* buffer);

void println(const char* text) {
    puts(text);
    fflush(stdout);
}

__attribute__((weak)) void panic(const char* message) {
    fprintf(stderr, "panic: %s\n", message);
    exit(1);
}

static char* own(char* text) {
    if (text == NULL || num_owned == MAX_OWNED) {
        abort();
    }
    owned[num_owned++] = text;
    return text;
}

void tml_str_free(char* text) {
    for (int i = 0; i < num_owned; i++) {
        if (owned[i] == text) {
            owned[i] = owned[--num_owned];
            free(text);
            return;
        }
    }
}

char* str_concat_opt(const char* a, const char* b) {
    size_t n = strlen(a), m = strlen(b);
    char* text = malloc(n + m + 1);
    if (text != NULL) {
        memcpy(text, a, n);
        memcpy(text + n, b, m + 1);
    }
    return own(text);
}

static char* format(const char* pattern, long long v) {
    char* text = malloc(32);
    if (text != NULL) {
        snprintf(text, 32, pattern, v);
    }
    return own(text);
}

char* tml_I64_to_string(int64_t v) {
    return format("%lld", v);
}

char* tml_I32_to_string(int32_t v) {
    return format("%lld", v);
}

char* tml_F64_to_string(double v) {
    return format("%lld/1000", (long long)(v * 1000));
}

void tml_Buffer_drop(void* buffer) {
    (void)buffer;
}

__attribute__((destructor)) static void free_rest(void) {
    while (num_owned > 0) {
        free(owned[--num_owned]);
    }
}
