// SPDX-License-Identifier: Apache-2.0
// functions.def as C prototypes.
#ifndef TMLRT_ABI_FUNCTIONS_H
#define TMLRT_ABI_FUNCTIONS_H

#include <tmlrt/abi/cancel.h>
#include <tmlrt/abi/future.h>
#include <tmlrt/abi/interval.h>
#include <tmlrt/abi/joined.h>
#include <tmlrt/abi/meta.h>
#include <tmlrt/abi/slice.h>
#include <tmlrt/abi/status.h>

typedef struct tmlrt_task tmlrt_task; ///< a join handle: one counted reference to a task
typedef struct tmlrt_tcp_listener tmlrt_tcp_listener; ///< made by tmlrt_tcp_listen
typedef struct tmlrt_tcp_stream tmlrt_tcp_stream;     ///< made by the accept and connect futures
typedef struct tmlrt_oneshot tmlrt_oneshot;           ///< a channel for one value: either end
typedef struct tmlrt_mpsc tmlrt_mpsc;                 ///< a channel: a sender or the receiver
typedef struct tmlrt_notify tmlrt_notify;             ///< made by tmlrt_notify_new
typedef struct tmlrt_semaphore tmlrt_semaphore;       ///< made by tmlrt_semaphore_new
typedef struct tmlrt_mutex tmlrt_mutex;               ///< made by tmlrt_mutex_new
typedef struct tmlrt_rwlock tmlrt_rwlock;             ///< made by tmlrt_rwlock_new
typedef struct tmlrt_broadcast tmlrt_broadcast;       ///< a sender
typedef struct tmlrt_broadcast_receiver tmlrt_broadcast_receiver;
typedef struct tmlrt_watch tmlrt_watch; ///< a sender
typedef struct tmlrt_watch_receiver tmlrt_watch_receiver;
typedef struct tmlrt_cancel_token tmlrt_cancel_token; ///< made by tmlrt_cancel_token_new
typedef struct tmlrt_barrier tmlrt_barrier;           ///< made by tmlrt_barrier_new
typedef struct tmlrt_once tmlrt_once;                 ///< made by tmlrt_once_new
typedef struct tmlrt_udp tmlrt_udp;                   ///< made by tmlrt_udp_bind
typedef struct tmlrt_unix_dgram tmlrt_unix_dgram;     ///< made by tmlrt_unix_dgram_bind
typedef struct tmlrt_addr tmlrt_addr;                 ///< <tmlrt/net.h>, as the next six
typedef struct tmlrt_addr_list tmlrt_addr_list;       ///< made by the resolve future
typedef struct tmlrt_listen_options tmlrt_listen_options;
typedef struct tmlrt_dial_options tmlrt_dial_options;
typedef struct tmlrt_udp_options tmlrt_udp_options;
typedef struct tmlrt_datagram tmlrt_datagram;
typedef struct tmlrt_unix_peer tmlrt_unix_peer;
typedef struct tmlrt_tls_options tmlrt_tls_options; ///< made by tmlrt_tls_options_new
typedef struct tmlrt_tls_config tmlrt_tls_config;   ///< made by tmlrt_tls_config_new
typedef struct tmlrt_tls_holder tmlrt_tls_holder;   ///< made by tmlrt_tls_holder_new
typedef struct tmlrt_tls_stream tmlrt_tls_stream;   ///< made by the TLS accept and connect futures
typedef struct tmlrt_stream tmlrt_stream;   ///< bytes in both directions, whatever carries them
typedef struct tmlrt_reader tmlrt_reader;   ///< made by tmlrt_reader_new
typedef struct tmlrt_writer tmlrt_writer;   ///< made by tmlrt_writer_new
typedef struct tmlrt_signals tmlrt_signals; ///< made by tmlrt_signals_open
typedef struct tmlrt_process tmlrt_process; ///< made by tmlrt_process_spawn
typedef struct tmlrt_process_options tmlrt_process_options; ///< <tmlrt/process.h>
typedef struct tmlrt_file tmlrt_file;                       ///< made by the file open future
typedef struct tmlrt_file_info tmlrt_file_info;             ///< <tmlrt/file.h>
typedef struct tmlrt_dir_list tmlrt_dir_list;               ///< made by the directory read future
typedef struct tmlrt_request tmlrt_request;                 ///< accessors only
typedef struct tmlrt_body tmlrt_body;                       ///< made by tmlrt_response_stream
typedef struct tmlrt_response tmlrt_response;               ///< made by tmlrt_response_new
typedef struct tmlrt_next tmlrt_next;                 ///< the rest of a pipeline, for one stage
typedef struct tmlrt_error tmlrt_error;               ///< what a filter is asked about
typedef struct tmlrt_rate_limiter tmlrt_rate_limiter; ///< made by tmlrt_rate_limiter_new
typedef struct tmlrt_server tmlrt_server;
typedef struct tmlrt_provider tmlrt_provider; ///< the handle behind an injected Provider[T]

/// tmlrt_join_set is made by tmlrt_join_set_new.
typedef struct tmlrt_join_set tmlrt_join_set;
/// tmlrt_scope is made by tmlrt_scope_new.
typedef struct tmlrt_scope tmlrt_scope;
/// tmlrt_future_set is made by tmlrt_future_set_new.
typedef struct tmlrt_future_set tmlrt_future_set;

/// tmlrt_local_set is made by tmlrt_local_set_new.
typedef struct tmlrt_local_set tmlrt_local_set;

TMLRT_EXTERN_C_BEGIN

#define NONE
#define COLD
#define NORETURN                             TMLRT_NORETURN
#define VOID                                 void
#define I32(T)                               T
#define I64(T)                               T
#define F64(T)                               T
#define PTR(T)                               T*
#define CPTR(T)                              const T*
#define FN(R, A)                             R(*) A
#define TMLRT_FN(attributes, ret, name, ...) TMLRT_EXPORT attributes ret name(__VA_ARGS__);
#define TMLRT_DATA(type, name)               TMLRT_EXPORT extern type name;
#define TMLRT_TLS(type, name)                                                                      \
    TMLRT_EXPORT extern __thread type name __attribute__((tls_model("initial-exec")));
#include <tmlrt/abi/functions.def>
#undef NONE
#undef COLD
#undef NORETURN
#undef VOID
#undef I32
#undef I64
#undef F64
#undef PTR
#undef CPTR
#undef FN
#undef TMLRT_FN
#undef TMLRT_DATA
#undef TMLRT_TLS

TMLRT_EXTERN_C_END

#endif
