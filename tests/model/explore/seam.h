// SPDX-License-Identifier: Apache-2.0
// Included before every file of a structure in the model build: locks become objects of the
// explorer, thread-locals are kept per fiber, memory functions are seen.
#ifndef TESTS_MODEL_EXPLORE_SEAM_H
#define TESTS_MODEL_EXPLORE_SEAM_H

#include "rt/os/thread.h"

/// model_mutex_lock and model_mutex_unlock are trt_mutex_lock and _unlock (engine/block.c).
void model_mutex_lock(trt_mutex* mutex);
void model_mutex_unlock(trt_mutex* mutex);

#if defined(MODEL_STRUCTURE_FILE) && !defined(MODEL_REAL_LOCKS)
#define trt_mutex_lock   model_mutex_lock
#define trt_mutex_unlock model_mutex_unlock
#endif

#endif
