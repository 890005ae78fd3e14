// SPDX-License-Identifier: Apache-2.0
// A service manager played by the test: listening sockets that a child finds open.
#include "rt/os/activation.h"

#include "rt/os/unix.h"
#include "tests/support/harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

// Runs in a child, whose handles from 3 on are what the case says; exits with 0 when it was right.
static void expect_in_child(int (*check)(const trt_activation_env* env), const int* handles,
                            int num, const char* fds, const char* names) {
    pid_t child = fork();
    if (child == 0) {
        char pid[20];
        snprintf(pid, sizeof pid, "%d", getpid());
        for (int i = 0; i < num; i++) { // out of the way first
            int high = fcntl(handles[i], F_DUPFD, 100 + i);
            (void)dup2(high, 3 + i);
        }
        trt_activation_env env = {.fds = fds, .pid = pid, .names = names};
        _exit(check(&env));
    }
    int status = -1;
    REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
    EXPECT(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

static int two_listeners(const trt_activation_env* env) {
    trt_activated sockets[TRT_ACTIVATED_MAX];
    uint32_t num = 0;
    trt_activation_env others = *env;
    others.pid = "1";
    if (trt_activation_take(sockets, &num, &others) != TMLRT_OK || num != 0) {
        return 1;
    }
    if (trt_activation_take(sockets, &num, env) != TMLRT_OK || num != 2) {
        return 2;
    }
    bool tcp = sockets[0].handle == 3 && sockets[0].bound.family == 4 &&
               sockets[0].bound.port != 0 && strcmp(sockets[0].name, "web") == 0;
    bool local =
        sockets[1].handle == 4 && sockets[1].bound.family == 0 && strcmp(sockets[1].name, "") == 0;
    bool flags = (fcntl(3, F_GETFL) & O_NONBLOCK) != 0 && fcntl(4, F_GETFD) == FD_CLOEXEC;
    return !tcp ? 3 : !local ? 4 : !flags ? 5 : 0;
}

static int no_listener(const trt_activation_env* env) {
    trt_activated sockets[TRT_ACTIVATED_MAX];
    uint32_t num = 9;
    return trt_activation_take(sockets, &num, env) == TMLRT_E_NOTCONN && num == 0 ? 0 : 1;
}

static int wrong_number(const trt_activation_env* env) {
    trt_activated sockets[TRT_ACTIVATED_MAX];
    uint32_t num = 9;
    return trt_activation_take(sockets, &num, env) == TMLRT_E_INVAL && num == 0 ? 0 : 1;
}

TEST(activation_take__tcp_and_unix__in_order_with_names) {
    trt_handle tcp, local;
    trt_addr addr, bound;
    trt_unix_addr name;
    trt_unix_file file;
    trt_listen_options options = {0};
    char text[60];
    snprintf(text, sizeof text, "@activation-%d", getpid());
    REQUIRE(trt_addr_parse(&addr, "127.0.0.1", 0) == TMLRT_OK);
    REQUIRE(trt_socket_listen(&tcp, &bound, &addr, &options) == TMLRT_OK);
    REQUIRE(trt_unix_addr_parse(&name, text) == TMLRT_OK);
    REQUIRE(trt_unix_listen(&local, &file, &name, 8) == TMLRT_OK);
    const int both[] = {(int)tcp, (int)local};
    expect_in_child(two_listeners, both, 2, "2", "web");
    trt_socket_close(tcp, false);
    trt_socket_close(local, false);
}

TEST(activation_take__a_pipe_or_a_wrong_number__refused) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    expect_in_child(no_listener, ends, 1, "1", NULL);
    expect_in_child(wrong_number, ends, 1, "seventeen", NULL);
    expect_in_child(wrong_number, ends, 1, "17", NULL);
    close(ends[0]);
    close(ends[1]);
}
