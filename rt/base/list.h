// SPDX-License-Identifier: Apache-2.0
// Intrusive doubly linked list with a sentinel. A node that is not linked has next == NULL.
#ifndef TRT_BASE_LIST_H
#define TRT_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "rt/base/assert.h"

typedef struct trt_list_node trt_list_node;
struct trt_list_node {
    trt_list_node *next, *prev;
};

/// trt_list is the sentinel; an all-zero list is empty too (trt_list_init makes it ready to link).
typedef struct trt_list {
    trt_list_node head;
} trt_list;

static inline void trt_list_init(trt_list* list) {
    list->head.next = list->head.prev = &list->head;
}
static inline bool trt_list_empty(const trt_list* list) {
    return list->head.next == &list->head || list->head.next == NULL;
}
static inline bool trt_list_linked(const trt_list_node* node) {
    return node->next != NULL;
}
static inline void trt_list_insert_before(trt_list_node* at, trt_list_node* node) {
    node->next = at;
    node->prev = at->prev;
    at->prev->next = node;
    at->prev = node;
}
static inline void trt_list_push_back(trt_list* list, trt_list_node* node) {
    trt_list_insert_before(&list->head, node);
}
static inline void trt_list_push_front(trt_list* list, trt_list_node* node) {
    trt_list_insert_before(list->head.next, node);
}
/// trt_list_remove unlinks a linked node.
static inline void trt_list_remove(trt_list_node* node) {
    TRT_ASSERT(node->prev != NULL && node->next != NULL);
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->next = node->prev = NULL;
}
/// trt_list_pop_front returns NULL when the list is empty.
static inline trt_list_node* trt_list_pop_front(trt_list* list) {
    if (trt_list_empty(list)) {
        return NULL;
    }
    trt_list_node* node = list->head.next;
    trt_list_remove(node);
    return node;
}
/// trt_list_splice moves all nodes of `from` to the end of `to`.
static inline void trt_list_splice(trt_list* to, trt_list* from) {
    if (trt_list_empty(from)) {
        return;
    }
    trt_list_node *first = from->head.next, *last = from->head.prev, *tail = to->head.prev;
    tail->next = first;
    first->prev = tail;
    last->next = &to->head;
    to->head.prev = last;
    trt_list_init(from);
}

#endif
