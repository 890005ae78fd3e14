// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a client and a server of TLS with somebody between them, who cuts, changes, repeats,
// drops and adds bytes. Every input ends in a status on both sides, in bounded turns; what one
// reads is never anything but the beginning of what the other wrote; without a change both have all
// of it. The library's random numbers are made to be the same for an input each time.
//
// First byte: bit 0 TLS 1.2, bit 1 the client shows a certificate, bit 2 an RSA key, bits 3 on how
// much is written; second: the size of the pieces; then changes: a byte (bit 7 the direction, below
// the kind), two of how many bytes pass first, one argument.
#include "rt/base/assert.h"
#include "tests/support/tls_rig.h"

#include <tmlrt/log.h>

#include <openssl/rand.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// ---- random numbers -----------------------------------------------------------------------------

static uint64_t s_random;

static int random_bytes(unsigned char* out, int num) {
    for (int i = 0; i < num; i++) {
        s_random = s_random * 6364136223846793005u + 1442695040888963407u;
        out[i] = (unsigned char)(s_random >> 56);
    }
    return 1;
}

static int random_status(void) {
    return 1;
}

static void make_random_the_same(void) {
    static const RAND_METHOD s_method = {
        .bytes = random_bytes, .pseudorand = random_bytes, .status = random_status};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    TRT_CHECK(RAND_set_rand_method(&s_method) == 1);
#pragma GCC diagnostic pop
}

// ---- who is between them ------------------------------------------------------------------------

enum { QUEUE = 1 << 18, MOST_CHANGES = 64 };

enum change_kind { FLIP, SET, DROP, ADD, REPEAT, END, RESET, HOLD, NUM_KINDS };

typedef struct change {
    enum change_kind kind;
    uint32_t behind; ///< so many bytes of its direction
    uint8_t argument;
} change;

/// One direction's bytes.
typedef struct lane {
    size_t at, end; ///< of the queue
    size_t held;    ///< of the end of the queue, until more is written: pieces that come together
    bool ended, reset;
    change changes[MOST_CHANGES];
    uint32_t num_changes, next, passed;
    char queue[QUEUE]; ///< what the reader gets
} lane;

static lane s_lanes[2]; // by who writes: the client, the server
static size_t s_piece;
static uint64_t s_progress;

static void put(lane* l, char byte) {
    if (l->end < QUEUE && !l->ended) {
        l->queue[l->end++] = byte;
    }
}

// True: the byte itself is gone.
static bool apply(lane* l, const change* c, char* byte) {
    switch (c->kind) {
    case FLIP:
        *byte = (char)(*byte ^ (1 << (c->argument & 7)));
        return false;
    case SET:
        *byte = (char)c->argument;
        return false;
    case DROP:
        return true;
    case ADD:
        put(l, (char)c->argument);
        return false;
    case REPEAT:
        for (size_t from = l->end - (c->argument < l->end ? c->argument : l->end), to = l->end;
             from < to; from++) {
            put(l, l->queue[from]);
        }
        return false;
    case END:
        l->ended = true;
        return true;
    case RESET:
        l->ended = l->reset = true;
        return true;
    default:
        l->held = 1u + c->argument;
        return false;
    }
}

static void pass(lane* l, char byte) {
    bool gone = false;
    for (; l->next < l->num_changes && l->changes[l->next].behind <= l->passed; l->next++) {
        gone |= apply(l, &l->changes[l->next], &byte);
    }
    l->passed++;
    if (!gone) {
        put(l, byte);
    }
}

// ---- a side's transport -------------------------------------------------------------------------

static lane* lane_to(const void* self) {
    return &s_lanes[self == &s_lanes[0]];
}

static tmlrt_poll lane_poll_read(void* self, tmlrt_context* cx, void* out, size_t cap,
                                 trt_io_result* result) {
    lane* l = lane_to(self);
    size_t there = l->end - l->at, held = l->ended ? 0 : l->held;
    there -= held < there ? held : there;
    (void)cx;
    if (there == 0 && !l->ended) {
        return TMLRT_PENDING;
    }
    size_t len = there < s_piece ? there : s_piece;
    len = len < cap ? len : cap;
    memcpy(out, l->queue + l->at, len);
    l->at += len;
    s_progress++;
    *result =
        (trt_io_result){.status = len == 0 && l->reset ? TMLRT_E_CONNRESET : TMLRT_OK, .len = len};
    return TMLRT_READY;
}

static tmlrt_poll lane_poll_readable(void* self, tmlrt_context* cx) {
    (void)cx;
    return lane_to(self)->end != lane_to(self)->at ? TMLRT_READY : TMLRT_PENDING;
}

static tmlrt_poll lane_poll_writev(void* self, tmlrt_context* cx, const tmlrt_slice* slices,
                                   uint32_t num, trt_io_result* result) {
    lane* l = self;
    size_t len = slices->len < s_piece ? (size_t)slices->len : s_piece;
    (void)cx, (void)num;
    l->held = 0;
    for (size_t i = 0; i < len; i++) {
        pass(l, slices->data[i]);
    }
    s_progress++;
    *result = (trt_io_result){.status = l->reset ? TMLRT_E_CONNRESET : TMLRT_OK,
                              .len = l->reset ? 0 : len};
    return TMLRT_READY;
}

static tmlrt_poll lane_poll_shutdown(void* self, tmlrt_context* cx, tmlrt_status* out_status) {
    (void)cx;
    ((lane*)self)->ended = true;
    *out_status = TMLRT_OK;
    return TMLRT_READY;
}

static bool lane_hung_up(const void* self) {
    (void)self;
    return false;
}

static tmlrt_poll lane_poll_hangup(void* self, tmlrt_context* cx) {
    (void)self, (void)cx;
    return TMLRT_PENDING;
}

static void lane_close(void* self, bool abortive) {
    lane* l = self;
    l->reset |= abortive && !l->ended;
    l->ended = true;
}

static const trt_stream_vtable s_lane_vtable = {
    .poll_read = lane_poll_read,
    .poll_readable = lane_poll_readable,
    .poll_writev = lane_poll_writev,
    .poll_shutdown = lane_poll_shutdown,
    .hung_up = lane_hung_up,
    .poll_hangup = lane_poll_hangup,
    .close = lane_close,
};

// ---- the sides ----------------------------------------------------------------------------------

typedef struct side {
    tmlrt_tls_stream* tls;
    test_waker waker;
    tmlrt_status status; ///< why it is over
    size_t sent, got;
    bool open, closed; ///< after its handshake; its direction
    bool ended, over;  ///< the other's direction; nothing more is to be done
} side;

static side s_sides[2];
static size_t s_total; // bytes that each side writes

static char byte_of(int who, size_t at) {
    return (char)(at * 7 + (size_t)who * 101);
}

static void give_up(side* s, tmlrt_status status) {
    TRT_CHECK(status < 0 && strcmp(tmlrt_status_text(status), "") != 0);
    TRT_CHECK(s->open || trt_tls_told(s->tls)[0] != '\0');
    s->status = status;
    s->over = true;
    trt_stream_close(s->tls->base.io, false);
    s->tls = NULL;
}

static void shake(side* s) {
    tmlrt_status status = TMLRT_OK;
    if (trt_tls_poll_handshake(s->tls, test_waker_context(&s->waker), &status) == TMLRT_READY) {
        s_progress++;
        if (status != TMLRT_OK) {
            give_up(s, status);
            return;
        }
        s->open = true;
    }
}

static void talk(side* s, int who) {
    char text[700];
    trt_io_result result;
    tmlrt_status status = TMLRT_OK;
    size_t len = s_total - s->sent < sizeof text ? s_total - s->sent : sizeof text;
    for (size_t i = 0; i < len; i++) {
        text[i] = byte_of(who, s->sent + i);
    }
    const tmlrt_slice slice = {text, len};
    if (len != 0 && trt_stream_poll_writev(s->tls->base.io, test_waker_context(&s->waker), &slice,
                                           1, &result) == TMLRT_READY) {
        status = result.status;
        s->sent += result.len;
        s_progress++;
    } else if (len == 0 && !s->closed) {
        s->closed = trt_stream_poll_shutdown(s->tls->base.io, test_waker_context(&s->waker),
                                             &status) == TMLRT_READY;
        s_progress += s->closed;
    }
    if (status != TMLRT_OK) {
        give_up(s, status);
    }
}

static void hear(side* s, int who) {
    char text[600];
    trt_io_result result;
    if (s->over || s->ended ||
        trt_stream_poll_read(s->tls->base.io, test_waker_context(&s->waker), text, sizeof text,
                             &result) == TMLRT_PENDING) {
        return;
    }
    s_progress++;
    for (size_t i = 0; i < result.len; i++) {
        TRT_CHECK(s->got + i < s_total && text[i] == byte_of(1 - who, s->got + i));
    }
    s->got += result.len;
    s->ended = result.status == TMLRT_OK && result.len == 0;
    // An end that was told is the end, or the other has given up.
    TRT_CHECK(!s->ended || s->got == s_total || s_sides[1 - who].status != TMLRT_OK);
    if (result.status != TMLRT_OK) {
        give_up(s, result.status);
    }
}

static void turn(int who) {
    side* s = &s_sides[who];
    if (s->over) {
        return;
    }
    if (!s->open) {
        shake(s);
        return;
    }
    talk(s, who);
    hear(s, who);
    if (!s->over && s->ended && s->closed) {
        s->over = true;
        trt_stream_close(s->tls->base.io, false);
        s->tls = NULL;
    }
}

static void run(void) {
    int silent = 0;
    for (int i = 0; !(s_sides[0].over && s_sides[1].over); i++) {
        uint64_t before = s_progress;
        TRT_CHECK(i < 1000000 && silent < 3);
        turn(0);
        turn(1);
        silent = s_progress == before ? silent + 1 : 0;
        if (silent == 1) { // both wait for what was dropped or held back
            s_lanes[0].held = s_lanes[1].held = 0;
        } else if (silent == 2) {
            s_lanes[0].ended = s_lanes[1].ended = true;
        }
    }
}

// ---- the target ---------------------------------------------------------------------------------

static tmlrt_tls_config *s_servers[2][2], *s_asking[2][2]; // [1.2][RSA]

static tmlrt_tls_options* server_options(bool old, bool rsa, bool asks) {
    const tls_rig_certs* certs = tls_rig_get();
    const test_cert* cert = rsa ? &certs->rsa : &certs->ec;
    tmlrt_tls_options* options = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
    int32_t version = old ? TMLRT_TLS_1_2 : TMLRT_TLS_1_3;
    TRT_CHECK(tmlrt_tls_options_identity(options, cert->chain, cert->key, NULL) == TMLRT_OK);
    TRT_CHECK(tmlrt_tls_options_versions(options, version, version) == TMLRT_OK);
    TRT_CHECK(tmlrt_tls_options_alpn(options, "h2,http/1.1") == TMLRT_OK);
    if (asks) {
        TRT_CHECK(tmlrt_tls_options_client_auth(options, TMLRT_TLS_AUTH_REQUIRED) == TMLRT_OK);
        TRT_CHECK(tmlrt_tls_options_trust(options, certs->ca.chain) == TMLRT_OK);
    }
    return options;
}

static void make_servers(void) {
    make_random_the_same();
    s_random = 7;
    TRT_CHECK(tls_rig_init());
    for (int old = 0; old < 2; old++) {
        for (int rsa = 0; rsa < 2; rsa++) {
            s_servers[old][rsa] = tls_rig_config(server_options(old, rsa, false));
            s_asking[old][rsa] = tls_rig_config(server_options(old, rsa, true));
        }
    }
}

// A new one each time: it has no session of the input before.
static tmlrt_tls_config* make_client(bool shows) {
    tmlrt_tls_options* options = tls_rig_client();
    const test_cert* cert = &tls_rig_get()->client;
    TRT_CHECK(tmlrt_tls_options_alpn(options, "http/1.1,h2") == TMLRT_OK);
    TRT_CHECK(!shows ||
              tmlrt_tls_options_identity(options, cert->chain, cert->key, NULL) == TMLRT_OK);
    return tls_rig_config(options);
}

static void read_changes(const uint8_t* data, size_t size) {
    for (; size >= 4; data += 4, size -= 4) {
        lane* l = &s_lanes[data[0] >> 7];
        if (l->num_changes < MOST_CHANGES) {
            uint32_t behind = l->num_changes != 0 ? l->changes[l->num_changes - 1].behind : 0;
            behind += (uint32_t)data[1] << 8 | data[2];
            l->changes[l->num_changes++] = (change){data[0] % NUM_KINDS, behind, data[3]};
        }
    }
}

static bool is_unchanged(const lane* l) {
    for (uint32_t i = 0; i < l->next; i++) {
        if (l->changes[i].kind != HOLD) {
            return false;
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) {
        return 0;
    }
    if (s_servers[0][0] == NULL) {
        make_servers();
    }
    bool old = (data[0] & 1) != 0, shows = (data[0] & 2) != 0, rsa = (data[0] & 4) != 0;
    tmlrt_tls_config *client = make_client(shows),
                     *server = (shows ? s_asking : s_servers)[old][rsa];
    s_random = 42;
    s_piece = data[1] == 0 ? SIZE_MAX : (size_t)data[1] * 8 - 7;
    s_total = (size_t)(data[0] >> 3) * 900;
    memset(s_sides, 0, sizeof s_sides);
    for (int i = 0; i < 2; i++) {
        memset(&s_lanes[i], 0, offsetof(lane, queue)); // which is large
    }
    read_changes(data + 2, size - 2);
    TRT_CHECK(trt_tls_new(&s_sides[0].tls, client, (trt_stream){&s_lane_vtable, &s_lanes[0]},
                          "a.test") == TMLRT_OK);
    TRT_CHECK(trt_tls_new(&s_sides[1].tls, server, (trt_stream){&s_lane_vtable, &s_lanes[1]},
                          NULL) == TMLRT_OK);
    run();
    if (is_unchanged(&s_lanes[0]) && is_unchanged(&s_lanes[1])) {
        for (int i = 0; i < 2; i++) {
            TRT_CHECK(s_sides[i].status == TMLRT_OK && s_sides[i].got == s_total);
        }
    }
    tmlrt_tls_config_unref(client);
    return 0;
}
