// SPDX-License-Identifier: Apache-2.0
// Cells: values that several receivers copy while a sender may replace them, for watch. Copying and
// destroying is the program's code and runs without a lock, so a cell that is being copied is
// pinned: whoever unpins a retired one last destroys its value.
//
// A pool belongs to one channel, whose lock guards it and the cells' fields.
#ifndef TRT_SYNC_CELLS_H
#define TRT_SYNC_CELLS_H

#include "rt/os/thread.h"

/// trt_cell holds one value.
typedef struct trt_cell {
    struct trt_cell* next; ///< of the spares, or of a list of retired ones
    uint32_t pins;         ///< copies that are being made
    bool retired;          ///< out of its place
    _Alignas(16) unsigned char value[];
} trt_cell;

/// trt_cells is the pool of a channel for values of `value_len` bytes.
typedef struct trt_cells {
    uint64_t value_len;
    void (*clone)(void* to, const void* from); ///< NULL: the bytes are copied
    void (*drop)(void* value);                 ///< NULL: nothing to do
    trt_cell* spare;
} trt_cells;

/// trt_cells_take returns a spare cell or NULL.   With the lock.
trt_cell* trt_cells_take(trt_cells* cells);
/// trt_cells_new returns a cell from the heap, NULL without memory.   Without the lock.
trt_cell* trt_cells_new(const trt_cells* cells);
/// trt_cells_put gives an empty cell back.   With the lock.
void trt_cells_put(trt_cells* cells, trt_cell* cell);
/// trt_cells_fill moves a value in.
void trt_cells_fill(const trt_cells* cells, trt_cell* cell, const void* value);
/// trt_cells_retire puts a cell that left its place on *list when its value is to be destroyed; one
/// that is pinned is left to the last pin.   With the lock.
void trt_cells_retire(trt_cell* cell, trt_cell** list);
/// trt_cells_destroy destroys the values of a list of retired cells and gives the cells back.
/// Called without the lock, which it takes for a moment.
void trt_cells_destroy(trt_cells* cells, trt_mutex* lock, trt_cell* list);
/// trt_cells_clone copies the value to `out`. Called with the lock held, returns without.
void trt_cells_clone(trt_cells* cells, trt_mutex* lock, trt_cell* cell, void* out);
/// trt_cells_free frees a cell, empty or not looked at any more.   Without the lock.
void trt_cells_free(const trt_cells* cells, trt_cell* cell);
/// trt_cells_fini frees the spares.
void trt_cells_fini(trt_cells* cells);

#endif
