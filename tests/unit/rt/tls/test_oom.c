// SPDX-License-Identifier: Apache-2.0
// Every allocation of options, a configuration and a connection fails once, ours and the
// library's: a status, we leak nothing, and the same works afterwards. What the library has is
// counted apart: all its versions lose a block or two of their own in a few of their failures (a
// certificate that is half decoded).
#include "rt/base/atomic.h"
#include "rt/tls/openssl.h"

#include "tests/support/harness.h"
#include "tests/support/tls_rig.h"

#include <openssl/crypto.h>

enum { DENSE = 300, STEP = 23, MOST = 100000 }; // past the first 300 every 23rd allocation
enum { LOST = 2 };                              // blocks of the library

static trt_atomic_u64 s_library_blocks; // that live, but for the first ones
static CRYPTO_malloc_fn s_alloc;        // those of rt/tls
static CRYPTO_realloc_fn s_realloc;
static CRYPTO_free_fn s_free;

static void* library_alloc(size_t len, const char* file, int line) {
    void* block = s_alloc(len, file, line);
    trt_atomic_add(&s_library_blocks, block != NULL, TRT_RELAXED);
    return block;
}

static void library_free(void* ptr, const char* file, int line) {
    trt_atomic_sub(&s_library_blocks, ptr != NULL, TRT_RELAXED);
    s_free(ptr, file, line);
}

static void* library_realloc(void* ptr, size_t len, const char* file, int line) {
    void* block = s_realloc(ptr, len, file, line);
    trt_atomic_add(&s_library_blocks, ptr == NULL && block != NULL, TRT_RELAXED);
    trt_atomic_sub(&s_library_blocks, ptr != NULL && len == 0, TRT_RELAXED);
    return block;
}

static uint64_t library_live(void) {
    return trt_atomic_load(&s_library_blocks, TRT_RELAXED);
}

static uint64_t our_live(void) {
    return test_allocator_live() - library_live();
}

void test_before_all(void) {
    tmlrt_status status = trt_openssl_init();
    CRYPTO_get_mem_functions(&s_alloc, &s_realloc, &s_free);
    if (status != TMLRT_OK ||
        CRYPTO_set_mem_functions(library_alloc, library_realloc, library_free) != 1) {
        test_fail(__FILE__, __LINE__, "the library's memory cannot be counted");
    }
    tls_rig_warm_up();
}

// The next number to fail at; 0: the last one was not reached.
static uint64_t next_failure(uint64_t nth) {
    if (!test_allocator_hit()) {
        return 0;
    }
    return nth < DENSE ? nth + 1 : nth + STEP;
}

static tmlrt_tls_options* every_option(void) {
    const tls_rig_certs* certs = tls_rig_get();
    tmlrt_tls_options* options = tls_rig_server();
    if (options != NULL &&
        (tmlrt_tls_options_identity(options, certs->b.chain, certs->b.key, NULL) != TMLRT_OK ||
         tmlrt_tls_options_client_auth(options, TMLRT_TLS_AUTH_OPTIONAL) != TMLRT_OK ||
         tmlrt_tls_options_alpn(options, "h2,http/1.1") != TMLRT_OK ||
         tmlrt_tls_options_trust(options, certs->ca.chain) != TMLRT_OK)) {
        tmlrt_tls_options_free(options);
        return NULL;
    }
    return options;
}

TEST(tls_oom__options_and_holder__nothing_made_or_all) {
    for (uint64_t nth = 1; nth != 0 && nth < MOST; nth = next_failure(nth)) {
        test_allocator_fail_at(nth);
        tmlrt_tls_options* options = every_option();
        EXPECT(options != NULL || test_allocator_hit());
        tmlrt_tls_options_free(options);
    }
    test_allocator_fail_at(1);
    tmlrt_tls_holder* holder = NULL;
    EXPECT_EQ(tmlrt_tls_holder_new(&holder, NULL), TMLRT_E_NOMEM);
    test_allocator_fail_at(0);
}

TEST(tls_oom__configuration__no_memory_and_we_leak_nothing) {
    char why[TMLRT_TLS_WHY];
    tmlrt_tls_options* options = every_option();
    REQUIRE(options != NULL);
    uint64_t num_failed = 0, num_other = 0;
    test_allocator_shared();
    for (uint64_t nth = 1; nth != 0 && nth < MOST; nth = next_failure(nth)) {
        tmlrt_tls_config* config = NULL;
        uint64_t ours = our_live(), theirs = library_live();
        test_allocator_fail_at(nth);
        tmlrt_status status = tmlrt_tls_config_new(&config, options, why, sizeof(why));
        // What the library can do without (a cache) may have failed, too.
        EXPECT((config != NULL) == (status == TMLRT_OK));
        // A few of its functions say "no" without saying that it was for want of memory.
        EXPECT(status == TMLRT_OK || test_allocator_hit());
        num_other += status == TMLRT_E_TLS_CONFIG ? 1 : 0;
        num_failed += status != TMLRT_OK ? 1 : 0;
        tmlrt_tls_config_unref(config);
        EXPECT_EQ(our_live(), ours);
        EXPECT(library_live() <= theirs + LOST);
    }
    EXPECT(num_other <= num_failed / 4);
    test_allocator_fail_at(0);
    tmlrt_tls_options_free(options);
}

static void connect_with_failures(int version, uint64_t first) {
    uint64_t ours = our_live();
    tmlrt_tls_options* options = tls_rig_client();
    EXPECT_EQ(tmlrt_tls_options_versions(options, version, version), TMLRT_OK);
    tmlrt_tls_config *client = tls_rig_config(options), *server = tls_rig_config(every_option());
    for (uint64_t nth = first; nth != 0 && nth < MOST; nth = next_failure(nth)) {
        tls_rig rig;
        char out[8] = "";
        test_allocator_fail_at(nth);
        if (tls_rig_connect(&rig, client, server, "a.test") && rig.client_status == TMLRT_OK &&
            rig.server_status == TMLRT_OK) {
            tmlrt_status status = tls_rig_send(&rig, true, "hello", 5, out, 5);
            EXPECT(status == TMLRT_OK || test_allocator_hit());
        } else {
            EXPECT(test_allocator_hit());
        }
        tls_rig_close(&rig);
    }
    test_allocator_fail_at(0);
    tls_rig rig;
    EXPECT(tls_rig_connect(&rig, client, server, "a.test") && rig.client_status == TMLRT_OK);
    tls_rig_close(&rig);
    tmlrt_tls_config_unref(client);
    tmlrt_tls_config_unref(server);
    EXPECT_EQ(our_live(), ours);
}

TEST(tls_oom__words_of_a_failure__there_are_some_without_memory_too) {
    static const tmlrt_slice s_garbage = {"\x17\x03\x03\x00\x20garbage garbage garbage garbage",
                                          37};
    tmlrt_tls_config *client = tls_rig_config(tls_rig_client()),
                     *server = tls_rig_config(tls_rig_server());
    for (uint64_t nth = 1; nth != 0 && nth < MOST; nth = next_failure(nth)) {
        tls_rig rig;
        trt_io_result result;
        char out[8];
        REQUIRE(tls_rig_connect(&rig, client, server, "a.test"));
        tmlrt_context* cx = test_waker_context(&rig.server_waker);
        EXPECT_EQ(trt_stream_poll_writev(rig.client->inner, test_waker_context(&rig.client_waker),
                                         &s_garbage, 1, &result),
                  TMLRT_READY);
        test_allocator_fail_at(nth);
        EXPECT_EQ(trt_stream_poll_read(rig.server->base.io, cx, out, sizeof(out), &result),
                  TMLRT_READY);
        EXPECT(result.status == TMLRT_E_TLS_RECORD || test_allocator_hit());
        EXPECT(result.status != TMLRT_OK);
        EXPECT(trt_tls_told(rig.server)[0] != '\0' || result.status == TMLRT_E_NOMEM);
        tls_rig_close(&rig);
    }
    test_allocator_fail_at(0);
    tmlrt_tls_config_unref(client);
    tmlrt_tls_config_unref(server);
}

TEST(tls_oom__connection__a_status_and_we_leak_nothing) {
    test_allocator_shared();
    connect_with_failures(TMLRT_TLS_1_3, 1);
    connect_with_failures(TMLRT_TLS_1_2, 1);
}
