// SPDX-License-Identifier: Apache-2.0
// Translates errno values. Called on the line of the failing system call, before anything else can
// overwrite errno; above rt/os nobody sees one. Pure, any thread.
//
// A call whose errors mean something special (accept, connect) looks at its own values first and
// comes here with the rest.
#include "rt/os/posix/status.h"

#include <errno.h>

tmlrt_status trt_status_of_errno(int error) {
    switch (error) {
    case 0:
        return TMLRT_OK;
    case EAGAIN:
#if EWOULDBLOCK != EAGAIN
    case EWOULDBLOCK:
#endif
        return TMLRT_E_AGAIN;
    case ENOMEM:
    case ENOBUFS:
    case ENOSPC: // epoll's max_user_watches, a budget of kernel memory
        return TMLRT_E_NOMEM;
    case EMFILE:
    case ENFILE:
        return TMLRT_E_MFILE;
    case EINVAL:
        return TMLRT_E_INVAL;
    case EEXIST:
        return TMLRT_E_EXISTS;
    case ENOENT:
        return TMLRT_E_NOTFOUND;
    case EPERM:
    case EACCES:
        return TMLRT_E_PERM;
    case EADDRINUSE:
        return TMLRT_E_ADDRINUSE;
    case EADDRNOTAVAIL:
        return TMLRT_E_ADDRNOTAVAIL;
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
    case EOPNOTSUPP:
        return TMLRT_E_UNSUPPORTED;
    case ECONNREFUSED:
        return TMLRT_E_CONNREFUSED;
    case ECONNRESET:
        return TMLRT_E_CONNRESET;
    case ECONNABORTED:
        return TMLRT_E_CONNABORTED;
    case ENOTCONN:
        return TMLRT_E_NOTCONN;
    case EPIPE:
        return TMLRT_E_PIPE;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
        return TMLRT_E_HOSTUNREACH;
    case ETIMEDOUT:
        return TMLRT_E_TIMEDOUT;
    case ENOTDIR:
        return TMLRT_E_NOTDIR;
    case EISDIR:
        return TMLRT_E_ISDIR;
    case ENOTEMPTY:
        return TMLRT_E_NOTEMPTY;
    case ELOOP:
        return TMLRT_E_LOOP;
    case EXDEV:
        return TMLRT_E_XDEV;
    case EROFS:
        return TMLRT_E_READONLY;
    case ENAMETOOLONG:
        return TMLRT_E_NAMELEN;
    case EMSGSIZE:
        return TMLRT_E_MSGSIZE;
    case EOVERFLOW:
    case EFBIG:
        return TMLRT_E_OVERFLOW;
    default:
        return TMLRT_E_OS;
    }
}
