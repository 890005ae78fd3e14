// SPDX-License-Identifier: Apache-2.0
// What is in effect, as text: the limits as a table, and everything as a file. At start, one
// thread.
#include "std/http/framework/app/options.h"

void trt_app_print_limits(const trt_app_options* options, const trt_http_limits* limits, bool all,
                          trt_text* out) {
    char text[TRT_HTTP_LIMIT_TEXT];
    if (all) {
        trt_text_printf(out, "%-24s %-15s %-13s %s\n", "limit", "value", "set by", "on breach");
    }
    for (uint32_t i = 0; i < TRT_HTTP_NUM_LIMITS; i++) {
        const char* source = options->limit_sources[i];
        const char* breach = trt_http_limit_breach(i);
        size_t start = out->len;
        if (source == NULL && !all) {
            continue;
        }
        trt_http_limit_name(text, i);
        trt_text_puts(out, text);
        trt_text_pad(out, start, 24);
        trt_http_limit_value(text, limits, i);
        trt_text_printf(out, " %s", text);
        trt_text_pad(out, start, 40);
        trt_text_printf(out, " %s", source != NULL ? source : "default");
        trt_text_pad(out, start, all && breach[0] != '\0' ? 54 : 0);
        trt_text_printf(out, "%s%s\n", all && breach[0] != '\0' ? " " : "", all ? breach : "");
    }
}

/// `name = value`, and behind it who said so.
static void put_entry(trt_text* out, const char* name, const char* value, const char* source) {
    size_t start = out->len;
    trt_text_printf(out, "%s = %s", name, value);
    trt_text_pad(out, start, 39);
    trt_text_printf(out, " # %s\n", source);
}

void trt_app_print_config(const trt_app_options* options, const trt_http_limits* limits,
                          trt_text* out) {
    char name[TRT_HTTP_LIMIT_TEXT], value[TRT_HTTP_LIMIT_TEXT];
    for (uint32_t i = 0; i < TRT_NUM_SETTINGS; i++) {
        const trt_setting* setting = &options->settings[i];
        bool replaced =
            options->listen.num != 0 && (i == TRT_SETTING_port || i == TRT_SETTING_address);
        if (replaced) {
            continue; // `listen` says it
        }
        put_entry(out, trt_setting_rows[i].name,
                  setting->value != NULL ? setting->value : trt_setting_rows[i].none,
                  setting->source);
    }
    trt_text_puts(out, "[limits]\n");
    for (uint32_t i = 0; i < TRT_HTTP_NUM_LIMITS; i++) {
        const char* source = options->limit_sources[i];
        trt_http_limit_name(name, i);
        trt_http_limit_value(value, limits, i);
        put_entry(out, name, value, source != NULL ? source : "default");
    }
}
