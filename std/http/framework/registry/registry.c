// SPDX-License-Identifier: Apache-2.0
// Reading the records of every image: count, check, sort, drop duplicates.
//
// Passes over the units: one that counts records (for one allocation), one that checks and collects
// them. Then each kind is sorted by (file, line, name), which is usually the order it already has,
// and names are looked up in a hash table: the same name twice is one record when it is the same
// address or the same content, else an error with both places. What was reported is left out, so
// that later stages see only records that hold together.
//
// Everything here runs once, on the starting thread, before the port opens.
#include "std/http/framework/registry/registry.h"

#include "rt/base/alloc.h"
#include "std/http/framework/registry/check.h"

#include <stdalign.h>
#include <string.h>

enum { MAX_UNITS = 1u << 16 };

static bool check_image(trt_check* check, const tmlrt_image* image) {
    check->ok = true;
    check->at = (trt_diag_at){.kind = "image", .file = "?"};
    if (image->abi >> 16 != TMLRT_ABI_MAJOR || image->size < offsetof(tmlrt_image, next)) {
        trt_diags_add(check->diags, TMLRT_E_META_VERSION, &check->at,
                      "rebuild the program with the tmlcg of this runtime",
                      "registered for ABI %u.%u with %u bytes, this runtime has %d.%d",
                      image->abi >> 16, image->abi & 0xFFFF, image->size, TMLRT_ABI_MAJOR,
                      TMLRT_ABI_MINOR);
        return false;
    }
    if (image->start == NULL || image->stop < image->start ||
        (uintptr_t)image->start % alignof(void*) != 0 ||
        (size_t)(image->stop - image->start) > MAX_UNITS) {
        trt_check_fail(check, "the bounds of the metadata section are not a list of units");
        return false;
    }
    return true;
}

/// Adds the checked records of one table.
static void read_table(trt_registry* registry, trt_check* check, const tmlrt_meta_unit* unit,
                       uint32_t kind) {
    const tmlrt_meta_table* table = &unit->kind[kind];
    static const char* const words[] = {"classes", "routes", "providers", "schemas",
                                        "modules", "hooks",  "examples",  "stages"};
    check->at = (trt_diag_at){.kind = "unit", .name = unit->name, .file = unit->name, .line = 1};
    if (unit->files.count != 0) { // a unit is a whole source file: its first line stands for it
        check->at.file = *(const char* const*)unit->files.items;
    }
    if (!trt_check_table(check, table, trt_record_size(kind), trt_record_align(kind),
                         words[kind])) {
        registry->incomplete = true;
        return;
    }
    trt_record_list* list = &registry->kinds[kind];
    for (uint32_t i = 0; i < table->count; i++) {
        const void* item = trt_meta_at(table, i);
        if (trt_check_record(check, kind, item)) {
            list->items[list->num++] =
                (trt_record){item, check->at.file, unit, check->at.line, kind};
        } else {
            registry->incomplete = true;
        }
    }
}

typedef void (*unit_fn)(trt_registry* registry, trt_check* check, const tmlrt_meta_unit* unit);

static void each_unit(trt_registry* registry, trt_check* check, const tmlrt_image* images,
                      unit_fn visit) {
    for (const tmlrt_image* image = images; image != NULL; image = image->next) {
        if (!check_image(check, image)) {
            registry->incomplete = true;
            continue;
        }
        for (const tmlrt_meta_unit* const* unit = image->start; unit < image->stop; unit++) {
            if (*unit != NULL && trt_check_unit(check, *unit)) {
                visit(registry, check, *unit);
            } else if (*unit != NULL) {
                registry->incomplete = true;
            }
        }
    }
}

static void count_unit(trt_registry* registry, trt_check* check, const tmlrt_meta_unit* unit) {
    (void)check;
    for (uint32_t kind = 0; kind < TMLRT_NUM_KINDS; kind++) {
        if (unit->kind[kind].count <= 1u << 20) { // else the table is refused when read
            registry->kinds[kind].num += unit->kind[kind].count;
        }
    }
}

static void read_unit(trt_registry* registry, trt_check* check, const tmlrt_meta_unit* unit) {
    for (uint32_t kind = 0; kind < TMLRT_NUM_KINDS; kind++) {
        read_table(registry, check, unit, kind);
    }
}

static int compare_text(const char* a, const char* b) {
    if (a == b) {
        return 0;
    }
    return a == NULL ? -1 : b == NULL ? 1 : strcmp(a, b);
}

/// By file and line; then, between units, by name: never by the order of linking.
static int compare(const trt_record* a, const trt_record* b) {
    int order = compare_text(a->file, b->file);
    if (order != 0 || a->line != b->line) {
        return order != 0 ? order : a->line < b->line ? -1 : 1;
    }
    if (a->unit == b->unit) {
        return 0; // the sort is stable: the compiler's order
    }
    const char *names_a[4], *names_b[4];
    trt_record_names(a->kind, a->item, names_a);
    trt_record_names(b->kind, b->item, names_b);
    for (int i = 0; i < 4 && order == 0; i++) {
        order = compare_text(names_a[i], names_b[i]);
    }
    return order;
}

static bool in_order(const trt_record_list* list) {
    for (uint32_t i = 1; i < list->num; i++) {
        if (compare(&list->items[i - 1], &list->items[i]) > 0) {
            return false;
        }
    }
    return true;
}

/// Bottom-up merge sort: stable, and linear when the runs are already in order.
static void sort(trt_record_list* list, trt_record* spare) {
    trt_record *from = list->items, *to = spare;
    for (uint32_t width = 1; width < list->num; width *= 2) {
        for (uint32_t low = 0; low < list->num; low += 2 * width) {
            uint32_t mid = low + width < list->num ? low + width : list->num;
            uint32_t high = low + 2 * width < list->num ? low + 2 * width : list->num;
            uint32_t a = low, b = mid;
            for (uint32_t k = low; k < high; k++) {
                bool left = a < mid && (b >= high || compare(&from[a], &from[b]) <= 0);
                to[k] = left ? from[a++] : from[b++];
            }
        }
        trt_record* swap = from;
        from = to;
        to = swap;
    }
    if (from != list->items) {
        memcpy(list->items, from, list->num * sizeof *from);
    }
}

static uint32_t hash_more(uint32_t hash, const char* name) {
    for (; name != NULL && *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    }
    return (hash ^ 0xFF) * 16777619u;
}

/// The hash of what the previous record's first name gave: members of a class share its name.
typedef struct hash_memo {
    const char* name;
    uint32_t hash;
} hash_memo;

/// Hashes the first two names: only a handler's several routes and examples differ in the others.
static uint32_t hash_names(hash_memo* memo, const trt_record* record) {
    const char* first = *(const char* const*)record->item;
    const char* second = trt_record_second_name(record->kind, record->item);
    if (memo->name == NULL || first != memo->name) {
        *memo = (hash_memo){first, hash_more(2166136261u, first)};
    }
    uint32_t hash = second != NULL ? hash_more(memo->hash, second) : memo->hash;
    return hash ^ hash >> 15;
}

static bool same_names(const trt_record* a, const trt_record* b) {
    const char *names_a[4], *names_b[4];
    trt_record_names(a->kind, a->item, names_a);
    trt_record_names(b->kind, b->item, names_b);
    for (int i = 0; i < 4; i++) {
        if (compare_text(names_a[i], names_b[i]) != 0) {
            return false;
        }
    }
    return true;
}

trt_diag_at trt_record_at(const trt_record* record) {
    const char* names[4];
    trt_diag_at at = {.kind = trt_record_names(record->kind, record->item, names)};
    bool member = record->kind == TMLRT_KIND_ROUTE || record->kind == TMLRT_KIND_HOOK ||
                  record->kind == TMLRT_KIND_EXAMPLE || record->kind == TMLRT_KIND_STAGE;
    at.cls = member ? names[0] : NULL;
    at.name = member ? names[1] : names[0];
    at.file = record->file;
    at.line = record->line;
    return at;
}

static void report_duplicate(trt_diags* diags, const trt_record* first, const trt_record* again) {
    trt_diag_at at = trt_record_at(again);
    trt_diags_add(diags, TMLRT_E_META_DUPLICATE, &at,
                  "rename or remove one of them; if both come from one source file, rebuild both "
                  "modules",
                  "also declared at %s:%u, with different content", first->file, first->line);
}

/// Keeps the first record of every name. `table` has `mask` + 1 zeroed places of index + 1.
static void drop_duplicates(trt_record_list* list, uint32_t* table, uint32_t mask,
                            trt_diags* diags) {
    uint32_t kept = 0;
    hash_memo memo = {NULL, 0};
    for (uint32_t i = 0; i < list->num; i++) {
        const trt_record* record = &list->items[i];
        uint32_t at = hash_names(&memo, record) & mask;
        while (table[at] != 0 && !same_names(&list->items[table[at] - 1], record)) {
            at = (at + 1) & mask;
        }
        if (table[at] == 0) {
            if (kept != i) {
                list->items[kept] = *record;
            }
            table[at] = ++kept;
            continue;
        }
        const trt_record* first = &list->items[table[at] - 1];
        if (record->item != first->item &&
            !trt_record_equal(record->kind, first->item, record->item)) {
            report_duplicate(diags, first, record);
        }
    }
    list->num = kept;
}

/// Splits the one allocation among the kinds, by what was counted.
static tmlrt_status allocate(trt_registry* registry) {
    uint32_t num = 0;
    for (uint32_t kind = 0; kind < TMLRT_NUM_KINDS; kind++) {
        if (__builtin_add_overflow(num, registry->kinds[kind].num, &num)) {
            return TMLRT_E_OVERFLOW;
        }
    }
    if (num != 0) {
        registry->records = trt_alloc_array(num, sizeof(trt_record));
        if (registry->records == NULL) {
            return TMLRT_E_NOMEM;
        }
    }
    registry->cap_records = num;
    num = 0;
    for (uint32_t kind = 0; kind < TMLRT_NUM_KINDS; kind++) {
        registry->kinds[kind].items = num < registry->cap_records ? registry->records + num : NULL;
        num += registry->kinds[kind].num;
        registry->kinds[kind].num = 0;
    }
    return TMLRT_OK;
}

/// Places of the hash table for `num` names: a power of two, at most half of them taken.
static uint32_t table_cap(uint32_t num) {
    uint32_t cap = 16;
    while (cap < num * 2) {
        cap *= 2;
    }
    return cap;
}

static tmlrt_status finish(trt_registry* registry, trt_diags* diags) {
    uint32_t largest = 0;
    for (uint32_t kind = 0; kind < TMLRT_NUM_KINDS; kind++) {
        largest = registry->kinds[kind].num > largest ? registry->kinds[kind].num : largest;
    }
    // One scratch block serves as the sort's spare array, then as the hash table.
    size_t sort_bytes = largest * sizeof(trt_record);
    size_t table_bytes = table_cap(largest) * sizeof(uint32_t);
    size_t bytes = sort_bytes > table_bytes ? sort_bytes : table_bytes;
    void* scratch = trt_alloc(bytes);
    if (scratch == NULL) {
        return TMLRT_E_NOMEM;
    }
    for (uint32_t kind = 0; kind < TMLRT_NUM_KINDS; kind++) {
        trt_record_list* list = &registry->kinds[kind];
        if (list->num == 0) {
            continue;
        }
        if (!in_order(list)) {
            sort(list, scratch);
        }
        uint32_t cap = table_cap(list->num);
        memset(scratch, 0, cap * sizeof(uint32_t));
        drop_duplicates(list, scratch, cap - 1, diags);
    }
    trt_free(scratch, bytes);
    return TMLRT_OK;
}

tmlrt_status trt_registry_init(trt_registry* out, const tmlrt_image* images, trt_diags* diags) {
    trt_diags quiet = {0}; // the counting pass meets the same wrong units as the reading pass
    trt_check count = {.diags = &quiet}, check = {.diags = diags};
    *out = (trt_registry){0};
    each_unit(out, &count, images, count_unit);
    trt_diags_fini(&quiet);
    tmlrt_status status = allocate(out);
    if (status == TMLRT_OK) {
        each_unit(out, &check, images, read_unit);
        status = check.nomem ? TMLRT_E_NOMEM : finish(out, diags);
    }
    trt_check_fini(&check);
    if (status != TMLRT_OK) {
        trt_registry_fini(out);
    }
    return status;
}

void trt_registry_fini(trt_registry* registry) {
    trt_free(registry->records, registry->cap_records * sizeof(trt_record));
    *registry = (trt_registry){0};
}

const trt_record* trt_registry_find(const trt_registry* registry, uint32_t kind, const char* name) {
    const trt_record_list* list = &registry->kinds[kind];
    for (uint32_t i = 0; i < list->num; i++) {
        const char* names[4];
        trt_record_names(kind, list->items[i].item, names);
        if (compare_text(names[0], name) == 0) {
            return &list->items[i];
        }
    }
    return NULL;
}
