// SPDX-License-Identifier: Apache-2.0
// The attacker's side of tests/attack: one thread, one epoll, loopback only.
//
//   attack flood PORT key=value...   many connections that follow one script; prints one line
//   attack honest PORT SECONDS PATH  two keep-alive connections, 200 requests a second in all,
//   until
//                                   then or SIGTERM; prints one line
//   attack sink BYTES                prints its port, then accepts, reads and throws away, and
//                                   closes after BYTES of a connection (0: never)
//
// The script of a connection: send `open`, then `more` up to `repeat` times, `every` ms (0: as fast
// as it is taken), then hold, finish (fin) or reset. It ends when the server ends it, when
// `answers` answers have come, or when it has reset. What it ended with: the status of the last
// answer when that was an error or the script counts answers; else close (FIN), reset (RST),
// refused, or gone (it reset by itself). With h2=1 the answers are frames: those that end a stream
// count, and a GOAWAY with an error is what it ended with (goaway11).
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000ull
#define GRACE_NS                                                                                   \
    (15000 * MS) ///< a reconnecting attack on a slow server goes on until one has ended

enum { MAX_CONNS = 19000, PIECE_CAP = 1 << 23, FRAME_HEAD = 9, GOAWAY_BYTES = 8, GOAWAY = 600 };
enum { AFTER_HOLD, AFTER_FIN, AFTER_RESET };

typedef struct bytes {
    char* data;
    size_t len;
} bytes;

typedef struct script {
    bytes open, more;
    uint64_t repeat, every_ns, num_answers;
    int port, num_sources, num_conns, after, window;
    bool reads, reconnect, h2;
    uint64_t span_ns;
} script;

typedef struct conn {
    int fd; // -1: not open
    bool connected, done_sending;
    uint64_t opened_ns, next_ns;
    size_t at; // of what is being sent
    uint64_t num_more;
    uint64_t num_answers;
    int status;    // of the last answer
    char tail[16]; // end of what was read
    size_t tail_len;
    uint8_t frame[FRAME_HEAD + GOAWAY_BYTES]; // head of the frame that is coming, a GOAWAY's reason
    size_t frame_len;
    uint32_t frame_left; // of its payload
} conn;

enum { END_CLOSE = 1, END_RESET, END_REFUSED, END_GONE, END_OPEN, NUM_ENDS = 1000 };

static script s_script = {.num_sources = 1, .num_conns = 1, .reads = true};
static conn s_conns[MAX_CONNS];
static uint64_t s_ends[NUM_ENDS], s_opened, s_failed;
static bool s_ended; // at least one connection
static int s_num_open, s_peak, s_epoll;
static uint64_t s_longest_ns; // a connection's life, from connect to its end

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void die(const char* what) {
    perror(what);
    exit(2);
}

static struct sockaddr_in loopback(int host, int port) {
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(0x7F000000u + (uint32_t)host)};
}

static bytes read_file(const char* path) {
    bytes out = {calloc(1, PIECE_CAP), 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || out.data == NULL) {
        die(path);
    }
    for (ssize_t got; (got = read(fd, out.data + out.len, PIECE_CAP - out.len)) > 0;) {
        out.len += (size_t)got;
    }
    close(fd);
    return out;
}

// ---- flood --------------------------------------------------------------------------------------

static void watch(conn* c, int op) {
    bool writes = !c->connected || (!c->done_sending && c->next_ns == 0);
    struct epoll_event event = {.events = EPOLLRDHUP | (s_script.reads ? EPOLLIN : 0u) |
                                          (writes ? EPOLLOUT : 0u),
                                .data.ptr = c};
    epoll_ctl(s_epoll, op, c->fd, &event);
}

static void end(conn* c, int how) {
    struct linger reset = {1, 0};
    bool counted = s_script.num_answers != 0 || s_script.after == AFTER_FIN;
    if (c->status >= 400 || (c->status != 0 && counted && how != END_RESET)) {
        how = c->status;
    }
    s_ends[how]++;
    s_ended = true;
    uint64_t life_ns = now_ns() - c->opened_ns;
    s_longest_ns = life_ns > s_longest_ns && how != END_OPEN ? life_ns : s_longest_ns;
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset); // no port stays in TIME_WAIT
    close(c->fd);
    c->fd = -1;
    s_num_open--;
}

static void begin(conn* c, int index) {
    struct sockaddr_in from = loopback(0x101 + index % s_script.num_sources, 0);
    struct sockaddr_in to = loopback(1, s_script.port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0) {
        s_failed++;
        return;
    }
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (s_script.window != 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &s_script.window, sizeof s_script.window);
    }
    *c = (conn){.fd = fd, .opened_ns = now_ns()};
    if (bind(fd, (struct sockaddr*)&from, sizeof from) != 0 ||
        (connect(fd, (struct sockaddr*)&to, sizeof to) != 0 && errno != EINPROGRESS)) {
        s_failed++;
        close(fd);
        c->fd = -1;
        return;
    }
    s_opened++;
    s_num_open++;
    s_peak = s_num_open > s_peak ? s_num_open : s_peak;
    watch(c, EPOLL_CTL_ADD);
}

// Status lines in what came; they may be cut anywhere.
static void look(conn* c, const char* data, size_t len) {
    static char text[(1 << 16) + 32];
    memcpy(text, c->tail, c->tail_len);
    memcpy(text + c->tail_len, data, len);
    len += c->tail_len;
    const char *at = text, *end_of = text + len;
    while ((at = memmem(at, (size_t)(end_of - at), "HTTP/1.1 ", 9)) != NULL && end_of - at >= 12) {
        int status = (at[9] - '0') * 100 + (at[10] - '0') * 10 + at[11] - '0';
        if (status >= 200 && status < NUM_ENDS) {
            c->status = status;
            c->num_answers++;
        }
        at += 12;
    }
    size_t keep = at != NULL ? (size_t)(end_of - at) : len < 8 ? len : 8;
    memcpy(c->tail, end_of - keep, keep);
    c->tail_len = keep;
}

static void frame_begins(conn* c) {
    const uint8_t* f = c->frame;
    bool ends = f[3] <= 1 && (f[4] & 1) != 0; // DATA or HEADERS with END_STREAM
    c->num_answers += ends;
    c->frame_left = (uint32_t)f[0] << 16 | (uint32_t)f[1] << 8 | f[2];
}

// The same over frames, cut anywhere.
static void look_at_frames(conn* c, const uint8_t* data, size_t len) {
    while (len != 0) {
        bool goaway = c->frame_len >= FRAME_HEAD && c->frame[3] == 7;
        if (c->frame_len < FRAME_HEAD || (goaway && c->frame_len < sizeof c->frame)) {
            c->frame_left -= c->frame_len >= FRAME_HEAD && c->frame_left != 0;
            c->frame[c->frame_len++] = *data++;
            len--;
            if (c->frame_len == FRAME_HEAD) {
                frame_begins(c);
            }
            if (c->frame_len == sizeof c->frame && c->frame[16] != 0) {
                c->status = GOAWAY + c->frame[16];
            }
        } else {
            size_t part = len < c->frame_left ? len : c->frame_left;
            c->frame_left -= (uint32_t)part;
            data += part;
            len -= part;
        }
        if (c->frame_len >= FRAME_HEAD && c->frame_left == 0) {
            c->frame_len = 0;
        }
    }
}

// False: the connection has ended.
static bool receive(conn* c) {
    static char data[1 << 16];
    for (;;) {
        ssize_t got = recv(c->fd, data, sizeof data, 0);
        if (got > 0) {
            if (s_script.h2) {
                look_at_frames(c, (const uint8_t*)data, (size_t)got);
            } else {
                look(c, data, (size_t)got);
            }
            if (s_script.num_answers != 0 && c->num_answers >= s_script.num_answers) {
                end(c, END_CLOSE);
                return false;
            }
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return true;
        }
        end(c, got == 0 ? END_CLOSE : END_RESET);
        return false;
    }
}

static void finish_sending(conn* c) {
    c->done_sending = true;
    if (s_script.after == AFTER_RESET) {
        end(c, END_GONE);
        return;
    }
    if (s_script.after == AFTER_FIN) {
        shutdown(c->fd, SHUT_WR);
    }
    watch(c, EPOLL_CTL_MOD);
}

// A connection whose peer takes everything does not keep the others waiting.
static void transmit(conn* c, uint64_t now) {
    for (int turns = 0; !c->done_sending && turns < 64; turns++) {
        const bytes* piece = c->num_more == 0 ? &s_script.open : &s_script.more;
        if (c->at < piece->len) {
            ssize_t sent = send(c->fd, piece->data + c->at, piece->len - c->at, MSG_NOSIGNAL);
            if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
                return;
            }
            if (sent < 0) { // what it said before it ended can still be read
                if (!s_script.reads || receive(c)) {
                    end(c, END_RESET);
                }
                return;
            }
            c->at += (size_t)sent;
            continue;
        }
        if (c->num_more >= s_script.repeat) {
            finish_sending(c);
            return;
        }
        c->at = 0;
        c->num_more++;
        if (s_script.every_ns != 0) {
            c->next_ns = now + s_script.every_ns;
            watch(c, EPOLL_CTL_MOD);
            return;
        }
    }
}

static void handle(conn* c, uint32_t events, uint64_t now) {
    if (!c->connected) {
        int error = 0;
        socklen_t len = sizeof error;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
        if (error != 0) {
            end(c, error == ECONNREFUSED ? END_REFUSED : END_RESET);
            return;
        }
        if ((events & EPOLLOUT) == 0) {
            return;
        }
        c->connected = true;
        watch(c, EPOLL_CTL_MOD);
    }
    if ((events & EPOLLERR) != 0 && !s_script.reads) {
        end(c, END_RESET);
        return;
    }
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        if (s_script.reads ? !receive(c) : (events & (EPOLLRDHUP | EPOLLHUP)) != 0) {
            if (c->fd >= 0) {
                end(c, END_CLOSE);
            }
            return;
        }
    }
    if ((events & EPOLLOUT) != 0 && c->next_ns == 0) {
        transmit(c, now);
    }
}

// What is due by the clock, and what is to be opened (again). Returns the time of the next.
static uint64_t tick(uint64_t now, uint64_t until) {
    uint64_t next = until < now + 20 * MS ? until : now + 20 * MS;
    for (int i = 0; i < s_script.num_conns; i++) {
        conn* c = &s_conns[i];
        if (c->fd < 0 && (c->opened_ns == 0 || s_script.reconnect)) {
            begin(c, i);
        } else if (c->fd >= 0 && c->next_ns != 0 && c->next_ns <= now) {
            c->next_ns = 0;
            transmit(c, now);
        }
        next = c->fd >= 0 && c->next_ns != 0 && c->next_ns < next ? c->next_ns : next;
    }
    return next;
}

static void set(const char* arg) {
    const char* value = strchr(arg, '=');
    size_t len = value != NULL ? (size_t)(value++ - arg) : 0;
    char key[16] = "";
    memcpy(key, arg, len < 15 ? len : 15);
    uint64_t number = value != NULL ? strtoull(value, NULL, 10) : 0;
    script* s = &s_script;
    if (strcmp(key, "open") == 0) {
        s->open = read_file(value);
    } else if (strcmp(key, "more") == 0) {
        s->more = read_file(value);
    } else if (strcmp(key, "repeat") == 0) {
        s->repeat = number;
    } else if (strcmp(key, "every") == 0) {
        s->every_ns = number * MS;
    } else if (strcmp(key, "answers") == 0) {
        s->num_answers = number;
    } else if (strcmp(key, "sources") == 0) {
        s->num_sources = (int)number;
    } else if (strcmp(key, "conns") == 0) {
        s->num_conns = number < MAX_CONNS ? (int)number : MAX_CONNS;
    } else if (strcmp(key, "after") == 0) {
        s->after = (int)number;
    } else if (strcmp(key, "window") == 0) {
        s->window = (int)number;
    } else if (strcmp(key, "reads") == 0) {
        s->reads = number != 0;
    } else if (strcmp(key, "reconnect") == 0) {
        s->reconnect = number != 0;
    } else if (strcmp(key, "h2") == 0) {
        s->h2 = number != 0;
    } else if (strcmp(key, "ms") == 0) {
        s->span_ns = number * MS;
    } else {
        fprintf(stderr, "attack: unknown key in '%s'\n", arg);
        exit(2);
    }
}

static double cpu_s(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void print_result(double cpu) {
    static const char* const names[] = {"", "close", "reset", "refused", "gone", "open"};
    printf("opened=%" PRIu64 " failed=%" PRIu64 " peak=%d cpu=%.4f longest_ms=%" PRIu64, s_opened,
           s_failed, s_peak, cpu, (uint64_t)(s_longest_ns / MS));
    for (int i = 0; i < NUM_ENDS; i++) {
        if (s_ends[i] != 0 && i < 100) {
            printf(" end.%s=%" PRIu64, names[i], s_ends[i]);
        } else if (s_ends[i] != 0 && i > GOAWAY) {
            printf(" end.goaway%d=%" PRIu64, i - GOAWAY, s_ends[i]);
        } else if (s_ends[i] != 0) {
            printf(" end.%d=%" PRIu64, i, s_ends[i]);
        }
    }
    printf("\n");
}

static int flood(int argc, char** argv) {
    struct epoll_event events[256];
    s_script.port = atoi(argv[2]);
    for (int i = 3; i < argc; i++) {
        set(argv[i]);
    }
    s_epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < MAX_CONNS; i++) {
        s_conns[i].fd = -1;
    }
    double cpu = cpu_s();
    uint64_t until = now_ns() + s_script.span_ns, now, next = 0;
    while (
        ((now = now_ns()) < until || (s_script.reconnect && !s_ended && now < until + GRACE_NS)) &&
        (s_script.reconnect || s_opened == 0 || s_num_open != 0)) {
        if (now >= next) {
            next = tick(now, until);
        }
        int wait = next > now ? (int)((next - now) / MS) : 0;
        int num = epoll_wait(s_epoll, events, 256, wait);
        now = now_ns();
        for (int i = 0; i < num; i++) {
            conn* c = events[i].data.ptr;
            if (c->fd >= 0) {
                handle(c, events[i].events, now);
            }
            if (c->fd < 0 && s_script.reconnect) {
                begin(c, (int)(c - s_conns));
            }
        }
    }
    cpu = cpu_s() - cpu;
    s_ends[END_OPEN] = s_script.reconnect ? 0 : (uint64_t)s_num_open;
    print_result(cpu);
    return 0;
}

// ---- honest -------------------------------------------------------------------------------------

static int connect_blocking(int port) {
    struct sockaddr_in to = loopback(1, port);
    struct timeval timeout = {.tv_sec = 5};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    if (connect(fd, (struct sockaddr*)&to, sizeof to) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

// One answer, which is small and comes in one piece.
static int ask(int fd, const char* request) {
    char answer[4096];
    size_t len = strlen(request);
    if (fd < 0 || send(fd, request, len, MSG_NOSIGNAL) != (ssize_t)len) {
        return 0;
    }
    ssize_t got = recv(fd, answer, sizeof answer - 1, 0);
    return got > 12 ? atoi(answer + 9) : 0;
}

static int by_value(const void* a, const void* b) {
    uint32_t x = *(const uint32_t*)a, y = *(const uint32_t*)b;
    return x < y ? -1 : x > y;
}

static volatile sig_atomic_t s_stop;

static void stop_honest(int signal_number) {
    (void)signal_number;
    s_stop = 1;
}

static int honest(int argc, char** argv) {
    enum { MAX_SAMPLES = 1 << 17 };
    static uint32_t samples[MAX_SAMPLES];
    char request[300];
    int port = atoi(argv[2]), fds[2] = {-1, -1};
    uint64_t until = now_ns() + (uint64_t)(atof(argv[3]) * 1e9), num = 0, failed = 0;
    signal(SIGTERM, stop_honest);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n",
             argc > 4 ? argv[4] : "/");
    for (uint64_t i = 0; !s_stop && now_ns() < until && num < MAX_SAMPLES; i++) {
        int* fd = &fds[i & 1];
        uint64_t from = now_ns();
        *fd = *fd < 0 ? connect_blocking(port) : *fd;
        if (ask(*fd, request) == 200) {
            samples[num++] = (uint32_t)((now_ns() - from) / 1000);
        } else {
            failed++;
            if (*fd >= 0) {
                close(*fd);
            }
            *fd = -1;
        }
        struct timespec pause = {0, 5 * (long)MS};
        nanosleep(&pause, NULL);
    }
    qsort(samples, num, sizeof *samples, by_value);
    printf("num=%" PRIu64 " failed=%" PRIu64 " p50_us=%u p99_us=%u\n", num, failed,
           num != 0 ? samples[num / 2] : 0, num != 0 ? samples[num * 99 / 100] : 0);
    return 0;
}

// ---- sink ---------------------------------------------------------------------------------------

static _Noreturn void sink(uint64_t num_bytes) {
    static uint64_t left[1 << 16];
    struct sockaddr_in at = loopback(1, 0);
    struct epoll_event events[256];
    static char data[1 << 16];
    socklen_t len = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr*)&at, len) != 0 || listen(listener, 4096) != 0) {
        die("sink");
    }
    getsockname(listener, (struct sockaddr*)&at, &len);
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    s_epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event first = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(s_epoll, EPOLL_CTL_ADD, listener, &first);
    for (;;) {
        int num = epoll_wait(s_epoll, events, 256, -1);
        for (int i = 0; i < num; i++) {
            int fd = events[i].data.fd;
            if (fd != listener) {
                ssize_t got = recv(fd, data, sizeof data, 0);
                bool over = got > 0 && num_bytes != 0 && (uint64_t)got >= left[fd];
                left[fd] -= got > 0 ? (uint64_t)got : 0;
                if (got <= 0 || over) {
                    close(fd);
                }
                continue;
            }
            while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
                struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
                epoll_ctl(s_epoll, EPOLL_CTL_ADD, fd, &event);
                left[fd] = num_bytes;
            }
        }
    }
}

int main(int argc, char** argv) {
    if (argc >= 3 && strcmp(argv[1], "flood") == 0) {
        return flood(argc, argv);
    }
    if (argc >= 4 && strcmp(argv[1], "honest") == 0) {
        return honest(argc, argv);
    }
    if (argc == 3 && strcmp(argv[1], "sink") == 0) {
        sink(strtoull(argv[2], NULL, 10));
    }
    fprintf(stderr,
            "usage: attack flood PORT key=value... | honest PORT SECONDS PATH | sink BYTES\n");
    return 2;
}
