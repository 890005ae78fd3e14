// SPDX-License-Identifier: Apache-2.0
// The floor of the echo row: an epoll loop (level-triggered, one thread) that reads up to 1,024
// bytes and sends them back. Prints its port.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, BUFFER = 1024 };

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            perror(#cond);                                                                         \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static void add(int poller, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    CHECK(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == 0);
}

static int listen_anywhere(void) {
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    CHECK(fd >= 0 && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0);
    CHECK(bind(fd, (struct sockaddr*)&addr, len) == 0 && listen(fd, 1024) == 0);
    CHECK(getsockname(fd, (struct sockaddr*)&addr, &len) == 0);
    printf("%d\n", ntohs(addr.sin_port));
    fflush(stdout);
    return fd;
}

int main(void) {
    struct epoll_event events[EVENTS];
    char data[BUFFER];
    int poller = epoll_create1(EPOLL_CLOEXEC), listener = listen_anywhere();
    add(poller, listener);
    for (;;) {
        int ready = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
                CHECK(accepted >= 0);
                add(poller, accepted);
                continue;
            }
            ssize_t len = recv(fd, data, sizeof(data), 0);
            if (len <= 0 || send(fd, data, (size_t)len, MSG_NOSIGNAL) != len) {
                close(fd);
            }
        }
    }
}
