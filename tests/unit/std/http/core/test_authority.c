// SPDX-License-Identifier: Apache-2.0
// Host and port as Host and :authority carry them.
#include "std/http/core/authority.h"
#include "tests/support/harness.h"

#include <string.h>

static bool valid(const char* text) {
    return trt_authority_valid((tmlrt_slice){text, strlen(text)});
}

TEST(authority__names_and_ports__as_rfc_3986_has_them) {
    static const char* const good[] = {"a",      "a.b-c_d~e", "127.0.0.1", "a:80",
                                       "a:",     "a:0",       "a:65535",   "a%2Db",
                                       "!$&'()", "0",         "*+;=a",     "A%fF:1"};
    static const char* const bad[] = {"",     ":",    ":80",     "a:65536",  "a:123456", "a:x",
                                      "a:+1", "a b",  "a,b",     "a/b",      "u@a",      "a%",
                                      "a%2",  "a%zz", "a:80:80", "\xc3\xbc", "a?",       "a#"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        EXPECT_STR(valid(good[i]) ? good[i] : "refused", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        EXPECT_STR(valid(bad[i]) ? "taken" : bad[i], bad[i]);
    }
}

TEST(authority__ipv6_literals__whole_addresses_only) {
    static const char* const good[] = {"[::]",
                                       "[::1]",
                                       "[1::]",
                                       "[1:2:3:4:5:6:7:8]",
                                       "[::2:3:4:5:6:7:8]",
                                       "[1::8]",
                                       "[1:2:3:4:5:6:7::]",
                                       "[::ffff:127.0.0.1]",
                                       "[1:2:3:4:5:6:127.0.0.1]",
                                       "[fe80::a]:443",
                                       "[ABCD:ef01::]:"};
    static const char* const bad[] = {"[]",
                                      "[",
                                      "[:]",
                                      "[:::]",
                                      "[:::1]",
                                      "[1:::2]",
                                      "[::1",
                                      "::1",
                                      "[::1]x",
                                      "[1::2::3]",
                                      "[12345::]",
                                      "[1:2:3:4:5:6:7]",
                                      "[::g]",
                                      "[1:]",
                                      "[:1]",
                                      "[::1:]",
                                      "[1:2:3:4:5:6:7:8:9]",
                                      "[1:2:3:4:5:6:7:8::]",
                                      "[::1.2.3]",
                                      "[::1.2.3.4.5]",
                                      "[::256.0.0.1]",
                                      "[::01.0.0.1]",
                                      "[::1.2.3.4:5]",
                                      "[1:2:3:4:5:6:7:1.2.3.4]",
                                      "[v1.a]",
                                      "[::1]:65536",
                                      "[::1%25eth0]"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        EXPECT_STR(valid(good[i]) ? good[i] : "refused", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        EXPECT_STR(valid(bad[i]) ? "taken" : bad[i], bad[i]);
    }
}
