// SPDX-License-Identifier: Apache-2.0
// The floor of the HTTP benches: one thread, edge-triggered epoll, and a canned answer for whatever
// looks like the end of a request head. No parsing, no routing, no limits: what the kernel alone
// costs, one recv and one send each.
//   usage: floor PORT FILE     FILE has the whole answer, head and body
#include "floor.h"

enum { MAX_PIPELINED = 64, INPUT_CAP = 16384, ANSWER_CAP = 4096 };

static char s_answers[MAX_PIPELINED * ANSWER_CAP]; // the answer, over and over
static size_t s_answer_len;
static char s_input[INPUT_CAP];

static void load_answer(const char* path) {
    s_answer_len = floor_load(path, s_answers, ANSWER_CAP);
    for (size_t i = 1; i < MAX_PIPELINED; i++) {
        memcpy(s_answers + i * s_answer_len, s_answers, s_answer_len);
    }
}

/// A descriptor stands for itself: there is nothing to keep.
static void* open_plain(int fd) {
    return (void*)(intptr_t)fd;
}

static void close_plain(void* self) {
    close((int)(intptr_t)self);
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
static bool serve(void* self) {
    int fd = (int)(intptr_t)self;
    ssize_t len = recv(fd, s_input, sizeof(s_input), 0);
    if (len <= 0) {
        return len < 0 && errno == EAGAIN;
    }
    size_t num = count_requests(s_input, (size_t)len);
    return num == 0 || send(fd, s_answers, num * s_answer_len, MSG_NOSIGNAL) > 0;
}

int main(int argc, char** argv) {
    const floor_calls calls = {open_plain, serve, close_plain};
    if (argc != 3) {
        fprintf(stderr, "usage: floor PORT FILE\n");
        return 2;
    }
    load_answer(argv[2]);
    floor_run(argv[1], &calls);
}
