// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_server.h"

#include <tmlrt/time.h>

#include "tests/support/harness.h"

static tmlrt_tls_config *s_client, *s_server;

void memory_server_begin(void) {
    s_client = tls_rig_config(tls_rig_client());
    s_server = tls_rig_config(tls_rig_server());
    EXPECT(s_client != NULL && s_server != NULL);
}

void memory_server_end(void) {
    tmlrt_tls_config_unref(s_client);
    tmlrt_tls_config_unref(s_server);
    s_client = s_server = NULL;
}

bool memory_server_start(memory_server* ms, const trt_http_limits* limits,
                         const trt_service* service) {
    trt_http_options options = {.spoken = {.h2c = true}, .plain_answers = true};
    memset(ms, 0, sizeof *ms);
    ms->runtime = test_clock_runtime(&ms->clock);
    if (limits != NULL) {
        options.limits = *limits;
    }
    (void)trt_addr_parse(&options.addr, "127.0.0.1", 0);
    bool started = ms->runtime != NULL && tls_rig_connect(&ms->rig, s_client, s_server, "a.test") &&
                   trt_http_server_start(&ms->server, ms->runtime, &options, service) == TMLRT_OK;
    EXPECT(started);
    return started;
}

void memory_server_run(memory_server* ms, test_step step, void* user) {
    test_probe probe = {0};
    int64_t out;
    test_future client = {.step = step, .probe = &probe, .user = user};
    EXPECT_EQ(tmlrt_runtime_run(ms->runtime, &test_plain_desc, &client, sizeof client, &out),
              TMLRT_OK);
}

// What the acceptor does for a connection, with another transport.
void memory_server_connect(memory_server* ms, bool http2) {
    trt_http_shard* shard = &ms->server->shards[0];
    static const trt_http_spoken spoken;
    const trt_tcp none = {.handle = TRT_HANDLE_NONE};
    trt_addr peer;
    trt_http_link link;
    EXPECT_EQ(trt_addr_parse(&peer, "127.0.0.1", 1), TMLRT_OK);
    trt_http_link_open(&link, shard, &spoken, &none, &peer);
    EXPECT_EQ(trt_sources_enter(&ms->server->sources, link.source, 10), TMLRT_OK);
    trt_atomic_add(&ms->server->num_conns, 1, TRT_RELAXED);
    trt_atomic_add(&ms->server->refs, 1, TRT_RELAXED);
    shard->num_conns++;
    link.tls = ms->rig.server;
    ms->rig.server = NULL;
    if (http2) {
        trt_http2_conn conn;
        trt_http2_conn_open(&conn, &link, NULL, 0);
        tmlrt_task_detach(tmlrt_spawn_local(&trt_http2_conn_desc, &conn, sizeof conn));
    } else {
        trt_http_conn conn;
        trt_http_conn_open(&conn, &link);
        tmlrt_task_detach(tmlrt_spawn_local(&trt_http_conn_desc, &conn, sizeof conn));
    }
}

void memory_server_stop(memory_server* ms) {
    tls_rig_close(&ms->rig);
    trt_http_server_stop(ms->server, TRT_HTTP_STOP_NOW);
    EXPECT_EQ(trt_http_server_wait(ms->server), TMLRT_OK);
    EXPECT_EQ(trt_http_server_num_conns(ms->server), 0);
    trt_http_server_free(ms->server);
    tmlrt_runtime_free(ms->runtime);
}

size_t memory_server_send(memory_server* ms, tmlrt_context* cx, const void* data, size_t len) {
    size_t sent = 0;
    trt_io_result result = {0};
    while (sent < len) {
        const tmlrt_slice slice = {(const char*)data + sent, len - sent};
        if (trt_stream_poll_writev(ms->rig.client->base.io, cx, &slice, 1, &result) ==
                TMLRT_PENDING ||
            result.status != TMLRT_OK) {
            break;
        }
        sent += result.len;
    }
    return sent;
}

size_t memory_server_read(memory_server* ms, tmlrt_context* cx, void* out, size_t cap,
                          bool* at_end) {
    size_t got = 0;
    trt_io_result result = {0};
    while (!*at_end && got < cap &&
           trt_stream_poll_read(ms->rig.client->base.io, cx, (char*)out + got, cap - got,
                                &result) == TMLRT_READY) {
        *at_end = result.status != TMLRT_OK || result.len == 0;
        got += result.len;
    }
    return got;
}

void memory_server_sleep(test_future* client, uint64_t ns) {
    tmlrt_sleep_init(client->leaf, ns);
    client->leaf_desc = &tmlrt_sleep_desc;
}

bool memory_server_slept(test_future* client, tmlrt_context* cx) {
    if (client->leaf_desc != NULL &&
        tmlrt_sleep_desc.poll(client->leaf, cx, NULL) == TMLRT_PENDING) {
        return false;
    }
    client->leaf_desc = NULL;
    return true;
}
