// SPDX-License-Identifier: Apache-2.0
// Clients that ask and ask and do not read, over real sockets: the server answers little by little,
// then waits, and when they read at last they get every answer. (What is held meanwhile:
// test_park.)
#include "tests/support/harness.h"
#include "tests/support/http_server.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/// 25,000 answers are 9 MB: more than the sockets of both sides take.
enum { NUM_CLIENTS = 4, NUM_REQUESTS = 25000, ANSWER_CAP = 512 };

static const char s_request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

// Its receive buffer is small.
static int connect_small(const test_server* ts) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), bytes = 4096;
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)ts->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    EXPECT_EQ(connect(fd, (const struct sockaddr*)&to, sizeof to), 0);
    return fd;
}

static void ask(int fd) {
    static char batch[100 * sizeof s_request];
    size_t len = 0;
    for (int i = 0; i < 100; i++) {
        len += (size_t)sprintf(batch + len, "%s", s_request);
    }
    for (int i = 0; i < NUM_REQUESTS / 100; i++) {
        EXPECT(client_send(fd, batch, len));
    }
}

// All answers are as long as the first one.
static void read_all(int fd) {
    static char buffer[65536];
    char first[ANSWER_CAP];
    const char* answer = client_read(fd, false);
    REQUIRE(answer != NULL && strlen(answer) < sizeof first);
    size_t len = strlen(answer), got = 0, wanted = len * (NUM_REQUESTS - 1), bad = 0;
    memcpy(first, answer, len + 1);
    char *date = strstr(first, "Date: "), *date_end = date != NULL ? strchr(date, '\r') : NULL;
    REQUIRE(date_end != NULL);
    while (got < wanted) {
        ssize_t part = recv(fd, buffer, sizeof buffer, 0);
        if (part <= 0) {
            break;
        }
        for (ssize_t i = 0; i < part; i++, got++) {
            size_t at = got % len;
            bool is_date = first + at >= date && first + at < date_end;
            bad += !is_date && buffer[i] != first[at];
        }
    }
    EXPECT_EQ(got, wanted);
    EXPECT_EQ(bad, 0);
}

TEST(http_slow_readers__requests_without_end_unread__every_answer_in_the_end) {
    test_server ts;
    int fds[NUM_CLIENTS];
    REQUIRE(test_server_start(&ts, 1, NULL));
    for (int i = 0; i < NUM_CLIENTS; i++) {
        fds[i] = connect_small(&ts);
        ask(fds[i]);
    }
    for (int i = 0; i < NUM_CLIENTS; i++) {
        read_all(fds[i]);
        client_close(fds[i]);
    }
    EXPECT_EQ(trt_atomic_load(&ts.started, TRT_SEQ_CST), NUM_CLIENTS * NUM_REQUESTS);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}
