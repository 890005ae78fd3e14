// SPDX-License-Identifier: Apache-2.0
// Included before every file of a structure in the model build: locks become objects of the
// explorer, thread-locals are kept per fiber, memory functions are seen.
#ifndef TESTS_MODEL_EXPLORE_SEAM_H
#define TESTS_MODEL_EXPLORE_SEAM_H

#include "rt/os/thread.h"

/// model_mutex_lock and model_mutex_unlock are trt_mutex_lock and _unlock (engine/block.c), and
/// model_spin_lock and model_spin_unlock those of trt_spin.
void model_mutex_lock(trt_mutex* mutex);
void model_mutex_unlock(trt_mutex* mutex);
void model_spin_lock(trt_spin* spin);
void model_spin_unlock(trt_spin* spin);

#if defined(MODEL_STRUCTURE_FILE) && !defined(MODEL_REAL_LOCKS)
#define trt_mutex_lock   model_mutex_lock
#define trt_mutex_unlock model_mutex_unlock
#define trt_spin_lock    model_spin_lock
#define trt_spin_unlock  model_spin_unlock
#endif

#endif
