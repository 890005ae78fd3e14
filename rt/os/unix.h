// SPDX-License-Identifier: Apache-2.0
// Unix sockets, stream and datagram, by path or abstract name. Bytes move with the functions of
// rt/os/socket.h; here is what has to do with their names.
#ifndef TRT_OS_UNIX_H
#define TRT_OS_UNIX_H

#include "rt/os/socket.h"

enum { TRT_UNIX_NAME_CAP = 108 };

/// trt_unix_addr is the name of a Unix socket: a path, an abstract name (first byte 0), or with
/// len 0 none. `name` is followed by a NUL that `len` does not count.
typedef struct trt_unix_addr {
    uint8_t len;
    char name[TRT_UNIX_NAME_CAP + 1];
} trt_unix_addr;

/// trt_unix_file is the file that a bound socket made, so that the right one is removed. All-zero:
/// none.
typedef struct trt_unix_file {
    uint64_t device, inode;
    bool is_bound;
} trt_unix_file;

/// trt_unix_addr_parse reads "/run/x.sock", "x.sock", or "@name" for an abstract name.
/// Errors:  INVAL - empty. NAMELEN - more than 107 bytes (a path), 106 behind the @.
tmlrt_status trt_unix_addr_parse(trt_unix_addr* out, const char* text);
/// trt_unix_addr_format writes what parse reads, "" for a socket without a name; bytes below 32
/// become '?'. `out` of 110 bytes always suffices. Returns the length.
size_t trt_unix_addr_format(const trt_unix_addr* addr, char* out, size_t cap);

/// trt_unix_listen opens a listening stream socket. A socket file that is in the way and that
/// nobody answers on is removed; anything else in the way is ADDRINUSE.
/// Errors:  ADDRINUSE, NOTFOUND, NOTDIR, PERM, READONLY, UNSUPPORTED, MFILE, NOMEM, OS - nothing
///          opened.
tmlrt_status trt_unix_listen(trt_handle* out, trt_unix_file* out_file, const trt_unix_addr* addr,
                             uint32_t backlog);
/// trt_unix_listen_mode is trt_unix_listen whose file has these permissions before anybody can
/// connect; 0: as the process's mask has it. An abstract name has none.   Errors: as
/// trt_unix_listen.
tmlrt_status trt_unix_listen_mode(trt_handle* out, trt_unix_file* out_file,
                                  const trt_unix_addr* addr, uint32_t backlog, uint32_t mode);
/// trt_unix_bind opens a datagram socket; a NULL `addr` leaves it without a name.
/// Errors:  as trt_unix_listen.
tmlrt_status trt_unix_bind(trt_handle* out, trt_unix_file* out_file, const trt_unix_addr* addr);
/// trt_unix_unlink removes the file of `addr` if it is still the one `file` names. Call it before
/// the socket is closed.
void trt_unix_unlink(const trt_unix_addr* addr, const trt_unix_file* file);
/// trt_unix_connect opens a stream socket and connects it at once.
/// Errors:  AGAIN - the listener's queue is full; nothing will tell when it is not. CONNREFUSED -
///          nobody listens. NOTFOUND, NOTDIR, PERM, UNSUPPORTED - the path is a datagram socket's.
///          MFILE, NOMEM, OS.
tmlrt_status trt_unix_connect(trt_handle* out, const trt_unix_addr* addr);
/// trt_unix_pair opens two connected sockets without names, streams or datagrams.
/// Errors:  MFILE, NOMEM, OS.
tmlrt_status trt_unix_pair(trt_handle* out_two, bool datagrams);
/// trt_unix_set_peer connects a datagram socket.   Errors: as trt_unix_connect, not AGAIN.
tmlrt_status trt_unix_set_peer(trt_handle handle, const trt_unix_addr* peer);
/// trt_unix_send sends one datagram to `to`, NULL: the connected peer.
/// Errors:  AGAIN - the receiver's queue is full. CONNREFUSED - nobody has that name any more.
///          NOTFOUND, MSGSIZE, NOTCONN, PERM, NOMEM, OS.
tmlrt_status trt_unix_send(trt_handle handle, const void* data, size_t len, const trt_unix_addr* to,
                           size_t* out_len);
/// trt_unix_recv takes one datagram; *out_truncated: it was longer than `cap`, the rest is lost.
/// Errors:  AGAIN, OS.
tmlrt_status trt_unix_recv(trt_handle handle, void* out, size_t cap, trt_unix_addr* out_from,
                           size_t* out_len, bool* out_truncated);
/// trt_unix_peer tells who made the connection's other end.   Errors: NOTCONN, UNSUPPORTED, OS.
tmlrt_status trt_unix_peer(trt_handle handle, tmlrt_unix_peer* out);

/// trt_unix_give writes once, `len` > 0 bytes with `num` (1 to 16) handles, which the receiver gets
/// with the first of these bytes as handles of its own. Errors:  AGAIN, PIPE, CONNRESET; INVAL - a
/// handle is not open. UNSUPPORTED - no Unix socket. MFILE - too many are on their way. OS.
/// Owns:    the handles stay the caller's, and may be closed at once.
tmlrt_status trt_unix_give(trt_handle handle, const void* data, size_t len, const int32_t* handles,
                           uint32_t num, size_t* out_len);
/// trt_unix_take reads once, with the handles that came along, close-on-exec; *out_len 0 is the
/// end.
/// Shape:   out_handles: 16; what came beyond them is closed, *out_lost: 1 when any was.
/// Errors:  AGAIN, CONNRESET, OS.   Owns: the handles are the caller's.
tmlrt_status trt_unix_take(trt_handle handle, void* out, size_t cap, int32_t* out_handles,
                           int32_t* out_num, int32_t* out_lost, size_t* out_len);

#endif
