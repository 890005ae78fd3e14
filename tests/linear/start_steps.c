// SPDX-License-Identifier: Apache-2.0
// Programs of four sizes, each twice the one before, through the checks of the start. Run under
// callgrind by run_linear.py, which counts the instructions of every call of `measured`; alone it
// only prints the names of the shapes, or the milliseconds of processor time that one takes.
// usage: start_steps [SHAPE RECORDS [errors]]
#include "std/http/framework/app/app.h"
#include "tests/support/many_records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NUM_SIZES = 4, LARGEST = 100000 };

tmlrt_status measured(trt_app* out, const tmlrt_image* image, trt_diags* diags);

/// What the start costs; counted by its name.
__attribute__((noinline)) tmlrt_status measured(trt_app* out, const tmlrt_image* image,
                                                trt_diags* diags) {
    return trt_app_init(out, image, diags);
}

/// Checks one program and returns the milliseconds of processor time; prints the errors it has when
/// `print`.
static double check(many_shape shape, uint32_t num, bool print) {
    static many_records records;
    static trt_diags diags;
    trt_app app;
    struct timespec from, to;
    many_records_init(&records, num, shape);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    tmlrt_status status = measured(&app, &records.image, &diags);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    if (print) {
        trt_text text = {0};
        trt_diags_format(&diags, &text);
        printf("%.*s", (int)text.len, text.data);
        trt_text_fini(&text);
    }
    if ((status == TMLRT_OK) != (diags.num_all == 0) || diags.num_all != records.num_errors) {
        fprintf(stderr, "%s %u: status %d, %u errors\n", many_shape_name(shape), num, status,
                diags.num_all);
        exit(1);
    }
    if (status == TMLRT_OK) {
        trt_app_fini(&app);
    }
    trt_diags_fini(&diags);
    many_records_fini(&records);
    return (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
}

int main(int argc, char** argv) {
    for (many_shape shape = 0; shape < MANY_NUM_SHAPES; shape++) {
        if (argc > 2 && strcmp(argv[1], many_shape_name(shape)) == 0) {
            double ms = check(shape, (uint32_t)strtoul(argv[2], NULL, 10), argc > 3);
            printf("%.3f\n", ms);
            return 0;
        }
        if (argc == 1) {
            uint32_t largest = shape <= MANY_REFUSED ? LARGEST : LARGEST / 10;
            puts(many_shape_name(shape));
            for (uint32_t size = largest >> (NUM_SIZES - 1); size <= largest; size *= 2) {
                check(shape, size, false);
            }
        }
    }
    return argc > 1;
}
