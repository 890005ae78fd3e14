// SPDX-License-Identifier: Apache-2.0
// The figures of a server and its runtime as text, in the format that Prometheus reads (0.0.4).
#ifndef TRT_HTTP_SERVER_METRICS_H
#define TRT_HTTP_SERVER_METRICS_H

#include "std/http/server/page.h"
#include "std/http/server/server.h"

#define TRT_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/// trt_http_metrics_write appends every figure with its HELP and TYPE lines. Routes that no request
/// had are left out; without trt_http_options.metrics (and without an access log) all are.
/// Shape:   page->failed: there was no memory for all of it.   Thread: any.
/// Cost:    loads, and those of tmlrt_runtime_metrics; stops nobody.
void trt_http_metrics_write(const trt_http_server* server, trt_page* page);

#endif
