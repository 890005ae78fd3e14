// SPDX-License-Identifier: Apache-2.0
// Cells: pinned values of watch. Invariants:
//   V1  a value is destroyed once: by whoever retires its cell unpinned, or by the last pin of a
//       retired one
//   V2  clone and drop run without a lock; a pin keeps the bytes they look at where they are
// A copy that panics leaves its pin behind: the cell is leaked, the channel goes on.
#include "rt/sync/cells.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"

#include <stddef.h>
#include <string.h>

trt_cell* trt_cells_take(trt_cells* cells) {
    trt_cell* cell = cells->spare;
    if (cell != NULL) {
        cells->spare = cell->next;
        cell->next = NULL;
        cell->retired = false;
    }
    return cell;
}

trt_cell* trt_cells_new(const trt_cells* cells) {
    trt_cell* cell = trt_alloc(sizeof(trt_cell) + cells->value_len);
    if (cell != NULL) {
        *cell = (trt_cell){.next = NULL};
    }
    return cell;
}

void trt_cells_put(trt_cells* cells, trt_cell* cell) {
    TRT_ASSERT(cell->pins == 0);
    cell->next = cells->spare;
    cells->spare = cell;
}

static void copy(const trt_cells* cells, void* to, const void* from) {
    if (cells->value_len != 0) {
        memcpy(to, from, cells->value_len);
    }
}

void trt_cells_fill(const trt_cells* cells, trt_cell* cell, const void* value) {
    copy(cells, cell->value, value);
}

void trt_cells_retire(trt_cell* cell, trt_cell** list) {
    cell->retired = true;
    if (cell->pins == 0) {
        cell->next = *list;
        *list = cell;
    }
}

void trt_cells_destroy(trt_cells* cells, trt_mutex* lock, trt_cell* list) {
    while (list != NULL) {
        trt_cell* next = list->next;
        if (cells->drop != NULL) {
            cells->drop(list->value);
        }
        trt_mutex_lock(lock);
        trt_cells_put(cells, list);
        trt_mutex_unlock(lock);
        list = next;
    }
}

void trt_cells_clone(trt_cells* cells, trt_mutex* lock, trt_cell* cell, void* out) {
    trt_cell* last = NULL;
    if (cells->clone == NULL) {
        copy(cells, out, cell->value);
        trt_mutex_unlock(lock);
        return;
    }
    cell->pins++;
    trt_mutex_unlock(lock);
    cells->clone(out, cell->value);
    trt_mutex_lock(lock);
    if (--cell->pins == 0 && cell->retired) {
        trt_cells_retire(cell, &last);
    }
    trt_mutex_unlock(lock);
    trt_cells_destroy(cells, lock, last);
}

void trt_cells_free(const trt_cells* cells, trt_cell* cell) {
    trt_free(cell, sizeof(trt_cell) + cells->value_len);
}

void trt_cells_fini(trt_cells* cells) {
    for (trt_cell* cell; (cell = cells->spare) != NULL;) {
        cells->spare = cell->next;
        trt_cells_free(cells, cell);
    }
}
