// SPDX-License-Identifier: Apache-2.0
#include "rt/os/poller.h"

#include "rt/os/clock.h"
#include "rt/os/socket.h"
#include "rt/os/thread.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static trt_event s_events[16];

// Waits once; returns the number of events.
static uint32_t wait_once(trt_poller* poller, uint64_t timeout_ns) {
    uint32_t num = 99;
    EXPECT_EQ(trt_poller_wait(poller, s_events, 16, timeout_ns, &num), TMLRT_OK);
    return num;
}

// A poller; `watched`: of a handle that nothing ever happens to, so that it waits in epoll.
typedef struct fixture {
    trt_poller* poller;
    int pipe[2];
} fixture;

static bool begin(fixture* f, bool watched) {
    f->pipe[0] = f->pipe[1] = -1;
    return trt_poller_new(&f->poller) == TMLRT_OK &&
           (!watched ||
            (pipe(f->pipe) == 0 && trt_poller_add(f->poller, f->pipe[0], 5) == TMLRT_OK));
}

static void end(fixture* f) {
    if (f->pipe[0] >= 0) {
        trt_poller_remove(f->poller, f->pipe[0]);
        close(f->pipe[0]);
        close(f->pipe[1]);
    }
    trt_poller_free(f->poller);
}

TEST(poller_wait__socket_becomes_readable__one_edge) {
    trt_poller* poller;
    int pair[2];
    REQUIRE(trt_poller_new(&poller) == TMLRT_OK);
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    REQUIRE(trt_poller_add(poller, pair[0], 77) == TMLRT_OK);
    EXPECT_EQ(trt_poller_add(poller, pair[0], 78), TMLRT_E_EXISTS);
    EXPECT_EQ(wait_once(poller, 0), 1);
    EXPECT_EQ(s_events[0].token, 77);
    EXPECT_EQ(s_events[0].bits, TRT_EV_WRITE);
    EXPECT_EQ(wait_once(poller, 0), 0);
    EXPECT_EQ(write(pair[1], "x", 1), 1);
    EXPECT_EQ(wait_once(poller, UINT64_MAX), 1);
    EXPECT(s_events[0].bits & TRT_EV_READ);
    EXPECT_EQ(wait_once(poller, 0), 0);
    shutdown(pair[1], SHUT_WR);
    EXPECT_EQ(wait_once(poller, UINT64_MAX), 1);
    EXPECT(s_events[0].bits & TRT_EV_RDHUP);
    EXPECT(!(s_events[0].bits & TRT_EV_HUP));
    close(pair[1]);
    EXPECT_EQ(wait_once(poller, UINT64_MAX), 1);
    EXPECT(s_events[0].bits & TRT_EV_HUP);
    trt_poller_remove(poller, pair[0]);
    close(pair[0]);
    trt_poller_free(poller);
}

TEST(poller_help__owner_is_busy__its_events_are_taken_once) {
    trt_poller* poller;
    int ends[2];
    uint32_t num = 99;
    REQUIRE(trt_poller_new(&poller) == TMLRT_OK);
    EXPECT_EQ(trt_poller_help(poller, s_events, 16, &num), TMLRT_OK); // nothing is watched
    EXPECT_EQ(num, 0);
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    REQUIRE(trt_poller_add(poller, ends[0], 77) == TMLRT_OK);
    trt_poller_wake(poller); // stays for the owner's next wait
    EXPECT_EQ(trt_poller_help(poller, s_events, 16, &num), TMLRT_OK);
    EXPECT_EQ(num, 1);
    EXPECT_EQ(s_events[0].token, 77);
    EXPECT_EQ(s_events[0].bits, TRT_EV_WRITE);
    EXPECT_EQ(trt_poller_help(poller, s_events, 16, &num), TMLRT_OK);
    EXPECT_EQ(num, 0);
    EXPECT_EQ(wait_once(poller, UINT64_MAX), 0);
    trt_poller_remove(poller, ends[0]);
    close(ends[0]);
    close(ends[1]);
    trt_poller_free(poller);
}

TEST(poller_add__regular_file__perm) {
    trt_poller* poller;
    REQUIRE(trt_poller_new(&poller) == TMLRT_OK);
    char path[] = "/tmp/test_poller_XXXXXX";
    int fd = mkstemp(path);
    REQUIRE(fd >= 0);
    EXPECT_EQ(trt_poller_add(poller, fd, 1), TMLRT_E_PERM);
    close(fd);
    unlink(path);
    trt_poller_free(poller);
}

TEST(poller_wait__timeout__never_early) {
    for (int watched = 0; watched < 2; watched++) {
        fixture f;
        REQUIRE(begin(&f, watched));
        uint64_t timeouts_ns[] = {1, 300000, 1000000, 2500000};
        for (int i = 0; i < 4; i++) {
            uint64_t before_ns = trt_os_now_ns();
            EXPECT_EQ(wait_once(f.poller, timeouts_ns[i]), 0);
            EXPECT(trt_os_now_ns() - before_ns >= timeouts_ns[i]);
        }
        end(&f);
    }
}

// In a child process whose kernel has no epoll_pwait2, as a seccomp filter pretends.
static int without_pwait2(int error) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_epoll_pwait2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, code};
    fixture f;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
        return 77;
    }
    if (!begin(&f, true)) {
        return 1;
    }
    uint64_t timeouts_ns[] = {1, 300000, 2500000, 0};
    for (int i = 0; i < 4; i++) {
        uint32_t num;
        uint64_t before_ns = trt_os_now_ns();
        if (trt_poller_wait(f.poller, s_events, 16, timeouts_ns[i], &num) != TMLRT_OK || num != 0 ||
            trt_os_now_ns() - before_ns < timeouts_ns[i]) {
            return 2 + i;
        }
    }
    end(&f);
    return 0;
}

TEST(poller_wait__without_epoll_pwait2__milliseconds_rounded_up) {
    int errors[] = {ENOSYS, EPERM};
    for (int i = 0; i < 2; i++) {
        int state = -1;
        pid_t child = fork();
        if (child == 0) {
            _exit(without_pwait2(errors[i]));
        }
        REQUIRE(child > 0 && waitpid(child, &state, 0) == child);
        if (WIFEXITED(state) && WEXITSTATUS(state) == 77) {
            test_skip("no seccomp here");
            return;
        }
        EXPECT(WIFEXITED(state));
        EXPECT_EQ(WEXITSTATUS(state), 0);
    }
}

static void on_signal(int number) {
    (void)number;
}

TEST(poller_wait__interrupted__success_without_events) {
    struct sigaction action = {.sa_handler = on_signal};
    struct itimerval timer = {.it_value = {.tv_usec = 2000}}, off = {0};
    REQUIRE(sigaction(SIGALRM, &action, NULL) == 0);
    for (int watched = 0; watched < 2; watched++) {
        fixture f;
        REQUIRE(begin(&f, watched));
        REQUIRE(setitimer(ITIMER_REAL, &timer, NULL) == 0);
        EXPECT_EQ(wait_once(f.poller, 20000000000ull), 0); // ends after 2 ms, not 20 s
        setitimer(ITIMER_REAL, &off, NULL);
        end(&f);
    }
}

TEST(poller_wake__before_the_wait__ends_it_once) {
    for (int watched = 0; watched < 2; watched++) {
        fixture f;
        REQUIRE(begin(&f, watched));
        trt_poller_wake(f.poller);
        trt_poller_wake(f.poller);
        EXPECT_EQ(wait_once(f.poller, UINT64_MAX), 0); // would hang without the wake
        uint64_t before_ns = trt_os_now_ns();
        EXPECT_EQ(wait_once(f.poller, 2000000), 0);
        EXPECT(trt_os_now_ns() - before_ns >= 2000000); // the two were one
        end(&f);
    }
}

// The owner waits for an event of a handle that another thread adds once it sleeps, or just before;
// the handle is ready at once. An event that is not reported hangs the test.
typedef struct adder {
    trt_poller* poller;
    trt_parker go;
    int socket;
} adder;

enum { ADDS = 2000 };

static void adder_thread(void* arg) {
    adder* a = arg;
    for (int i = 0; i < ADDS; i++) {
        trt_parker_park(&a->go, UINT64_MAX);
        (void)!trt_poller_add(a->poller, a->socket, 77); // or there is no event
    }
}

TEST(poller_add__owner_waits_without_a_handle__reported) {
    adder a = {0};
    trt_thread thread;
    int pair[2];
    REQUIRE(trt_poller_new(&a.poller) == TMLRT_OK);
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    a.socket = pair[0];
    REQUIRE(trt_thread_start(&thread, "adder", 0, adder_thread, &a) == TMLRT_OK);
    for (int i = 0; i < ADDS; i++) {
        trt_parker_unpark(&a.go);
        while (wait_once(a.poller, UINT64_MAX) == 0) {
        }
        EXPECT_EQ(s_events[0].token, 77);
        trt_poller_remove(a.poller, pair[0]);
    }
    trt_thread_join(&thread);
    close(pair[0]);
    close(pair[1]);
    trt_poller_free(a.poller);
}

TEST(poller_forget__last_handle_closed__waits_and_wakes_as_before) {
    trt_poller* poller;
    int pair[2];
    REQUIRE(trt_poller_new(&poller) == TMLRT_OK);
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    REQUIRE(trt_poller_add(poller, pair[0], 77) == TMLRT_OK);
    EXPECT_EQ(wait_once(poller, 0), 1);
    trt_poller_forget(poller);
    close(pair[0]);
    close(pair[1]);
    EXPECT_EQ(wait_once(poller, 1000000), 0);
    trt_poller_wake(poller);
    EXPECT_EQ(wait_once(poller, UINT64_MAX), 0);
    trt_poller_free(poller);
}

// Wakers post to a counter and wake; the owner only ever waits without a timeout, so a lost wake
// hangs the test. What was posted before the wake must be seen after the wait.
enum { ROUNDS = 20000, NUM_WAKERS = 3 };

typedef struct shared {
    trt_poller* poller;
    trt_atomic_u64 posted;
} shared;

static void waker_thread(void* arg) {
    shared* s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        trt_atomic_add(&s->posted, 1, TRT_RELAXED);
        trt_poller_wake(s->poller);
    }
}

static void check_wakers(bool watched) {
    shared s = {0};
    fixture f;
    trt_thread threads[NUM_WAKERS];
    REQUIRE(begin(&f, watched));
    s.poller = f.poller;
    for (int i = 0; i < NUM_WAKERS; i++) {
        REQUIRE(trt_thread_start(&threads[i], "waker", 0, waker_thread, &s) == TMLRT_OK);
    }
    while (trt_atomic_load(&s.posted, TRT_RELAXED) < NUM_WAKERS * ROUNDS) {
        wait_once(s.poller, UINT64_MAX);
    }
    for (int i = 0; i < NUM_WAKERS; i++) {
        trt_thread_join(&threads[i]);
    }
    end(&f);
}

TEST(poller_wake__three_threads__none_lost) {
    check_wakers(false);
    check_wakers(true);
}

// One wake per round and an answer to each: every one must arrive, not just the last.
typedef struct echo {
    trt_poller* poller;
    trt_parker back;
    trt_atomic_u64 value;
} echo;

static void echo_thread(void* arg) {
    echo* e = arg;
    for (int i = 0; i < ROUNDS; i++) {
        trt_atomic_add(&e->value, 1, TRT_RELAXED);
        trt_poller_wake(e->poller);
        trt_parker_park(&e->back, UINT64_MAX);
    }
}

static void check_answers(bool watched) {
    echo e = {0};
    fixture f;
    trt_thread thread;
    REQUIRE(begin(&f, watched));
    e.poller = f.poller;
    REQUIRE(trt_thread_start(&thread, "echo", 0, echo_thread, &e) == TMLRT_OK);
    uint64_t spurious = 0;
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        wait_once(e.poller, UINT64_MAX);
        // A write that the waker makes after its exchange was taken ends one wait more.
        while (trt_atomic_load(&e.value, TRT_RELAXED) < i) {
            spurious++;
            wait_once(e.poller, UINT64_MAX);
        }
        trt_parker_unpark(&e.back);
    }
    trt_thread_join(&thread);
    EXPECT(spurious <= ROUNDS);
    end(&f);
}

TEST(poller_wake__each_answered__each_arrives_with_its_writes) {
    check_answers(false);
    check_answers(true);
}

TEST(poller_new__no_memory__nomem) {
    trt_poller* poller;
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_poller_new(&poller), TMLRT_E_NOMEM);
    trt_poller_free(NULL);
}
