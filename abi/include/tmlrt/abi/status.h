// SPDX-License-Identifier: Apache-2.0
// The one error table: 0 is success, every failure is negative and never renumbered.
// Blocks of 100 per layer: -1 base, -100 os, -200 exec and sync, -300 net and io, -400 tls and
// quic, -500 http, -600 framework and metadata.
#ifndef TMLRT_ABI_STATUS_H
#define TMLRT_ABI_STATUS_H

#include <tmlrt/abi/base.h>

typedef int32_t tmlrt_status;

#define TMLRT_OK 0

/// TMLRT_STATUS_MAP expands X(NAME, value, text) for every status; the enumerator is TMLRT_E_NAME.
#define TMLRT_STATUS_MAP(X)                                                                        \
    X(NOMEM, -1, "out of memory")                                                                  \
    X(INVAL, -2, "invalid argument")                                                               \
    X(OVERFLOW, -3, "a size or a count is too large")                                              \
    X(NOTFOUND, -4, "not found")                                                                   \
    X(EXISTS, -5, "already exists")                                                                \
    X(FULL, -6, "the container or the queue is full")                                              \
    X(UNSUPPORTED, -7, "not supported here")                                                       \
    X(PERM, -8, "permission denied")                                                               \
    X(OS, -100, "the operating system refused the call")                                           \
    X(AGAIN, -101, "the operation would block")                                                    \
    X(MFILE, -102, "too many open files; raise `ulimit -n` or close connections")                  \
    X(ADDRINUSE, -103, "the address is in use; stop the other process or choose another port")     \
    X(ADDRNOTAVAIL, -104, "the address does not belong to this machine")                           \
    X(CONNREFUSED, -105, "connection refused")                                                     \
    X(CONNRESET, -106, "connection reset by the peer")                                             \
    X(CONNABORTED, -107, "connection aborted")                                                     \
    X(NOTCONN, -108, "not connected")                                                              \
    X(PIPE, -109, "the peer closed its reading side")                                              \
    X(HOSTUNREACH, -110, "host or network unreachable")                                            \
    X(NOTDIR, -111, "a part of the path is not a directory")                                       \
    X(ISDIR, -112, "is a directory")                                                               \
    X(NOTEMPTY, -113, "the directory is not empty")                                                \
    X(NOSPACE, -114, "no space left on the device, or over a quota")                               \
    X(LOOP, -115, "too many symbolic links, or one where none is allowed")                         \
    X(XDEV, -116, "not possible across file systems")                                              \
    X(READONLY, -117, "the file system is read-only")                                              \
    X(NAMELEN, -118, "the name or the path is too long")                                           \
    X(NOTREG, -119, "not a regular file")                                                          \
    X(MSGSIZE, -120, "the datagram is larger than the network or the socket takes")                \
    X(SHUTDOWN, -200, "the runtime is shutting down")                                              \
    X(CANCELLED, -201, "the task was cancelled")                                                   \
    X(PANIC, -202, "the task panicked")                                                            \
    X(TIMEDOUT, -203, "the deadline passed")                                                       \
    X(NESTED, -204, "block_on inside a worker; use await")                                         \
    X(CLOSED, -205, "closed")                                                                      \
    X(COPIES, -206, "another copy of the runtime runs in this process")                            \
    X(LAGGED, -210, "the receiver fell behind, and values were overwritten")                       \
    X(EOF, -300, "the stream ended inside a message")                                              \
    X(NOHOST, -301, "no address of that host name; check how it is spelled")                       \
    X(RESOLVE, -302, "the name service gave no answer; check the DNS servers and try again")       \
    X(TLS_HANDSHAKE, -400, "the TLS handshake failed")                                             \
    X(TLS_CERT, -401, "the peer's certificate is missing or was not accepted")                     \
    X(TLS_ALPN, -402, "no application protocol that both sides speak")                             \
    X(TLS_PLAIN, -403, "plain text where TLS was expected; use https")                             \
    X(TLS_TRUNCATED, -404, "the connection ended without the end of TLS; data may be missing")     \
    X(TLS_ALERT, -405, "the peer refused with a TLS alert")                                        \
    X(TLS_CONFIG, -406, "the TLS configuration is not usable")                                     \
    X(TLS_RECORD, -407, "a TLS record is malformed or was changed on its way")                     \
    X(HTTP_PARSE, -500, "malformed HTTP message")                                                  \
    X(HTTP_LIMIT, -501, "an HTTP limit was exceeded")                                              \
    X(HTTP_HEADER, -502, "a header name or value has a forbidden byte")                            \
    X(HTTP_STATUS, -503, "an answer's HTTP status must be from 200 to 599")                        \
    X(META_VERSION, -600, "metadata of another version")                                           \
    X(META_MALFORMED, -601, "malformed metadata record")                                           \
    X(META_DUPLICATE, -602, "two records with the same name")                                      \
    X(META_MISSING, -603, "a record names something that is not there")                            \
    X(BIND, -604, "a parameter of the request does not fit its declared type")                     \
    X(JSON, -605, "malformed JSON")                                                                \
    X(DI_CYCLE, -610, "dependencies or imports that go round")                                     \
    X(DI_SCOPE, -611, "a dependency that does not exist in that scope")                            \
    X(DI_MODULE, -612, "a name that the module does not see")                                      \
    X(DI_TYPE, -613, "a dependency of another type")

enum {
#define TMLRT_STATUS_ENUM(name, value, text) TMLRT_E_##name = (value),
    TMLRT_STATUS_MAP(TMLRT_STATUS_ENUM)
#undef TMLRT_STATUS_ENUM
};

#endif
