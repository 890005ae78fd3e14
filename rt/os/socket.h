// SPDX-License-Identifier: Apache-2.0
// Non-blocking sockets with errno translated on the system-call line.
#ifndef TRT_OS_SOCKET_H
#define TRT_OS_SOCKET_H

#include <tmlrt/abi/slice.h>
#include <tmlrt/abi/status.h>
#include <tmlrt/net.h>

#include <stdbool.h>

#include "rt/os/poller.h"

/// trt_addr is an IPv4 or IPv6 address and port; family 4 or 6, bytes in network order, port in
/// host order.
typedef tmlrt_addr trt_addr;

/// trt_addr_parse reads a literal: "127.0.0.1", "::1", "[::1]:8080", "127.0.0.1:80".
/// Shape:   default_port is used when the text has none.   Errors: INVAL.
tmlrt_status trt_addr_parse(trt_addr* out, const char* text, uint16_t default_port);
/// trt_addr_format writes "ip:port" ("[ip]:port" for 6); `out` of 64 bytes always suffices. Returns
/// the length.
size_t trt_addr_format(const trt_addr* addr, char* out, size_t cap);

/// Options of trt_socket_listen.
typedef struct trt_listen_options {
    uint32_t backlog; ///< 0: 4096
    bool reuse_port;  ///< one listener per worker
    bool v6_only;     ///< an IPv6 listener takes no IPv4 peers
    /// 0 leaves each of these as the system has it; what is accepted inherits all but the first
    /// two.
    int32_t defer_accept_s, fastopen, recv_buffer, send_buffer, keepalive_s;
} trt_listen_options;

/// trt_socket_listen opens a listening socket; port 0 picks one, *out_bound tells which.
/// Errors:  ADDRINUSE, ADDRNOTAVAIL, PERM, MFILE, OS; of an option: INVAL, UNSUPPORTED.
tmlrt_status trt_socket_listen(trt_handle* out, trt_addr* out_bound, const trt_addr* addr,
                               const trt_listen_options* options);
/// trt_socket_addr_free tells whether nobody listens on an address, without ever listening: a
/// client that comes meanwhile is refused, not accepted and reset. Errors:  ADDRINUSE - somebody
/// does, also with SO_REUSEPORT; else as trt_socket_listen.
tmlrt_status trt_socket_addr_free(const trt_addr* addr);
/// trt_socket_accept takes one connection (non-blocking, close-on-exec, TCP_NODELAY).
/// Errors:  AGAIN, MFILE, CONNABORTED, NOMEM, OS.
tmlrt_status trt_socket_accept(trt_handle* out, trt_addr* out_peer, trt_handle listener);
/// trt_socket_connect starts a connection; finished when writable and trt_socket_error is 0.
/// Errors:  MFILE, HOSTUNREACH, OS.
tmlrt_status trt_socket_connect(trt_handle* out, const trt_addr* addr);
/// trt_socket_connect_from is trt_socket_connect from the local address `from` (NULL: the system
/// chooses; port 0 picks one), `fastopen`: where the system can, the first bytes travel with the
/// SYN. Errors:  as trt_socket_connect; ADDRINUSE, ADDRNOTAVAIL, INVAL - families differ.
tmlrt_status trt_socket_connect_from(trt_handle* out, const trt_addr* addr, const trt_addr* from,
                                     bool fastopen);
/// trt_socket_set_option sets one of TMLRT_SOCK_*.   Errors: INVAL - no such option, or a value out
/// of its range. UNSUPPORTED - not on such a socket or system. PERM, OS.
tmlrt_status trt_socket_set_option(trt_handle handle, int32_t option, int64_t value);
/// trt_socket_get_option reads one of TMLRT_SOCK_*.   Errors: as trt_socket_set_option.
tmlrt_status trt_socket_get_option(trt_handle handle, int32_t option, int64_t* out);
/// trt_socket_local and trt_socket_peer tell a socket's two addresses; family 0 for a socket that
/// has none of that kind (Unix).   Errors: NOTCONN, OS.
tmlrt_status trt_socket_local(trt_handle handle, trt_addr* out);
tmlrt_status trt_socket_peer(trt_handle handle, trt_addr* out);
/// trt_socket_error takes the pending error of a socket.
tmlrt_status trt_socket_error(trt_handle handle);
/// trt_socket_recv reads once. *out_len 0 is the end of the stream.   Errors: AGAIN, CONNRESET, OS.
tmlrt_status trt_socket_recv(trt_handle handle, void* out, size_t cap, size_t* out_len);
/// trt_socket_peek is trt_socket_recv that leaves the bytes where they are.   Errors: as there.
tmlrt_status trt_socket_peek(trt_handle handle, void* out, size_t cap, size_t* out_len);
/// trt_socket_recvv is trt_socket_recv into up to 64 slices.   Errors: as there.
tmlrt_status trt_socket_recvv(trt_handle handle, const tmlrt_slice* slices, uint32_t num,
                              size_t* out_len);
/// trt_socket_sendv writes once from up to 64 slices, never raising SIGPIPE.   Errors: AGAIN, PIPE,
/// CONNRESET, OS.
tmlrt_status trt_socket_sendv(trt_handle handle, const tmlrt_slice* slices, uint32_t num,
                              size_t* out_len);
/// trt_socket_unsent returns how many bytes the peer has not acknowledged; 0 when the system cannot
/// tell.   Cost: one system call.
uint64_t trt_socket_unsent(trt_handle handle);
/// trt_socket_wake_at lets a stream socket become readable when `len` > 0 bytes are there, an end
/// or an error at once; 1 is what it begins with. What is there now counts: a lower number is an
/// edge when it is met already.   Returns false when it cannot be had.   Cost: one system call.
bool trt_socket_wake_at(trt_handle handle, uint32_t len);
/// trt_socket_shutdown_write sends FIN.
void trt_socket_shutdown_write(trt_handle handle);
/// trt_socket_dup makes another handle on the same socket, close-on-exec.   Errors: MFILE, OS.
tmlrt_status trt_socket_dup(trt_handle* out, trt_handle handle);
/// trt_socket_close closes; `abortive` sends RST.
void trt_socket_close(trt_handle handle, bool abortive);

/// trt_os_hold_stdio opens the null device for each standard handle that is closed, so that no
/// socket gets its number. Without such a device nothing happens.   Cost: three system calls.
void trt_os_hold_stdio(void);
/// trt_handle_limit returns how many handles the process may have open at once.   Thread: any.
uint64_t trt_handle_limit(void);
/// trt_handle_spare opens a handle that is good for nothing but to be given up by trt_socket_shed.
/// Errors:  MFILE, OS.
tmlrt_status trt_handle_spare(trt_handle* out);
/// trt_handle_spare_close closes a spare and sets it to TRT_HANDLE_NONE, which is left alone.
void trt_handle_spare_close(trt_handle* spare);
/// trt_socket_shed gives up *spare, accepts one connection in its place, resets it, and takes a
/// spare again, so that without free handles a peer is refused instead of waiting in the backlog.
/// Shape:   *spare is TRT_HANDLE_NONE before when there is none, and after when none was to be had.
/// Errors:  AGAIN - nobody waits. MFILE - no handle even so. As trt_socket_accept.   Thread: owner.
tmlrt_status trt_socket_shed(trt_handle listener, trt_handle* spare);

#endif
