// SPDX-License-Identifier: Apache-2.0
// Several places to listen on: addresses of both families, Unix sockets, sockets that were open
// before; all of them or none.
#include "rt/os/unix.h"
#include "std/http/server/shard.h"
#include "tests/support/harness.h"
#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char s_dir[64], s_path[100];

static bool begin(void) {
    snprintf(s_dir, sizeof s_dir, "/tmp/listeners-XXXXXX");
    bool made = mkdtemp(s_dir) != NULL;
    snprintf(s_path, sizeof s_path, "%s/http.sock", s_dir);
    return made;
}

static trt_http_listener at(const char* text) {
    trt_http_listener listener = {0};
    EXPECT_EQ(trt_addr_parse(&listener.addr, text, 0), TMLRT_OK);
    return listener;
}

static int connect_unix(const char* path) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool abstract = path[0] == '@';
    memcpy(to.sun_path + abstract, path + abstract, strlen(path) - abstract);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + !abstract);
    if (connect(fd, (struct sockaddr*)&to, len) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int connect_v6(uint16_t port) {
    struct sockaddr_in6 to = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr*)&to, sizeof to) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool has_v6(void) {
    trt_addr addr, bound;
    trt_handle handle;
    trt_listen_options options = {0};
    if (trt_addr_parse(&addr, "::1", 0) != TMLRT_OK ||
        trt_socket_listen(&handle, &bound, &addr, &options) != TMLRT_OK) {
        test_skip("this machine has no IPv6");
        return false;
    }
    trt_socket_close(handle, false);
    return true;
}

static void expect_served(int fd) {
    EXPECT(fd >= 0);
    EXPECT_EQ(client_get(fd, "/"), 200);
    client_close(fd);
}

TEST(http_listeners__addresses_and_unix_sockets__each_is_served_by_every_worker) {
    char abstract[60];
    struct stat info;
    test_server ts;
    REQUIRE(begin());
    snprintf(abstract, sizeof abstract, "@listeners-%d", getpid());
    trt_http_listener listeners[] = {
        at("127.0.0.1"), at("127.0.0.1"), {.path = s_path, .mode = 0600}, {.path = abstract}};
    trt_http_options options = {.listeners = listeners, .num_listeners = 4};
    REQUIRE(test_server_start_options(&ts, 2, &options));
    trt_addr second = trt_http_server_bound_at(ts.server, 1);
    EXPECT(second.port != 0 && second.port != ts.port);
    EXPECT_EQ(trt_http_server_bound_at(ts.server, 2).family, 0);
    for (int i = 0; i < 5; i++) {
        test_server other = {.port = second.port};
        expect_served(client_connect(&ts));
        expect_served(client_connect(&other));
        expect_served(connect_unix(s_path));
        expect_served(connect_unix(abstract));
    }
    REQUIRE(stat(s_path, &info) == 0);
    EXPECT_EQ(info.st_mode & 0777, 0600);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
    EXPECT(stat(s_path, &info) != 0); // removed
    EXPECT_EQ(rmdir(s_dir), 0);
}

TEST(http_listeners__more_unix_peers_than_one_source_may_have__all_are_served) {
    test_server ts;
    int fds[8];
    REQUIRE(begin());
    trt_http_listener listener = {.path = s_path};
    trt_http_options options = {
        .listeners = &listener, .num_listeners = 1, .limits = {.conns_per_source = 2}};
    REQUIRE(test_server_start_options(&ts, 1, &options));
    for (int i = 0; i < 8; i++) {
        fds[i] = connect_unix(s_path);
        EXPECT_EQ(client_get(fds[i], "/"), 200);
    }
    for (int i = 0; i < 8; i++) {
        client_close(fds[i]);
    }
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
    EXPECT_EQ(rmdir(s_dir), 0);
}

TEST(http_listeners__both_families_on_one_port__v6_only_keeps_them_apart) {
    test_server ts;
    if (!has_v6()) {
        return;
    }
    trt_http_listener listeners[] = {at("127.0.0.1"), at("::")};
    listeners[1].v6_only = true;
    trt_http_options options = {.listeners = listeners, .num_listeners = 2};
    REQUIRE(test_server_start_options(&ts, 1, &options));
    trt_addr v6 = trt_http_server_bound_at(ts.server, 1);
    test_server other = {.port = v6.port};
    int fd = client_connect(&other); // 127.0.0.1, on a port that is of IPv6 alone
    EXPECT(fd < 0);
    expect_served(connect_v6(v6.port));
    expect_served(client_connect(&ts));
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_listeners__every_interface_of_both_families__a_peer_over_ipv4_is_one_of_ipv4) {
    test_server ts;
    if (!has_v6()) {
        return;
    }
    trt_http_listener listener = at("::");
    trt_http_options options = {.listeners = &listener, .num_listeners = 1};
    REQUIRE(test_server_start_options(&ts, 1, &options));
    int fd = client_connect(&ts);
    EXPECT_EQ(client_get(fd, "/"), 200);
    trt_http_shard* shard = &ts.server->shards[0];
    for (int i = 0; i < 1 << 24 && trt_atomic_load(&shard->num_idle, TRT_SEQ_CST) == 0; i++) {
    }
    trt_source_key v4 = {.family = 4};
    memcpy(&v4.bits, (const uint8_t[]){127, 0, 0, 1}, 4);
    EXPECT_EQ(trt_sources_enter(&ts.server->sources, v4, 1), TMLRT_E_FULL); // it counts there
    client_close(fd);
    expect_served(connect_v6((uint16_t)ts.port));
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

// ---- all or none --------------------------------------------------------------------------------

static tmlrt_status try_start(const trt_http_listener* listeners, uint32_t num) {
    static const trt_service service;
    tmlrt_runtime* runtime;
    tmlrt_runtime_options workers = {.workers = 1};
    trt_http_server* server = NULL;
    trt_http_options options = {.listeners = listeners, .num_listeners = num};
    EXPECT_EQ(tmlrt_runtime_new(&runtime, &workers), TMLRT_OK);
    tmlrt_status status = trt_http_server_start(&server, runtime, &options, &service);
    if (status == TMLRT_OK) {
        trt_http_server_stop(server, TRT_HTTP_STOP_ABORT);
        EXPECT_EQ(trt_http_server_wait(server), TMLRT_OK);
        trt_http_server_free(server);
    }
    tmlrt_runtime_free(runtime);
    return status;
}

TEST(http_listeners__one_cannot_be_had__none_is_left) {
    struct stat info;
    trt_handle taken;
    trt_addr bound, addr = at("127.0.0.1").addr;
    trt_listen_options options = {0};
    REQUIRE(begin() && trt_socket_listen(&taken, &bound, &addr, &options) == TMLRT_OK);
    trt_http_listener listeners[] = {{.path = s_path}, {.addr = bound}};
    EXPECT_EQ(try_start(listeners, 2), TMLRT_E_ADDRINUSE);
    EXPECT(stat(s_path, &info) != 0);
    trt_socket_close(taken, false);
    EXPECT_EQ(try_start(listeners, 2), TMLRT_OK);
    listeners[0].path = "/nowhere/http.sock";
    EXPECT_EQ(try_start(listeners, 2), TMLRT_E_NOTFOUND);
    listeners[0].path = "";
    EXPECT_EQ(try_start(listeners, 2), TMLRT_E_INVAL);
    EXPECT_EQ(rmdir(s_dir), 0);
}

TEST(http_listeners__socket_file_is_there__a_dead_one_is_replaced_a_live_one_is_not) {
    trt_handle handle;
    trt_unix_addr name;
    trt_unix_file file;
    REQUIRE(begin() && trt_unix_addr_parse(&name, s_path) == TMLRT_OK);
    REQUIRE(trt_unix_listen(&handle, &file, &name, 1) == TMLRT_OK);
    trt_http_listener listener = {.path = s_path};
    EXPECT_EQ(try_start(&listener, 1), TMLRT_E_ADDRINUSE);
    EXPECT(access(s_path, F_OK) == 0); // still the other's
    trt_socket_close(handle, false);
    EXPECT_EQ(try_start(&listener, 1), TMLRT_OK);
    EXPECT_EQ(rmdir(s_dir), 0);
}

TEST(http_listeners__socket_file_was_replaced_meanwhile__the_new_one_stays) {
    test_server ts;
    trt_handle handle;
    trt_unix_addr name;
    trt_unix_file file;
    REQUIRE(begin() && trt_unix_addr_parse(&name, s_path) == TMLRT_OK);
    trt_http_listener listener = {.path = s_path};
    trt_http_options options = {.listeners = &listener, .num_listeners = 1};
    REQUIRE(test_server_start_options(&ts, 1, &options));
    REQUIRE(unlink(s_path) == 0 && trt_unix_listen(&handle, &file, &name, 1) == TMLRT_OK);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
    EXPECT(access(s_path, F_OK) == 0);
    trt_unix_unlink(&name, &file);
    trt_socket_close(handle, false);
    EXPECT_EQ(rmdir(s_dir), 0);
}

TEST(http_listeners__sockets_that_were_open_before__served_and_left_open) {
    test_server ts;
    trt_handle handles[2];
    trt_addr addr = at("127.0.0.1").addr, bound;
    trt_listen_options options = {0};
    trt_unix_addr name;
    trt_unix_file file;
    REQUIRE(begin() && trt_unix_addr_parse(&name, s_path) == TMLRT_OK);
    REQUIRE(trt_socket_listen(&handles[0], &bound, &addr, &options) == TMLRT_OK);
    REQUIRE(trt_unix_listen(&handles[1], &file, &name, 100) == TMLRT_OK);
    trt_http_listener listeners[] = {{.is_open = true, .handle = handles[0]},
                                     {.is_open = true, .handle = handles[1]}};
    trt_http_options serve = {.listeners = listeners, .num_listeners = 2};
    REQUIRE(test_server_start_options(&ts, 2, &serve));
    EXPECT_EQ(ts.port, bound.port);
    for (int i = 0; i < 5; i++) {
        expect_served(client_connect(&ts));
        expect_served(connect_unix(s_path));
    }
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
    int fd = client_connect(&ts); // in the backlog, for whoever comes next
    EXPECT(fd >= 0);
    client_close(fd);
    EXPECT(access(s_path, F_OK) == 0); // it was not the server's to remove
    trt_unix_unlink(&name, &file);
    trt_socket_close(handles[0], false);
    trt_socket_close(handles[1], false);
    EXPECT_EQ(rmdir(s_dir), 0);
}

TEST(http_listeners__every_allocation_fails_once__none_is_left) {
    bool hit = true;
    REQUIRE(begin());
    trt_http_listener listeners[] = {at("127.0.0.1"), {.path = s_path}};
    tmlrt_runtime* runtime;
    tmlrt_runtime_options workers = {.workers = 1};
    static const trt_service service;
    trt_http_options options = {.listeners = listeners, .num_listeners = 2};
    for (uint64_t nth = 1; hit && nth < 60; nth++) {
        trt_http_server* server = NULL;
        REQUIRE(tmlrt_runtime_new(&runtime, &workers) == TMLRT_OK);
        test_allocator_fail_at(nth);
        tmlrt_status status = trt_http_server_start(&server, runtime, &options, &service);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        if (server != NULL) {
            trt_http_server_stop(server, TRT_HTTP_STOP_ABORT);
            EXPECT_EQ(trt_http_server_wait(server), TMLRT_OK);
            trt_http_server_free(server);
        }
        tmlrt_runtime_free(runtime);
    }
    EXPECT(!hit);
    EXPECT_EQ(rmdir(s_dir), 0);
}
