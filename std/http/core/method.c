// SPDX-License-Identifier: Apache-2.0
// Method table. The length and the first byte choose one candidate, which is then compared.
#include "std/http/core/method.h"

#include "rt/base/bytes.h"

#define NAME(name, safe) [TRT_METHOD_##name] = #name,
static const char s_names[TRT_NUM_METHODS][8] = {TRT_METHOD_MAP(NAME)};
#undef NAME

#define SAFE(name, safe) [TRT_METHOD_##name] = (safe),
static const uint8_t s_safe[TRT_NUM_METHODS] = {TRT_METHOD_MAP(SAFE)};
#undef SAFE

static enum trt_method candidate(const char* name, size_t len) {
    switch (len) {
    case 3:
        return name[0] == 'G' ? TRT_METHOD_GET : TRT_METHOD_PUT;
    case 4:
        return name[0] == 'H' ? TRT_METHOD_HEAD : TRT_METHOD_POST;
    case 5:
        return name[0] == 'P' ? TRT_METHOD_PATCH : TRT_METHOD_TRACE;
    case 6:
        return TRT_METHOD_DELETE;
    case 7:
        return name[0] == 'O' ? TRT_METHOD_OPTIONS : TRT_METHOD_CONNECT;
    default:
        return TRT_METHOD_OTHER;
    }
}

enum trt_method trt_method_lookup(const char* name, size_t len) {
    enum trt_method method = candidate(name, len);
    if (method == TRT_METHOD_OTHER || !trt_bytes_equal(name, s_names[method], len)) {
        return TRT_METHOD_OTHER;
    }
    return method;
}

const char* trt_method_name(enum trt_method method) {
    bool known = method != TRT_METHOD_OTHER && (unsigned)method < TRT_NUM_METHODS;
    return known ? s_names[method] : NULL;
}

bool trt_method_is_safe(enum trt_method method) {
    return (unsigned)method < TRT_NUM_METHODS && s_safe[method] != 0;
}
