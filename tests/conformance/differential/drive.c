// SPDX-License-Identifier: Apache-2.0
// The client of the differential test: sends each input over a connection of its own, half-closes,
// reads to the end, and writes a line per input: the final statuses, each with what X-Seen said,
// and how the connection ended (F: FIN, R: reset, T: nothing came for PATIENCE_NS). One thread, one
// epoll, loopback only; source addresses take turns, so that none runs out of ports.
//
//   drive PORT INPUTS CONNECTIONS   INPUTS: each a length (4 bytes, little-endian) and so many
//   bytes
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_NS 10000000000ull

enum { MAX_CONNS = 256, ANSWER_CAP = 1 << 16, LINE_CAP = 4096 };

typedef struct conn {
    int fd; // -1: none
    uint32_t input;
    size_t at; // of the input that was sent
    bool cut;  // sending has ended
    uint64_t since_ns;
    size_t len;
    char data[ANSWER_CAP];
} conn;

static const uint8_t** s_inputs;
static uint32_t* s_lengths;
static char** s_lines;
static uint32_t s_num, s_next, s_done;
static conn s_conns[MAX_CONNS];
static int s_epoll, s_port;

static void die(const char* what) {
    perror(what);
    exit(2);
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void load(const char* path) {
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about) != 0) {
        die(path);
    }
    size_t size = (size_t)about.st_size;
    const uint8_t* data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) {
        die("mmap");
    }
    for (int pass = 0; pass < 2; pass++) {
        s_num = 0;
        for (size_t at = 0; at + 4 <= size; s_num++) {
            uint32_t len = data[at] | (uint32_t)data[at + 1] << 8 | (uint32_t)data[at + 2] << 16 |
                           (uint32_t)data[at + 3] << 24;
            if (pass == 1) {
                s_inputs[s_num] = data + at + 4;
                s_lengths[s_num] = len;
            }
            at += 4 + (size_t)len;
        }
        if (pass == 0) {
            s_inputs = calloc(s_num + 1, sizeof *s_inputs);
            s_lengths = calloc(s_num + 1, sizeof *s_lengths);
            s_lines = calloc(s_num + 1, sizeof *s_lines);
            if (s_inputs == NULL || s_lengths == NULL || s_lines == NULL) {
                die("memory");
            }
        }
    }
}

// The line of an input: "200 GET 0,400 F". Final answers only; X-Seen counts up to the next status
// line.
static char* line_of(const conn* c, char how) {
    char line[LINE_CAP];
    size_t len = 0;
    const char *at = c->data, *end = c->data + c->len;
    while ((at = memmem(at, (size_t)(end - at), "HTTP/1.", 7)) != NULL && end - at >= 12) {
        const char* status = at + 9;
        const char* next = memmem(status, (size_t)(end - status), "HTTP/1.", 7);
        const char* stop = next != NULL ? next : end;
        at = status;
        if (status[0] < '2' || status[0] > '5' || len > LINE_CAP - 200) {
            continue; // 1xx, and what is no status line
        }
        len += (size_t)snprintf(line + len, sizeof line - len, "%s%.3s", len ? "," : "", status);
        const char* seen = memmem(status, (size_t)(stop - status), "\r\nX-Seen: ", 10);
        for (seen = seen ? seen + 9 : stop; seen < stop && *seen != '\r' && len < LINE_CAP - 100;) {
            line[len++] = *seen++;
        }
    }
    line[len++] = ' ';
    line[len++] = how;
    line[len] = '\0';
    return strdup(line);
}

static void begin(conn* c, uint32_t input);

static void end(conn* c, char how) {
    struct linger reset = {1, 0};
    s_lines[c->input] = line_of(c, how);
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(c->fd);
    c->fd = -1;
    s_done++;
    if (s_next < s_num) {
        begin(c, s_next++);
    }
}

static void transmit(conn* c) {
    while (!c->cut) {
        size_t left = s_lengths[c->input] - c->at;
        ssize_t sent = left == 0 ? 0 : send(c->fd, s_inputs[c->input] + c->at, left, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        c->at += sent > 0 ? (size_t)sent : 0;
        if (sent < 0 || c->at == s_lengths[c->input]) {
            struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
            c->cut = true;
            shutdown(c->fd, SHUT_WR);
            epoll_ctl(s_epoll, EPOLL_CTL_MOD, c->fd, &event);
        }
    }
}

static void receive(conn* c) {
    static char rest[ANSWER_CAP];
    for (;;) {
        bool full = c->len == ANSWER_CAP; // what follows only matters for the end
        ssize_t got = full ? recv(c->fd, rest, sizeof rest, 0)
                           : recv(c->fd, c->data + c->len, ANSWER_CAP - c->len, 0);
        if (got > 0) {
            c->len += full ? 0 : (size_t)got;
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        end(c, got == 0 ? 'F' : 'R');
        return;
    }
}

static void begin(conn* c, uint32_t input) {
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(0x7F000101u + input % 250)};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)s_port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0) {
        die("socket");
    }
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(fd, (struct sockaddr*)&from, sizeof from) != 0 ||
        (connect(fd, (struct sockaddr*)&to, sizeof to) != 0 && errno != EINPROGRESS)) {
        die("connect");
    }
    c->fd = fd;
    c->input = input;
    c->at = c->len = 0;
    c->cut = false;
    c->since_ns = now_ns();
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
    epoll_ctl(s_epoll, EPOLL_CTL_ADD, fd, &event);
}

int main(int argc, char** argv) {
    struct epoll_event events[64];
    if (argc != 4) {
        fprintf(stderr, "usage: drive PORT INPUTS CONNECTIONS\n");
        return 2;
    }
    s_port = atoi(argv[1]);
    load(argv[2]);
    int num = atoi(argv[3]);
    num = num < 1 ? 1 : num > MAX_CONNS ? MAX_CONNS : num;
    s_epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < MAX_CONNS; i++) {
        s_conns[i].fd = -1;
    }
    for (int i = 0; i < num && s_next < s_num; i++) {
        begin(&s_conns[i], s_next++);
    }
    while (s_done < s_num) {
        int got = epoll_wait(s_epoll, events, 64, 500);
        for (int i = 0; i < got; i++) {
            conn* c = events[i].data.ptr;
            if ((events[i].events & EPOLLOUT) != 0) {
                transmit(c);
            }
            if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
                receive(c);
            }
        }
        uint64_t now = now_ns();
        for (int i = 0; i < num; i++) {
            if (s_conns[i].fd >= 0 && now - s_conns[i].since_ns > PATIENCE_NS) {
                end(&s_conns[i], 'T');
            }
        }
    }
    for (uint32_t i = 0; i < s_num; i++) {
        puts(s_lines[i] != NULL ? s_lines[i] : " M");
    }
    return 0;
}
