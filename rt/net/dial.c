// SPDX-License-Identifier: Apache-2.0
// Dial: resolve, then connect to one address after the other without waiting for each.
//
// Phases: RESOLVING (a name only), CONNECTING, ENDED. While CONNECTING the attempts [0, next) were
// begun; `num_open` of them are undecided, the others have their status. Another attempt begins
// when nothing is open, when one has just failed, or `stagger` after the last one began, whichever
// comes first; the first success closes the others. Two timers of the worker that polled first:
// `limit` (of the name, then of connecting as a whole) and `stagger`. Every attempt, the timers and
// the lookup are given up by end(), which the success, the failure and free all come through.
// Polled by one thread at a time.
#include "rt/net/dial.h"

#include <tmlrt/log.h>

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/exec/drivers.h"

#include <stdio.h>
#include <string.h>

enum { RESOLVING, CONNECTING, ENDED };

typedef struct attempt {
    trt_tcp tcp; ///< closed: decided
    tmlrt_status status;
} attempt;

struct trt_dial {
    trt_target target;
    tmlrt_dial_options options; ///< resolved
    trt_reactor* reactor;       ///< NULL: not begun
    trt_timer_driver* timers;
    trt_lookup* lookup;
    trt_timer limit, stagger;
    uint32_t phase, num, next, num_open;
    tmlrt_status status; ///< ENDED: the answer; CONNECTING: of the name, 0
    trt_addr addrs[TRT_DIAL_ADDRS];
    attempt attempts[TRT_DIAL_ADDRS];
};

static int32_t or_default(int32_t value, int32_t otherwise) {
    return value > 0 ? value : otherwise;
}

trt_dial* trt_dial_new(const trt_target* target, const tmlrt_dial_options* options) {
    static const tmlrt_dial_options s_defaults;
    trt_dial* self = trt_alloc_zero(sizeof(*self));
    if (self == NULL) {
        return NULL;
    }
    self->target = *target;
    self->options = options != NULL ? *options : s_defaults;
    self->options.resolve_ms = or_default(self->options.resolve_ms, TRT_RESOLVE_MS);
    self->options.stagger_ms = or_default(self->options.stagger_ms, TRT_DIAL_STAGGER_MS);
    self->options.connect_ms = or_default(self->options.connect_ms, TRT_DIAL_CONNECT_MS);
    return self;
}

uint32_t trt_dial_interleave(trt_addr* out, uint32_t cap, const trt_addr* addrs, uint32_t num) {
    uint32_t at[2] = {0, 0}, made = 0, turn = 0;
    while (made < cap) {
        // The next address of this turn's family; side 0 is the first address's family.
        uint32_t* from = &at[turn];
        while (*from < num && (addrs[*from].family == addrs[0].family) == (turn == 1)) {
            (*from)++;
        }
        if (*from < num) {
            out[made++] = addrs[(*from)++];
        } else if (at[1 - turn] >= num) {
            break;
        }
        turn = 1 - turn;
    }
    return made;
}

// ---- the end ------------------------------------------------------------------------------------

static void end(trt_dial* self) {
    trt_timer_cancel(&self->limit);
    trt_timer_cancel(&self->stagger);
    trt_lookup_leave(self->lookup);
    self->lookup = NULL;
    for (uint32_t i = 0; i < self->next; i++) {
        trt_tcp_close(&self->attempts[i].tcp, false);
    }
    self->num_open = 0;
    self->phase = ENDED;
}

void trt_dial_free(trt_dial* dial) {
    if (dial != NULL) {
        end(dial);
        trt_free(dial, sizeof(*dial));
    }
}

static tmlrt_poll fail(trt_dial* self, tmlrt_status status, tmlrt_status* out_status) {
    end(self);
    self->status = *out_status = status;
    return TMLRT_READY;
}

size_t trt_dial_tell(const trt_dial* dial, char* out, size_t cap) {
    size_t len = 0;
    const char* host = dial->target.host;
    if (dial->next == 0) {
        int told = snprintf(out, cap, "%s: %s", host, tmlrt_status_text(dial->status));
        return told < 0 ? 0 : (size_t)told;
    }
    for (uint32_t i = 0; i < dial->next; i++) {
        char where[64];
        trt_addr_format(&dial->addrs[i], where, sizeof(where));
        int told = snprintf(len < cap ? out + len : NULL, len < cap ? cap - len : 0, "%s%s: %s",
                            i == 0 ? "" : "; ", where, tmlrt_status_text(dial->attempts[i].status));
        len += told < 0 ? 0 : (size_t)told;
    }
    return len;
}

// ---- connecting ---------------------------------------------------------------------------------

static void arm(trt_timer* timer, trt_dial* self, int32_t ms, tmlrt_context* cx) {
    uint64_t now_ns = self->timers->now_ns(self->timers->clock);
    trt_timer_arm(timer, self->timers, now_ns + (uint64_t)ms * 1000000, cx->waker);
}

static bool has_fired(trt_timer* timer, tmlrt_context* cx) {
    return timer->driver != NULL && trt_timer_poll(timer, cx->waker) == TMLRT_READY;
}

// Begins attempts until one is on its way or none is left.
static void begin_next(trt_dial* self, tmlrt_context* cx) {
    trt_timer_cancel(&self->stagger);
    while (self->next < self->num) {
        attempt* one = &self->attempts[self->next];
        one->status = trt_tcp_connect_from(&one->tcp, self->reactor, &self->addrs[self->next],
                                           &self->options.local, self->options.fastopen != 0);
        self->next++;
        if (one->status == TMLRT_OK) {
            one->status = TMLRT_E_CANCELLED; // until it is decided
            self->num_open++;
            break;
        }
    }
    if (self->next < self->num) {
        arm(&self->stagger, self, self->options.stagger_ms, cx);
    }
}

// Polls what is open. Returns the winner, or NULL; *out_failed: one was decided against.
static attempt* poll_open(trt_dial* self, tmlrt_context* cx, bool* out_failed) {
    for (uint32_t i = 0; i < self->next; i++) {
        attempt* one = &self->attempts[i];
        tmlrt_status status = TMLRT_OK;
        if (one->tcp.slot == NULL ||
            trt_tcp_poll_connect(&one->tcp, cx, &status) == TMLRT_PENDING) {
            continue;
        }
        if (status == TMLRT_OK) {
            return one;
        }
        trt_tcp_close(&one->tcp, false);
        one->status = status;
        self->num_open--;
        *out_failed = true;
    }
    return NULL;
}

static tmlrt_poll win(trt_dial* self, attempt* winner, trt_tcp* out, tmlrt_status* out_status) {
    *out = winner->tcp;
    winner->tcp = (trt_tcp){0};
    trt_io_cancel(out->slot, TRT_DIR_WRITE);
    end(self);
    self->status = *out_status = TMLRT_OK;
    return TMLRT_READY;
}

static tmlrt_poll time_is_over(trt_dial* self, tmlrt_status* out_status) {
    for (uint32_t i = 0; i < self->next; i++) {
        if (self->attempts[i].tcp.slot != NULL) {
            self->attempts[i].status = TMLRT_E_TIMEDOUT;
        }
    }
    return fail(self, TMLRT_E_TIMEDOUT, out_status);
}

static tmlrt_poll poll_connecting(trt_dial* self, tmlrt_context* cx, trt_tcp* out,
                                  tmlrt_status* out_status) {
    for (;;) {
        bool failed = false;
        attempt* winner = poll_open(self, cx, &failed);
        if (winner != NULL) {
            return win(self, winner, out, out_status);
        }
        if (has_fired(&self->limit, cx)) {
            return time_is_over(self, out_status);
        }
        if (self->next == self->num && self->num_open == 0) {
            return fail(self, self->attempts[0].status, out_status);
        }
        bool is_due = self->num_open == 0 || failed || has_fired(&self->stagger, cx);
        if (self->next == self->num || !is_due) {
            return TMLRT_PENDING;
        }
        begin_next(self, cx);
    }
}

// ---- resolving ----------------------------------------------------------------------------------

static void begin_connecting(trt_dial* self, const trt_addr* addrs, uint32_t num,
                             tmlrt_context* cx) {
    self->num = trt_dial_interleave(self->addrs, TRT_DIAL_ADDRS, addrs, num);
    self->phase = CONNECTING;
    arm(&self->limit, self, self->options.connect_ms, cx);
}

// Begins with the first poll.   Errors: NOMEM, INVAL, NOHOST - a literal of another family.
static tmlrt_status begin(trt_dial* self, tmlrt_context* cx) {
    const trt_target* target = &self->target;
    int32_t family = self->options.family;
    self->reactor = trt_reactor_to_share();
    self->timers = trt_current_timers();
    if (family != 0 && family != 4 && family != 6) {
        return TMLRT_E_INVAL;
    }
    if (self->options.local.family != 0 && family == 0) {
        family = self->options.local.family; // the others could not be reached from there
    }
    if (target->host[0] == '\0') {
        if (family != 0 && family != target->addr.family) {
            return TMLRT_E_NOHOST;
        }
        begin_connecting(self, &target->addr, 1, cx);
        return TMLRT_OK;
    }
    self->lookup = trt_lookup_new(target, (uint32_t)family);
    if (self->lookup == NULL) {
        return TMLRT_E_NOMEM;
    }
    arm(&self->limit, self, self->options.resolve_ms, cx);
    return TMLRT_OK;
}

// READY: the name is known, or *out_status says why not.
static tmlrt_poll poll_resolving(trt_dial* self, tmlrt_context* cx, tmlrt_status* out_status) {
    if (trt_lookup_poll(self->lookup, cx, out_status) == TMLRT_PENDING) {
        if (!has_fired(&self->limit, cx)) {
            return TMLRT_PENDING;
        }
        *out_status = TMLRT_E_TIMEDOUT;
        return TMLRT_READY;
    }
    trt_lookup* lookup = self->lookup;
    *out_status = *out_status == TMLRT_OK ? lookup->status : *out_status;
    if (*out_status == TMLRT_OK && lookup->num == 0) {
        *out_status = TMLRT_E_NOHOST;
    }
    if (*out_status == TMLRT_OK) {
        begin_connecting(self, lookup->addrs, lookup->num, cx);
    }
    self->lookup = NULL;
    trt_lookup_leave(lookup);
    return TMLRT_READY;
}

tmlrt_poll trt_dial_poll(trt_dial* dial, tmlrt_context* cx, trt_tcp* out,
                         tmlrt_status* out_status) {
    tmlrt_status status = TMLRT_OK;
    TRT_ASSERT(dial->phase != ENDED);
    if (dial->reactor == NULL) {
        status = begin(dial, cx);
    }
    if (status == TMLRT_OK && dial->phase == RESOLVING &&
        poll_resolving(dial, cx, &status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    if (status != TMLRT_OK) {
        return fail(dial, status, out_status);
    }
    return poll_connecting(dial, cx, out, out_status);
}
