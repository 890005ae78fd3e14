// SPDX-License-Identifier: Apache-2.0
// Names, lookups and happy eyeballs. No network: names are answered by functions of the test
// through the seam of resolve.h; "localhost" and literals by the system. An address that never
// answers is a listener whose queue is full.
#include "rt/net/dial.h"

#include "rt/base/assert.h"
#include "rt/exec/runtime.h"
#include "tests/support/harness.h"
#include "tests/support/leaf.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static trt_addr addr_of(const char* text) {
    trt_addr addr = {0};
    EXPECT_EQ(trt_addr_parse(&addr, text, 0), TMLRT_OK);
    return addr;
}

// ---- targets ------------------------------------------------------------------------------------

TEST(target_parse__names_literals_ports__taken_apart) {
    static const struct {
        const char *text, *host;
        int32_t port;
    } good[] = {
        {"example.com", "example.com", 80},
        {"example.com:8080", "example.com", 8080},
        {"example.com.", "example.com.", 80},
        {"a", "a", 80},
        {"xn--bcher-kva.example", "xn--bcher-kva.example", 80},
        {"3com.net", "3com.net", 80},
        {"_srv.local", "_srv.local", 80},
        {"b\xc3\xbc"
         "cher.example",
         "b\xc3\xbc"
         "cher.example",
         80},
        {"127.0.0.1", "", 80},
        {"127.0.0.1:1", "", 1},
        {"::1", "", 80},
        {"[::1]:65535", "", 65535},
    };
    for (size_t i = 0; i < TRT_ARRAY_LEN(good); i++) {
        trt_target target;
        REQUIRE(trt_target_parse(&target, good[i].text, 80) == TMLRT_OK);
        EXPECT_STR(target.host, good[i].host);
        EXPECT_EQ(target.port, good[i].port);
    }
}

TEST(target_parse__neither_name_nor_address__inval) {
    static const char* bad[] = {
        "",      " ",          "a b",       "a/b",       "a..b",   ".a",       "-a",
        "a:b",   "a:",         "a:65536",   "a:1:2",     "[a]",    "http://a", "a\n",
        "127.1", "127.0.0.1.", "1.2.3.4.5", "256.0.0.1", "0x7f.1", "a.0X1",    "a.1",
        "1",     "[::1",       "a%b",       "a@b",       "*.a",
    };
    trt_target target;
    for (size_t i = 0; i < TRT_ARRAY_LEN(bad); i++) {
        EXPECT_EQ(trt_target_parse(&target, bad[i], 80), TMLRT_E_INVAL);
    }
    char text[300];
    memset(text, 'a', sizeof(text));
    text[253] = '\0';
    EXPECT_EQ(trt_target_parse(&target, text, 80), TMLRT_OK);
    text[253] = 'a';
    text[254] = '\0';
    EXPECT_EQ(trt_target_parse(&target, text, 80), TMLRT_E_INVAL);
    text[253] = '.';
    EXPECT_EQ(trt_target_parse(&target, text, 80), TMLRT_OK);
    EXPECT_EQ(trt_target_parse(&target, NULL, 80), TMLRT_E_INVAL);
    EXPECT_EQ(trt_target_parse(&target, "a", -1), TMLRT_E_INVAL);
    EXPECT_EQ(trt_target_parse(&target, "a", 65536), TMLRT_E_INVAL);
}

TEST(dial_interleave__families_alternate__each_in_its_order) {
    static const struct {
        const char *in, *out;
        uint32_t cap;
    } rows[] = {
        {"66644", "64646", 16}, {"44666", "46466", 16},   {"4", "4", 16},      {"666", "666", 16},
        {"6464", "6464", 16},   {"644444", "644444", 16}, {"66644", "646", 3}, {"", "", 16},
    };
    for (size_t i = 0; i < TRT_ARRAY_LEN(rows); i++) {
        trt_addr in[16] = {0}, out[16] = {0};
        uint32_t num = (uint32_t)strlen(rows[i].in), last[2] = {0, 0};
        for (uint32_t k = 0; k < num; k++) {
            in[k] = (trt_addr){.family = (uint8_t)(rows[i].in[k] - '0'), .port = (uint16_t)(k + 1)};
        }
        uint32_t made = trt_dial_interleave(out, rows[i].cap, in, num);
        EXPECT_EQ(made, strlen(rows[i].out));
        for (uint32_t k = 0; k < made; k++) {
            EXPECT_EQ(out[k].family, rows[i].out[k] - '0');
            EXPECT(out[k].port > last[out[k].family == 6]);
            last[out[k].family == 6] = out[k].port;
        }
    }
}

// ---- resolvers of the test ----------------------------------------------------------------------

static trt_addr s_answer[8];
static uint32_t s_num;
static tmlrt_status s_status;
static trt_atomic_u32 s_calls, s_gate; ///< gate 1: lookups wait until it is 0

static tmlrt_status answer(const char* host, uint16_t port, uint32_t family, trt_addr* out,
                           uint32_t cap, uint32_t* out_num) {
    (void)host, (void)family;
    trt_atomic_add(&s_calls, 1, TRT_ACQ_REL);
    while (trt_atomic_load(&s_gate, TRT_ACQUIRE_ORDER) != 0) {
        usleep(100);
    }
    EXPECT(cap >= s_num);
    for (uint32_t i = 0; i < s_num; i++) {
        out[i] = s_answer[i];
        out[i].port = out[i].port == 0 ? port : out[i].port;
    }
    *out_num = s_num;
    return s_status;
}

static void use_answers(tmlrt_status status, uint32_t num, const trt_addr* addrs) {
    s_status = status;
    s_num = num;
    for (uint32_t i = 0; i < num; i++) {
        s_answer[i] = addrs[i];
    }
    trt_atomic_store(&s_calls, 0, TRT_RELEASE_ORDER);
    trt_atomic_store(&s_gate, 0, TRT_RELEASE_ORDER);
    trt_resolve_replace(answer);
}

static void end_case(void) {
    trt_atomic_store(&s_gate, 0, TRT_RELEASE_ORDER);
    trt_runtime_reset_default();
    trt_resolve_replace(NULL);
}

// A listener that answers, or with `silent` one whose queue is full.
typedef struct place {
    trt_handle listener, fillers[16];
    trt_addr addr;
    int num;
} place;

static void open_place(place* p, const char* host, bool silent) {
    const trt_listen_options options = {.backlog = silent ? 1 : 64};
    trt_addr wanted = addr_of(host);
    memset(p, 0, sizeof(*p));
    EXPECT_EQ(trt_socket_listen(&p->listener, &p->addr, &wanted, &options), TMLRT_OK);
    for (; silent && p->num < 16; p->num++) {
        EXPECT_EQ(trt_socket_connect(&p->fillers[p->num], &p->addr), TMLRT_OK);
    }
}

static void close_place(place* p) {
    while (p->num > 0) {
        trt_socket_close(p->fillers[--p->num], false);
    }
    trt_socket_close(p->listener, false);
}

// An address where nobody listens.
static trt_addr refused_at(const char* host) {
    place p;
    open_place(&p, host, false);
    close_place(&p);
    return p.addr;
}

static tmlrt_tcp_dialed dial(const char* host, int32_t port, const tmlrt_dial_options* options) {
    test_leaf leaf;
    tmlrt_tcp_dialed dialed = {1, NULL, NULL};
    tmlrt_tcp_dial_init(&leaf, host, port, options);
    EXPECT_EQ(test_leaf_wait(&tmlrt_tcp_dial_desc, &leaf, &dialed), TMLRT_OK);
    EXPECT((dialed.status == TMLRT_OK) == (dialed.stream != NULL));
    return dialed;
}

// ---- connecting ---------------------------------------------------------------------------------

TEST(dial__first_address_never_answers__the_next_wins_and_the_first_is_closed) {
    place silent, good;
    open_place(&silent, "127.0.0.1", true);
    open_place(&good, "127.0.0.1", false);
    const trt_addr addrs[] = {silent.addr, good.addr};
    const tmlrt_dial_options options = {.stagger_ms = 1};
    use_answers(TMLRT_OK, 2, addrs);
    tmlrt_tcp_dialed dialed = dial("two.example", 80, &options);
    EXPECT_EQ(dialed.status, TMLRT_OK);
    trt_addr peer = {0};
    REQUIRE(dialed.stream != NULL);
    EXPECT_EQ(tmlrt_tcp_peer_addr(dialed.stream, &peer), TMLRT_OK);
    EXPECT_EQ(peer.port, good.addr.port);
    EXPECT(dialed.told == NULL);
    tmlrt_tcp_stream_free(dialed.stream);
    close_place(&silent);
    close_place(&good);
    end_case(); // the reactor is freed: no handle of the loser was left in it
}

TEST(dial__one_refuses__the_next_begins_at_once) {
    place good;
    open_place(&good, "::1", false);
    const trt_addr addrs[] = {refused_at("127.0.0.1"), good.addr};
    const tmlrt_dial_options options = {.stagger_ms = 3600000}; // an hour is not waited for
    use_answers(TMLRT_OK, 2, addrs);
    tmlrt_tcp_dialed dialed = dial("two.example", 80, &options);
    EXPECT_EQ(dialed.status, TMLRT_OK);
    tmlrt_tcp_stream_free(dialed.stream);
    close_place(&good);
    end_case();
}

TEST(dial__nobody_answers__every_error_is_told) {
    place silent;
    open_place(&silent, "127.0.0.1", true);
    const trt_addr addrs[] = {refused_at("127.0.0.1"), silent.addr, refused_at("::1")};
    const tmlrt_dial_options options = {.stagger_ms = 1, .connect_ms = 50};
    char first[64], third[64], second[64], expected[400];
    use_answers(TMLRT_OK, 3, addrs);
    tmlrt_tcp_dialed dialed = dial("three.example", 80, &options);
    EXPECT_EQ(dialed.status, TMLRT_E_TIMEDOUT);
    trt_addr_format(&addrs[0], first, 64);
    trt_addr_format(&addrs[1], second, 64);
    trt_addr_format(&addrs[2], third, 64);
    snprintf(expected, sizeof(expected),
             "%s: connection refused; %s: connection refused; %s: the deadline passed", first,
             third, second);
    EXPECT_STR(dialed.told, expected);
    free(dialed.told);
    const trt_addr refused[] = {addrs[0], addrs[2]};
    use_answers(TMLRT_OK, 2, refused);
    dialed = dial("three.example", 80, NULL);
    EXPECT_EQ(dialed.status, TMLRT_E_CONNREFUSED);
    snprintf(expected, sizeof(expected), "%s: connection refused; %s: connection refused", first,
             third);
    EXPECT_STR(dialed.told, expected);
    free(dialed.told);
    close_place(&silent);
    end_case();
}

TEST(dial__the_name_fails__its_own_status_and_text) {
    static const tmlrt_status statuses[] = {TMLRT_E_NOHOST, TMLRT_E_RESOLVE, TMLRT_E_NOMEM};
    for (size_t i = 0; i < TRT_ARRAY_LEN(statuses); i++) {
        use_answers(statuses[i], 0, NULL);
        tmlrt_tcp_dialed dialed = dial("none.example", 80, NULL);
        EXPECT_EQ(dialed.status, statuses[i]);
        if (i == 0) {
            EXPECT_STR(dialed.told,
                       "none.example: no address of that host name; check how it is spelled");
        }
        free(dialed.told);
    }
    use_answers(TMLRT_OK, 0, NULL); // a resolver that breaks its contract
    tmlrt_tcp_dialed dialed = dial("none.example", 80, NULL);
    EXPECT_EQ(dialed.status, TMLRT_E_NOHOST);
    free(dialed.told);
    dialed = dial("no name", 80, NULL);
    EXPECT_EQ(dialed.status, TMLRT_E_INVAL);
    EXPECT_STR(dialed.told, "neither an address nor a host name, or not a port");
    free(dialed.told);
    const tmlrt_dial_options six = {.family = 6}, odd = {.family = 5};
    dialed = dial("127.0.0.1", 80, &six);
    EXPECT_EQ(dialed.status, TMLRT_E_NOHOST);
    free(dialed.told);
    dialed = dial("127.0.0.1", 80, &odd);
    EXPECT_EQ(dialed.status, TMLRT_E_INVAL);
    free(dialed.told);
    end_case();
}

TEST(dial__literal_and_localhost__by_the_system_itself) {
    place good;
    open_place(&good, "127.0.0.1", false);
    use_answers(TMLRT_E_NOHOST, 0, NULL);
    tmlrt_tcp_dialed dialed = dial("127.0.0.1", good.addr.port, NULL);
    EXPECT_EQ(dialed.status, TMLRT_OK);
    tmlrt_tcp_stream_free(dialed.stream);
    EXPECT_EQ(trt_atomic_load(&s_calls, TRT_ACQUIRE_ORDER), 0); // nobody was asked
    const tmlrt_dial_options from = {.local = addr_of("127.0.0.1"), .fastopen = 0};
    dialed = dial("127.0.0.1", good.addr.port, &from);
    EXPECT_EQ(dialed.status, TMLRT_OK);
    tmlrt_tcp_stream_free(dialed.stream);
    trt_resolve_replace(NULL);
    const tmlrt_dial_options four = {.family = 4};
    dialed = dial("localhost", good.addr.port, &four);
    EXPECT_EQ(dialed.status, TMLRT_OK);
    tmlrt_tcp_stream_free(dialed.stream);
    free(dialed.told);
    close_place(&good);
    end_case();
}

// ---- giving up ----------------------------------------------------------------------------------

static void wait_for_wake(test_waker* waker, uint32_t more_than) {
    for (int i = 0; i < 50000 && test_waker_wakes(waker) <= more_than; i++) {
        usleep(100);
    }
    EXPECT(test_waker_wakes(waker) > more_than);
}

TEST(dial__dropped_unstarted_resolving_and_connecting__nothing_left) {
    place silent;
    open_place(&silent, "127.0.0.1", true);
    const tmlrt_dial_options options = {.stagger_ms = 3600000};
    for (int state = 0; state < 3; state++) {
        test_leaf leaf;
        test_waker waker = {0};
        tmlrt_tcp_dialed dialed;
        use_answers(TMLRT_OK, 1, &silent.addr);
        tmlrt_tcp_dial_init(&leaf, "silent.example", 80, &options);
        trt_atomic_store(&s_gate, 1, TRT_RELEASE_ORDER);
        if (state >= 1) {
            EXPECT_EQ(test_leaf_poll(&tmlrt_tcp_dial_desc, &leaf, &waker, &dialed), TMLRT_PENDING);
        }
        if (state == 2) {
            trt_atomic_store(&s_gate, 0, TRT_RELEASE_ORDER);
            wait_for_wake(&waker, 0);
            EXPECT_EQ(test_leaf_poll(&tmlrt_tcp_dial_desc, &leaf, &waker, &dialed), TMLRT_PENDING);
        }
        tmlrt_tcp_dial_desc.drop(&leaf);
        tmlrt_tcp_dial_desc.drop(&leaf);
        end_case(); // waits for the lookup that went on alone
        EXPECT_EQ(test_waker_refs(&waker), 0);
    }
    close_place(&silent);
}

TEST(dial__the_name_takes_too_long__timed_out_while_the_lookup_goes_on) {
    const trt_addr addr = refused_at("127.0.0.1");
    const tmlrt_dial_options options = {.resolve_ms = 5};
    use_answers(TMLRT_OK, 1, &addr);
    trt_atomic_store(&s_gate, 1, TRT_RELEASE_ORDER);
    tmlrt_tcp_dialed dialed = dial("slow.example", 80, &options);
    EXPECT_EQ(dialed.status, TMLRT_E_TIMEDOUT);
    EXPECT_STR(dialed.told, "slow.example: the deadline passed");
    free(dialed.told);
    end_case();
}

TEST(dial__each_allocation_fails__nomem_and_nothing_left) {
    place good;
    open_place(&good, "127.0.0.1", false);
    bool hit = true;
    for (uint64_t nth = 1; hit && nth < 40; nth++) {
        use_answers(TMLRT_OK, 1, &good.addr);
        tmlrt_status unused;
        REQUIRE(trt_runtime_get_default(&unused) != NULL);
        test_allocator_fail_at(nth);
        tmlrt_tcp_dialed dialed = dial("one.example", 80, NULL);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        // Without memory for a thread of the pool the lookup is not made; some failures only
        // cost what the runtime would have kept ready.
        EXPECT(dialed.status == TMLRT_OK ||
               (hit && (dialed.status == TMLRT_E_NOMEM || dialed.status == TMLRT_E_AGAIN)));
        tmlrt_tcp_stream_free(dialed.stream);
        free(dialed.told);
        end_case();
    }
    EXPECT(!hit);
    close_place(&good);
}

// ---- the resolve future -------------------------------------------------------------------------

static tmlrt_resolved resolve(const char* host, int32_t port, int32_t family, int32_t ms) {
    test_leaf leaf;
    tmlrt_resolved resolved = {1, NULL};
    tmlrt_resolve_init(&leaf, host, port, family, ms);
    EXPECT_EQ(test_leaf_wait(&tmlrt_resolve_desc, &leaf, &resolved), TMLRT_OK);
    EXPECT((resolved.status == TMLRT_OK) == (resolved.list != NULL));
    return resolved;
}

TEST(resolve__names_and_literals__lists_or_why_not) {
    const trt_addr addrs[] = {addr_of("[2001:db8::1]:0"), addr_of("192.0.2.1")};
    trt_addr out = {0};
    use_answers(TMLRT_OK, 2, addrs);
    tmlrt_resolved resolved = resolve("two.example", 443, 0, 0);
    REQUIRE(resolved.status == TMLRT_OK);
    EXPECT_EQ(tmlrt_addr_list_len(resolved.list), 2);
    EXPECT(tmlrt_addr_list_at(resolved.list, 0, &out) == TMLRT_OK && out.family == 6);
    EXPECT_EQ(out.port, 443);
    EXPECT(tmlrt_addr_list_at(resolved.list, 1, &out) == TMLRT_OK && out.family == 4);
    EXPECT_EQ(tmlrt_addr_list_at(resolved.list, 2, &out), TMLRT_E_NOTFOUND);
    EXPECT_EQ(tmlrt_addr_list_at(resolved.list, -1, &out), TMLRT_E_NOTFOUND);
    tmlrt_resolve_desc.drop_output(&resolved);
    trt_atomic_store(&s_calls, 0, TRT_RELEASE_ORDER);
    resolved = resolve("127.0.0.1", 80, 4, 0);
    EXPECT(resolved.status == TMLRT_OK && tmlrt_addr_list_len(resolved.list) == 1);
    tmlrt_addr_list_free(resolved.list);
    EXPECT_EQ(resolve("127.0.0.1", 80, 6, 0).status, TMLRT_E_NOHOST);
    EXPECT_EQ(resolve("127.0.0.1", 80, 1, 0).status, TMLRT_E_INVAL);
    EXPECT_EQ(resolve("a b", 80, 0, 0).status, TMLRT_E_INVAL);
    EXPECT_EQ(trt_atomic_load(&s_calls, TRT_ACQUIRE_ORDER), 0);
    use_answers(TMLRT_E_RESOLVE, 0, NULL);
    EXPECT_EQ(resolve("a.example", 80, 0, 0).status, TMLRT_E_RESOLVE);
    trt_atomic_store(&s_gate, 1, TRT_RELEASE_ORDER);
    EXPECT_EQ(resolve("slow.example", 80, 0, 3).status, TMLRT_E_TIMEDOUT);
    end_case();
    resolved = resolve("localhost", 1, 4, 0);
    EXPECT_EQ(resolved.status, TMLRT_OK);
    tmlrt_addr_list_free(resolved.list);
    tmlrt_addr_list_free(NULL);
    end_case();
}

TEST(resolve__a_literal_without_memory__nomem) {
    tmlrt_status unused;
    REQUIRE(trt_runtime_get_default(&unused) != NULL);
    test_allocator_fail_at(1);
    tmlrt_resolved resolved = resolve("127.0.0.1", 80, 0, 0);
    test_allocator_fail_at(0);
    EXPECT_EQ(resolved.status, TMLRT_E_NOMEM);
    end_case();
}

static void nothing(void* arg) {
    (void)arg;
}

// The servers do not answer: two lookups hold two of four threads, a third waits for its turn, and
// other calls of the pool are made all the same.
TEST(resolve__more_names_than_half_the_pool__wait_in_turn_and_leave_the_rest) {
    enum { NUM = 4 };
    const tmlrt_runtime_options options = {
        .workers = 1, .max_blocking_threads = 4, .flags = TMLRT_RUNTIME_BACKGROUND};
    const trt_addr addr = addr_of("192.0.2.1");
    tmlrt_runtime* runtime = NULL;
    test_leaf leaves[NUM];
    test_waker wakers[NUM] = {0};
    tmlrt_resolved resolved[NUM];
    use_answers(TMLRT_OK, 1, &addr);
    REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
    REQUIRE(trt_runtime_install_default(runtime) == TMLRT_OK);
    trt_atomic_store(&s_gate, 1, TRT_RELEASE_ORDER);
    for (int i = 0; i < NUM; i++) {
        tmlrt_resolve_init(&leaves[i], "a.example", 80, 0, 0);
        EXPECT_EQ(test_leaf_poll(&tmlrt_resolve_desc, &leaves[i], &wakers[i], &resolved[i]),
                  TMLRT_PENDING);
    }
    for (int i = 0; i < 8; i++) { // as many calls as there are threads, twice
        EXPECT_EQ(tmlrt_task_join(tmlrt_spawn_blocking(nothing, NULL, 0), NULL), TMLRT_OK);
    }
    while (trt_atomic_load(&s_calls, TRT_ACQUIRE_ORDER) < 2) { // one dropped before makes no call
        sched_yield();
    }
    EXPECT_EQ(trt_atomic_load(&s_calls, TRT_ACQUIRE_ORDER), 2);
    tmlrt_resolve_desc.drop(&leaves[0]); // one that runs: its permit comes back when it ends
    tmlrt_resolve_desc.drop(&leaves[2]); // one that waits: the next one moves up
    EXPECT_EQ(trt_semaphore_available(trt_blocking_slow(runtime->blocking)), 0);
    trt_atomic_store(&s_gate, 0, TRT_RELEASE_ORDER);
    for (int i = 1; i < NUM; i += 2) {
        EXPECT_EQ(test_leaf_wait(&tmlrt_resolve_desc, &leaves[i], &resolved[i]), TMLRT_OK);
        EXPECT_EQ(resolved[i].status, TMLRT_OK);
        tmlrt_addr_list_free(resolved[i].list);
    }
    EXPECT_EQ(trt_atomic_load(&s_calls, TRT_ACQUIRE_ORDER), 3);
    end_case();
    for (int i = 0; i < NUM; i++) {
        EXPECT_EQ(test_waker_refs(&wakers[i]), 0);
    }
}

TEST(resolve__dropped_in_every_state__nothing_left) {
    const trt_addr addr = addr_of("192.0.2.1");
    for (int state = 0; state < 3; state++) {
        test_leaf leaf;
        test_waker waker = {0};
        tmlrt_resolved resolved;
        use_answers(TMLRT_OK, 1, &addr);
        trt_atomic_store(&s_gate, 1, TRT_RELEASE_ORDER);
        tmlrt_resolve_init(&leaf, state == 0 ? "127.0.0.1" : "a.example", 80, 0, 0);
        if (state >= 1) {
            EXPECT_EQ(test_leaf_poll(&tmlrt_resolve_desc, &leaf, &waker, &resolved), TMLRT_PENDING);
        }
        if (state == 2) {
            trt_atomic_store(&s_gate, 0, TRT_RELEASE_ORDER);
            wait_for_wake(&waker, 0); // done, and never asked for
        }
        tmlrt_resolve_desc.drop(&leaf);
        end_case();
        EXPECT_EQ(test_waker_refs(&waker), 0);
    }
}
