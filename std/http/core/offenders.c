// SPDX-License-Identifier: Apache-2.0
// The table of offenders: sets of eight places, found by a keyed hash of the address.
//
// Invariants: an address has at most one place, in its set; a full set gives away the place whose
// last closing is oldest, never one that is refused while another is not. So an attacker with many
// addresses displaces other quiet ones, not those who are refused. Called by the server when it
// accepts and when a ledger closes.
#include "std/http/core/offenders.h"

static size_t set_of(const trt_offenders* offenders, uint8_t family, uint64_t bits) {
    const uint64_t text[2] = {family, bits};
    return (size_t)(trt_hash(offenders->key, text, sizeof text) % TRT_OFFENDER_SETS);
}

static int find(const trt_offender* set, uint8_t family, uint64_t bits) {
    for (int i = 0; i < TRT_OFFENDER_WAYS; i++) {
        if (set[i].num_closed != 0 && set[i].bits == bits && set[i].family == family) {
            return i;
        }
    }
    return -1;
}

// Whether `a` is the better place to give away.
static bool goes_before(const trt_offender* a, const trt_offender* b, uint64_t now_ns) {
    if ((a->num_closed == 0) != (b->num_closed == 0)) {
        return a->num_closed == 0;
    }
    bool a_refused = a->refused_until_ns > now_ns, b_refused = b->refused_until_ns > now_ns;
    return a_refused != b_refused ? b_refused : a->closed_ns[0] < b->closed_ns[0];
}

static trt_offender* take_place(trt_offender* set, uint8_t family, uint64_t bits, uint64_t now_ns) {
    trt_offender* best = &set[0];
    for (int i = 1; i < TRT_OFFENDER_WAYS; i++) {
        best = goes_before(&set[i], best, now_ns) ? &set[i] : best;
    }
    *best = (trt_offender){.bits = bits, .family = family};
    return best;
}

void trt_offenders_closed(trt_offenders* offenders, uint8_t family, uint64_t bits,
                          uint64_t now_ns) {
    trt_offender* set = offenders->places[set_of(offenders, family, bits)];
    int found = find(set, family, bits);
    trt_offender* place = found >= 0 ? &set[found] : take_place(set, family, bits, now_ns);
    for (int i = TRT_OFFENDER_CLOSINGS - 1; i > 0; i--) {
        place->closed_ns[i] = place->closed_ns[i - 1];
    }
    place->closed_ns[0] = now_ns;
    place->num_closed += place->num_closed < TRT_OFFENDER_CLOSINGS;
    if (place->num_closed == TRT_OFFENDER_CLOSINGS &&
        now_ns - place->closed_ns[TRT_OFFENDER_CLOSINGS - 1] <= TRT_OFFENDER_WINDOW_NS) {
        place->refused_until_ns = now_ns + TRT_OFFENDER_REFUSED_NS;
    }
}

bool trt_offenders_refused(const trt_offenders* offenders, uint8_t family, uint64_t bits,
                           uint64_t now_ns) {
    const trt_offender* set = offenders->places[set_of(offenders, family, bits)];
    int found = find(set, family, bits);
    return found >= 0 && now_ns < set[found].refused_until_ns;
}
