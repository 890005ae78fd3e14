// SPDX-License-Identifier: Apache-2.0
// TCP over reactor slots, polled: what C code above the runtime (a server's connection task) uses.
// Compiled code uses the futures of functions.def, which stand on this.
#ifndef TRT_NET_TCP_H
#define TRT_NET_TCP_H

#include "rt/io/stream.h"
#include "rt/os/socket.h"
#include "rt/reactor/reactor.h"
#include "rt/time/driver.h"

/// trt_tcp is one connection. Plain data: it may be moved while nobody waits in a poll of it.
/// All-zero is closed.
typedef struct trt_tcp {
    trt_reactor* reactor;
    trt_io_slot* slot; ///< NULL: closed
    trt_handle handle;
} trt_tcp;

/// tmlrt_tcp_stream is a connection on the heap, as compiled code holds one: TCP or a Unix stream.
struct tmlrt_tcp_stream {
    tmlrt_stream base; ///< over `tcp`; closing it frees this
    trt_tcp tcp;
};

/// trt_tcp_listener accepts connections; all-zero is closed. Its address must not change.
typedef struct trt_tcp_listener {
    trt_tcp socket; ///< the listening one
    trt_addr bound;
    trt_handle spare; ///< given up to refuse a peer when there are no free handles
    trt_timer_driver* timers;
    trt_timer pause;    ///< armed while accepting pauses after a failure
    bool pausing;       ///< accepting goes on when `pause` has fired
    bool spreads;       ///< connections go to trt_reactor_to_share, else to the listener's reactor
    uint64_t num_shed;  ///< connections reset for want of handles or memory
    uint64_t logged_ns; ///< when that was last told
} trt_tcp_listener;

/// trt_tcp_listen opens a listener on `addr` (port 0 picks one; listener->bound tells).
/// Shape:   options: NULL is every default. `reactor` and `timers` must outlive the listener.
/// Errors:  ADDRINUSE, ADDRNOTAVAIL, PERM, MFILE, NOMEM, UNSUPPORTED, INVAL, OS - nothing opened.
tmlrt_status trt_tcp_listen(trt_tcp_listener* out, trt_reactor* reactor, trt_timer_driver* timers,
                            const trt_addr* addr, const trt_listen_options* options);
/// trt_tcp_listener_open makes a listener of a listening socket, TCP or Unix; `bound` is left
/// alone. Errors:  MFILE, NOMEM, OS - nothing made.   Owns: moves the handle in, on success only.
tmlrt_status trt_tcp_listener_open(trt_tcp_listener* out, trt_reactor* reactor,
                                   trt_timer_driver* timers, trt_handle owned_handle);
/// trt_tcp_listener_close closes; a closed one is left alone. Nobody may wait in poll_accept: see
/// trt_tcp_listener_cancel.
void trt_tcp_listener_close(trt_tcp_listener* listener);
/// trt_tcp_listener_cancel forgets the waker of a poll_accept that will not be repeated.
void trt_tcp_listener_cancel(trt_tcp_listener* listener);

/// trt_tcp_poll_accept takes one connection; it belongs to the listener's reactor, or to the one
/// that trt_reactor_to_share names (`spreads`). Without free handles or memory it resets up to 16
/// waiting connections through the spare handle, then pauses 50 ms: peers are refused at once and
/// the loop never spins. Connections aborted before they were taken are passed over. *out_status is
/// 0 or, when the listener itself is broken, OS. Budget:  one unit per connection taken, reset or
/// passed over.   Thread: one waiter. Cost: accept, and one call to watch it.
tmlrt_poll trt_tcp_poll_accept(trt_tcp_listener* listener, tmlrt_context* cx, trt_tcp* out,
                               trt_addr* out_peer, tmlrt_status* out_status);

/// trt_tcp_open watches a connected socket.   Errors: NOMEM, MFILE, OS.
/// Owns:    moves the handle in, on success only.
tmlrt_status trt_tcp_open(trt_tcp* out, trt_reactor* reactor, trt_handle owned_handle);
/// trt_tcp_connect starts a connection; trt_tcp_poll_connect finishes it.
/// Errors:  MFILE, NOMEM, HOSTUNREACH, CONNREFUSED, UNSUPPORTED, INVAL, OS - nothing opened.
tmlrt_status trt_tcp_connect(trt_tcp* out, trt_reactor* reactor, const trt_addr* addr);
/// trt_tcp_connect_from is trt_tcp_connect as trt_socket_connect_from.
tmlrt_status trt_tcp_connect_from(trt_tcp* out, trt_reactor* reactor, const trt_addr* addr,
                                  const trt_addr* from, bool fastopen);
/// trt_tcp_poll_connect answers READY with 0 or why it failed; the caller closes it then.
/// Result errors: CONNREFUSED, TIMEDOUT, HOSTUNREACH, CONNRESET, OS.
tmlrt_poll trt_tcp_poll_connect(trt_tcp* tcp, tmlrt_context* cx, tmlrt_status* out_status);

/// trt_tcp_poll_read and the next four are the functions of trt_stream_vtable.
/// Cost:    one system call when there is something to move, none when not: what a short read or
///          write tells is remembered.
tmlrt_poll trt_tcp_poll_read(trt_tcp* tcp, tmlrt_context* cx, void* out, size_t cap,
                             trt_io_result* result);
tmlrt_poll trt_tcp_poll_readable(trt_tcp* tcp, tmlrt_context* cx);
tmlrt_poll trt_tcp_poll_readv(trt_tcp* tcp, tmlrt_context* cx, const tmlrt_slice* slices,
                              uint32_t num, trt_io_result* result);
tmlrt_poll trt_tcp_poll_writev(trt_tcp* tcp, tmlrt_context* cx, const tmlrt_slice* slices,
                               uint32_t num, trt_io_result* result);
bool trt_tcp_hung_up(const trt_tcp* tcp);
tmlrt_poll trt_tcp_poll_hangup(trt_tcp* tcp, tmlrt_context* cx);
/// trt_tcp_poll_peek is trt_tcp_poll_read that leaves the bytes where they are.
tmlrt_poll trt_tcp_poll_peek(trt_tcp* tcp, tmlrt_context* cx, void* out, size_t cap,
                             trt_io_result* result);
/// trt_tcp_cancel forgets the wakers of both directions.   Thread: any.
void trt_tcp_cancel(trt_tcp* tcp);
/// trt_tcp_shutdown_write sends FIN after what was written; reading goes on.
void trt_tcp_shutdown_write(trt_tcp* tcp);
/// trt_tcp_close closes; `abortive` sends RST. A closed one is left alone.   Thread: any.
void trt_tcp_close(trt_tcp* tcp, bool abortive);

/// trt_tcp_handle_new makes the handle of a connection. NULL without memory, the connection stays
/// the caller's.   Owns: moves the connection in.
tmlrt_tcp_stream* trt_tcp_handle_new(const trt_tcp* owned_tcp);

/// trt_tcp_stream_handle returns the handle of a stream that trt_tcp_handle_new made,
/// TRT_HANDLE_NONE of any other.
trt_handle trt_tcp_stream_handle(const tmlrt_stream* stream);

/// trt_tcp_stream lends the connection as a stream: closing the stream closes it.
/// Ends:    with `tcp`, whose address must not change meanwhile.
trt_stream trt_tcp_stream(trt_tcp* tcp);

#endif
