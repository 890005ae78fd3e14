// SPDX-License-Identifier: Apache-2.0
// Open-loop load: requests leave by a fixed schedule, however late the answers are, and each
// latency counts from the moment its request was due, so a server that stalls is charged for all
// that should have been asked meanwhile (no coordinated omission).
//   usage: open_loop PORT PATH CONNECTIONS RATE SECONDS
// One thread. The connections come from 64 addresses (127.0.1.1 and on) and are used in turn; a
// request whose connection still waits for an answer is sent when that has come, and keeps its due
// time. Prints one line:
//   sent N answered N errors N late_us N p50_us N p90_us N p99_us N p999_us N max_us N
// late_us: the 99th percentile of how much later than due a request was written, the generator's
// own share. Prints "ready" before the first request, with all connections open.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, WAITING = 64, HEAD_CAP = 2048, SOURCES = 64 };
enum { SUB_BITS = 6, SUB = 1 << SUB_BITS, BUCKETS = (64 - SUB_BITS) * SUB };
#define GRACE_NS UINT64_C(5000000000) // after the last request, for answers

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: %s is false: %s\n", __FILE__, __LINE__, #cond,                 \
                    strerror(errno));                                                              \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

// ---- latencies in constant memory ---------------------------------------------------------------

/// Counts by size: 64 steps in each power of two, so at most 1.6 % off.
typedef struct histogram {
    uint64_t counts[BUCKETS], total, max;
} histogram;

static uint32_t bucket_of(uint64_t value) {
    if (value < SUB) {
        return (uint32_t)value;
    }
    uint32_t shift = 63 - (uint32_t)__builtin_clzll(value) - SUB_BITS;
    return (shift + 1) * SUB + (uint32_t)(value >> shift) - SUB;
}

static uint64_t value_of(uint32_t bucket) {
    uint32_t shift = bucket / SUB;
    return shift == 0 ? bucket : (uint64_t)(SUB + bucket % SUB) << (shift - 1);
}

static void add(histogram* to, uint64_t value) {
    to->counts[bucket_of(value)]++;
    to->total++;
    to->max = value > to->max ? value : to->max;
}

static double percentile_us(const histogram* of, double part) {
    uint64_t wanted = (uint64_t)((double)of->total * part), seen = 0;
    for (uint32_t i = 0; i < BUCKETS; i++) {
        seen += of->counts[i];
        if (seen > wanted) {
            return (double)value_of(i) / 1e3;
        }
    }
    return (double)of->max / 1e3;
}

// ---- connections --------------------------------------------------------------------------------

typedef struct peer {
    int fd; ///< -1: lost
    bool asked;
    uint32_t first, num;   ///< of `due`: the one that is asked, or is next, first
    uint64_t due[WAITING]; ///< nanoseconds
    char head[HEAD_CAP];
    size_t head_len;
    uint64_t body_left; ///< of the answer that is being read, once its head is there
    bool in_body;
} peer;

static char s_request[1024];
static size_t s_request_len;
static histogram s_latency, s_late;
static uint64_t s_sent, s_answered, s_errors;

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int connect_from(uint32_t source, int port) {
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    CHECK(fd >= 0);
    from.sin_addr.s_addr = htonl(0x7F000101u + source);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons((uint16_t)port);
    CHECK(setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one)) == 0);
    CHECK(bind(fd, (struct sockaddr*)&from, sizeof(from)) == 0);
    CHECK(connect(fd, (struct sockaddr*)&to, sizeof(to)) == 0);
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    return fd;
}

static void lose(peer* p) {
    s_errors += p->num == 0 ? 1 : p->num;
    close(p->fd);
    p->fd = -1;
    p->num = 0;
}

static void ask(peer* p, uint64_t at_ns) {
    uint64_t due = p->due[p->first % WAITING];
    if (send(p->fd, s_request, s_request_len, MSG_NOSIGNAL) != (ssize_t)s_request_len) {
        lose(p);
        return;
    }
    add(&s_late, at_ns > due ? at_ns - due : 0);
    p->asked = true;
    s_sent++;
}

static void request(peer* p, uint64_t due_ns, uint64_t at_ns) {
    if (p->fd < 0 || p->num == WAITING) {
        s_errors++;
        return;
    }
    p->due[(p->first + p->num++) % WAITING] = due_ns;
    if (!p->asked) {
        ask(p, at_ns);
    }
}

static void answered(peer* p, uint64_t at_ns) {
    add(&s_latency, at_ns - p->due[p->first % WAITING]);
    s_answered++;
    p->first++;
    p->num--;
    p->asked = p->in_body = false;
    p->head_len = 0;
    if (p->num != 0) {
        ask(p, at_ns);
    }
}

// The body's length by Content-Length; -1: not one answer with status 200 and that field.
static int64_t body_len(const char* head, size_t len) {
    static const char s_status[] = "HTTP/1.1 200", s_name[] = "\r\nContent-Length:";
    if (len < sizeof(s_status) || memcmp(head, s_status, sizeof(s_status) - 1) != 0) {
        return -1;
    }
    for (const char* at = head; (at = memchr(at, '\r', (size_t)(head + len - at))) != NULL; at++) {
        if (strncasecmp(at, s_name, sizeof(s_name) - 1) == 0) {
            return strtoll(at + sizeof(s_name) - 1, NULL, 10);
        }
    }
    return -1;
}

// Takes what came; false: it is no answer to one request.
static bool feed(peer* p, const char* data, size_t len, uint64_t at_ns) {
    if (!p->in_body) {
        size_t room = HEAD_CAP - 1 - p->head_len, taken = len < room ? len : room;
        memcpy(p->head + p->head_len, data, taken);
        p->head_len += taken;
        p->head[p->head_len] = '\0';
        const char* end = strstr(p->head, "\r\n\r\n");
        if (end == NULL) {
            return p->head_len < HEAD_CAP - 1;
        }
        size_t head_len = (size_t)(end + 4 - p->head);
        int64_t body = body_len(p->head, head_len);
        if (body < 0 || p->head_len - head_len > (uint64_t)body || taken != len) {
            return false;
        }
        p->in_body = true;
        p->body_left = (uint64_t)body - (p->head_len - head_len);
    } else if (len > p->body_left) {
        return false;
    } else {
        p->body_left -= len;
    }
    if (p->body_left == 0) {
        answered(p, at_ns);
    }
    return true;
}

static void read_some(peer* p) {
    char data[16384];
    while (p->fd >= 0) {
        ssize_t got = recv(p->fd, data, sizeof(data), 0);
        if (got < 0 && errno == EAGAIN) {
            return;
        }
        if (got <= 0 || !p->asked || !feed(p, data, (size_t)got, now_ns())) {
            lose(p);
            return;
        }
        if ((size_t)got < sizeof(data)) {
            return;
        }
    }
}

// ---- the schedule -------------------------------------------------------------------------------

static void run(int poller, peer* peers, uint64_t num, double rate, double seconds) {
    struct epoll_event events[EVENTS];
    uint64_t total = (uint64_t)(rate * seconds), next = 0, begin = now_ns() + 10000000;
    uint64_t end = begin + (uint64_t)(seconds * 1e9) + GRACE_NS;
    for (;;) {
        uint64_t now = now_ns(), due = 0;
        while (next < total && (due = begin + (uint64_t)((double)next * 1e9 / rate)) <= now) {
            request(&peers[next++ % num], due, now);
        }
        if (now >= end || (next == total && s_answered + s_errors >= total)) {
            return;
        }
        uint64_t until = next < total ? due - now : end - now;
        struct timespec wait = {.tv_sec = (time_t)(until / 1000000000u),
                                .tv_nsec = (long)(until % 1000000000u)};
        int ready = epoll_pwait2(poller, events, EVENTS, &wait, NULL);
        CHECK(ready >= 0 || errno == EINTR);
        for (int i = 0; i < ready; i++) {
            read_some(events[i].data.ptr);
        }
    }
}

int main(int argc, char** argv) {
    CHECK(argc == 6);
    uint64_t num = strtoull(argv[3], NULL, 10);
    double rate = strtod(argv[4], NULL), seconds = strtod(argv[5], NULL);
    CHECK(num > 0 && rate > 0 && seconds > 0);
    int len = snprintf(s_request, sizeof(s_request), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
                       argv[2]);
    CHECK(len > 0 && (size_t)len < sizeof(s_request));
    s_request_len = (size_t)len;
    peer* peers = calloc(num, sizeof(*peers));
    int poller = epoll_create1(EPOLL_CLOEXEC);
    CHECK(peers != NULL && poller >= 0);
    for (uint64_t i = 0; i < num; i++) {
        peers[i].fd = connect_from((uint32_t)(i % SOURCES), atoi(argv[1]));
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &peers[i]};
        CHECK(epoll_ctl(poller, EPOLL_CTL_ADD, peers[i].fd, &event) == 0);
    }
    printf("ready\n");
    fflush(stdout);
    run(poller, peers, num, rate, seconds);
    printf("sent %lu answered %lu errors %lu late_us %.0f p50_us %.0f p90_us %.0f p99_us %.0f "
           "p999_us %.0f max_us %.0f\n",
           s_sent, s_answered, s_errors, percentile_us(&s_late, 0.99),
           percentile_us(&s_latency, 0.5), percentile_us(&s_latency, 0.9),
           percentile_us(&s_latency, 0.99), percentile_us(&s_latency, 0.999),
           (double)s_latency.max / 1e3);
    return 0;
}
