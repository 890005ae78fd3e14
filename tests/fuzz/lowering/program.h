// SPDX-License-Identifier: Apache-2.0
// One program through everything: generate, lower, compile three ways, run, drop everywhere.
#ifndef TESTS_FUZZ_LOWERING_PROGRAM_H
#define TESTS_FUZZ_LOWERING_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// program_phase tells a parent process where its child was when it died.
typedef enum program_phase {
    PHASE_REFERENCE,
    PHASE_LOWER,
    PHASE_NONE, ///< configurations: no passes, O0, O2
    PHASE_O0,
    PHASE_O2,
    PHASE_COUNT
} program_phase;

/// program_report is written while a program is tried; it may lie in shared memory.
typedef struct program_report {
    uint64_t seed, features;
    volatile program_phase phase;
    uint32_t runs, drops;
    char message[512];
    uint64_t statements[2048];
    size_t num_statements;
} program_report;

/// program_init prepares LLVM and the loader, once.
void program_init(void);
const char* program_phase_name(program_phase phase);

/// program_only_without_passes leaves O0 and O2 out: enough to find a bug of the splitter, and
/// faster.
void program_only_without_passes(void);

/// program_try returns true when the lowered program behaves as its reference in every
/// configuration; else the report says what differs. `skip` leaves statements out;
/// `generator_only` stops before lowering.
bool program_try(uint64_t seed, bool generator_only, const uint64_t* skip, size_t num_skip,
                 program_report* report);

/// program_write writes the program's IR before (sync, async) and after lowering to `folder`.
void program_write(uint64_t seed, const uint64_t* skip, size_t num_skip, const char* folder);

#endif
