// SPDX-License-Identifier: Apache-2.0
// Starts a server and prints the nanoseconds from just before exec to the first byte of its first
// answer.
//   usage: first_answer PORT PATH PROGRAM [ARGUMENT...]     kills the server afterwards
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static pid_t start(char** command) {
    pid_t pid = vfork();
    if (pid == 0) {
        execvp(command[0], command);
        _exit(127);
    }
    return pid;
}

/// Connects again and again until the server listens; -1 after ten seconds.
static int connect_when_up(uint16_t port, uint64_t started_ns) {
    struct sockaddr_in addr = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    while (now_ns() - started_ns < 10000000000u) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr*)&addr, sizeof(addr)) == 0) {
            return fd;
        }
        close(fd);
    }
    return -1;
}

int main(int argc, char** argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: first_answer PORT PATH PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    char request[512], answer[256] = {0};
    int len =
        snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", argv[2]);
    int out =
        fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3); // the figure goes there, the server's text away
    if (out < 0 || freopen("/dev/null", "r", stdin) == NULL ||
        freopen("/dev/null", "w", stdout) == NULL) {
        return 1;
    }
    uint64_t started_ns = now_ns();
    pid_t pid = start(argv + 3);
    int fd = connect_when_up((uint16_t)atoi(argv[1]), started_ns);
    ssize_t got = fd >= 0 && write(fd, request, (size_t)len) == len ? read(fd, answer, 255) : -1;
    uint64_t answered_ns = now_ns();
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    if (got < 12 || strncmp(answer, "HTTP/1.1 200", 12) != 0) {
        fprintf(stderr, "first_answer: no 200 from %s: %s\n", argv[3], answer);
        return 1;
    }
    dprintf(out, "%llu\n", (unsigned long long)(answered_ns - started_ns));
    return 0;
}
