// SPDX-License-Identifier: Apache-2.0
// Reason phrases, indexed by class and number: two loads, no search.
#include "std/http/core/status.h"

#include "rt/base/assert.h"

static const char* const s_1xx[] = {"Continue", "Switching Protocols", "Processing", "Early Hints"};
static const char* const s_2xx[] = {"OK",
                                    "Created",
                                    "Accepted",
                                    "Non-Authoritative Information",
                                    "No Content",
                                    "Reset Content",
                                    "Partial Content",
                                    "Multi-Status",
                                    "Already Reported",
                                    [26] = "IM Used"};
static const char* const s_3xx[] = {"Multiple Choices",
                                    "Moved Permanently",
                                    "Found",
                                    "See Other",
                                    "Not Modified",
                                    "Use Proxy",
                                    [7] = "Temporary Redirect",
                                    [8] = "Permanent Redirect"};
static const char* const s_4xx[] = {"Bad Request",
                                    "Unauthorized",
                                    "Payment Required",
                                    "Forbidden",
                                    "Not Found",
                                    "Method Not Allowed",
                                    "Not Acceptable",
                                    "Proxy Authentication Required",
                                    "Request Timeout",
                                    "Conflict",
                                    "Gone",
                                    "Length Required",
                                    "Precondition Failed",
                                    "Content Too Large",
                                    "URI Too Long",
                                    "Unsupported Media Type",
                                    "Range Not Satisfiable",
                                    "Expectation Failed",
                                    [21] = "Misdirected Request",
                                    [22] = "Unprocessable Content",
                                    [23] = "Locked",
                                    [24] = "Failed Dependency",
                                    [25] = "Too Early",
                                    [26] = "Upgrade Required",
                                    [28] = "Precondition Required",
                                    [29] = "Too Many Requests",
                                    [31] = "Request Header Fields Too Large",
                                    [51] = "Unavailable For Legal Reasons"};
static const char* const s_5xx[] = {"Internal Server Error",
                                    "Not Implemented",
                                    "Bad Gateway",
                                    "Service Unavailable",
                                    "Gateway Timeout",
                                    "HTTP Version Not Supported",
                                    "Variant Also Negotiates",
                                    "Insufficient Storage",
                                    "Loop Detected",
                                    [11] = "Network Authentication Required"};

static const struct {
    const char* const* reasons;
    int num;
} s_classes[] = {
    {s_1xx, TRT_ARRAY_LEN(s_1xx)}, {s_2xx, TRT_ARRAY_LEN(s_2xx)}, {s_3xx, TRT_ARRAY_LEN(s_3xx)},
    {s_4xx, TRT_ARRAY_LEN(s_4xx)}, {s_5xx, TRT_ARRAY_LEN(s_5xx)},
};

const char* trt_status_reason(int status) {
    int class = status / 100 - 1, number = status % 100;
    if (status < 100 || class >= (int)TRT_ARRAY_LEN(s_classes) || number >= s_classes[class].num ||
        s_classes[class].reasons[number] == NULL) {
        return "";
    }
    return s_classes[class].reasons[number];
}
