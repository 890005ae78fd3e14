// SPDX-License-Identifier: Apache-2.0
// Stack overflow in a child process, which writes what it has to say into a pipe and dies of the
// fault. With a sanitizer there is nothing to test: it follows faults in its own way.
#include "rt/os/overflow.h"

#include "rt/base/sanitize.h"
#include "tests/support/harness.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if TRT_SANITIZED

TEST(overflow__with_a_sanitizer__nothing_is_installed) {
    trt_overflow_watch(NULL);
    stack_t now;
    EXPECT_EQ(sigaltstack(NULL, &now), 0);
}

#else

typedef struct last_words {
    char text[600];
    int signal; ///< that it died of, 0: it did not
} last_words;

static size_t tell(char* out, size_t cap) {
    static const char s_what[] = "the cellar";
    EXPECT(cap >= sizeof(s_what));
    memcpy(out, s_what, sizeof(s_what) - 1);
    return sizeof(s_what) - 1;
}

// Not a loop, and not a frame that can be left out.
static __attribute__((noinline)) int dig(int depth, const volatile char* above) {
    volatile char here[256];
    here[0] = above[0];
    if (depth < 0) {
        return here[0];
    }
    return dig(depth + 1, here) + here[0];
}

static void overflow(void) {
    volatile char start[1] = {0};
    _exit(dig(0, start));
}

static void fault_elsewhere(void) {
    *(volatile char*)(uintptr_t)16 = 1; // NOLINT: it is meant to fault
}

static void on_fault(int number) {
    (void)number;
    _exit(0);
}

static void install_own(void) {
    signal(SIGSEGV, on_fault);
}

static last_words run_child(void (*before)(void), void (*fault)(void)) {
    last_words words = {.signal = 0};
    int ends[2], state = 0;
    EXPECT_EQ(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = {0, 0}, small = {256 * 1024, 256 * 1024};
        setrlimit(RLIMIT_CORE, &none);
        setrlimit(RLIMIT_STACK, &small);
        dup2(ends[1], STDERR_FILENO);
        if (before != NULL) {
            before();
        }
        trt_overflow_watch(tell);
        fault();
        _exit(1);
    }
    close(ends[1]);
    size_t len = 0;
    for (ssize_t got; (got = read(ends[0], words.text + len, sizeof(words.text) - 1 - len)) > 0;) {
        len += (size_t)got;
    }
    close(ends[0]);
    EXPECT_EQ(waitpid(child, &state, 0), child);
    words.signal = WIFSIGNALED(state) ? WTERMSIG(state) : 0;
    return words;
}

TEST(overflow__recursion_without_end__told_with_what_runs_then_the_fault_it_is) {
    last_words words = run_child(NULL, overflow);
    EXPECT_EQ(words.signal, SIGSEGV);
    EXPECT(strncmp(words.text, "tmlrt: the stack of thread ", 27) == 0);
    EXPECT(strstr(words.text, " ran over (") != NULL);
    EXPECT(strstr(words.text, " in the cellar: ") != NULL);
    EXPECT(strchr(words.text, '\n') == words.text + strlen(words.text) - 1);
}

TEST(overflow__a_fault_elsewhere__ends_the_process_without_a_word) {
    last_words words = run_child(NULL, fault_elsewhere);
    EXPECT_EQ(words.signal, SIGSEGV);
    EXPECT(words.text[0] == '\0');
}

TEST(overflow__the_program_has_a_handler__stays_as_it_is) {
    last_words words = run_child(install_own, fault_elsewhere);
    EXPECT_EQ(words.signal, 0);
    EXPECT(words.text[0] == '\0');
}

#endif
