// SPDX-License-Identifier: Apache-2.0
// The layout of a frame: {u32 state, u32 reserved}, slots, one area for the awaited child.
//
// Pinned allocas have a place of their own. Saved variables share a slot when no suspension needs
// both and the sizes agree. Places are given by falling alignment, and what alignment leaves open
// is filled by later, smaller ones. The child area serves all awaits, because one child is
// suspended at a time; it is as large as the largest.
#include "codegen-hooks/src/lower/body.h"

#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/mutants.h"

#include <string.h>

enum { HEAD_SIZE = 8, MAX_SAVED_SIZE = 64, ARENA_CHILD_SIZE = 16, MAX_HOLES = 16 };

typedef struct {
    uint64_t size, offset;
    uint32_t align;
    uint64_t* busy; ///< suspensions where it holds something, a bit set; NULL: always (pinned)
} place;

typedef struct {
    uint64_t begin, end;
} hole;

typedef struct {
    uint64_t end;
    hole holes[MAX_HOLES];
    uint32_t num_holes;
} packer;

static uint64_t align_up(uint64_t value, uint64_t align) {
    return (value + align - 1) & ~(align - 1);
}

static void add_hole(packer* p, uint64_t begin, uint64_t end) {
    if (begin < end && p->num_holes < MAX_HOLES) {
        p->holes[p->num_holes++] = (hole){begin, end};
    }
}

static uint64_t pack(packer* p, uint64_t size, uint64_t align) {
    for (uint32_t i = 0; i < p->num_holes; i++) {
        uint64_t at = align_up(p->holes[i].begin, align);
        if (at + size <= p->holes[i].end) {
            hole rest = {at + size, p->holes[i].end};
            p->holes[i].end = at;
            add_hole(p, rest.begin, rest.end);
            return at;
        }
    }
    uint64_t at = align_up(p->end, align);
    add_hole(p, p->end, at);
    p->end = at + size;
    return at;
}

// pin_large moves variables that are too large to copy at every suspension into the frame.
static void pin_large(tcg_body* body) {
    for (uint32_t v = 0; v < body->num_vars; v++) {
        tcg_var* var = &body->vars[v];
        if (var->kind == TCG_VAR_MEMORY && var->is_saved && var->size > MAX_SAVED_SIZE) {
            var->is_saved = false;
            tcg_body_pin(body, var->value);
        }
    }
}

static bool is_free(const tcg_body* body, const place* at, uint32_t var) {
    for (uint32_t k = 0; k < body->num_suspends; k++) {
        bool is_live = (body->suspends[k].live[var / 64] >> (var % 64) & 1) != 0;
        if (is_live && (at->busy[k / 64] >> (k % 64) & 1) != 0 && !TCG_MUTANT(SLOTS_OVERLAP)) {
            return false;
        }
    }
    return true;
}

static void occupy(const tcg_body* body, place* at, uint32_t var) {
    for (uint32_t k = 0; k < body->num_suspends; k++) {
        if ((body->suspends[k].live[var / 64] >> (var % 64) & 1) != 0) {
            at->busy[k / 64] |= (uint64_t)1 << (k % 64);
        }
    }
}

// assign finds or makes a shared place for every saved variable; var.offset is the place's number
// until the layout is known.
static uint32_t assign(tcg_body* body, place* places) {
    tcg_ctx* ctx = body->ctx;
    enum { MAX_TRIES = 64 }; // newest first: linear in practice, and bounded
    uint32_t count = 0;
    for (uint32_t v = 0; v < body->num_vars; v++) {
        tcg_var* var = &body->vars[v];
        if (!var->is_saved) {
            continue;
        }
        if (var->kind == TCG_VAR_VALUE) {
            if (!tcg_fits_memory(ctx, var->type) || !tcg_fits_value(var->type)) {
                tcg_fail(ctx, var->value,
                         "is live across a suspension and has over %d bytes or %d elements: keep "
                         "it in memory",
                         TCG_MAX_BYTES, TCG_MAX_SCALARS);
            }
            var->size = tcg_type_size(ctx, var->type);
            var->align = tcg_type_align(ctx, var->type);
            LLVMTypeKind kind = LLVMGetTypeKind(var->type);
            var->by_copy = kind == LLVMStructTypeKind || kind == LLVMArrayTypeKind;
        }
        uint32_t found = TCG_ABSENT;
        uint32_t oldest = count > MAX_TRIES ? count - MAX_TRIES : 0;
        for (uint32_t i = count; i > oldest && found == TCG_ABSENT;) {
            i--;
            bool fits = places[i].size == var->size && places[i].align == var->align;
            found = fits && is_free(body, &places[i], v) ? i : TCG_ABSENT;
        }
        if (found == TCG_ABSENT) {
            found = count++;
            places[found] = (place){.size = var->size, .align = var->align};
            places[found].busy = tcg_alloc(ctx, (body->num_suspends / 64 + 1) * sizeof(uint64_t));
        }
        occupy(body, &places[found], v);
        var->offset = found;
    }
    return count;
}

// pack_all places pins and shared slots, largest alignment first.
static void pack_all(tcg_body* body, packer* p, place* places, uint32_t count) {
    uint64_t* pin_offsets = tcg_alloc(body->ctx, (body->num_pins + 1) * sizeof(*pin_offsets));
    uint64_t align = 1;
    for (uint32_t i = 0; i < count; i++) {
        align = places[i].align > align ? places[i].align : align;
    }
    for (uint32_t i = 0; i < body->num_pins; i++) {
        align = body->pins[i].align > align ? body->pins[i].align : align;
    }
    body->async->align = align > body->async->align ? align : body->async->align;
    for (; align != 0; align /= 2) {
        for (uint32_t i = 0; i < count; i++) {
            if (places[i].align == align) {
                places[i].offset = pack(p, places[i].size, align);
            }
        }
        for (uint32_t i = 0; i < body->num_pins; i++) {
            if (body->pins[i].align == align) {
                pin_offsets[i] = pack(p, body->pins[i].size, align);
            }
        }
    }
    for (uint32_t i = 0; i < body->num_pins; i++) {
        LLVMSetOperand(body->pins[i].address, 1, tcg_i64(body->ctx, pin_offsets[i]));
    }
}

static void place_child(tcg_body* body, packer* p) {
    uint64_t size = 0;
    uint64_t align = 1;
    for (uint32_t k = 0; k < body->num_suspends; k++) {
        const tcg_suspend* s = &body->suspends[k];
        uint64_t child_size = 0;
        uint64_t child_align = 1;
        if (s->kind == TCG_SUSPEND_AWAIT) {
            child_size = s->child->size;
            child_align = s->child->align;
        } else if (s->kind == TCG_SUSPEND_ARENA || s->kind == TCG_SUSPEND_OPAQUE) {
            child_size = ARENA_CHILD_SIZE;
            child_align = 8;
        }
        size = child_size > size || TCG_MUTANT(CHILD_AREA_SMALL) ? child_size : size;
        align = child_align > align ? child_align : align;
    }
    body->child_offset = align_up(p->end, align);
    if (size != 0) {
        p->end = body->child_offset + size;
        body->async->align = align > body->async->align ? align : body->async->align;
    }
}

// refuse_large names the largest part of a frame over the limit.
static void refuse_large(tcg_body* body) {
    uint64_t largest = 0;
    LLVMValueRef part = NULL;
    const char* child = NULL;
    for (uint32_t i = 0; i < body->num_pins; i++) {
        if (body->pins[i].size > largest) {
            largest = body->pins[i].size;
            part = body->pins[i].address;
        }
    }
    for (uint32_t v = 0; v < body->num_vars; v++) {
        if (body->vars[v].is_saved && body->vars[v].size > largest) {
            largest = body->vars[v].size;
            part = body->vars[v].value;
        }
    }
    for (uint32_t k = 0; k < body->num_suspends; k++) {
        const tcg_suspend* s = &body->suspends[k];
        if (s->kind == TCG_SUSPEND_AWAIT && s->child->size > largest) {
            largest = s->child->size;
            child = s->child->name;
        }
    }
    const char* name = child != NULL ? child : part != NULL ? tcg_name(part) : "";
    tcg_fail(body->ctx, body->fn,
             "its frame has %llu bytes at alignment %llu, over %d at %d: the largest part is %s%s "
             "(%llu bytes); keep it on the heap",
             (unsigned long long)body->async->size, (unsigned long long)body->async->align,
             TCG_MAX_BYTES, TCG_MAX_ALIGN,
             child != NULL     ? "the frame of @"
             : name[0] != '\0' ? "%"
                               : "a value without a name",
             name, (unsigned long long)largest);
}

void tcg_body_layout(tcg_body* body) {
    tcg_async* async = body->async;
    pin_large(body);
    place* places = tcg_alloc(body->ctx, (body->num_vars + 1) * sizeof(*places));
    uint32_t count = assign(body, places);
    packer p = {.end = HEAD_SIZE};
    pack_all(body, &p, places, count);
    place_child(body, &p);
    for (uint32_t v = 0; v < body->num_vars; v++) {
        if (body->vars[v].is_saved) {
            body->vars[v].offset = places[body->vars[v].offset].offset;
        }
    }
    async->size = p.end > async->args_len ? p.end : async->args_len;
    if (async->align > TCG_MAX_ALIGN || align_up(async->size, async->align) > TCG_MAX_BYTES) {
        refuse_large(body);
    }
}
