// SPDX-License-Identifier: Apache-2.0
// Model threads: fibers with fixed stacks that are started anew in every execution, and the
// scheduler's point before each step.
//
// Fibers are entered once through ucontext and switched by _setjmp/_longjmp, which make no system
// call. A fiber that is abandoned in the middle is entered again at the bottom of its stack.
// Thread-local variables of the structures are in one section (the model build puts them there);
// their bytes are swapped with the fiber.
#include "tests/model/explore/engine/engine.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { STACK_LEN = 64 * 1024, MAX_TLS = 4096 };

// At least one variable, so that the linker makes the section's bounds.
static char s_first_local[8] __attribute__((section("model_tls"), used));
extern char __start_model_tls[], __stop_model_tls[];

static struct {
    ucontext_t first;
    jmp_buf bottom, now;
    char* stack;
    char locals[MAX_TLS];
} s_fibers[MODEL_MAX_THREADS];
static ucontext_t s_main_context;
static jmp_buf s_main;
static char s_initial_locals[MAX_TLS];
static bool s_made;

static void fiber_main(int number) {
    if (_setjmp(s_fibers[number].bottom) == 0) {
        swapcontext(&s_fibers[number].first, &s_main_context);
    }
    thread* self = me();
    self->fn(self->arg);
    self->done = true;
    step_end(~0ull);
    step_begin();
    abort(); // nobody schedules a thread that is done
}

static size_t locals_len(void) {
    return (size_t)(__stop_model_tls - __start_model_tls);
}

static void crashed(int number) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    model_fail("crashed: %s", strsignal(number));
}

static void make_fibers(void) {
    s_made = true;
    if (locals_len() > MAX_TLS) {
        fprintf(stderr, "the structure has too many thread-local bytes\n");
        exit(2);
    }
    memcpy(s_initial_locals, __start_model_tls, locals_len());
    for (int i = 0; i < MODEL_MAX_THREADS; i++) {
        getcontext(&s_fibers[i].first);
        s_fibers[i].stack = malloc(STACK_LEN);
        s_fibers[i].first.uc_stack.ss_sp = s_fibers[i].stack;
        s_fibers[i].first.uc_stack.ss_size = STACK_LEN;
        makecontext(&s_fibers[i].first, (void (*)(void))fiber_main, 1, i);
        swapcontext(&s_main_context, &s_fibers[i].first);
    }
    stack_t alternate = {.ss_sp = malloc(STACK_LEN), .ss_size = STACK_LEN};
    sigaltstack(&alternate, NULL);
    struct sigaction action = {.sa_handler = crashed, .sa_flags = SA_ONSTACK | SA_NODEFER};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGFPE, &action, NULL);
    sigaction(SIGILL, &action, NULL);
}

void end_execution(ending how) {
    _longjmp(s_main, 1 + (int)how);
}

void model_fail(const char* format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(g_engine.failure, sizeof(g_engine.failure), format, args);
    va_end(args);
    end_execution(END_FAILED);
}

// Called on the old thread's stack, or on main's.
static __attribute__((noreturn)) void enter(unsigned number) {
    g_engine.me = number;
    memcpy(__start_model_tls, s_fibers[number].locals, locals_len());
    if (!g_engine.threads[number].started) {
        g_engine.threads[number].started = true;
        _longjmp(s_fibers[number].bottom, 1);
    }
    _longjmp(s_fibers[number].now, 1);
}

static void switch_to(unsigned number) {
    memcpy(s_fibers[g_engine.me].locals, __start_model_tls, locals_len());
    if (_setjmp(s_fibers[g_engine.me].now) == 0) {
        enter(number);
    }
}

// ---- the scheduler ----------------------------------------------------------------------------

static bool enabled(unsigned number) {
    const thread* t = &g_engine.threads[number];
    return !t->done && (t->ready == NULL || t->ready(t->ready_arg));
}

static void describe_deadlock(void) {
    char blocked[64] = "";
    for (unsigned i = 0; i < g_engine.num_threads; i++) {
        if (!g_engine.threads[i].done) {
            snprintf(blocked + strlen(blocked), sizeof(blocked) - strlen(blocked), " T%u", i);
        }
    }
    model_fail("deadlock: nobody will ever wake%s", blocked);
}

// Who steps next: the running thread first, others cost a preemption while it could go on.
static unsigned pick(void) {
    unsigned ways[MAX_IDS], num = 0;
    bool may_stay = enabled(g_engine.me);
    if (may_stay) {
        ways[num++] = g_engine.me;
    }
    if (!may_stay || g_engine.bound == MODEL_NO_BOUND || g_engine.preemptions < g_engine.bound) {
        for (unsigned i = 0; i < g_engine.num_threads; i++) {
            if (i != g_engine.me && enabled(i)) {
                ways[num++] = i;
            }
        }
    }
    if (num == 0) {
        for (unsigned i = 0; i < g_engine.num_threads; i++) {
            if (!g_engine.threads[i].done) {
                describe_deadlock();
            }
        }
        end_execution(END_COMPLETE);
    }
    if (!visit_state()) {
        end_execution(END_PRUNED);
    }
    unsigned next = ways[choose(num)];
    g_engine.preemptions += may_stay && next != g_engine.me;
    return next;
}

void step_begin(void) {
    if (!g_engine.running) {
        return;
    }
    if (me()->last_point == me()->history + 1) {
        model_fail("two points of one thread without a step between them"); // they would look alike
    }
    me()->last_point = me()->history + 1;
    unsigned next = pick();
    if (next != g_engine.me) {
        switch_to(next);
    }
}

void step_end(uint64_t observed) {
    if (g_engine.running) {
        if (++g_engine.num_steps > MAX_STEPS) {
            model_fail("livelock: %d steps and no end", MAX_STEPS);
        }
        thread* self = me();
        self->history = mix(self->history, observed + 1);
        self->loaded = NULL;
    }
}

void block_until(bool (*ready)(void*), void* arg) {
    if (!g_engine.running) {
        if (!ready(arg)) {
            model_fail("set-up or end would block for ever");
        }
        return;
    }
    me()->ready = ready;
    me()->ready_arg = arg;
    step_begin();
    me()->ready = NULL;
}

// ---- an execution -----------------------------------------------------------------------------

static void call_thread(void* arg) {
    (*(void (*const*)(void))arg)();
}

static void begin_threads(void) {
    const view* setup = &g_engine.threads[SETUP_ID].seen;
    g_engine.threads[SETUP_ID].done = true; // so the first thread is a choice without cost
    for (unsigned i = 0; i < MODEL_MAX_THREADS; i++) {
        thread* t = &g_engine.threads[i];
        t->seen = *setup;
        t->seen.clock[i] = 1;
        t->history = i;
        t->fn = call_thread;
        t->arg = (void*)&g_engine.test->threads[i];
        memcpy(s_fibers[i].locals, s_initial_locals, locals_len());
    }
}

static void look_at_the_end(void) {
    g_engine.running = false;
    thread* setup = &g_engine.threads[SETUP_ID];
    for (unsigned i = 0; i < g_engine.num_threads; i++) {
        view_join(&setup->seen, &g_engine.threads[i].seen);
    }
    g_engine.me = SETUP_ID;
    memcpy(__start_model_tls, s_initial_locals, locals_len());
    if (g_engine.test->finish != NULL) {
        g_engine.test->finish();
    }
    if (!g_engine.test->leaks && heap_leaks() != 0) {
        model_fail("leak: %u blocks were never freed", heap_leaks());
    }
}

ending run_threads(void) {
    if (!s_made) {
        make_fibers();
    }
    int left = _setjmp(s_main);
    if (left == 0) {
        memcpy(__start_model_tls, s_initial_locals, locals_len());
        g_engine.test->setup();
        g_engine.is_known_setup = false;
        begin_threads();
        g_engine.running = true;
        enter(pick());
    }
    ending how = (ending)(left - 1);
    if (how == END_COMPLETE && g_engine.running) {
        left = _setjmp(s_main);
        if (left == 0) {
            look_at_the_end();
        } else {
            how = (ending)(left - 1);
        }
    }
    return how;
}

// ---- what models call -------------------------------------------------------------------------

unsigned model_choose(unsigned num) {
    unsigned way = choose(num);
    step_end(way);
    return way;
}

unsigned model_thread(void) {
    return g_engine.me;
}

void model_may_time_out(bool may) {
    g_engine.may_time_out = may;
}

bool model_start(void (*fn)(void*), void* arg) {
    if (g_engine.num_threads == MODEL_MAX_THREADS) {
        return false;
    }
    step_begin();
    unsigned number = g_engine.num_threads++;
    thread* fresh = &g_engine.threads[number];
    fresh->fn = fn;
    fresh->arg = arg;
    view_join(&fresh->seen, &me()->seen);
    step_published();
    step_end(number);
    return true;
}
