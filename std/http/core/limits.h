// SPDX-License-Identifier: Apache-2.0
// Every limit of an HTTP/1.1 server in one place, with its default. All are per server.
#ifndef TRT_HTTP_CORE_LIMITS_H
#define TRT_HTTP_CORE_LIMITS_H

#include <stdint.h>

#define TRT_MS 1000000ull
#define TRT_S  1000000000ull

/// TRT_HTTP_LIMIT_MAP expands X(name, default, what happens on breach). Sizes are bytes, times
/// nanoseconds, rates bytes per second.
#define TRT_HTTP_LIMIT_MAP(X)                                                                      \
    X(request_line_bytes, 8192, "414")                                                             \
    X(field_bytes, 8192, "431")                                                                    \
    X(fields_bytes, 32768, "431; every field is charged field_charge_bytes more")                  \
    X(field_charge_bytes, 32, "431")                                                               \
    X(num_fields, 100, "431")                                                                      \
    X(method_bytes, 64, "501")                                                                     \
    X(chunk_ext_bytes, 256, "400")                                                                 \
    X(body_ext_bytes, 16384, "400")                                                                \
    X(trailer_bytes, 4096, "400")                                                                  \
    X(num_trailers, 16, "400")                                                                     \
    X(chunk_overhead_ratio, 10, "400; framing may be ratio * data + chunk_overhead_bytes")         \
    X(chunk_overhead_bytes, 100000, "400")                                                         \
    X(body_bytes, 1048576, "413")                                                                  \
    X(query_params, 256, "400")                                                                    \
    X(form_fields, 1000, "400")                                                                    \
    X(json_depth, 64, "400")                                                                       \
    X(json_keys, 1000, "400, of one object")                                                       \
    X(head_timeout_ns, 10 * TRT_S, "408, from accept or the first byte")                           \
    X(body_idle_ns, 30 * TRT_S, "408, without a byte")                                             \
    X(body_grace_ns, 5 * TRT_S, "408, when slower than body_rate after this")                      \
    X(body_rate, 240, "408")                                                                       \
    X(write_stall_ns, 30 * TRT_S, "reset, when slower than write_rate for this long")              \
    X(write_rate, 240, "reset")                                                                    \
    X(keep_alive_ns, 75 * TRT_S, "close")                                                          \
    X(conn_age_ns, 3600 * TRT_S, "close after the answer, spread by conn_age_spread_percent")      \
    X(conn_age_spread_percent, 10, "")                                                             \
    X(handler_ns, 30 * TRT_S, "503, the handler is dropped")                                       \
    X(sse_heartbeat_ns, 15 * TRT_S, "a comment, in a stream of events that was quiet")             \
    X(upgrade_idle_ns, 300 * TRT_S, "cut, another protocol than HTTP, without a byte either way")  \
    X(num_requests, 10000, "503 with Retry-After, of all workers together")                        \
    X(queue_delay_ns, 100 * TRT_MS,                                                                \
      "503 with Retry-After, when all tasks waited longer for "                                    \
      "queue_interval")                                                                            \
    X(queue_interval_ns, 500 * TRT_MS, "")                                                         \
    X(num_conns, 0, "oldest idle connection closed; default: 90 % of the open-file limit")         \
    X(conns_per_source, 256, "close; IPv6 by /64")                                                 \
    X(memory_bytes, 0, "see the next two; default: the cgroup's, else 80 % of the machine's")      \
    X(memory_soft_percent, 85, "of memory_bytes: 503 to every new request")                        \
    X(memory_hard_percent, 95, "of memory_bytes: no accept, idle connections closed")              \
    X(memory_beat_ns, 100 * TRT_MS, "")                                                            \
    X(held_bytes, 0, "reading stops for held_wait, then 503; default: a quarter of memory_bytes")  \
    X(held_wait_ns, 5 * TRT_S, "")                                                                 \
    X(input_bytes, 65536, "reading stops")                                                         \
    X(request_arena_bytes, 16777216, "500")                                                        \
    X(tls_handshake_ns, 10 * TRT_S, "close")                                                       \
    X(num_half_open, 1000, "close: TLS handshakes at once")                                        \
    X(h2_streams, 100, "refused stream, HTTP/2; counted until the handler has ended")              \
    X(h2_pushes, 0, "not promised, HTTP/2, pushes of a connection at once; 0: none is offered")    \
    X(h2_window_bytes, 65536, "the peer waits, HTTP/2, of a stream at first")                      \
    X(h2_window_max_bytes, 1048576,                                                                \
      "the peer waits, HTTP/2, of a stream that is read fast, and of all")                         \
    X(h2_continuations, 8, "GOAWAY, HTTP/2, frames of one field block")                            \
    X(h2_settings, 32, "GOAWAY, HTTP/2, entries of one frame")                                     \
    X(h2_queued_frames, 1000, "GOAWAY, HTTP/2, control frames that wait to be sent")               \
    X(h2_ping_after_ns, 30 * TRT_S, "PING, HTTP/2, after so much silence")                         \
    X(h2_ping_wait_ns, 15 * TRT_S, "close, HTTP/2, without an answer to it")                       \
    X(ledger_resets, 200, "GOAWAY, HTTP/2, streams that were reset")                               \
    X(ledger_resets_per_s, 20, "what comes back to ledger_resets")                                 \
    X(ledger_excess, 1000, "GOAWAY, HTTP/2, frames that nobody needs")                             \
    X(ledger_excess_per_s, 100, "what comes back to ledger_excess")                                \
    X(linger_ns, 2 * TRT_S, "close")                                                               \
    X(linger_bytes, 262144, "close")                                                               \
    X(lame_duck_ns, 5 * TRT_S, "stop: listening goes on this long with Connection: close")         \
    X(drain_ns, 25 * TRT_S, "stop: running requests may take this long, then they are dropped")

/// trt_http_limits holds the effective values. An all-zero struct is every default: 0 never means
/// unlimited. That of h2_pushes is 0, and none.
typedef struct trt_http_limits {
#define TRT_HTTP_LIMIT_FIELD(name, value, breach) uint64_t name;
    TRT_HTTP_LIMIT_MAP(TRT_HTTP_LIMIT_FIELD)
#undef TRT_HTTP_LIMIT_FIELD
} trt_http_limits;

/// trt_http_limits_resolve replaces every 0 by its default and clamps what must fit together
/// (num_fields to 100, which is what a connection's buffer has room for; query_params to 256 and
/// json_depth to 64, which is what the binder has room for; line and field sizes to
/// input_bytes, which is at least 1024; what is counted of a chunked body to what its counters
/// hold; rates to 10^9). `num_conns`, `memory_bytes` and
/// `held_bytes` stay 0 until trt_http_limits_resolve_system.
void trt_http_limits_resolve(trt_http_limits* limits);
/// trt_http_limits_resolve_system replaces those that depend on the machine: how many handles and
/// how many bytes of memory the process may have.
void trt_http_limits_resolve_system(trt_http_limits* limits, uint64_t num_handles,
                                    uint64_t memory_bytes);

#endif
