// Calls the thunks of handlers.ll as docs/abi/metadata.md section 4 says, and counts what is freed.
#include <assert.h>
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

const uint32_t tmlrt_abi_v1 = 1;
static tmlrt_image* s_image;
static int64_t s_object, s_dropped, s_made, s_started, s_pair;
void note(const char* what, int64_t n);

void tmlrt_image_register(tmlrt_image* image) {
    s_image = image;
}
void tmlrt_poll_after_done(const tmlrt_future_desc* desc, void* frame) {
    printf("%s polled after done in state %u\n", desc->name, ((tmlrt_frame*)frame)->state);
    abort();
}
void note(const char* what, int64_t n) {
    *(strcmp(what, "object") == 0    ? &s_object
      : strcmp(what, "dropped") == 0 ? &s_dropped
      : strcmp(what, "made") == 0    ? &s_made
      : strcmp(what, "started") == 0 ? &s_started
                                     : &s_pair) += n;
}

// malloc and free of handlers.ll and of this file, counted (the linker wraps them).
static int s_live;
void* __real_malloc(size_t size);
void __real_free(void* p);
char* __real_strdup(const char* s);
void* __wrap_malloc(size_t size);
void __wrap_free(void* p);
char* __wrap_strdup(const char* s);
void* __wrap_malloc(size_t size) {
    s_live++;
    return __real_malloc(size);
}
void __wrap_free(void* p) {
    s_live -= p != NULL;
    __real_free(p);
}
char* __wrap_strdup(const char* s) {
    s_live++;
    return __real_strdup(s);
}

static const void* row(uint32_t kind, uint32_t i) {
    const tmlrt_meta_table* t = &(*s_image->start)->kind[kind];
    return i < t->count ? (const char*)t->items + (size_t)i * t->stride : NULL;
}

static const tmlrt_meta_route* route(const char* name) {
    const tmlrt_meta_route* r;
    for (uint32_t i = 0; (r = row(TMLRT_KIND_ROUTE, i)) != NULL; i++) {
        if (strcmp(r->name, name) == 0) {
            return r;
        }
    }
    return NULL;
}

typedef struct {
    _Alignas(16) char frame[512], args[256], out[128];
    const tmlrt_future_desc* desc;
} call;

static struct {
    void* vtable;
    int64_t base;
} s_this = {NULL, 100};

static void begin(call* c, const tmlrt_future_desc* desc) {
    memset(c, 0, sizeof *c);
    CHECK(desc != NULL && desc->frame_size <= sizeof c->frame && desc->out_size <= sizeof c->out);
    CHECK(desc->abi == (TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR));
    void* args = c->args;
    memcpy(c->frame + 8, &args, sizeof args);
    c->desc = desc;
}

static const tmlrt_meta_route* begin_route(call* c, const char* name) {
    const tmlrt_meta_route* r = route(name);
    CHECK(r != NULL && r->fn == NULL && r->ffi_sig == NULL && r->args_size <= sizeof c->args);
    begin(c, r->thunk);
    void* self = &s_this;
    memcpy(c->args, &self, sizeof self);
    return r;
}

static void set(call* c, const tmlrt_meta_route* r, int i, const void* value, size_t size) {
    const tmlrt_meta_slot* slot = (const tmlrt_meta_slot*)r->params.items + i;
    CHECK((uint32_t)i < r->params.count && slot->type->size == size);
    CHECK(slot->offset % slot->type->align == 0 && slot->offset + size <= r->args_size);
    memcpy(c->args + slot->offset, value, size);
}
#define SET(c, r, i, T, ...) set(c, r, i, &(T){__VA_ARGS__}, sizeof(T))

static tmlrt_context s_cx;

static tmlrt_poll poll(call* c) {
    return c->desc->poll(c->frame, &s_cx, c->out);
}

static void finish(call* c) {
    if (c->desc->drop_output != NULL) {
        c->desc->drop_output(c->out);
    }
    c->desc->drop(c->frame);
}

static void numbers(void) {
    call c;
    const tmlrt_meta_route* r = begin_route(&c, "numbers");
    SET(&c, r, 0, uint8_t, 1);
    SET(&c, r, 1, uint8_t, 200);
    SET(&c, r, 2, int8_t, -2);
    SET(&c, r, 3, int16_t, -300);
    SET(&c, r, 4, uint16_t, 60000);
    SET(&c, r, 5, int32_t, -5);
    SET(&c, r, 6, uint32_t, 4000000000u);
    SET(&c, r, 7, uint64_t, 7);
    SET(&c, r, 8, float, 8);
    SET(&c, r, 9, double, 9);
    SET(&c, r, 10, uint32_t, 0x10FFFF);
    CHECK(poll(&c) == TMLRT_READY);
    int64_t sum;
    memcpy(&sum, c.out, 8);
    CHECK(sum == 100 + 1 + 200 - 2 - 300 + 60000 - 5 + 4000000000 + 7 + 8 + 9 + 0x10FFFF);
    CHECK(r->thunk->out_size == 8 && r->ret->kind == TMLRT_TYPE_I64);
    finish(&c);

    r = begin_route(&c, "flag");
    SET(&c, r, 0, uint8_t, 0);
    CHECK(poll(&c) == TMLRT_READY && c.out[0] == 1 && r->thunk->out_size == 1);
    finish(&c);
    r = begin_route(&c, "flag");
    SET(&c, r, 0, uint8_t, 1);
    c.out[0] = 77;
    CHECK(poll(&c) == TMLRT_READY && c.out[0] == 0);
    finish(&c);
    begin_route(&c, "nothing");
    CHECK(poll(&c) == TMLRT_READY && c.desc->out_size == 0 && c.desc->drop_output == NULL);
    begin_route(&c, "empty");
    CHECK(poll(&c) == TMLRT_READY && c.desc->out_size == 0);
    r = begin_route(&c, "poll");
    SET(&c, r, 0, int64_t, -12);
    CHECK(poll(&c) == TMLRT_PENDING && poll(&c) == TMLRT_READY && r->ret->kind == TMLRT_TYPE_I64);
    memcpy(&sum, c.out, 8);
    CHECK(sum == -12 && c.desc->out_size == 8);
}

typedef struct {
    void* data;
    int64_t len, cap, stride;
} list;
typedef struct {
    uint8_t x;
    struct {
        uint8_t a;
        double b;
    } inner;
    const char* name;
    list* names;
} dto;

static list* new_list(int64_t len) {
    list* l = malloc(sizeof *l);
    *l = (list){malloc(8 * (size_t)len), len, len, 8};
    return l;
}

static list* new_strings(int64_t len, int owned) {
    list* l = new_list(len);
    for (int64_t i = 0; i < len; i++) {
        ((const char**)l->data)[i] = owned ? strdup("s") : "arena";
    }
    return l;
}

static void aggregates(void) {
    call c;
    const tmlrt_meta_route* r = begin_route(&c, "byvalue");
    dto in = {5, {1, 2.5}, "n", new_strings(2, 0)}, other = {41, {0, 0}, NULL, NULL}, out;
    set(&c, r, 0, &in, sizeof in);
    set(&c, r, 1, &other, sizeof other);
    CHECK(poll(&c) == TMLRT_READY && c.desc->out_size == sizeof out);
    memcpy(&out, c.out, sizeof out);
    CHECK(out.x == 42 && out.inner.a == 1 && out.inner.b == 2.5 && out.names == in.names);
    s_dropped = 0;
    finish(&c); // the list, and Inner by its own drop; not the Str
    CHECK(s_live == 0 && s_dropped == 1);

    struct {
        int32_t tag;
        int64_t value;
    } m = {0, 9};
    r = begin_route(&c, "maybe");
    set(&c, r, 0, &m, sizeof m);
    SET(&c, r, 1, const char*, "x");
    CHECK(poll(&c) == TMLRT_READY && r->ret->payload_off == 8 && r->ret->size == sizeof m);
    memcpy(&m, c.out, sizeof m);
    CHECK(m.tag == 0 && m.value == 77 && c.desc->drop_output == NULL);
    r = begin_route(&c, "odd");
    CHECK(poll(&c) == TMLRT_READY && r->ret->payload_off == 4 && r->ret->size == 20);
    double b;
    memcpy(&b, c.out + 12, 8);
    CHECK(c.out[4] == 1 && b == 1.5);
    s_dropped = 0;
    finish(&c);
    CHECK(s_dropped == 1);
}

static void ownership(void) {
    call c;
    const tmlrt_meta_route* r = begin_route(&c, "list");
    CHECK((r->loc.flags & TMLRT_LOC_OWNED) == 0); // drop_output does it
    list* l = new_strings(3, 1);
    SET(&c, r, 0, list*, l);
    CHECK(poll(&c) == TMLRT_READY && memcmp(c.out, &l, sizeof l) == 0);
    finish(&c);
    CHECK(s_live == 0);
    r = begin_route(&c, "list"); // never polled: the list is freed, its Str are the request's
    l = new_strings(3, 0);
    SET(&c, r, 0, list*, l);
    c.desc->drop(c.frame);
    CHECK(s_live == 0);
    begin_route(&c, "list"); // a binder that failed half-way
    c.desc->drop(c.frame);
    r = begin_route(&c, "owned");
    SET(&c, r, 0, const char*, "hello");
    CHECK(poll(&c) == TMLRT_READY && strcmp(*(char**)(void*)c.out, "hello") == 0 && s_live == 1);
    finish(&c);
    CHECK(s_live == 0);
    r = begin_route(&c, "borrowed");
    SET(&c, r, 0, const char*, "hello");
    CHECK(poll(&c) == TMLRT_READY && c.desc->drop_output == NULL);
    r = begin_route(&c, "outcome");
    SET(&c, r, 0, const char*, "why");
    CHECK(poll(&c) == TMLRT_READY && *(int32_t*)(void*)c.out == 1 && s_live == 1);
    finish(&c);
    CHECK(s_live == 0 && r->ret->kind == TMLRT_TYPE_OUTCOME);
}

// Everything that can be moved in at once; polled or not.
static void moved_in(call* c) {
    const tmlrt_meta_route* r = begin_route(c, "text");
    list* text = malloc(24);
    memset(text, 0, 24);
    text->data = malloc(10);
    list* lists = new_list(2);
    ((list**)lists->data)[0] = new_strings(2, 0);
    ((list**)lists->data)[1] = NULL;
    int64_t* object = malloc(16);
    object[1] = 33;
    dto d = {1, {1, 1}, "n", new_strings(1, 0)};
    struct {
        int32_t tag;
        int64_t value[2];
    } m = {0, {0, 0}};
    SET(c, r, 0, list*, text);
    SET(c, r, 1, list*, lists);
    SET(c, r, 2, int64_t*, object);
    set(c, r, 3, &d, sizeof d);
    set(c, r, 4, &m, sizeof m);
}

static void drops(void) {
    call c;
    s_object = s_dropped = s_started = 0;
    moved_in(&c);
    CHECK(s_live == 9);
    c.desc->drop(c.frame);
    CHECK(s_live == 0 && s_object == 33 && s_dropped == 2 && s_started == 0);
    c.desc->drop(c.frame); // done: nothing
    CHECK(s_live == 0);
    moved_in(&c); // started: they are the handler's, which frees nothing here
    CHECK(poll(&c) == TMLRT_PENDING && s_started == 1);
    c.desc->drop(c.frame);
    CHECK(s_live == 9);
    void* args = c.args; // so another call that never runs gets them
    memset(c.frame, 0, sizeof c.frame);
    memcpy(c.frame + 8, &args, sizeof args);
    c.desc->drop(c.frame);
    CHECK(s_live == 0);
}

static void makers(void) {
    call c;
    void* object;
    const tmlrt_meta_class* cls = row(TMLRT_KIND_CLASS, 0);
    begin(&c, cls->make);
    CHECK(cls->size == 16 && poll(&c) == TMLRT_READY && s_made == 1);
    memcpy(&object, c.out, sizeof object);
    CHECK(((int64_t*)object)[1] == 1000);
    __real_free(object);
    const tmlrt_meta_provider* p = row(TMLRT_KIND_PROVIDER, 0);
    begin(&c, p->make);
    const tmlrt_meta_slot* deps = p->deps.items;
    CHECK(p->deps.count == 2 && deps[0].offset == 0 && deps[1].offset == 8);
    const char* first = "pair";
    memcpy(c.args, &first, sizeof first);
    memcpy(c.args + 8, &(int32_t){-6}, 4);
    CHECK(poll(&c) == TMLRT_READY && s_pair == -6);
    const tmlrt_meta_hook* h = row(TMLRT_KIND_HOOK, 0);
    begin(&c, h->thunk);
    void* self = &s_this;
    memcpy(c.args, &self, sizeof self);
    CHECK(h->order == 5 && poll(&c) == TMLRT_READY && *(int32_t*)(void*)c.out == 100);
    CHECK(route("elsewhere") == NULL);
}

int main(void) {
    numbers();
    aggregates();
    ownership();
    drops();
    makers();
    puts("all thunks answer");
    return 0;
}
