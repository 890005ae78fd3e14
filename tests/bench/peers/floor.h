// SPDX-License-Identifier: Apache-2.0
// What the floors share: a listener on loopback, one edge-triggered epoll, connections accepted and
// watched, and whatever ends the program said. One thread. Included by floor.c, tls_floor.c and
// h2_floor.c, which bring `serve`.
#ifndef BENCH_PEERS_FLOOR_H
#define BENCH_PEERS_FLOOR_H

#include <errno.h>
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

enum { FLOOR_EVENTS = 256 };

/// floor_calls is what a floor does with its connections.
typedef struct floor_calls {
    void* (*open)(int fd);     ///< the connection's own; NULL: none, close it
    bool (*serve)(void* self); ///< bytes came: false closes
    void (*close)(void* self); ///< frees, and closes the descriptor
} floor_calls;

static void floor_fail(const char* what) {
    perror(what);
    exit(1);
}

/// floor_load reads a file of at most `cap` bytes.
static size_t floor_load(const char* path, char* out, size_t cap) {
    FILE* file = fopen(path, "rb");
    if (file == NULL) {
        floor_fail(path);
    }
    size_t len = fread(out, 1, cap, file);
    fclose(file);
    return len;
}

static int floor_listen(const char* port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)atoi(port)),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, (struct sockaddr*)&addr, sizeof(addr)) != 0 || listen(fd, 4096) != 0) {
        floor_fail("listen");
    }
    return fd;
}

static void floor_watch(int poller, int fd, void* self) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.ptr = self};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) {
        floor_fail("epoll_ctl");
    }
}

static void floor_accept(int poller, int listener, const floor_calls* calls) {
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        void* self = calls->open(fd);
        if (self == NULL) {
            close(fd);
        } else {
            floor_watch(poller, fd, self);
        }
    }
}

/// floor_run serves until the process is ended.
static void floor_run(const char* port, const floor_calls* calls) {
    static int s_listener; // its address stands for the listener among the events
    int poller = epoll_create1(EPOLL_CLOEXEC);
    s_listener = floor_listen(port);
    floor_watch(poller, s_listener, &s_listener);
    struct epoll_event events[FLOOR_EVENTS];
    for (;;) {
        int num = epoll_wait(poller, events, FLOOR_EVENTS, -1);
        for (int i = 0; i < num; i++) {
            void* self = events[i].data.ptr;
            if (self == &s_listener) {
                floor_accept(poller, s_listener, calls);
            } else if (!calls->serve(self)) {
                calls->close(self);
            }
        }
    }
}

#endif
