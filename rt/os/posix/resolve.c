// SPDX-License-Identifier: Apache-2.0
// getaddrinfo with its errors translated. Called on threads of the blocking pool.
#include "rt/os/resolve.h"

#include "rt/base/assert.h"
#include "rt/os/posix/sockaddr.h"
#include "rt/os/posix/status.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

static tmlrt_status resolve_status(int error) {
    switch (error) {
    case EAI_NONAME:
#if defined(EAI_NODATA) && EAI_NODATA != EAI_NONAME
    case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
    case EAI_ADDRFAMILY:
#endif
    case EAI_FAMILY:
        return TMLRT_E_NOHOST;
    case EAI_AGAIN:
    case EAI_FAIL:
        return TMLRT_E_RESOLVE;
    case EAI_MEMORY:
        return TMLRT_E_NOMEM;
    case EAI_SYSTEM: {
        tmlrt_status status = trt_status_of_errno(errno);
        return status == TMLRT_OK || status == TMLRT_E_AGAIN ? TMLRT_E_RESOLVE : status;
    }
    default:
        return TMLRT_E_OS;
    }
}

static bool is_known(const trt_addr* list, uint32_t num, const trt_addr* addr) {
    for (uint32_t i = 0; i < num; i++) {
        if (list[i].family == addr->family && list[i].scope_id == addr->scope_id &&
            memcmp(list[i].ip, addr->ip, sizeof(addr->ip)) == 0) {
            return true;
        }
    }
    return false;
}

tmlrt_status trt_os_resolve(const char* host, uint16_t port, uint32_t family, trt_addr* out,
                            uint32_t cap, uint32_t* out_num) {
    struct addrinfo* found = NULL;
    const struct addrinfo hints = {
        .ai_family = family == 4   ? AF_INET
                     : family == 6 ? AF_INET6
                                   : AF_UNSPEC,
        .ai_socktype = SOCK_STREAM, // one entry per address
    };
    int error = getaddrinfo(host, NULL, &hints, &found);
    if (error != 0) {
        return resolve_status(error);
    }
    uint32_t num = 0;
    for (const struct addrinfo* it = found; it != NULL && num < cap; it = it->ai_next) {
        struct sockaddr_storage name = {0};
        trt_addr addr;
        if (it->ai_addrlen > sizeof(name)) {
            continue;
        }
        memcpy(&name, it->ai_addr, it->ai_addrlen);
        trt_addr_of_sockaddr(&addr, &name);
        addr.port = port;
        if (addr.family != 0 && !is_known(out, num, &addr)) {
            out[num++] = addr;
        }
    }
    freeaddrinfo(found);
    *out_num = num;
    return num == 0 ? TMLRT_E_NOHOST : TMLRT_OK;
}
