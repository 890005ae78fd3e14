// SPDX-License-Identifier: Apache-2.0
// The table of settings. Constant.
#include "std/http/framework/app/settings.h"

#include <string.h>

const trt_setting_row trt_setting_rows[TRT_NUM_SETTINGS] = {
#define ROW(name, option, environment, otherwise, none)                                            \
    {#name, option, environment, otherwise, none},
    TRT_SETTING_MAP(ROW)
#undef ROW
};

uint32_t trt_setting_find(const char* name, size_t len) {
    uint32_t i = 0;
    while (i < TRT_NUM_SETTINGS && (strlen(trt_setting_rows[i].name) != len ||
                                    memcmp(trt_setting_rows[i].name, name, len) != 0)) {
        i++;
    }
    return i;
}

const char* trt_setting_name(void* unused, uint32_t index) {
    (void)unused;
    return index < TRT_NUM_SETTINGS ? trt_setting_rows[index].name : NULL;
}
