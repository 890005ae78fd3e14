// SPDX-License-Identifier: Apache-2.0
// Fuzz target: `tmlcg dump` on any bytes. It reads only inside of the input, ends in bounded time
// with bounded output, and says the same twice.
#include "codegen-hooks/tool/dump.h"
#include "rt/base/assert.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static uint32_t run(const uint8_t* data, size_t size, char** out, size_t* out_len) {
    FILE* stream = open_memstream(out, out_len);
    TRT_CHECK(stream != NULL);
    uint32_t errors = dump_records(data, size, "input", stream, stream);
    fclose(stream);
    return errors;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    char *first, *second;
    size_t first_len, second_len;
    uint32_t errors = run(data, size, &first, &first_len);
    TRT_CHECK(run(data, size, &second, &second_len) == errors);
    TRT_CHECK(first_len == second_len && memcmp(first, second, first_len) == 0);
    free(first);
    free(second);
    return 0;
}
