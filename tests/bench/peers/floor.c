// SPDX-License-Identifier: Apache-2.0
// The floor of the HTTP benches: one thread, edge-triggered epoll, and a canned answer for whatever
// looks like the end of a request head. No parsing, no routing, no limits: what the kernel alone
// costs, one recv and one send each.
//   usage: floor PORT FILE     FILE has the whole answer, head and body
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_EVENTS = 256, MAX_PIPELINED = 64, INPUT_CAP = 16384, ANSWER_CAP = 4096 };

static char s_answers[MAX_PIPELINED * ANSWER_CAP]; // the answer, over and over
static size_t s_answer_len;
static char s_input[INPUT_CAP];

static void fail(const char* what) {
    perror(what);
    exit(1);
}

static void load_answer(const char* path) {
    FILE* file = fopen(path, "rb");
    if (file == NULL) {
        fail(path);
    }
    s_answer_len = fread(s_answers, 1, ANSWER_CAP, file);
    fclose(file);
    for (size_t i = 1; i < MAX_PIPELINED; i++) {
        memcpy(s_answers + i * s_answer_len, s_answers, s_answer_len);
    }
}

static int listen_on(uint16_t port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    struct sockaddr_in addr = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, (struct sockaddr*)&addr, sizeof(addr)) != 0 || listen(fd, 4096) != 0) {
        fail("listen");
    }
    return fd;
}

static void watch(int poller, int fd) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.fd = fd};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) {
        fail("epoll_ctl");
    }
}

static void accept_all(int poller, int listener) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        watch(poller, fd);
    }
}

/// Ends of request heads in the input; a head split over two reads is not put together, a load
/// generator's is not.
static size_t count_requests(const char* data, size_t len) {
    size_t num = 0;
    const char* end = data + len;
    for (const char* at = data; (at = memmem(at, (size_t)(end - at), "\r\n\r\n", 4)) != NULL;
         at += 4) {
        num++;
    }
    return num < MAX_PIPELINED ? num : MAX_PIPELINED;
}

/// One recv and one send: a short read leaves the rest to the next edge, as it would be with the
/// kernel's own pace.
static bool serve(int fd) {
    ssize_t len = recv(fd, s_input, sizeof(s_input), 0);
    if (len <= 0) {
        return len < 0 && errno == EAGAIN;
    }
    size_t num = count_requests(s_input, (size_t)len);
    return num == 0 || send(fd, s_answers, num * s_answer_len, MSG_NOSIGNAL) > 0;
}

int main(int argc, char** argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: floor PORT FILE\n");
        return 2;
    }
    load_answer(argv[2]);
    int poller = epoll_create1(EPOLL_CLOEXEC), listener = listen_on((uint16_t)atoi(argv[1]));
    watch(poller, listener);
    struct epoll_event events[MAX_EVENTS];
    for (;;) {
        int num = epoll_wait(poller, events, MAX_EVENTS, -1);
        for (int i = 0; i < num; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                accept_all(poller, listener);
            } else if (!serve(fd)) {
                close(fd);
            }
        }
    }
}
