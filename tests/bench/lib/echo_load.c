// SPDX-License-Identifier: Apache-2.0
// Load for echo servers: `echo_load PORT CONNECTIONS` opens the connections, prints "ready" and
// then takes counts on standard input: each is answered, after that many round trips of 64 bytes
// spread over all connections (one on the way in each), by the nanoseconds they took. It never
// sleeps meanwhile: waking it would be paid by the server, and how often that is depends on which
// of the two happens to be a little faster, not on what a message costs. Its end resets the
// connections, so that none is left waiting.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE = 64, EVENTS = 256 };
#define LONGEST_NS 60000000000u

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: %s is false: %s\n", __FILE__, __LINE__, #cond,                 \
                    strerror(errno));                                                              \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

typedef struct peer {
    int fd;
    int received; ///< of the message on the way
} peer;

static char s_message[MESSAGE];

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int connect_to(int port) {
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    CHECK(fd >= 0);
    CHECK(connect(fd, (struct sockaddr*)&addr, sizeof(addr)) == 0);
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0);
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) == 0);
    return fd;
}

static void ask(peer* p) {
    p->received = 0;
    CHECK(send(p->fd, s_message, MESSAGE, MSG_NOSIGNAL) == MESSAGE);
}

// Reads what is there; true: the answer is whole.
static bool take(peer* p) {
    char data[MESSAGE];
    ssize_t got = recv(p->fd, data, (size_t)(MESSAGE - p->received), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) {
        return false;
    }
    CHECK(got > 0 && memcmp(data, s_message + p->received, (size_t)got) == 0);
    p->received += (int)got;
    return p->received == MESSAGE;
}

// `count` round trips, at least one per connection.
static void run(int poller, peer* peers, uint64_t num, uint64_t count) {
    struct epoll_event events[EVENTS];
    uint64_t asked = 0, answered = 0;
    for (; asked < num; asked++) {
        ask(&peers[asked]);
    }
    count = count < num ? num : count;
    uint64_t until_ns = now_ns() + LONGEST_NS;
    while (answered < count) {
        int ready = epoll_wait(poller, events, EVENTS, 0);
        CHECK(ready >= 0 || errno == EINTR);
        if (ready <= 0) {
            CHECK(now_ns() < until_ns);
            sched_yield();
        }
        for (int i = 0; i < ready; i++) {
            peer* p = events[i].data.ptr;
            if (take(p)) {
                answered++;
                if (asked < count) {
                    asked++;
                    ask(p);
                }
            }
        }
    }
}

int main(int argc, char** argv) {
    CHECK(argc == 3);
    uint64_t num = strtoull(argv[2], NULL, 10), count = 0;
    peer* peers = calloc(num, sizeof(*peers));
    int poller = epoll_create1(EPOLL_CLOEXEC);
    CHECK(peers != NULL && poller >= 0);
    memset(s_message, 'm', MESSAGE);
    for (uint64_t i = 0; i < num; i++) {
        peers[i].fd = connect_to(atoi(argv[1]));
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &peers[i]};
        CHECK(epoll_ctl(poller, EPOLL_CTL_ADD, peers[i].fd, &event) == 0);
    }
    printf("ready\n");
    fflush(stdout);
    while (scanf("%lu", &count) == 1) {
        uint64_t from = now_ns();
        run(poller, peers, num, count);
        printf("%lu\n", now_ns() - from);
        fflush(stdout);
    }
    return 0;
}
