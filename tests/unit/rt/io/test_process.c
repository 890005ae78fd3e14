// SPDX-License-Identifier: Apache-2.0
// Child processes: what they get and give, how they end, waited for, killed, forgotten; what cannot
// be started; without memory, handles, or pidfds.
#include <tmlrt/io.h>
#include <tmlrt/process.h>

#include "rt/exec/runtime.h"
#include "tests/support/fault.h"
#include "tests/support/harness.h"
#include "tests/support/leaf.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static tmlrt_process* run(const char* script, const int32_t* stdio, bool kill_on_free) {
    const char* const argv[] = {"sh", "-c", script, NULL};
    tmlrt_process_options options = {.argv = argv, .kill_on_free = kill_on_free};
    tmlrt_process* process = NULL;
    if (stdio != NULL) {
        memcpy(options.stdio, stdio, sizeof(options.stdio));
    }
    EXPECT_EQ(tmlrt_process_spawn(&process, &options), TMLRT_OK);
    return process;
}

static tmlrt_process_end wait_for(tmlrt_process* process) {
    test_leaf leaf;
    tmlrt_process_end end = {1, 0, 0};
    tmlrt_process_wait_init(&leaf, process);
    EXPECT_EQ(test_leaf_wait(&tmlrt_process_wait_desc, &leaf, &end), TMLRT_OK);
    return end;
}

// Everything up to the end; the stream is freed.
static size_t read_all(tmlrt_stream* from, char* out, size_t cap) {
    size_t len = 0;
    tmlrt_io_moved moved = {TMLRT_OK, 1};
    while (moved.len != 0 && len + 1 < cap) {
        test_leaf leaf;
        tmlrt_stream_read_init(&leaf, from, out + len, cap - 1 - len);
        EXPECT_EQ(test_leaf_wait(&tmlrt_stream_read_desc, &leaf, &moved), TMLRT_OK);
        EXPECT_EQ(moved.status, TMLRT_OK);
        len += moved.len;
    }
    out[len] = '\0';
    tmlrt_stream_free(from);
    return len;
}

static void write_and_end(tmlrt_stream* to, const char* text) {
    test_leaf leaf;
    tmlrt_io_moved moved;
    tmlrt_stream_write_init(&leaf, to, text, strlen(text));
    EXPECT_EQ(test_leaf_wait(&tmlrt_stream_write_desc, &leaf, &moved), TMLRT_OK);
    EXPECT_EQ(moved.status, TMLRT_OK);
    tmlrt_stream_free(to);
}

static int next_handle(void) {
    int next = dup(0);
    close(next);
    return next;
}

static const int32_t s_pipes[3] = {TMLRT_STDIO_PIPE, TMLRT_STDIO_PIPE, TMLRT_STDIO_PIPE};
static const int32_t s_nulls[3] = {TMLRT_STDIO_NULL, TMLRT_STDIO_NULL, TMLRT_STDIO_NULL};

TEST(process__input_output_error_and_code__each_arrives) {
    char text[64];
    tmlrt_process* process = run("read x; echo out $x; echo err >&2; exit 7", s_pipes, false);
    REQUIRE(process != NULL && tmlrt_process_id(process) > 0);
    write_and_end(tmlrt_process_stream(process, 0), "word\n");
    EXPECT(tmlrt_process_stream(process, 0) == NULL);
    EXPECT(tmlrt_process_stream(process, 3) == NULL && tmlrt_process_stream(process, -1) == NULL);
    read_all(tmlrt_process_stream(process, 1), text, sizeof(text));
    EXPECT_STR(text, "out word\n");
    read_all(tmlrt_process_stream(process, 2), text, sizeof(text));
    EXPECT_STR(text, "err\n");
    tmlrt_process_end end = wait_for(process);
    EXPECT(end.status == TMLRT_OK && end.code == 7 && end.signal == 0);
    end = wait_for(process); // and again
    EXPECT(end.status == TMLRT_OK && end.code == 7);
    EXPECT_EQ(tmlrt_process_signal(process, SIGTERM), TMLRT_E_NOTFOUND);
    tmlrt_process_free(process);
    tmlrt_process_free(NULL);
    trt_runtime_reset_default();
}

TEST(process__signalled_or_killed__told_by_the_signal) {
    tmlrt_process* process = run("exec sleep 600", s_nulls, false);
    REQUIRE(process != NULL);
    EXPECT_EQ(tmlrt_process_signal(process, 12345), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_process_signal(process, SIGTERM), TMLRT_OK);
    tmlrt_process_end end = wait_for(process);
    EXPECT(end.status == TMLRT_OK && end.code == -1 && end.signal == SIGTERM);
    tmlrt_process_free(process);
    trt_runtime_reset_default();
}

TEST(process__environment_and_directory__as_asked) {
    const char* const argv[] = {"sh", "-c", "echo $TMLRT_A-$TMLRT_B-$TMLRT_C; pwd", NULL};
    const char* const env[] = {"TMLRT_B=new", "TMLRT_C=c=d", NULL};
    tmlrt_process_options options = {
        .argv = argv, .env = env, .dir = "/", .stdio = {1, TMLRT_STDIO_PIPE, 0}};
    tmlrt_process* process = NULL;
    char text[128];
    setenv("TMLRT_A", "kept", 1);
    setenv("TMLRT_B", "old", 1);
    REQUIRE(tmlrt_process_spawn(&process, &options) == TMLRT_OK);
    read_all(tmlrt_process_stream(process, 1), text, sizeof(text));
    EXPECT_STR(text, "kept-new-c=d\n/\n");
    EXPECT_EQ(wait_for(process).code, 0);
    tmlrt_process_free(process);
    options.clear_env = 1;
    REQUIRE(tmlrt_process_spawn(&process, &options) == TMLRT_OK);
    read_all(tmlrt_process_stream(process, 1), text, sizeof(text));
    EXPECT_STR(text, "-new-c=d\n/\n");
    EXPECT_EQ(wait_for(process).code, 0);
    tmlrt_process_free(process);
    unsetenv("TMLRT_A");
    unsetenv("TMLRT_B");
    trt_runtime_reset_default();
}

TEST(process__begins__with_usual_signals_and_no_handles_of_ours) {
    const char* const argv[] = {"ls", "/proc/self/fd", NULL};
    const tmlrt_process_options options = {.argv = argv, .stdio = {1, TMLRT_STDIO_PIPE, 1}};
    char text[4096];
    tmlrt_stream *reader = NULL, *writer = NULL;
    tmlrt_process* lists = NULL;
    sigset_t blocked, former;
    int expected = 1, num = 0;                             // the directory that it lists
    REQUIRE(tmlrt_pipe_new(&reader, &writer) == TMLRT_OK); // SIGPIPE is ignored now
    for (int fd = 0; fd < 1024; fd++) {
        expected += fcntl(fd, F_GETFD) == 0; // open, and inherited by whatever this starts
    }
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &former);
    tmlrt_process* process = run("kill -PIPE $$; exit 1", s_nulls, false);
    tmlrt_process* other = run("kill -TERM $$; exit 1", s_nulls, false);
    EXPECT_EQ(tmlrt_process_spawn(&lists, &options), TMLRT_OK);
    sigprocmask(SIG_SETMASK, &former, NULL);
    REQUIRE(process != NULL && other != NULL && lists != NULL);
    size_t len = read_all(tmlrt_process_stream(lists, 1), text, sizeof(text));
    for (size_t i = 0; i < len; i++) {
        num += text[i] == '\n';
    }
    EXPECT_EQ(num, expected);
    EXPECT_EQ(wait_for(lists).code, 0);
    EXPECT_EQ(wait_for(process).signal, SIGPIPE);
    EXPECT_EQ(wait_for(other).signal, SIGTERM);
    tmlrt_process_free(process);
    tmlrt_process_free(other);
    tmlrt_process_free(lists);
    tmlrt_stream_free(reader);
    tmlrt_stream_free(writer);
    trt_runtime_reset_default();
}

TEST(process_spawn__cannot_be__told_and_nothing_left) {
    static const struct {
        const char *program, *dir;
        int32_t kind;
        tmlrt_status expected;
    } s_cases[] = {
        {"/nowhere/at/all", NULL, 0, TMLRT_E_NOTFOUND},
        {"no-such-program-anywhere", NULL, 2, TMLRT_E_NOTFOUND},
        {"/", NULL, 2, TMLRT_E_PERM},
        {"/dev/null/x", NULL, 2, TMLRT_E_NOTDIR},
        {"true", "/nowhere/at/all", 2, TMLRT_E_NOTFOUND},
        {"", NULL, 0, TMLRT_E_INVAL},
        {NULL, NULL, 0, TMLRT_E_INVAL},
        {"true", NULL, 3, TMLRT_E_INVAL},
        {"true", NULL, -1, TMLRT_E_INVAL},
    };
    tmlrt_status unused;
    tmlrt_process* process = NULL;
    REQUIRE(trt_runtime_get_default(&unused) != NULL);
    int before = next_handle();
    for (size_t i = 0; i < sizeof(s_cases) / sizeof(s_cases[0]); i++) {
        const char* const argv[] = {s_cases[i].program, NULL};
        int32_t kind = s_cases[i].kind;
        tmlrt_process_options options = {
            .argv = argv, .dir = s_cases[i].dir, .stdio = {kind, kind, kind}};
        EXPECT_EQ(tmlrt_process_spawn(&process, &options), s_cases[i].expected);
    }
    tmlrt_process_options none = {.argv = NULL};
    EXPECT_EQ(tmlrt_process_spawn(&process, &none), TMLRT_E_INVAL);
    EXPECT(process == NULL && next_handle() == before);
    EXPECT(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD); // no child, no zombie
    trt_runtime_reset_default();
}

// Free and spawn bury what has ended: in the end there is no child of ours.
static void expect_no_children(void) {
    bool is_left = true;
    for (int i = 0; i < 100000 && is_left; i++) {
        tmlrt_process* process = run("exit 0", s_nulls, true);
        tmlrt_process_free(process);
        is_left = waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOWAIT | WNOHANG) == 0;
        sched_yield();
    }
    EXPECT(!is_left);
}

TEST(process_spawn__no_memory_or_no_handles__nothing_runs_or_is_left) {
    const char* const argv[] = {"sleep", "600", NULL};
    const char* const env[] = {"A=b", NULL};
    tmlrt_process_options options = {
        .argv = argv, .env = env, .stdio = {2, 2, 1}, .kill_on_free = 1};
    struct rlimit former, few;
    tmlrt_process* process = NULL;
    tmlrt_status unused, status = TMLRT_E_MFILE;
    bool hit = true;
    REQUIRE(trt_runtime_get_default(&unused) != NULL && getrlimit(RLIMIT_NOFILE, &former) == 0);
    // What only the first one allocates would shift the others.
    tmlrt_process_free(run("exit 0", s_pipes, true));
    expect_no_children();
    int before = next_handle();
    for (uint64_t nth = 1; hit; nth++) {
        test_allocator_fail_at(nth);
        status = tmlrt_process_spawn(&process, &options);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
    }
    tmlrt_process_free(process);
    EXPECT_EQ(next_handle(), before);
    process = NULL;
    status = TMLRT_E_MFILE;
    for (rlim_t room = 0; room < 12 && status == TMLRT_E_MFILE; room++) {
        few = (struct rlimit){(rlim_t)before + room, former.rlim_max};
        REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
        status = tmlrt_process_spawn(&process, &options);
        EXPECT(status == TMLRT_OK || process == NULL);
    }
    EXPECT_EQ(status, TMLRT_OK);
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &former), 0);
    tmlrt_process_free(process);
    EXPECT_EQ(next_handle(), before);
    expect_no_children();
    trt_runtime_reset_default();
}

TEST(process_free__runs_on_or_is_killed__buried_when_it_has_ended) {
    char text[16];
    int32_t stdio[3] = {TMLRT_STDIO_PIPE, TMLRT_STDIO_PIPE, TMLRT_STDIO_NULL};
    tmlrt_process* process = run("read x; echo alive", stdio, false);
    REQUIRE(process != NULL);
    tmlrt_stream *in = tmlrt_process_stream(process, 0), *out = tmlrt_process_stream(process, 1);
    tmlrt_process_free(process); // it runs on
    write_and_end(in, "\n");
    read_all(out, text, sizeof(text));
    EXPECT_STR(text, "alive\n");
    process = run("exec sleep 600", stdio, true);
    REQUIRE(process != NULL);
    out = tmlrt_process_stream(process, 1);
    tmlrt_process_free(process);
    EXPECT_EQ(read_all(out, text, sizeof(text)), 0); // its end of the pipe is gone
    expect_no_children();
    trt_runtime_reset_default();
}

TEST(process_wait__dropped_no_budget_taken_elsewhere__as_described) {
    test_leaf leaf;
    test_waker waker = {0};
    tmlrt_process_end end;
    int32_t stdio[3] = {TMLRT_STDIO_PIPE, TMLRT_STDIO_NULL, TMLRT_STDIO_NULL};
    tmlrt_process* process = run("read x; exit 3", stdio, false);
    REQUIRE(process != NULL);
    tmlrt_process_wait_init(&leaf, process);
    EXPECT_EQ(test_leaf_poll_broke(&tmlrt_process_wait_desc, &leaf, &waker, 1, &end),
              TMLRT_PENDING);
    EXPECT_EQ(waker.context.budget, 1);
    tmlrt_process_wait_desc.drop(&leaf);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    tmlrt_process_wait_init(&leaf, process);
    EXPECT_EQ(test_leaf_poll_broke(&tmlrt_process_wait_desc, &leaf, &waker, 0, &end),
              TMLRT_PENDING);
    EXPECT_EQ(test_waker_wakes(&waker), 1);
    tmlrt_process_wait_desc.drop(&leaf);
    write_and_end(tmlrt_process_stream(process, 0), "\n");
    EXPECT_EQ(wait_for(process).code, 3);
    tmlrt_process_free(process);
    process = run("exit 4", s_nulls, false);
    REQUIRE(process != NULL);
    EXPECT_EQ(waitpid((pid_t)tmlrt_process_id(process), NULL, 0), tmlrt_process_id(process));
    EXPECT_EQ(wait_for(process).status, TMLRT_E_NOTFOUND);
    tmlrt_process_free(process);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    trt_runtime_reset_default();
}

TEST(process_wait__many_at_once__each_its_own_end) {
    enum { NUM = 20 };
    tmlrt_process* all[NUM];
    for (int i = 0; i < NUM; i++) {
        char script[32];
        snprintf(script, sizeof(script), "exit %d", i + 1);
        all[i] = run(script, s_nulls, false);
        REQUIRE(all[i] != NULL);
    }
    for (int i = NUM; i-- > 0;) {
        EXPECT_EQ(wait_for(all[i]).code, i + 1);
        tmlrt_process_free(all[i]);
    }
    EXPECT(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
    trt_runtime_reset_default();
}

// In a child of its own: what is left of a system that has no handles of processes.
static int without_pidfds(void) {
    test_leaf leaf;
    test_waker waker = {0};
    tmlrt_process_end end;
    int32_t stdio[3] = {TMLRT_STDIO_PIPE, TMLRT_STDIO_NULL, TMLRT_STDIO_NULL};
    if (!test_fault_inject(SYS_pidfd_open, ENOSYS)) {
        return 77;
    }
    tmlrt_process* process = run("read x; exit 9", stdio, false);
    if (process == NULL) {
        return 1;
    }
    tmlrt_process_wait_init(&leaf, process);
    bool waited = test_leaf_poll(&tmlrt_process_wait_desc, &leaf, &waker, &end) == TMLRT_PENDING;
    tmlrt_process_wait_desc.drop(&leaf);
    bool is_free = test_waker_refs(&waker) == 0;
    write_and_end(tmlrt_process_stream(process, 0), "\n");
    end = wait_for(process);
    tmlrt_process_free(process);
    return waited && is_free && end.status == TMLRT_OK && end.code == 9 ? 0 : 2;
}

TEST(process_wait__no_pidfds__looks_by_a_timer) {
    int how = 0;
    pid_t child = fork();
    if (child == 0) {
        _exit(without_pidfds());
    }
    REQUIRE(child > 0 && waitpid(child, &how, 0) == child && WIFEXITED(how));
    if (WEXITSTATUS(how) == 77) {
        test_skip("no seccomp here");
        return;
    }
    EXPECT_EQ(WEXITSTATUS(how), 0);
}
