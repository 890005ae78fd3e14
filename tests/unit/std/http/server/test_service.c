// SPDX-License-Identifier: Apache-2.0
// The semantics of service.h: one table, run in memory, over HTTP/1.1 and over HTTP/2, each in the
// clear and over TLS. What the handler sees and what the peer sees is the same text for all. A
// codec or a transport that is new adds a runner, no rows.
#include "tests/support/harness.h"
#include "tests/support/service_rig.h"
#include "tests/support/tls_rig.h"

#include <stdio.h>

#define OVERFLOW_TEXT "-3"
#define CLOSED_TEXT   "-205"
#define RESET_TEXT    "-106"

static const rig_case s_cases[] = {
    // ---- buffered, both ways
    {"buffered answer", "GET", "b5", .peer_sees = "200 body=5 end", .handler_sees = ""},
    {"buffered body read in pieces", "POST", "Rb3", .body = 70000, .peer_sees = "200 body=3 end",
     .handler_sees = "R=70000:0"},
    {"no answer", "GET", "", .peer_sees = "500 end", .handler_sees = ""},
    // ---- streamed bodies
    {"streamed body of known length", "POST", "SRb3", .body = 300000, .peer_sees = "200 body=3 end",
     .handler_sees = "R=300000:0"},
    {"streamed body of unknown length", "POST", "SRb3", .body = 300000, .chunked = true,
     .peer_sees = "200 body=3 end", .handler_sees = "R=300000:0"},
    {"trailers of the request", "POST", "SRb0", .body = 20000, .chunked = true, .trailer = true,
     .peer_sees = "200 body=0 end", .handler_sees = "R=20000:0 T=7"},
    {"echo, trailers both ways", "POST", "Ss200Ete", .body = 200000, .chunked = true,
     .trailer = true, .peer_sees = "200 body=200000 X-Sum=7 end",
     .handler_sees = "E=200000:0 T=7 t=0 e=0"},
    {"streamed body of one byte", "POST", "SRb0", .body = 1, .peer_sees = "200 body=0 end",
     .handler_sees = "R=1:0"},
    {"body read behind its end", "POST", "SRRb1", .body = 10, .peer_sees = "200 body=1 end",
     .handler_sees = "R=10:0 R=0:0"},
    {"body cut by the peer", "POST", "SRb3", .body = 1000, .peer = RIG_PEER_HALF, .not_h2 = true,
     .peer_sees = "400 end", .handler_sees = "x=1"},
    // ---- streamed answers
    {"streamed answer", "GET", "s200w100w200000e", .peer_sees = "200 body=200100 end",
     .handler_sees = "w=100:0 w=200000:0 e=0"},
    {"streamed answer of declared length", "GET", "d200100s200w100w200000e",
     .peer_sees = "200 body=200100 end", .handler_sees = "w=100:0 w=200000:0 e=0"},
    {"empty stream", "GET", "s200e", .peer_sees = "200 body=0 end", .handler_sees = "e=0"},
    {"flush of the head alone", "GET", "s200fw1fe", .peer_sees = "200 body=1 end",
     .handler_sees = "f=0 w=1:0 f=0 e=0"},
    {"write behind the end", "GET", "s200w1ew1", .peer_sees = "200 body=1 end",
     .handler_sees = "w=1:0 e=0 w=0:" CLOSED_TEXT},
    {"trailers", "GET", "s200w10te", .peer_sees = "200 body=10 X-Sum=7 end",
     .handler_sees = "w=10:0 t=0 e=0"},
    {"trailers of a declared length are refused", "GET", "d10s200w10te",
     .peer_sees = "200 body=10 end", .handler_sees = "w=10:0 t=-7 e=0"},
    // ---- a wrong length, and answers that cannot be completed
    {"less than declared", "GET", "d300s200w200fe", .peer_sees = "200 cut",
     .handler_sees = "w=200:0 f=0 e=-300"},
    {"more than declared", "GET", "d300s200w200fw200", .peer_sees = "200 cut",
     .handler_sees = "w=200:0 f=0 w=0:" OVERFLOW_TEXT},
    {"abort", "GET", "s200w10fa", .peer_sees = "200 cut", .handler_sees = "w=10:0 f=0"},
    {"writer given up", "GET", "s200w10f", .peer_sees = "200 cut", .handler_sees = "w=10:0 f=0"},
    {"another answer after the head", "GET", "s200w10feo", .peer_sees = "200 cut",
     .handler_sees = "w=10:0 f=0 e=0"},
    {"another answer before the head", "GET", "s200b7", .peer_sees = "200 body=7 end",
     .handler_sees = ""},
    // ---- messages without a body
    {"HEAD of a stream", "HEAD", "s200w200000e", .peer_sees = "200 body=0 end",
     .handler_sees = "w=200000:0 e=0"},
    {"HEAD of a declared length", "HEAD", "d5s200w5e", .peer_sees = "200 body=0 end",
     .handler_sees = "w=5:0 e=0"},
    {"204 with a stream", "GET", "s204w200000fe", .peer_sees = "204 body=0 end",
     .handler_sees = "w=200000:0 f=0 e=0"},
    {"304 with a stream", "GET", "s304w200000e", .peer_sees = "304 body=0 end",
     .handler_sees = "w=200000:0 e=0"},
    // ---- early answers
    {"answer before the body is read", "POST", "Sb3", .body = 500000, .peer_sees = "200 body=3 end",
     .handler_sees = ""},
    {"answer after a part of the body", "POST", "Srb3", .body = 500000,
     .peer_sees = "200 body=3 end", .handler_sees = "r=1"},
    {"streamed answer before the body is read", "POST", "Ss200w70000e", .body = 500000,
     .peer_sees = "200 body=70000 end", .handler_sees = "w=70000:0 e=0"},
    {"echo while the body comes", "POST", "Ss200Ee", .body = 400000, .chunked = true,
     .peer_sees = "200 body=400000 end", .handler_sees = "E=400000:0 e=0"},
    // ---- 1xx
    {"100 when the body is read", "POST", "SRb3", .body = 1000, .expects = true,
     .peer_sees = "100 200 body=3 end", .handler_sees = "R=1000:0"},
    {"no 100 when it is not", "POST", "Sb3", .body = 1000, .expects = true,
     .peer_sees = "200 body=3 end", .handler_sees = ""},
    {"no 100 for an answer that needs no body", "POST", "Xb3", .body = 1000, .expects = true,
     .peer_sees = "200 body=3 end", .handler_sees = ""},
    {"no 100 for an answer that needs no body, in chunks", "POST", "Xb3", .body = 1000,
     .chunked = true, .expects = true, .peer_sees = "200 body=3 end", .handler_sees = ""},
    {"an answer that needs no body, which comes", "POST", "Xb3", .body = 1000,
     .peer_sees = "200 body=3 end", .handler_sees = ""},
    {"103 twice, then the answer", "GET", "HHb1", .peer_sees = "103 103 200 body=1 end",
     .handler_sees = "H=0 H=0"},
    {"103 before a stream", "GET", "Hs200w1e", .peer_sees = "103 200 body=1 end",
     .handler_sees = "H=0 w=1:0 e=0"},
    {"103, then 100", "POST", "SHRb1", .body = 9, .expects = true,
     .peer_sees = "100 103 200 body=1 end", .handler_sees = "H=0 R=9:0"},
    {"103 after the head", "GET", "s200fHe", .peer_sees = "200 body=0 end",
     .handler_sees = "f=0 H=" CLOSED_TEXT " e=0"},
    {"HTTP/1.0 gets no 103", "GET", "Hb1", .http10 = true, .peer_sees = "200 body=1 end",
     .handler_sees = "H=0"},
    {"HTTP/1.0 gets a stream of unknown length", "GET", "s200w70000fw1e", .http10 = true,
     .peer_sees = "200 body=70001 end", .handler_sees = "w=70000:0 f=0 w=1:0 e=0"},
    // ---- fields that are kept for whatever answers
    {"kept: an answer", "GET", "Kb5", .peer_sees = "200 kept body=5 end", .handler_sees = "K=0"},
    {"kept: twice", "GET", "KKb5", .peer_sees = "200 kept body=5 end", .handler_sees = "K=0 K=0"},
    {"kept: HEAD", "HEAD", "Kb5", .peer_sees = "200 kept body=0 end", .handler_sees = "K=0"},
    {"kept: behind a body in pieces", "POST", "SRKb3", .body = 70000,
     .peer_sees = "200 kept body=3 end", .handler_sees = "R=70000:0 K=0"},
    {"kept: a stream", "GET", "Ks200w100w200000e", .peer_sees = "200 kept body=200100 end",
     .handler_sees = "K=0 w=100:0 w=200000:0 e=0"},
    {"kept: before the head of a stream is out", "GET", "s200Kw10e",
     .peer_sees = "200 kept body=10 end", .handler_sees = "K=0 w=10:0 e=0"},
    {"kept: behind the head of a stream", "GET", "s200w10fKe", .peer_sees = "200 body=10 end",
     .handler_sees = "w=10:0 f=0 K=" CLOSED_TEXT " e=0"},
    {"kept: 204 with a stream", "GET", "Ks204w10e", .peer_sees = "204 kept body=0 end",
     .handler_sees = "K=0 w=10:0 e=0"},
    {"kept: not in 103", "GET", "KHs200w1e", .peer_sees = "103 200 kept body=1 end",
     .handler_sees = "K=0 H=0 w=1:0 e=0"},
    {"kept: another answer before the head", "GET", "Ks200o", .peer_sees = "500 kept end",
     .handler_sees = "K=0"},
    {"kept: no answer", "GET", "K", .peer_sees = "500 kept end", .handler_sees = "K=0"},
    {"kept: no answer to a body in pieces", "POST", "SKR", .body = 9, .peer_sees = "500 kept end",
     .handler_sees = "K=0 R=9:0"},
    {"kept: body cut by the peer", "POST", "SKRb3", .body = 1000, .peer = RIG_PEER_HALF,
     .not_h2 = true, .peer_sees = "400 kept end", .handler_sees = "K=0 x=1"},
    {"kept: deadline before the head", "POST", "STKRz", .body = 100, .peer = RIG_PEER_WAITS,
     .peer_sees = "503 kept end", .handler_sees = "K=0 R=100:0 x=2"},
    {"kept: deadline of a whole answer", "GET", "TKz", .peer = RIG_PEER_WAITS,
     .peer_sees = "503 kept end", .handler_sees = "K=0 x=2"},
    {"kept: another protocol", "GET", "KUEe", .upgrade = "echo", .body = 5,
     .peer_sees = "switch kept body=5 end", .handler_sees = "K=0 U=1 E=5:0 e=0"},
    {"kept: another protocol that is not taken", "GET", "Kb5", .upgrade = "echo",
     .peer_sees = "200 kept body=5 end", .connect_sees = "501 kept end", .handler_sees = "K=0"},
    {"kept: no memory for them in an answer", "GET", "b5M", .not_h2 = true, .peer_sees = "503 end",
     .handler_sees = "M=-1"}, // HTTP/2 has no memory for any head
    {"kept: no memory for them in the head of a stream", "GET", "s200Mw10e", .peer_sees = "cut",
     .handler_sees = "M=-1 w=10:0 e=0"},
    {"kept: no memory for them in the server's own answer", "GET", "M", .not_h2 = true,
     .peer_sees = "500 end", .handler_sees = "M=-1"},
    // ---- another protocol: Upgrade of HTTP/1.1, extended CONNECT of HTTP/2
    {"upgrade: echo, the peer ends first", "GET", "UEe", .upgrade = "echo", .body = 200000,
     .peer_sees = "switch body=200000 end", .handler_sees = "U=1 E=200000:0 e=0"},
    {"upgrade: bytes behind the peer's end", "GET", "URw1000fw70000e", .upgrade = "echo",
     .body = 10, .peer_sees = "switch body=71000 end",
     .handler_sees = "U=1 R=10:0 w=1000:0 f=0 w=70000:0 e=0"},
    {"upgrade: the handler ends first", "GET", "Uw1000eR", .upgrade = "echo", .body = 90000,
     .peer = RIG_PEER_ANSWERS, .peer_sees = "switch body=1000 end",
     .handler_sees = "U=1 w=1000:0 e=0 R=90000:0"},
    {"upgrade: nothing either way", "GET", "UeR", .upgrade = "echo",
     .peer_sees = "switch body=0 end", .handler_sees = "U=1 e=0 R=0:0"},
    {"upgrade: the handler does not read what comes", "GET", "Uw1000e", .upgrade = "echo",
     .body = 1000, .peer_sees = "switch body=1000 end", .handler_sees = "U=1 w=1000:0 e=0"},
    {"upgrade: bytes that come with the request", "GET", "UEe", .upgrade = "echo", .body = 30000,
     .early = true, .peer_sees = "switch body=30000 end", .handler_sees = "U=1 E=30000:0 e=0"},
    {"upgrade: 103 first", "GET", "HUw1e", .upgrade = "echo", .peer_sees = "103 switch body=1 end",
     .handler_sees = "H=0 U=1 w=1:0 e=0"},
    {"upgrade: one of a list, in any case", "GET", "UEe", .upgrade = "other/1,, Echo ,x", .body = 5,
     .not_h2 = true, .peer_sees = "switch body=5 end", .handler_sees = "U=1 E=5:0 e=0"},
    {"upgrade: no trailers", "GET", "Uw1te", .upgrade = "echo", .peer_sees = "switch body=1 end",
     .handler_sees = "U=1 w=1:0 t=-7 e=0"},
    {"upgrade: taken twice", "GET", "UNo", .upgrade = "echo", .peer_sees = "500 end",
     .handler_sees = "U=1 N=0"},
    {"upgrade: an error before the head", "GET", "Us403e", .upgrade = "echo",
     .peer_sees = "403 end", .handler_sees = "U=1 e=0"},
    {"upgrade: another answer after the head", "GET", "Uw10fo", .upgrade = "echo",
     .peer_sees = "switch cut", .handler_sees = "U=1 w=10:0 f=0"},
    {"upgrade: abort", "GET", "Uw10fa", .upgrade = "echo", .peer_sees = "switch cut",
     .handler_sees = "U=1 w=10:0 f=0"},
    {"upgrade: writer given up", "GET", "Uw10f", .upgrade = "echo", .peer_sees = "switch cut",
     .handler_sees = "U=1 w=10:0 f=0"},
    {"upgrade: refused", "GET", "s403e", .upgrade = "echo", .peer_sees = "403 end",
     .handler_sees = "e=0"},
    {"upgrade: not looked at", "GET", "b5", .upgrade = "echo", .peer_sees = "200 body=5 end",
     .connect_sees = "501 end", .handler_sees = ""},
    {"upgrade: a stream that is none", "GET", "s200w10fw10e", .upgrade = "echo",
     .peer_sees = "200 body=20 end", .connect_sees = "501 end",
     .handler_sees = "w=10:0 f=0 w=10:0 e=0"},
    {"upgrade: to what nobody speaks", "GET", "Nb1", .upgrade = "other",
     .peer_sees = "200 body=1 end", .connect_sees = "501 end", .handler_sees = "N=0"},
    {"upgrade: with content of a length", "POST", "NRb1", .upgrade = "echo", .content = true,
     .body = 10, .not_h2 = true, .peer_sees = "200 body=1 end", .handler_sees = "N=0 R=10:0"},
    {"upgrade: with content in chunks", "POST", "NRb1", .upgrade = "echo", .content = true,
     .body = 10, .chunked = true, .not_h2 = true, .peer_sees = "200 body=1 end",
     .handler_sees = "N=0 R=10:0"},
    {"upgrade: with streamed content", "POST", "SNRb1", .upgrade = "echo", .content = true,
     .body = 10, .not_h2 = true, .peer_sees = "200 body=1 end", .handler_sees = "N=0 R=10:0"},
    {"upgrade: of HTTP/1.0", "GET", "Nb1", .upgrade = "echo", .http10 = true,
     .peer_sees = "200 body=1 end", .handler_sees = "N=0"},
    {"upgrade: the peer leaves", "GET", "Uw10z", .upgrade = "echo", .peer = RIG_PEER_LEAVES,
     .peer_sees = "switch left", .handler_sees = "U=1 w=10:0 x=1"},
    {"upgrade: the peer leaves while it is waited for", "GET", "UR", .upgrade = "echo",
     .peer = RIG_PEER_LEAVES, .peer_sees = "switch left", .handler_sees = "U=1 x=1"},
    {"upgrade: peer that does not read", "GET", "Uw100000000e", .upgrade = "echo",
     .peer = RIG_PEER_DEAF, .peer_sees = "switch cut", .handler_sees = "U=1 x=1"},
    {"upgrade: silence", "GET", "UR", .upgrade = "echo", .peer = RIG_PEER_WAITS,
     .peer_sees = "switch cut", .handler_sees = "U=1 x=2"},
    {"upgrade: silence behind our end", "GET", "Uw10eR", .upgrade = "echo", .peer = RIG_PEER_WAITS,
     .peer_sees = "switch body=10 end", .handler_sees = "U=1 w=10:0 e=0 x=2"},
    {"upgrade: a time of the handler's own", "GET", "TUw10fR", .upgrade = "echo",
     .peer = RIG_PEER_WAITS, .peer_sees = "switch cut", .handler_sees = "U=1 w=10:0 f=0 x=2"},
    {"upgrade: shutdown", "GET", "Ukw10e", .upgrade = "echo", .peer = RIG_PEER_STOPS,
     .peer_sees = "switch body=10 end", .handler_sees = "U=1 k=3 w=10:0 e=0"},
    // ---- ends from outside
    {"client gone, safe method", "GET", "s200w10z", .peer = RIG_PEER_LEAVES,
     .peer_sees = "200 left", .handler_sees = "w=10:0 x=1"},
    {"client gone, unsafe method", "POST", "s200w10kw10", .peer = RIG_PEER_LEAVES,
     .peer_sees = "200 left", .handler_sees = "w=10:0 k=1 w=0:" RESET_TEXT},
    {"client gone, body read", "POST", "Ss200w10kR", .body = 1000, .expects = true,
     .peer = RIG_PEER_LEAVES, .peer_sees = "200 left",
     .handler_sees = "w=10:0 k=1 R=0:" RESET_TEXT},
    {"peer that does not read", "GET", "s200w100000000e", .peer = RIG_PEER_DEAF,
     .peer_sees = "200 cut", .handler_sees = "x=1"},
    {"deadline before the head", "POST", "STRz", .body = 100, .peer = RIG_PEER_WAITS,
     .peer_sees = "503 end", .handler_sees = "R=100:0 x=2"},
    {"deadline in the stream", "GET", "STs200w10fz", .peer = RIG_PEER_WAITS, .peer_sees = "200 cut",
     .handler_sees = "w=10:0 f=0 x=2"},
    {"shutdown right behind the head", "GET", "s200fkw10e", .peer = RIG_PEER_STOPS,
     .peer_sees = "200 body=10 end", .handler_sees = "f=0 k=3 w=10:0 e=0"},
    {"shutdown in the stream", "GET", "s200w10fkw10e", .peer = RIG_PEER_STOPS,
     .peer_sees = "200 body=20 end", .handler_sees = "w=10:0 f=0 k=3 w=10:0 e=0"},
};

/// Streams of events need the timers of a worker, so they run over a server only.
static const rig_case s_events[] = {
    {"events: the client goes while the handler is still setting up", "GET", "vz",
     .peer = RIG_PEER_LEAVES, .peer_sees = "200 left", .handler_sees = "x=1"},
    {"events: the client closes its side, nothing was sent", "GET", "vz", .peer = RIG_PEER_CLOSES,
     .not_h2 = true, .peer_sees = "200 cut", .handler_sees = "x=1"},
    {"events: the client closes its side later", "GET", "vw10fz", .peer = RIG_PEER_CLOSES,
     .not_h2 = true, .peer_sees = "200 cut", .handler_sees = "w=10:0 f=0 x=1"},
    {"an answer to a client that closes its side", "GET", "s200w10fw10e", .peer = RIG_PEER_CLOSES,
     .not_h2 = true, .peer_sees = "200 body=20 end", .handler_sees = "w=10:0 f=0 w=10:0 e=0"},
    {"events: a server that stops says when to come back", "GET", "vw10fkw10",
     .peer = RIG_PEER_STOPS, .peer_sees = "200 body=23 end",
     .handler_sees = "w=10:0 f=0 k=3 w=0:" CLOSED_TEXT},
    {"events: an error after the head", "GET", "vw10fo", .peer_sees = "200 cut",
     .handler_sees = "w=10:0 f=0"},
    {"events: an error before the head", "GET", "vb7", .peer_sees = "200 body=7 end",
     .handler_sees = ""},
    {"events: fields that are kept", "GET", "Kvw10e", .peer_sees = "200 kept body=10 end",
     .handler_sees = "K=0 w=10:0 e=0"},
};

void test_before_all(void) {
    tls_rig_warm_up();
}

static void run_cases(const rig_case* cases, size_t num, void (*runner)(rig*, const rig_case*),
                      const char* codec) {
    for (size_t i = 0; i < num; i++) {
        bool http2 = runner == rig_run_h2 || runner == rig_run_h2_tls;
        if (http2 && (cases[i].http10 || cases[i].not_h2)) {
            continue;
        }
        bool connect = http2 && cases[i].connect_sees != NULL;
        const char* peer_sees = connect ? cases[i].connect_sees : cases[i].peer_sees;
        rig r;
        rig_init(&r);
        runner(&r, &cases[i]);
        if (strcmp(r.peer_saw, peer_sees) != 0 ||
            strcmp(r.handler_saw, cases[i].handler_sees) != 0) {
            test_fail(__FILE__, __LINE__,
                      "%s over %s\n  the peer saw    \"%s\"\n  instead of      \"%s\"\n"
                      "  the handler saw \"%s\"\n  instead of      \"%s\"",
                      cases[i].name, codec, r.peer_saw, peer_sees, r.handler_saw,
                      cases[i].handler_sees);
        }
        EXPECT(r.peak_bytes < 4 << 20); // whatever a peer sends or leaves unread
        rig_fini(&r);
    }
}

static void run(void (*runner)(rig*, const rig_case*), const char* codec) {
    run_cases(s_cases, sizeof s_cases / sizeof *s_cases, runner, codec);
}

TEST(service__every_case_in_memory__handler_and_peer_see_what_the_table_says) {
    run(rig_run_memory, "memory");
}

TEST(service__every_allocation_fails_once__no_leak_and_an_end) {
    for (size_t i = 0; i < sizeof s_cases / sizeof *s_cases; i++) {
        if (s_cases[i].peer != RIG_PEER_READS) {
            continue;
        }
        bool hit = true;
        for (uint64_t nth = 1; hit && nth < 100; nth++) {
            rig r;
            rig_init(&r);
            test_allocator_fail_at(nth);
            rig_run_memory(&r, &s_cases[i]);
            hit = test_allocator_hit();
            test_allocator_fail_at(0);
            rig_fini(&r);
        }
        EXPECT(!hit);
    }
}

TEST(service__every_case_over_http1__handler_and_peer_see_what_the_table_says) {
    run(rig_run_h1, "HTTP/1.1");
}

TEST(service__every_case_over_http2__handler_and_peer_see_what_the_table_says) {
    run(rig_run_h2, "HTTP/2");
}

// The codec in memory has had the others.
static void fail_some(void (*runner)(rig*, const rig_case*)) {
    static const rig_case cases[] = {
        {"kept: an answer", "GET", "Kb5", .peer_sees = ""},
        {"kept: a stream", "GET", "Ks200w100e", .peer_sees = ""},
        {"kept: no answer", "GET", "K", .peer_sees = ""},
        {"kept: another protocol", "GET", "KUEe", .upgrade = "echo", .body = 5},
        {"echo", "GET", "UEe", .upgrade = "echo", .body = 30000},
        {"the handler ends first", "GET", "Uw5000eR", .upgrade = "echo", .body = 10,
         .peer = RIG_PEER_ANSWERS},
        {"not looked at", "GET", "b5", .upgrade = "echo"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool hit = true;
        for (uint64_t nth = 1; hit && nth < 200; nth++) {
            rig r;
            rig_init(&r);
            r.fail_at = nth;
            runner(&r, &cases[i]);
            hit = r.hit;
            rig_fini(&r);
        }
        EXPECT(!hit);
    }
}

TEST(service__every_allocation_over_http1_fails_once__no_leak_and_an_end) {
    fail_some(rig_run_h1);
}

TEST(service__every_allocation_over_http2_fails_once__no_leak_and_an_end) {
    fail_some(rig_run_h2);
}

TEST(service__events_over_http1__handler_and_peer_see_what_the_table_says) {
    run_cases(s_events, sizeof s_events / sizeof *s_events, rig_run_h1, "HTTP/1.1");
}

TEST(service__events_over_http2__handler_and_peer_see_what_the_table_says) {
    run_cases(s_events, sizeof s_events / sizeof *s_events, rig_run_h2, "HTTP/2");
}

TEST(service__every_case_over_http1_and_tls__handler_and_peer_see_what_the_table_says) {
    run(rig_run_h1_tls, "HTTP/1.1 and TLS");
}

TEST(service__every_case_over_http2_and_tls__handler_and_peer_see_what_the_table_says) {
    run(rig_run_h2_tls, "HTTP/2 and TLS");
}

TEST(service__events_over_http1_and_tls__handler_and_peer_see_what_the_table_says) {
    run_cases(s_events, sizeof s_events / sizeof *s_events, rig_run_h1_tls, "HTTP/1.1 and TLS");
}

TEST(service__events_over_http2_and_tls__handler_and_peer_see_what_the_table_says) {
    run_cases(s_events, sizeof s_events / sizeof *s_events, rig_run_h2_tls, "HTTP/2 and TLS");
}
