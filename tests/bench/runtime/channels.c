// SPDX-License-Identifier: Apache-2.0
// The rows of docs/bench/runtime.md over channels and locks: `channels ROW COUNT`.
#include "async.h"

// ---- oneshot ------------------------------------------------------------------------------------

static tmlrt_oneshot* oneshot(void) {
    tmlrt_oneshot* channel = tmlrt_oneshot_new(sizeof(uint64_t), NULL);
    CHECK(channel != NULL);
    return channel;
}

// Each link spawns the next and ends, the last one sends.
typedef struct link_frame {
    tmlrt_frame head;
    uint64_t left;
    tmlrt_oneshot* end;
    LEAF;
} link_frame;
static const tmlrt_future_desc* s_link;

static void start_link(uint64_t left, tmlrt_oneshot* end) {
    if (left == 0) {
        CHECK(tmlrt_oneshot_send(end, &(uint64_t){1}) == TMLRT_OK);
    } else {
        link_frame frame = {.left = left, .end = end};
        tmlrt_task_detach(tmlrt_spawn(s_link, &frame, offsetof(link_frame, leaf)));
    }
}

static tmlrt_poll link_frame_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)cx, (void)out;
    link_frame* self = frame;
    start_link(self->left - 1, self->end);
    self->head.state = TMLRT_FRAME_DONE;
    return TMLRT_READY;
}
FUTURE(link_frame, uint64_t)

typedef struct chained {
    tmlrt_frame head;
    uint64_t n, i, sum, value;
    tmlrt_oneshot* end;
    LEAF;
} chained;

static tmlrt_poll chained_poll(void* frame, tmlrt_context* cx, void* out) {
    chained* self = frame;
    tmlrt_status status;
    BEGIN(self);
    for (self->i = 0; self->i < self->n / 1000; self->i++) {
        self->end = oneshot();
        start_link(1000, self->end);
        tmlrt_oneshot_recv_init(self->leaf, self->end, &self->value);
        AWAIT(self, tmlrt_oneshot_recv_desc, &status);
        tmlrt_oneshot_receiver_free(self->end);
        self->sum += self->value;
    }
    *(uint64_t*)out = self->sum;
    END(self);
}
FUTURE(chained, uint64_t)

typedef struct pong {
    tmlrt_frame head;
    tmlrt_oneshot *ping, *answer;
    uint64_t value;
    LEAF;
} pong;

static tmlrt_poll pong_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    pong* self = frame;
    tmlrt_status status;
    BEGIN(self);
    tmlrt_oneshot_recv_init(self->leaf, self->ping, &self->value);
    AWAIT(self, tmlrt_oneshot_recv_desc, &status);
    tmlrt_oneshot_receiver_free(self->ping);
    self->value++;
    CHECK(tmlrt_oneshot_send(self->answer, &self->value) == TMLRT_OK);
    END(self);
}
FUTURE(pong, uint64_t)

typedef struct ping_pong {
    tmlrt_frame head;
    uint64_t n, i, sum, value;
    tmlrt_oneshot *ping, *answer;
    LEAF;
} ping_pong;

static tmlrt_poll ping_pong_poll(void* frame, tmlrt_context* cx, void* out) {
    ping_pong* self = frame;
    tmlrt_status status;
    BEGIN(self);
    for (self->i = 0; self->i < self->n; self->i++) {
        self->ping = oneshot();
        self->answer = oneshot();
        tmlrt_task_detach(SPAWN(pong, .ping = self->ping, .answer = self->answer));
        CHECK(tmlrt_oneshot_send(self->ping, &self->i) == TMLRT_OK);
        tmlrt_oneshot_recv_init(self->leaf, self->answer, &self->value);
        AWAIT(self, tmlrt_oneshot_recv_desc, &status);
        tmlrt_oneshot_receiver_free(self->answer);
        self->sum += self->value;
    }
    *(uint64_t*)out = self->sum;
    END(self);
}
FUTURE(ping_pong, uint64_t)

// ---- mpsc ---------------------------------------------------------------------------------------

typedef struct producer {
    tmlrt_frame head;
    tmlrt_mpsc* channel;
    uint64_t n, i;
    LEAF;
} producer;

static tmlrt_poll producer_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    producer* self = frame;
    tmlrt_status status;
    BEGIN(self);
    for (self->i = 0; self->i < self->n; self->i++) {
        tmlrt_mpsc_send_init(self->leaf, self->channel, &self->i);
        AWAIT(self, tmlrt_mpsc_send_desc, &status);
        CHECK(status == TMLRT_OK);
    }
    tmlrt_mpsc_sender_free(self->channel);
    END(self);
}
FUTURE(producer, uint64_t)

typedef struct mpsc {
    tmlrt_frame head;
    uint64_t n, sum, value;
    tmlrt_mpsc* channel;
    LEAF;
} mpsc;

static tmlrt_poll mpsc_poll(void* frame, tmlrt_context* cx, void* out) {
    mpsc* self = frame;
    tmlrt_status status;
    BEGIN(self);
    CHECK(tmlrt_mpsc_new(&self->channel, sizeof(uint64_t), 1000, NULL) == TMLRT_OK);
    for (int i = 0; i < 5; i++) {
        tmlrt_mpsc_sender_ref(self->channel);
        tmlrt_task_detach(SPAWN(producer, .channel = self->channel, .n = self->n / 5));
    }
    tmlrt_mpsc_sender_free(self->channel);
    for (;;) {
        tmlrt_mpsc_recv_init(self->leaf, self->channel, &self->value);
        AWAIT(self, tmlrt_mpsc_recv_desc, &status);
        if (status != TMLRT_OK) {
            break;
        }
        self->sum += self->value;
    }
    tmlrt_mpsc_receiver_free(self->channel);
    *(uint64_t*)out = self->sum;
    END(self);
}
FUTURE(mpsc, uint64_t)

// ---- mutex --------------------------------------------------------------------------------------

typedef struct mutex_free {
    tmlrt_frame head;
    uint64_t n, i, sum;
    tmlrt_mutex* mutex;
    LEAF;
} mutex_free;

static tmlrt_poll mutex_free_poll(void* frame, tmlrt_context* cx, void* out) {
    mutex_free* self = frame;
    BEGIN(self);
    self->mutex = tmlrt_mutex_new();
    for (self->i = 0; self->i < self->n; self->i++) {
        tmlrt_mutex_lock_init(self->leaf, self->mutex);
        AWAIT(self, tmlrt_mutex_lock_desc, NULL);
        self->sum += self->i;
        tmlrt_mutex_unlock(self->mutex);
    }
    tmlrt_mutex_free(self->mutex);
    *(uint64_t*)out = self->sum;
    END(self);
}
FUTURE(mutex_free, uint64_t)

typedef struct contender {
    tmlrt_frame head;
    uint64_t n, i;
    tmlrt_mutex* mutex;
    uint64_t* counter; ///< under mutex
    LEAF;
} contender;

static tmlrt_poll contender_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    contender* self = frame;
    BEGIN(self);
    for (self->i = 0; self->i < self->n; self->i++) {
        tmlrt_mutex_lock_init(self->leaf, self->mutex);
        AWAIT(self, tmlrt_mutex_lock_desc, NULL);
        ++*self->counter;
        tmlrt_yield_init(self->leaf);
        AWAIT(self, tmlrt_yield_desc, NULL);
        tmlrt_mutex_unlock(self->mutex);
    }
    END(self);
}
FUTURE(contender, uint64_t)

// 8 tasks, each holding the lock across a yield.
typedef struct mutex_contended {
    tmlrt_frame head;
    uint64_t n, i, counter, value;
    tmlrt_mutex* mutex;
    tmlrt_task* tasks[8];
    LEAF;
} mutex_contended;

static tmlrt_poll mutex_contended_poll(void* frame, tmlrt_context* cx, void* out) {
    mutex_contended* self = frame;
    tmlrt_status status;
    BEGIN(self);
    self->mutex = tmlrt_mutex_new();
    for (int i = 0; i < 8; i++) {
        self->tasks[i] =
            SPAWN(contender, .n = self->n / 8, .mutex = self->mutex, .counter = &self->counter);
    }
    for (self->i = 0; self->i < 8; self->i++) {
        tmlrt_join_init(self->leaf, self->tasks[self->i], &self->value);
        AWAIT(self, tmlrt_join_desc, &status);
    }
    tmlrt_mutex_free(self->mutex);
    *(uint64_t*)out = self->counter;
    END(self);
}
FUTURE(mutex_contended, uint64_t)

int main(int argc, char** argv) {
    uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    const char* row = argc > 1 ? argv[1] : "";
    s_link = &link_frame_desc;
#define ROW(name)                                                                                  \
    if (strcmp(row, #name) == 0) {                                                                 \
        run_row(&name##_desc, &(name){.n = n}, n);                                                 \
        return 0;                                                                                  \
    }
    ROW(chained)
    ROW(ping_pong)
    ROW(mpsc)
    ROW(mutex_free)
    ROW(mutex_contended)
    fprintf(stderr, "no row %s\n", row);
    return 1;
}
