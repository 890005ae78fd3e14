// SPDX-License-Identifier: Apache-2.0
// A service manager played by the test: a datagram socket that is told.
#include "rt/os/manager.h"

#include "rt/os/unix.h"
#include "tests/support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char s_dir[64], s_name[100], s_text[200];

static bool listen_as_manager(trt_handle* out, trt_unix_file* file, trt_unix_addr* addr,
                              bool abstract) {
    snprintf(s_dir, sizeof s_dir, "/tmp/manager-XXXXXX");
    if (mkdtemp(s_dir) == NULL) {
        return false;
    }
    snprintf(s_name, sizeof s_name, "%s%s/notify", abstract ? "@" : "", s_dir);
    return trt_unix_addr_parse(addr, s_name) == TMLRT_OK &&
           trt_unix_bind(out, file, addr) == TMLRT_OK;
}

static const char* told(trt_handle handle) {
    trt_unix_addr from;
    size_t len = 0;
    bool truncated = false;
    tmlrt_status status = trt_unix_recv(handle, s_text, sizeof s_text - 1, &from, &len, &truncated);
    s_text[status == TMLRT_OK && !truncated ? len : 0] = '\0';
    return s_text;
}

TEST(manager_tell__path_and_abstract_name__a_datagram_each) {
    for (int abstract = 0; abstract < 2; abstract++) {
        trt_handle handle;
        trt_unix_file file;
        trt_unix_addr addr;
        trt_manager manager;
        REQUIRE(listen_as_manager(&handle, &file, &addr, abstract != 0));
        trt_manager_env env = {.notify_socket = s_name};
        REQUIRE(trt_manager_open(&manager, &env) == TMLRT_OK);
        EXPECT_EQ(manager.watchdog_ns, 0);
        trt_manager_tell(&manager, "READY=1");
        trt_manager_tell(&manager, "STOPPING=1");
        EXPECT_STR(told(handle), "READY=1");
        EXPECT_STR(told(handle), "STOPPING=1");
        trt_manager_close(&manager);
        trt_manager_close(&manager);
        trt_manager_tell(&manager, "READY=1");
        EXPECT_STR(told(handle), "");
        trt_unix_unlink(&addr, &file);
        trt_socket_close(handle, false);
        EXPECT_EQ(rmdir(s_dir), 0);
    }
}

TEST(manager_tell__queue_is_full__nobody_waits) {
    trt_handle handle;
    trt_unix_file file;
    trt_unix_addr addr;
    trt_manager manager;
    REQUIRE(listen_as_manager(&handle, &file, &addr, true));
    trt_manager_env env = {.notify_socket = s_name};
    REQUIRE(trt_manager_open(&manager, &env) == TMLRT_OK);
    for (int i = 0; i < 10000; i++) {
        trt_manager_tell(&manager, "WATCHDOG=1");
    }
    EXPECT_STR(told(handle), "WATCHDOG=1");
    trt_manager_close(&manager);
    trt_socket_close(handle, false);
    EXPECT_EQ(rmdir(s_dir), 0);
}

TEST(manager_open__what_the_environment_may_say__watchdog_or_an_error) {
    char pid[20], other[20];
    trt_handle handle;
    trt_unix_file file;
    trt_unix_addr addr;
    REQUIRE(listen_as_manager(&handle, &file, &addr, true));
    snprintf(pid, sizeof pid, "%d", getpid());
    snprintf(other, sizeof other, "%d", getpid() + 1);
    const struct {
        trt_manager_env env;
        tmlrt_status status;
        uint64_t watchdog_ns;
    } rows[] = {
        {{.notify_socket = NULL}, TMLRT_OK, 0},
        {{.notify_socket = "", .watchdog_usec = "1000"}, TMLRT_OK, 0},
        {{.notify_socket = s_name, .watchdog_usec = "30000000"}, TMLRT_OK, 30000000000},
        {{.notify_socket = s_name, .watchdog_usec = "1", .watchdog_pid = pid}, TMLRT_OK, 1000},
        {{.notify_socket = s_name, .watchdog_usec = "1", .watchdog_pid = other}, TMLRT_OK, 0},
        {{.notify_socket = s_name, .watchdog_usec = "1x"}, TMLRT_OK, 0},
        {{.notify_socket = s_name, .watchdog_usec = "18446744073709551616"}, TMLRT_OK, 0},
        {{.notify_socket = s_name, .watchdog_usec = "18446744073709551615"},
         TMLRT_OK,
         UINT64_C(86400000000000)},
        {{.notify_socket = "vsock:2:1"}, TMLRT_E_INVAL, 0},
        {{.notify_socket = "/nowhere/notify"}, TMLRT_E_NOTFOUND, 0},
        {{.notify_socket = "@nobody-has-this-name"}, TMLRT_E_CONNREFUSED, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        trt_manager manager;
        EXPECT_EQ(trt_manager_open(&manager, &rows[i].env), rows[i].status);
        EXPECT_EQ(manager.watchdog_ns, rows[i].watchdog_ns);
        EXPECT(rows[i].status == TMLRT_OK || manager.handle == TRT_HANDLE_NONE);
        trt_manager_close(&manager);
    }
    trt_socket_close(handle, false);
    EXPECT_EQ(rmdir(s_dir), 0);
}
