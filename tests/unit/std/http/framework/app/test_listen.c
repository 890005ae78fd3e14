// SPDX-License-Identifier: Apache-2.0
// The setting `listen`: every form of a place, and what is said about those that are none.
#include "std/http/framework/app/listen.h"

#include "tests/support/golden.h"
#include "tests/support/harness.h"

static const trt_activated s_sockets[] = {
    {.handle = 3, .name = "web"}, {.handle = 4, .name = "admin"}, {.handle = 5, .name = "web"}};

static tmlrt_status parse(trt_listen_list* out, const char* text, trt_text* message) {
    return trt_listen_parse(out, "listen", text, "--listen", s_sockets, 3, message);
}

static void expect_addr(const trt_http_listener* listener, const char* want) {
    char text[64];
    text[trt_addr_format(&listener->addr, text, sizeof text)] = '\0';
    EXPECT_STR(text, want);
}

TEST(listen_parse__every_form__as_a_server_is_told) {
    trt_listen_list list;
    trt_text message = {0};
    REQUIRE(parse(&list,
                  " 127.0.0.1:80 plain ,[::]:443\tv6only, unix:/run/a.sock mode=0660,unix:@name,"
                  "systemd:web,[fe80::1]:0,",
                  &message) == TMLRT_OK);
    EXPECT_EQ(message.len, 0);
    REQUIRE(list.num == 7);
    expect_addr(&list.items[0], "127.0.0.1:80");
    expect_addr(&list.items[1], "[::]:443");
    EXPECT(list.items[1].v6_only && !list.items[0].v6_only);
    EXPECT(list.plain[0] && !list.plain[1] && !list.plain[4]);
    EXPECT_STR(list.items[2].path, "/run/a.sock");
    EXPECT_EQ(list.items[2].mode, 0660);
    EXPECT_STR(list.items[3].path, "@name");
    EXPECT(list.items[4].is_open && list.items[4].handle == 3);
    EXPECT(list.items[5].is_open && list.items[5].handle == 5);
    expect_addr(&list.items[6], "[fe80::1]:0");
    trt_listen_fini(&list);
    REQUIRE(parse(&list, "[::1]:1,systemd plain", &message) == TMLRT_OK);
    EXPECT_EQ(list.num, 4);
    EXPECT(!list.plain[0] && list.plain[1] && list.plain[3]);
    trt_listen_fini(&list);
}

TEST(listen_parse__certificates__those_of_the_place) {
    trt_listen_list list;
    trt_text message = {0};
    REQUIRE(parse(&list,
                  "127.0.0.1:1 cert=a.pem key=a.key cert=/b/b.pem key=/b/b.key,127.0.0.1:2,"
                  "systemd:web client_ca=ca.pem",
                  &message) == TMLRT_OK);
    REQUIRE(list.num == 4 && list.own[0].num == 2 && list.own[1].num == 0);
    EXPECT(trt_listen_has_certs(&list));
    EXPECT_STR(list.own[0].cert[0], "a.pem");
    EXPECT_STR(list.own[0].key[0], "a.key");
    EXPECT_STR(list.own[0].cert[1], "/b/b.pem");
    EXPECT_STR(list.own[0].key[1], "/b/b.key");
    EXPECT(list.own[0].client_ca == NULL && list.own[1].client_ca == NULL);
    EXPECT_STR(list.own[0].place, "127.0.0.1:1");
    for (uint32_t i = 2; i < 4; i++) { // two sockets, one place
        EXPECT_STR(list.own[i].client_ca, "ca.pem");
        EXPECT_EQ(list.own[i].first, 2);
    }
    trt_listen_fini(&list);
    REQUIRE(parse(&list, "127.0.0.1:1 client_ca=off,unix:/a plain", &message) == TMLRT_OK);
    EXPECT(!trt_listen_has_certs(&list));
    trt_listen_fini(&list);
}

TEST(listen_parse__no_places__each_is_told) {
    static const char* const texts[] = {
        "",
        " , ,",
        "localhost:80",
        "127.0.0.1",
        "::1",
        "[::1]",
        "127.0.0.1:http",
        "127.0.0.1:65536",
        "unix:",
        "systemd:other",
        "127.0.0.1:80 v6only",
        "unix:/a v6only",
        "[::]:80 mode=0660",
        "unix:@a mode=0660",
        "unix:/a mode=660x,unix:/b mode=0,unix:/c mode=1000,unix:/d mode=",
        "127.0.0.1:80 tls",
        "systemd v6only",
        "a,b,,c v6only x",
        "127.0.0.1:1 cert= key= client_ca=",
        "127.0.0.1:1 cert=a.pem,unix:/a cert=a.pem cert=b.pem key=b.key",
        "127.0.0.1:1 key=a.key cert=a.pem key=a.key key=b.key",
        "127.0.0.1:1 plain cert=a.pem key=a.key",
        "systemd client_ca=a.pem plain",
        "127.0.0.1:1 cert=1 key=1 cert=2 key=2 cert=3 key=3 cert=4 key=4 cert=5 key=5 cert=6 key=6 "
        "cert=7 key=7 cert=8 key=8 cert=9",
        "nowhere cert=",
        "127.0.0.1:1,127.0.0.1:2,127.0.0.1:3,127.0.0.1:4,127.0.0.1:5,127.0.0.1:6,127.0.0.1:7,"
        "127.0.0.1:8,127.0.0.1:9,127.0.0.1:10,127.0.0.1:11,127.0.0.1:12,127.0.0.1:13,127.0.0.1:14,"
        "127.0.0.1:15,127.0.0.1:16,127.0.0.1:17",
    };
    trt_text all = {0};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        trt_listen_list list;
        size_t before = all.len;
        EXPECT_EQ(parse(&list, texts[i], &all), TMLRT_E_INVAL);
        EXPECT(all.len > before && list.num == 0);
    }
    EXPECT_GOLDEN("listen_errors", all.data, all.len);
    trt_text_fini(&all);
}

TEST(listen_parse__no_memory__nomem) {
    trt_listen_list list;
    trt_text message = {0};
    test_allocator_fail_at(1);
    EXPECT_EQ(parse(&list, "127.0.0.1:80", &message), TMLRT_E_NOMEM);
    test_allocator_fail_at(1);
    EXPECT_EQ(parse(&list, "", &message), TMLRT_E_NOMEM);
    test_allocator_fail_at(2); // for what it complains about
    EXPECT_EQ(parse(&list, "", &message), TMLRT_E_NOMEM);
    test_allocator_fail_at(0);
    trt_text_fini(&message);
}
