// SPDX-License-Identifier: Apache-2.0
// Making objects when they are needed, and dropping them.
//
// A job gets one object: a chain of objects being made, the innermost on top. Each goes through its
// dependencies in the order of its record (NEEDS), then runs its make if it has one (MAKES), then
// is MADE: linked before everything that was made earlier, handed to the one that needed it. No
// recursion. An object without a make lies behind its own record in the scope's arena (a singleton
// in libc's heap, as the ABI has it); what a make needs (block, frame, an arena for its children, a
// panic boundary) lies there as well, so a request's objects cost no allocation beyond the arena.
//
// In a request several jobs may be under way: the pipeline's and one per Provider that is being
// got. Who finds an object in another job's hands waits for it with its waker; who finds it among
// its own ancestors (a make that gets, through a Provider, what is being made for it) fails. A job
// that is given up puts its objects back to not made and wakes the others, which begin anew.
//
// Memory of singletons: used by one thread, at start and stop; of a request: by who polls it.
#include "std/http/framework/di/scope.h"

#include <tmlrt/abi/functions.h>

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "std/http/framework/di/graph.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

enum { NEEDS, MAKES, MADE };

/// What a make needs while it runs.
typedef struct make_state {
    trt_guard guard;
    tmlrt_arena arena; ///< of its child frames: the chain that asked has its own
    char* frame;
    void* out; ///< what it returned
} make_state;

/// One object of a scope, made or being made.
struct trt_di_made {
    trt_di_made* below; ///< being made: who needs it; made: what was made before
    const trt_di_node* node;
    const tmlrt_future_desc* make; ///< NULL: none
    make_state* run;               ///< with make
    trt_di_job* job;               ///< while being made
    char* block;                   ///< the object, or what make is given
    void* object;
    uint32_t next; ///< dependency
    uint32_t state;
};

static const tmlrt_future_desc* make_of(const trt_di_node* node) {
    return node->how == TRT_DI_CLASS ? node->class->make
                                     : ((const tmlrt_meta_provider*)node->record->item)->make;
}

/// Bytes of the object or of the dependencies.
static size_t block_size(const trt_di_node* node) {
    size_t size = sizeof(void*);
    if (node->how == TRT_DI_CLASS) {
        return node->class->size != 0 ? node->class->size : 1;
    }
    for (uint32_t i = 0; i < node->deps->count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(node->deps, i);
        size = slot->offset + sizeof(void*) > size ? slot->offset + sizeof(void*) : size;
    }
    return size;
}

// ---- one object ---------------------------------------------------------------------------------

/// Memory for what make needs.
static bool add_make(trt_di_scope* scope, trt_di_made* made) {
    const tmlrt_future_desc* make = made->make;
    size_t align = (size_t)make->frame_align;
    made->run = trt_arena_alloc(scope->arena, sizeof *made->run, alignof(make_state));
    if (made->run == NULL) {
        return false;
    }
    *made->run = (make_state){0};
    made->run->frame = trt_arena_alloc(scope->arena, (size_t)make->frame_size,
                                       align < sizeof(void*) ? sizeof(void*) : align);
    return made->run->frame != NULL;
}

static trt_di_made* new_made(trt_di_scope* scope, const trt_di_node* node) {
    size_t size = block_size(node);
    size_t head = (sizeof(trt_di_made) + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    const tmlrt_future_desc* make = make_of(node);
    bool in_heap = make == NULL && scope->request == NULL;
    char* memory =
        trt_arena_alloc(scope->arena, in_heap ? head : head + size, alignof(max_align_t));
    if (memory == NULL) {
        return NULL;
    }
    trt_di_made* made = (trt_di_made*)(void*)memory;
    *made = (trt_di_made){.node = node, .make = make, .block = memory + head};
    if (make != NULL && !add_make(scope, made)) {
        return NULL;
    }
    if (in_heap) {
        made->block = trt_libc_alloc(size);
    }
    if (made->block == NULL) {
        return NULL;
    }
    memset(made->block, 0, size);
    if (node->how == TRT_DI_CLASS && node->class->vtable != NULL) {
        memcpy(made->block, &node->class->vtable, sizeof node->class->vtable);
    }
    return made;
}

static trt_di_made** place_of(trt_di_scope* scope, const trt_di_node* node) {
    return node->scope == TMLRT_SCOPE_TRANSIENT ? NULL : &scope->places[node->slot];
}

static void wake_waiting(trt_di_scope* scope) {
    for (trt_di_job* job = scope->jobs; job != NULL; job = job->next) {
        if (job->waiting.vtable != NULL) {
            tmlrt_waker waker = job->waiting;
            job->waiting = (tmlrt_waker){0};
            waker.vtable->wake(waker.data);
        }
    }
}

/// Hands a finished object to who needed it.
static void deliver(trt_di_job* job, trt_di_made* made) {
    trt_di_scope* scope = job->scope;
    trt_di_made* needs = made->below;
    made->state = MADE;
    made->job = NULL;
    made->below = scope->newest;
    scope->newest = made;
    job->top = needs;
    if (scope->request == NULL && made->node->scope == TMLRT_SCOPE_SINGLETON) {
        ((trt_di_node*)(uintptr_t)made->node)->object = made->object; // only while starting
    }
    if (needs == NULL) {
        job->object = made->object;
    } else {
        const tmlrt_meta_slot* slot = trt_di_slot(needs->node, needs->next++);
        memcpy(needs->block + slot->offset, &made->object, sizeof made->object);
    }
    wake_waiting(scope);
}

static void drop_frame(void* arg) {
    trt_di_made* made = arg;
    made->make->drop(made->run->frame);
}

/// Gives an object up that is not made.
static void give_up(trt_di_scope* scope, trt_di_made* made) {
    trt_di_made** place = place_of(scope, made->node);
    if (made->state == MAKES) {
        (void)!trt_guard_call(&made->run->guard, NULL, 0, drop_frame, made);
        tmlrt_arena_fini(&made->run->arena);
    }
    if (made->make == NULL && scope->request == NULL) {
        trt_libc_free(made->block);
    }
    if (place != NULL) {
        *place = NULL;
    }
}

static void drop_object(void* arg) {
    const trt_di_made* made = arg;
    made->node->class->drop(made->object);
}

/// Destroys a made object. A value stays, it may be static; so does what a singleton's factory made
/// when its class is not known.
static void destroy(const trt_di_scope* scope, trt_di_made* made) {
    const trt_di_node* node = made->node;
    if (node->how == TRT_DI_VALUE || node->class == NULL) {
        return;
    }
    if (node->class->drop != NULL) {
        (void)!trt_guard_call(NULL, NULL, 0, drop_object, made);
    }
    if (made->make != NULL || scope->request == NULL) {
        trt_libc_free(made->object);
    }
}

// ---- jobs ---------------------------------------------------------------------------------------

trt_di_job* trt_di_job_new(trt_di_scope* scope, uint32_t node) {
    trt_di_job* job = trt_arena_alloc(scope->arena, sizeof *job, alignof(trt_di_job));
    if (job != NULL) {
        *job = (trt_di_job){.scope = scope,
                            .node = scope->di->nodes[node].target,
                            .outer = scope->running,
                            .failed = TRT_DI_NONE,
                            .next = scope->jobs};
        scope->jobs = job;
    }
    return job;
}

static void forget(trt_di_job* job) {
    job->ended = true;
    trt_di_job** link = &job->scope->jobs;
    while (*link != job) {
        link = &(*link)->next;
    }
    *link = job->next;
    if (job->waiting.vtable != NULL) {
        job->waiting.vtable->drop(job->waiting.data);
        job->waiting = (tmlrt_waker){0};
    }
}

void trt_di_job_cancel(trt_di_job* job) {
    trt_di_scope* scope = job->scope;
    if (job->ended) {
        return; // its scope ended before the future that waited for it
    }
    forget(job);
    while (job->top != NULL) {
        trt_di_made* made = job->top;
        job->top = made->below;
        give_up(scope, made);
    }
    wake_waiting(scope);
}

/// Whether the job is, somewhere up its chain, making `made`.
static bool is_ancestor(const trt_di_job* job, const trt_di_made* made) {
    for (const trt_di_made* at = job->top != NULL ? job->top : job->outer; at != NULL;) {
        if (at == made) {
            return true;
        }
        at = at->below != NULL ? at->below : at->job->outer;
    }
    return false;
}

static void wait_for_other(trt_di_job* job, const tmlrt_context* cx) {
    if (job->waiting.vtable != NULL) {
        job->waiting.vtable->drop(job->waiting.data);
    }
    cx->waker->vtable->clone(cx->waker, &job->waiting);
}

/// Gets the object of a node: READY with *out, PENDING when it waits for another job, or, when it
/// must be made first, UNSUPPORTED after it was put on top of the chain.
enum { PUSHED = TMLRT_E_UNSUPPORTED };
static tmlrt_status obtain(trt_di_job* job, uint32_t index, const tmlrt_context* cx, void** out) {
    trt_di_scope* scope = job->scope;
    const trt_di_node* node = &scope->di->nodes[scope->di->nodes[index].target];
    trt_di_made** place = NULL;
    if (node->scope == TMLRT_SCOPE_SINGLETON && node->object != NULL) {
        *out = node->object;
        return TMLRT_READY;
    }
    TRT_CHECK(node->scope == TMLRT_SCOPE_TRANSIENT ||
              (node->scope == TMLRT_SCOPE_REQUEST) == (scope->request != NULL));
    place = place_of(scope, node);
    if (place != NULL && *place != NULL) {
        trt_di_made* made = *place;
        if (made->state == MADE) {
            *out = made->object;
            return TMLRT_READY;
        }
        if (is_ancestor(job, made)) {
            job->failed = (uint32_t)(node - scope->di->nodes);
            return TMLRT_E_DI_CYCLE;
        }
        wait_for_other(job, cx);
        return TMLRT_PENDING;
    }
    trt_di_made* made = new_made(scope, node);
    if (made == NULL) {
        return TMLRT_E_NOMEM;
    }
    made->below = job->top;
    made->job = job;
    job->top = made;
    if (place != NULL) {
        *place = made;
    }
    return PUSHED;
}

/// Fills the next slot of the object on top; READY when it goes on at once.
static tmlrt_status fill_slot(trt_di_job* job, trt_di_made* made, const tmlrt_context* cx) {
    const trt_di* di = job->scope->di;
    const tmlrt_meta_slot* slot = trt_di_slot(made->node, made->next);
    uint32_t target = di->edges[made->node->first_edge + made->next].target;
    void* object = NULL;
    if (trt_di_wants_request(slot)) {
        object = job->scope->request;
    } else if (target != TRT_DI_NONE && trt_di_is_lazy(slot)) {
        object = &di->handles[target];
    } else if (target != TRT_DI_NONE) {
        tmlrt_status status = obtain(job, target, cx, &object);
        if (status != TMLRT_READY) {
            return status == PUSHED ? TMLRT_READY : status;
        }
    }
    memcpy(made->block + slot->offset, &object, sizeof object);
    made->next++;
    return TMLRT_READY;
}

static void start_make(trt_di_made* made) {
    make_state* run = made->run;
    memset(run->frame, 0, (size_t)made->make->frame_size);
    memcpy(run->frame + sizeof(tmlrt_frame), &made->block, sizeof made->block);
    made->state = MAKES;
}

static tmlrt_status poll_make(trt_di_job* job, trt_di_made* made, tmlrt_context* cx) {
    trt_di_scope* scope = job->scope;
    make_state* run = made->run;
    trt_exchange_context own = {.base = *cx};
    if ((cx->flags & TMLRT_CX_EXCHANGE) != 0) {
        own.exchange = ((trt_exchange_context*)cx)->exchange;
    }
    own.base.arena = &run->arena;
    trt_di_made* outer = scope->running;
    scope->running = made;
    tmlrt_status status =
        trt_guard_poll(&run->guard, NULL, 0, made->make, run->frame, &own.base, &run->out);
    scope->running = outer;
    cx->budget = own.base.budget;
    if (status == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    tmlrt_arena_fini(&run->arena);
    made->state = NEEDS; // its frame is done
    made->object = status == TMLRT_READY ? run->out : NULL;
    if (status == TMLRT_READY && made->object == NULL) {
        status = TMLRT_E_META_MISSING;
    } else if (status == TMLRT_READY && made->object == made->block) {
        status = TMLRT_E_META_MALFORMED; // the block is the runtime's: it could not be freed
    }
    if (status != TMLRT_READY) {
        job->failed = (uint32_t)(made->node - scope->di->nodes);
        return status;
    }
    deliver(job, made);
    return TMLRT_READY;
}

/// One step of the object on top.
static tmlrt_status advance(trt_di_job* job, tmlrt_context* cx) {
    trt_di_made* made = job->top;
    if (made->state == NEEDS && made->next < trt_di_num_edges(made->node)) {
        return fill_slot(job, made, cx);
    }
    if (made->make == NULL) {
        made->object = made->block;
        deliver(job, made);
        return TMLRT_READY;
    }
    if (made->state == NEEDS) {
        start_make(made);
    }
    return poll_make(job, made, cx);
}

static tmlrt_status begin(trt_di_job* job, const tmlrt_context* cx) {
    tmlrt_status status = obtain(job, job->node, cx, &job->object);
    job->begun = status == TMLRT_READY || status == PUSHED;
    return status == PUSHED ? TMLRT_READY : status;
}

tmlrt_status trt_di_job_poll(trt_di_job* job, tmlrt_context* cx) {
    tmlrt_status status = job->begun ? TMLRT_READY : begin(job, cx);
    while (status == TMLRT_READY && job->top != NULL) {
        status = advance(job, cx);
    }
    if (status == TMLRT_READY) {
        forget(job);
    } else if (status != TMLRT_PENDING) {
        trt_di_job_cancel(job);
    }
    return status;
}

void trt_di_job_failure(const trt_di_job* job, tmlrt_status status, char* out, size_t cap) {
    uint32_t node = job->failed != TRT_DI_NONE ? job->failed : job->node;
    const char* why =
        status == TMLRT_E_META_MISSING ? "its make returned null"
        : status == TMLRT_E_META_MALFORMED
            ? "its make returned the block that it was given, not an object of its own"
        : status == TMLRT_E_DI_CYCLE
            ? "it is needed, through a Provider, by the make that is making it"
            : tmlrt_status_text(status);
    snprintf(out, cap, "%s cannot be made: %s", trt_di_name(job->scope->di, node), why);
}

void* trt_di_ready(const trt_di_scope* scope, uint32_t node) {
    const trt_di_node* n = &scope->di->nodes[scope->di->nodes[node].target];
    if (n->scope == TMLRT_SCOPE_SINGLETON) {
        return n->object;
    }
    const trt_di_made* made = scope->request != NULL ? scope->places[n->slot] : NULL;
    return made != NULL && made->state == MADE ? made->object : NULL;
}

// ---- scopes -------------------------------------------------------------------------------------

trt_di_scope* trt_di_scope_get(const trt_di* di, trt_exchange* exchange) {
    trt_arena* arena = exchange->request.arena;
    if (exchange->scope != NULL) {
        return exchange->scope;
    }
    size_t places = di->num_places * sizeof(trt_di_made*);
    char* memory = trt_arena_alloc(arena, sizeof(trt_di_scope) + places, alignof(trt_di_scope));
    if (memory == NULL) {
        return NULL;
    }
    trt_di_scope* scope = (trt_di_scope*)(void*)memory;
    *scope = (trt_di_scope){.di = di,
                            .arena = arena,
                            .request = &exchange->request,
                            .places = (trt_di_made**)(void*)(memory + sizeof *scope)};
    memset(scope->places, 0, places);
    exchange->scope = scope;
    return scope;
}

tmlrt_status trt_di_scope_poll(trt_di_scope* scope, uint32_t node, tmlrt_context* cx, void** out) {
    void* object = trt_di_ready(scope, node);
    if (object != NULL) {
        *out = object;
        return TMLRT_READY;
    }
    if (scope->main == NULL) {
        scope->main = trt_di_job_new(scope, node);
        if (scope->main == NULL) {
            return TMLRT_E_NOMEM;
        }
    }
    trt_di_job* job = scope->main;
    TRT_CHECK(job->node == scope->di->nodes[node].target);
    tmlrt_status status = trt_di_job_poll(job, cx);
    if (status == TMLRT_PENDING) {
        return status;
    }
    scope->main = NULL;
    if (status == TMLRT_READY) {
        const trt_di_node* n = &scope->di->nodes[job->node];
        if (n->scope == TMLRT_SCOPE_TRANSIENT) {
            scope->places[n->slot] = scope->newest; // it was delivered last
        }
        *out = job->object;
    } else if (status != TMLRT_E_PANIC && status != TMLRT_E_NOMEM) {
        char why[256];
        trt_di_job_failure(job, status, why, sizeof why);
        trt_log(TMLRT_LOG_ERROR, "di", "%s", why);
    }
    return status;
}

void trt_di_scope_end(trt_di_scope* scope) {
    while (scope->jobs != NULL) {
        trt_di_job_cancel(scope->jobs);
    }
    scope->main = NULL;
    for (trt_di_made* made; (made = scope->newest) != NULL;) {
        scope->newest = made->below;
        destroy(scope, made);
    }
}
