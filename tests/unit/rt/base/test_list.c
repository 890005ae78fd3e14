// SPDX-License-Identifier: Apache-2.0
#include "rt/base/list.h"

#include "tests/support/harness.h"

TEST(list_push_pop__three_nodes__first_in_first_out) {
    trt_list list;
    trt_list_node nodes[3] = {{NULL, NULL}, {NULL, NULL}, {NULL, NULL}};
    trt_list_init(&list);
    EXPECT(trt_list_empty(&list));
    for (int i = 0; i < 3; i++) {
        trt_list_push_back(&list, &nodes[i]);
    }
    trt_list_remove(&nodes[1]);
    EXPECT(!trt_list_linked(&nodes[1]));
    EXPECT(trt_list_pop_front(&list) == &nodes[0]);
    EXPECT(trt_list_pop_front(&list) == &nodes[2]);
    EXPECT(trt_list_pop_front(&list) == NULL);
}

TEST(list_splice__onto_a_used_list__keeps_both_orders) {
    trt_list to, from;
    trt_list_node nodes[4] = {{NULL, NULL}, {NULL, NULL}, {NULL, NULL}, {NULL, NULL}};
    trt_list_init(&to);
    trt_list_init(&from);
    trt_list_push_back(&to, &nodes[0]);
    for (int i = 1; i < 4; i++) {
        trt_list_push_back(&from, &nodes[i]);
    }
    trt_list_splice(&to, &from);
    EXPECT(trt_list_empty(&from));
    for (int i = 0; i < 4; i++) {
        EXPECT(trt_list_pop_front(&to) == &nodes[i]);
    }
}
