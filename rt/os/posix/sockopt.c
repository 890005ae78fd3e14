// SPDX-License-Identifier: Apache-2.0
// Socket options by number: one row each says where the system keeps it for IPv4 and for IPv6 and
// which values it takes. A row that this system has no constant for, or a socket of another kind,
// is UNSUPPORTED; a value out of range is INVAL before the system is asked. Called by rt/net and by
// socket.c. Any thread.
#include "rt/os/socket.h"

#include "rt/base/assert.h"
#include "rt/os/posix/status.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>

enum { NONE = -1 };

// level and name for IPv4 (and what has no family), then for IPv6.
typedef struct option_row {
    int level, name, level6, name6;
    int64_t min, max;
} option_row;

#ifdef TCP_USER_TIMEOUT
#define USER_TIMEOUT TCP_USER_TIMEOUT
#else
#define USER_TIMEOUT NONE
#endif
#ifdef TCP_DEFER_ACCEPT
#define DEFER_ACCEPT TCP_DEFER_ACCEPT
#else
#define DEFER_ACCEPT NONE
#endif
#ifdef TCP_FASTOPEN
#define FASTOPEN TCP_FASTOPEN
#else
#define FASTOPEN NONE
#endif
#ifdef TCP_FASTOPEN_CONNECT
#define FASTOPEN_CONNECT TCP_FASTOPEN_CONNECT
#else
#define FASTOPEN_CONNECT NONE
#endif
#ifdef TCP_QUICKACK
#define QUICKACK TCP_QUICKACK
#else
#define QUICKACK NONE
#endif
#ifdef TCP_NOTSENT_LOWAT
#define NOTSENT_LOWAT TCP_NOTSENT_LOWAT
#else
#define NOTSENT_LOWAT NONE
#endif

#ifdef UDP_GRO
#define UDP_JOIN UDP_GRO
#else
#define UDP_JOIN NONE
#endif

#define BOTH(level, name) level, name, level, name
#define TCP(name)         BOTH(IPPROTO_TCP, name)

static const option_row s_rows[] = {
    [TMLRT_SOCK_NODELAY] = {TCP(TCP_NODELAY), 0, 1},
    [TMLRT_SOCK_KEEPALIVE] = {BOTH(SOL_SOCKET, SO_KEEPALIVE), 0, 1},
    [TMLRT_SOCK_KEEPALIVE_IDLE] = {TCP(TCP_KEEPIDLE), 1, 32767},
    [TMLRT_SOCK_KEEPALIVE_INTERVAL] = {TCP(TCP_KEEPINTVL), 1, 32767},
    [TMLRT_SOCK_KEEPALIVE_COUNT] = {TCP(TCP_KEEPCNT), 1, 127},
    [TMLRT_SOCK_LINGER] = {BOTH(SOL_SOCKET, SO_LINGER), -1, 32767},
    [TMLRT_SOCK_RECV_BUFFER] = {BOTH(SOL_SOCKET, SO_RCVBUF), 1, INT32_MAX / 2},
    [TMLRT_SOCK_SEND_BUFFER] = {BOTH(SOL_SOCKET, SO_SNDBUF), 1, INT32_MAX / 2},
    [TMLRT_SOCK_TTL] = {IPPROTO_IP, IP_TTL, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 1, 255},
    [TMLRT_SOCK_TOS] = {IPPROTO_IP, IP_TOS, IPPROTO_IPV6, IPV6_TCLASS, 0, 255},
    [TMLRT_SOCK_USER_TIMEOUT] = {TCP(USER_TIMEOUT), 0, INT32_MAX},
    [TMLRT_SOCK_REUSE_PORT] = {BOTH(SOL_SOCKET, SO_REUSEPORT), 0, 1},
    [TMLRT_SOCK_V6ONLY] = {NONE, NONE, IPPROTO_IPV6, IPV6_V6ONLY, 0, 1},
    [TMLRT_SOCK_DEFER_ACCEPT] = {TCP(DEFER_ACCEPT), 0, 32767},
    [TMLRT_SOCK_FASTOPEN] = {TCP(FASTOPEN), 0, 65535},
    [TMLRT_SOCK_FASTOPEN_CONNECT] = {TCP(FASTOPEN_CONNECT), 0, 1},
    [TMLRT_SOCK_BROADCAST] = {BOTH(SOL_SOCKET, SO_BROADCAST), 0, 1},
    [TMLRT_SOCK_MULTICAST_TTL] = {IPPROTO_IP, IP_MULTICAST_TTL, IPPROTO_IPV6, IPV6_MULTICAST_HOPS,
                                  0, 255},
    [TMLRT_SOCK_MULTICAST_LOOP] = {IPPROTO_IP, IP_MULTICAST_LOOP, IPPROTO_IPV6, IPV6_MULTICAST_LOOP,
                                   0, 1},
    [TMLRT_SOCK_MULTICAST_INTERFACE] = {IPPROTO_IP, IP_MULTICAST_IF, IPPROTO_IPV6,
                                        IPV6_MULTICAST_IF, 0, INT32_MAX},
    [TMLRT_SOCK_QUICKACK] = {TCP(QUICKACK), 0, 1},
    [TMLRT_SOCK_NOTSENT_LOWAT] = {TCP(NOTSENT_LOWAT), 0, INT32_MAX},
    [TMLRT_SOCK_UDP_JOIN] = {BOTH(IPPROTO_UDP, UDP_JOIN), 0, 1},
};

// AF_INET, AF_INET6 or another family of the socket; -1: not a socket.
static int domain_of(int fd) {
#ifdef SO_DOMAIN
    int domain = -1;
    socklen_t len = sizeof(domain);
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 ? domain : -1;
#else
    struct sockaddr_storage name = {0};
    socklen_t len = sizeof(name);
    return getsockname(fd, (struct sockaddr*)&name, &len) == 0 ? name.ss_family : -1;
#endif
}

// Where the option of this socket is.   Errors: INVAL, UNSUPPORTED, OS.
static tmlrt_status find(int fd, int32_t option, int* out_level, int* out_name) {
    if (option < TMLRT_SOCK_NODELAY || option >= (int32_t)TRT_ARRAY_LEN(s_rows)) {
        return TMLRT_E_INVAL;
    }
    int domain = domain_of(fd);
    if (domain < 0) {
        return TMLRT_E_OS;
    }
    const option_row* row = &s_rows[option];
    *out_level = domain == AF_INET6 ? row->level6 : row->level;
    *out_name = domain == AF_INET6 ? row->name6 : row->name;
    // A Unix socket has nothing below the socket level: the system would take another protocol's.
    bool foreign = domain != AF_INET6 && domain != AF_INET && *out_level != SOL_SOCKET;
    return *out_name == NONE || foreign ? TMLRT_E_UNSUPPORTED : TMLRT_OK;
}

static tmlrt_status option_status(int error) {
    return error == ENOPROTOOPT || error == EOPNOTSUPP ? TMLRT_E_UNSUPPORTED
                                                       : trt_status_of_errno(error);
}

tmlrt_status trt_socket_set_option(trt_handle handle, int32_t option, int64_t value) {
    int level, name;
    TRT_TRY(find((int)handle, option, &level, &name));
    if (value < s_rows[option].min || value > s_rows[option].max) {
        return TMLRT_E_INVAL;
    }
    int number = (int)value, result;
    if (option == TMLRT_SOCK_LINGER) {
        struct linger linger = {.l_onoff = value >= 0, .l_linger = value < 0 ? 0 : number};
        result = setsockopt((int)handle, level, name, &linger, sizeof(linger));
    } else if (option == TMLRT_SOCK_MULTICAST_INTERFACE && level == IPPROTO_IP) {
        struct ip_mreqn request = {.imr_ifindex = number};
        result = setsockopt((int)handle, level, name, &request, sizeof(request));
    } else {
        result = setsockopt((int)handle, level, name, &number, sizeof(number));
    }
    return result != 0 ? option_status(errno) : TMLRT_OK;
}

tmlrt_status trt_socket_get_option(trt_handle handle, int32_t option, int64_t* out) {
    int level, name;
    TRT_TRY(find((int)handle, option, &level, &name));
    if (option == TMLRT_SOCK_MULTICAST_INTERFACE && level == IPPROTO_IP) {
        return TMLRT_E_UNSUPPORTED; // the system tells an address, not the index that was set
    }
    if (option == TMLRT_SOCK_LINGER) {
        struct linger linger = {0};
        socklen_t len = sizeof(linger);
        if (getsockopt((int)handle, level, name, &linger, &len) != 0) {
            return option_status(errno);
        }
        *out = linger.l_onoff ? linger.l_linger : -1;
        return TMLRT_OK;
    }
    int number = 0;
    socklen_t len = sizeof(number);
    if (getsockopt((int)handle, level, name, &number, &len) != 0) {
        return option_status(errno);
    }
    *out = number;
    return TMLRT_OK;
}
