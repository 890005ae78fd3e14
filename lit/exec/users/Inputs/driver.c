// SPDX-License-Identifier: Apache-2.0
// Calls the handlers of examples/users through their thunks, on the real runtime, without a server:
// answers, allocations of compiled code, threads at once, and nothing left at the end.
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tmlrt/abi/functions.h>

#define CHECK(c)                                                                                   \
    do {                                                                                           \
        if (!(c)) {                                                                                \
            printf("%s:%d: %s is false\n", __FILE__, __LINE__, #c);                                \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

extern tmlrt_image __tmlrt_image; // hidden, this image's own

// Allocations of compiled code: its calls are renamed to these.
static atomic_int s_live, s_calls;
void* users_malloc(size_t size);
void users_free(void* p);
char* users_strdup(const char* s);
void* users_calloc(size_t num, size_t size); // what O2 makes of malloc and memset
void* users_calloc(size_t num, size_t size) {
    s_live++;
    s_calls++;
    return calloc(num, size);
}
void* users_malloc(size_t size) {
    s_live++;
    s_calls++;
    return malloc(size);
}
void users_free(void* p) {
    s_live -= p != NULL;
    free(p);
}
char* users_strdup(const char* s) {
    s_live++;
    s_calls++;
    return strdup(s);
}

// Responses are the server's: the status is enough here.
tmlrt_response* users_response_new(tmlrt_context* cx, int32_t status);
tmlrt_response* users_response_new(tmlrt_context* cx, int32_t status) {
    static char places[600];
    (void)cx;
    return (tmlrt_response*)(void*)(places + status);
}

static const void* find(uint32_t kind, size_t name_at, const char* name) {
    const tmlrt_meta_table* t = &(*__tmlrt_image.start)->kind[kind];
    for (uint32_t i = 0; i < t->count; i++) {
        const char* row = (const char*)t->items + (size_t)i * t->stride;
        const char* text;
        memcpy(&text, row + name_at, sizeof text);
        if (strcmp(text, name) == 0) {
            return row;
        }
    }
    return NULL;
}

typedef struct {
    _Alignas(16) char frame[512], args[64], out[128];
    const tmlrt_future_desc* desc;
} call;

static struct {
    const void* vtable;
    void* service;
} s_controller;

static void run(call* c) {
    tmlrt_arena arena = {0};
    tmlrt_context cx = {.arena = &arena, .waker = &tmlrt_block_on_waker, .budget = TMLRT_BUDGET};
    void* args = c->args;
    memset(c->frame, 0, sizeof c->frame);
    memcpy(c->frame + 8, &args, sizeof args);
    if (c->desc->poll(c->frame, &cx, c->out) == TMLRT_PENDING) {
        tmlrt_block_on(c->desc, c->frame, &cx, c->out);
    }
    tmlrt_arena_fini(&arena);
}

static void finish(call* c) {
    if (c->desc->drop_output != NULL) {
        c->desc->drop_output(c->out);
    }
}

static void begin(call* c, const char* name) {
    const tmlrt_meta_route* r = find(TMLRT_KIND_ROUTE, offsetof(tmlrt_meta_route, name), name);
    CHECK(r != NULL && r->thunk->frame_size <= sizeof c->frame);
    c->desc = r->thunk;
    void* self = &s_controller;
    memset(c->args, 0, sizeof c->args);
    memcpy(c->args, &self, sizeof self);
}

typedef struct {
    uint64_t id;
    const char *name, *email;
    int32_t age;
    void* user;
} user_dto;
typedef struct {
    int32_t tag;
    user_dto value;
} maybe_user;

static void by_id(call* c, const char* route, uint64_t id) {
    begin(c, route);
    memcpy(c->args + 8, &id, 8);
    run(c);
}

static bool get(uint64_t id, const char* name) {
    call c;
    by_id(&c, "get", id);
    maybe_user* m = (void*)c.out;
    bool found = m->tag == 0;
    CHECK(!found || (m->value.id == id && (name == NULL || strcmp(m->value.name, name) == 0)));
    if (found) { // Nothing has no payload to destroy
        CHECK(strchr(m->value.email, '@') != NULL);
    }
    finish(&c);
    return found;
}

static uint64_t create(const char* name, int32_t age) {
    call c;
    begin(&c, "create");
    const char* email = "a@b";
    memcpy(c.args + 8, &name, 8);
    memcpy(c.args + 16, &email, 8);
    memcpy(c.args + 24, &age, 4);
    run(&c);
    user_dto* d = (void*)c.out;
    CHECK(strcmp(d->name, name) == 0 && d->name != name && d->age == age);
    uint64_t id = d->id;
    finish(&c);
    return id;
}

static int64_t list(int64_t limit, bool has_limit) {
    call c;
    begin(&c, "list");
    memcpy(c.args + 8, &(int32_t){has_limit ? 0 : 1}, 4);
    memcpy(c.args + 16, &limit, 8);
    run(&c);
    struct {
        user_dto* data;
        int64_t len, cap, stride;
    }* l;
    memcpy(&l, c.out, sizeof l);
    CHECK(l->stride == sizeof(user_dto) && l->len <= l->cap);
    for (int64_t i = 1; i < l->len; i++) {
        CHECK(l->data[i].id > l->data[i - 1].id);
    }
    int64_t len = l->len;
    finish(&c);
    return len;
}

static int32_t removed(uint64_t id) {
    call c;
    char *response, *origin = (char*)users_response_new(NULL, 0);
    by_id(&c, "remove", id);
    memcpy(&response, c.out, sizeof response);
    CHECK(c.desc->drop_output == NULL);
    return (int32_t)(response - origin);
}

static void one_thread(void) {
    call c;
    CHECK(get(1, "Ada") && get(2, "Grace") && !get(3, NULL) && !get(0, NULL) &&
          !get(UINT64_MAX, NULL));
    int before = s_calls;
    for (int i = 0; i < 100000; i++) {
        CHECK(get(1, "Ada"));
    }
    CHECK(s_calls == before);
    CHECK(list(0, false) == 2 && list(1, true) == 1 && list(9, true) == 2 && list(-1, true) == 0);
    CHECK(create("Alan", 41) == 3 && get(3, "Alan"));
    by_id(&c, "name", 3);
    CHECK(strcmp(*(char**)(void*)c.out, "Alan") == 0);
    finish(&c);
    by_id(&c, "name", 4);
    CHECK(*(char**)(void*)c.out == NULL);
    finish(&c);
    call held; // an answer that is still being encoded while its user is deleted
    by_id(&held, "get", 3);
    CHECK(removed(3) == 204 && removed(3) == 404);
    CHECK(!get(3, NULL) && list(0, false) == 2);
    CHECK(strcmp(((maybe_user*)(void*)held.out)->value.name, "Alan") == 0);
    finish(&held);
    for (int i = 0; i < 40; i++) { // the table grows
        create("More", i);
    }
    CHECK(list(0, false) == 42);
}

static void reports(void) {
    call c;
    struct {
        int32_t tag;
        uint64_t id;
        int64_t users;
        uint64_t sum;
    } r;
    uint64_t want = 1;
    for (int i = 0; i < 10; i++) {
        want = want * 31 + 7;
    }
    by_id(&c, "report", 1);
    memcpy(&r, c.out, sizeof r);
    CHECK(r.tag == 0 && r.id == 1 && r.users == 42 && r.sum == want);
    by_id(&c, "report", 99);
    CHECK(*(int32_t*)(void*)c.out == 1);
    // Dropped at its first suspension: the timer is unlinked.
    begin(&c, "report");
    memcpy(c.args + 8, &(uint64_t){1}, 8);
    void* args = c.args;
    tmlrt_arena arena = {0};
    tmlrt_context cx = {.arena = &arena, .waker = &tmlrt_block_on_waker, .budget = TMLRT_BUDGET};
    memset(c.frame, 0, sizeof c.frame);
    memcpy(c.frame + 8, &args, sizeof args);
    CHECK(c.desc->poll(c.frame, &cx, c.out) == TMLRT_PENDING);
    c.desc->drop(c.frame);
    tmlrt_arena_fini(&arena);
}

static void* many(void* arg) {
    (void)arg;
    for (int i = 0; i < 300; i++) {
        uint64_t id = create("Thread", i);
        CHECK(get(id, "Thread"));
        get(id - 1, NULL); // another thread may be deleting it
        list(5, true);
        CHECK(removed(id) == 204);
        CHECK(!get(id, NULL));
    }
    return NULL;
}

int main(void) {
    call c;
    const tmlrt_meta_class* cls =
        find(TMLRT_KIND_CLASS, offsetof(tmlrt_meta_class, name), "UserService");
    memset(c.args, 0, sizeof c.args);
    c.desc = cls->make;
    run(&c);
    memcpy(&s_controller.service, c.out, sizeof(void*));
    one_thread();
    reports();
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, many, NULL);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK(list(0, false) == 42);
    cls->drop(s_controller.service);
    users_free(s_controller.service);
    CHECK(s_live == 0);
    puts("users answer");
    return 0;
}
