// SPDX-License-Identifier: Apache-2.0
// Streams of requests cut anywhere: long and short heads, bodies with a length and in chunks, many
// of them behind each other, several connections side by side on one worker. Between two pieces a
// connection gives its workspace back, or keeps it, or has just moved what is in it; whatever the
// cut, each request is answered with its own body.
#include "rt/base/assert.h"
#include "std/http/server/shard.h"
#include "tests/support/harness.h"
#include "tests/support/http_server.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { CONNS = 4, REQUESTS = 12, CAP = 1 << 20 };

typedef struct peer {
    int fd;
    char *out, *wanted, *got;
    size_t out_len, out_at, wanted_len, got_len;
} peer;

static uint64_t s_random;

static uint32_t random_below(uint32_t bound) {
    s_random = s_random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(s_random >> 33) % bound;
}

// Mostly small, sometimes as large as makes a buffer grow.
static uint32_t random_size(uint32_t max) {
    uint32_t kind = random_below(8);
    return random_below((kind < 5 ? 40 : kind < 7 ? 3000 : max) + 1);
}

static void put(peer* p, const char* text) {
    size_t len = strlen(text);
    memcpy(p->out + p->out_len, text, len);
    p->out_len += len;
}

static void put_body(peer* p, char letter, size_t len) {
    memset(p->out + p->out_len, letter, len);
    p->out_len += len;
}

static void put_chunks(peer* p, char letter, uint32_t len) {
    char size[64];
    for (uint32_t left = len, piece; left != 0; left -= piece) {
        piece = 1 + random_size(left - 1);
        piece = piece > left ? left : piece;
        snprintf(size, sizeof size, random_below(4) == 0 ? "%x;a=\"b\"\r\n" : "%x\r\n", piece);
        put(p, size);
        put_body(p, letter, piece);
        put(p, "\r\n");
    }
    put(p, random_below(3) == 0 ? "0\r\nT: x\r\n\r\n" : "0\r\n\r\n");
}

// A request, and the body that its answer must have.
static void add_request(peer* p, int number) {
    char text[256], letter = (char)('a' + number % 26);
    bool chunked = random_below(2) == 0;
    uint32_t len = random_size(70000);
    snprintf(text, sizeof text, "POST /echo HTTP/1.1\r\nHost: a\r\nX-N: %d\r\n", number);
    put(p, text);
    for (uint32_t i = random_below(4); i != 0; i--) {
        put(p, "X-Pad: ");
        put_body(p, 'p', random_size(7000));
        put(p, "\r\n");
    }
    if (chunked) {
        put(p, "Transfer-Encoding: chunked\r\n\r\n");
        put_chunks(p, letter, len);
    } else {
        snprintf(text, sizeof text, "Content-Length: %u\r\n\r\n", len);
        put(p, text);
        put_body(p, letter, len);
    }
    memset(p->wanted + p->wanted_len, letter, len);
    p->wanted_len += len;
    p->wanted[p->wanted_len++] = '\n'; // the end of an answer
}

static void take(peer* p) {
    ssize_t len;
    while ((len = recv(p->fd, p->got + p->got_len, CAP - p->got_len - 1, MSG_DONTWAIT)) > 0) {
        p->got_len += (size_t)len;
    }
    p->got[p->got_len] = '\0';
}

static void send_piece(peer* p) {
    size_t left = p->out_len - p->out_at;
    size_t len = 1 + random_size(30000);
    ssize_t sent =
        send(p->fd, p->out + p->out_at, len < left ? len : left, MSG_DONTWAIT | MSG_NOSIGNAL);
    p->out_at += sent > 0 ? (size_t)sent : 0;
}

// The bodies of the answers so far, each with a newline behind it; false when one is not complete.
static bool bodies_of(peer* p, char* out, size_t* out_len) {
    char* at = p->got;
    for (int i = 0; i < REQUESTS; i++) {
        char *end = strstr(at, "\r\n\r\n"), *field = strstr(at, "Content-Length: ");
        if (end == NULL || strncmp(at, "HTTP/1.1 200 ", 13) != 0 || field == NULL) {
            return false;
        }
        size_t len = strtoul(field + 16, NULL, 10);
        if (end + 4 + len > p->got + p->got_len) {
            return false;
        }
        memcpy(out + *out_len, end + 4, len);
        *out_len += len;
        out[(*out_len)++] = '\n';
        at = end + 4 + len;
    }
    return true;
}

static void run(test_server* ts, uint64_t seed) {
    static char bodies[CAP];
    peer peers[CONNS];
    s_random = seed;
    for (int i = 0; i < CONNS; i++) {
        peers[i] = (peer){.fd = client_connect(ts),
                          .out = malloc(2 * CAP),
                          .wanted = malloc(CAP),
                          .got = calloc(1, CAP)};
        for (int k = 0; k < REQUESTS; k++) {
            add_request(&peers[i], i + k);
        }
    }
    for (int busy = CONNS; busy != 0;) {
        busy = 0;
        for (int i = 0; i < CONNS; i++) {
            if (peers[i].out_at != peers[i].out_len && random_below(3) != 0) {
                send_piece(&peers[i]);
            }
            take(&peers[i]);
            busy += peers[i].out_at != peers[i].out_len;
        }
        for (uint32_t n = random_below(4); n != 0; n--) {
            sched_yield();
        }
    }
    for (int i = 0; i < CONNS; i++) {
        peer* p = &peers[i];
        size_t len = 0;
        shutdown(p->fd, SHUT_WR);
        for (ssize_t n = 1; n > 0 && p->got_len < CAP - 1; p->got_len += n > 0 ? (size_t)n : 0) {
            n = recv(p->fd, p->got + p->got_len, CAP - 1 - p->got_len, 0);
        }
        p->got[p->got_len] = '\0';
        if (!bodies_of(p, bodies, &len) || len != p->wanted_len ||
            memcmp(bodies, p->wanted, len) != 0) {
            test_fail(__FILE__, __LINE__, "seed %llu, connection %d: wrong answers",
                      (unsigned long long)seed, i);
        }
        client_close(p->fd);
        free(p->out);
        free(p->wanted);
        free(p->got);
    }
}

TEST(http_cuts__requests_cut_anywhere__each_gets_its_own_body_back) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL));
    const char* more = getenv("CUTS"); // seeds, by hand
    uint64_t num = more != NULL ? strtoull(more, NULL, 10) : 20;
    for (uint64_t seed = 1; seed <= num; seed++) {
        run(&ts, seed);
    }
    while (trt_http_server_num_conns(ts.server) != 0) {
    }
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

// A body is read to the very end of the input, and what ends there is the head of the next request.
TEST(http_cuts__head_ends_where_the_input_does__its_body_is_read) {
    enum { INPUT = TRT_WS_IN_CAP + TRT_WS_RESERVE };
    static char text[2 * INPUT];
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL));
    for (int pad = 1; pad < 8000; pad += 1000) {
        for (int beyond = -2; beyond <= 2; beyond++) {
            int fd = client_connect(&ts), head_len, second_len;
            char second[8200];
            second_len = snprintf(second, sizeof second,
                                  "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n"
                                  "X: %0*d\r\n\r\n",
                                  pad, 0);
            head_len = snprintf(text, sizeof text,
                                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %5d\r\n\r\n",
                                INPUT); // the number is replaced, its width stays
            int len = INPUT + beyond - head_len - second_len;
            snprintf(text, sizeof text,
                     "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %5d\r\n\r\n", len);
            memset(text + head_len, 'x', (size_t)len);
            memcpy(text + head_len + len, second, (size_t)second_len);
            memcpy(text + head_len + len + second_len, "012345678", 9);
            EXPECT(client_send(fd, text, (size_t)(head_len + len + second_len + 9)));
            const char* answer = client_read(fd, false);
            EXPECT_EQ(client_status(answer), 200);
            EXPECT_EQ(strlen(client_body(answer)), (size_t)len);
            answer = client_read(fd, false);
            EXPECT_EQ(client_status(answer), 200);
            EXPECT_STR(client_body(answer), "012345678");
            client_close(fd);
        }
    }
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

// Handlers that suspend for ever, answers longer than the socket takes, answers of many kinds.
static void add_odd_request(peer* p) {
    static const char* const paths[] = {"/never",      "/big?900000", "/null",   "/detached",
                                        "/fields?300", "/204",        "/inject", "/gone"};
    char text[128];
    snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n",
             random_below(3) == 0 ? "DELETE" : "GET", paths[random_below(TRT_ARRAY_LEN(paths))],
             random_below(10) == 0 ? "Connection: close\r\n" : "");
    put(p, text);
}

// Some bytes are wrong, some peers leave in the middle, what all of them may hold is little, and
// the memory of the process goes up and down.
static void run_hostile(test_server* ts, uint64_t seed) {
    static const uint64_t readings[4] = {100, 100, 900, 990}; // fine, fine, soft, hard
    static char sink[65536];
    int fds[CONNS];
    peer peers[CONNS];
    s_random = seed;
    for (int i = 0; i < CONNS; i++) {
        peer* p = &peers[i];
        *p = (peer){.fd = client_connect(ts), .out = malloc(2 * CAP), .wanted = malloc(CAP)};
        for (int k = 0; k < REQUESTS; k++) {
            if (random_below(2) == 0) {
                add_odd_request(p);
            } else {
                add_request(p, i + k);
            }
        }
        for (uint32_t k = random_below(4); k != 0; k--) {
            p->out[random_below((uint32_t)p->out_len)] = (char)random_below(256);
        }
        p->out_len -= random_below(3) == 0 ? random_below((uint32_t)p->out_len) : 0;
        fds[i] = p->fd;
    }
    for (int busy = CONNS, rounds = 0; busy != 0 && rounds < 5000; rounds++) {
        busy = 0;
        for (int i = 0; i < CONNS; i++) {
            send_piece(&peers[i]);
            if (random_below(4) != 0) {
                (void)!recv(fds[i], sink, sizeof sink, MSG_DONTWAIT);
            }
            busy += peers[i].out_at != peers[i].out_len;
        }
        if (random_below(40) == 0) {
            trt_atomic_store(&ts->memory, readings[random_below(4)], TRT_SEQ_CST);
        }
        sched_yield();
    }
    for (int i = 0; i < CONNS; i++) {
        if (random_below(2) == 0) {
            client_reset(fds[i]);
        } else {
            client_close(fds[i]);
        }
        free(peers[i].out);
        free(peers[i].wanted);
    }
}

TEST(http_cuts__wrong_bytes_and_peers_that_leave__nothing_is_left_behind) {
    test_server ts;
    trt_http_limits limits = {.held_bytes = 1500000,
                              .held_wait_ns = 2 * TRT_MS,
                              .handler_ns = 3 * TRT_MS,
                              .memory_bytes = 1000,
                              .memory_beat_ns = TRT_MS,
                              .write_stall_ns = 20 * TRT_MS};
    REQUIRE(test_server_start(&ts, 2, &limits));
    const char* more = getenv("CUTS");
    uint64_t num = more != NULL ? strtoull(more, NULL, 10) : 20;
    for (uint64_t seed = 1; seed <= num; seed++) {
        run_hostile(&ts, seed);
    }
    trt_atomic_store(&ts.memory, 100, TRT_SEQ_CST);
    while (trt_http_server_num_conns(ts.server) != 0) {
    }
    EXPECT_EQ(trt_atomic_load(&ts.server->budget.held, TRT_SEQ_CST), 0);
    EXPECT_EQ(trt_atomic_load(&ts.server->budget.num_waiting, TRT_SEQ_CST), 0);
    EXPECT_EQ(trt_atomic_load(&ts.running, TRT_SEQ_CST), 0);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}
