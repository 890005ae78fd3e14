// SPDX-License-Identifier: Apache-2.0
// Addresses: text to trt_addr to struct sockaddr and back. Literals only, no name resolution.
// Called by net and by the server's configuration; pure but for interface names in a scope
// ("fe80::1%eth0"), which the system is asked for. Any thread.
#include "rt/os/posix/sockaddr.h"

#include "rt/base/assert.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { HOST_CAP = 64 };

// Reads a whole decimal number up to `max`.
static bool parse_number(const char* text, uint64_t max, uint64_t* out) {
    uint64_t value = 0;
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(*text - '0');
        if (value > max) {
            return false;
        }
    }
    *out = value;
    return true;
}

// Splits "host", "host:port", "[host]", "[host]:port"; *out_port is NULL without a port.
static bool split(const char* text, char* host, const char** out_port) {
    const char *begin = text, *end, *port = NULL;
    if (*text == '[') {
        begin = text + 1;
        end = strchr(begin, ']');
        if (end == NULL || (end[1] != '\0' && end[1] != ':')) {
            return false;
        }
        port = end[1] == ':' ? end + 2 : NULL;
    } else {
        const char* colon = strchr(text, ':');
        bool many = colon != NULL && strchr(colon + 1, ':') != NULL; // a bare IPv6 literal
        end = colon != NULL && !many ? colon : text + strlen(text);
        port = colon != NULL && !many ? colon + 1 : NULL;
    }
    size_t len = (size_t)(end - begin);
    if (len == 0 || len >= HOST_CAP) {
        return false;
    }
    memcpy(host, begin, len);
    host[len] = '\0';
    *out_port = port;
    return true;
}

static bool parse_scope(const char* text, uint32_t* out) {
    uint64_t number;
    if (parse_number(text, UINT32_MAX, &number)) {
        *out = (uint32_t)number;
        return true;
    }
    *out = if_nametoindex(text);
    return *out != 0;
}

tmlrt_status trt_addr_parse(trt_addr* out, const char* text, uint16_t default_port) {
    trt_addr addr = {.port = default_port};
    char host[HOST_CAP];
    const char* port_text;
    if (!split(text, host, &port_text)) {
        return TMLRT_E_INVAL;
    }
    if (port_text != NULL) {
        uint64_t port;
        if (!parse_number(port_text, UINT16_MAX, &port)) {
            return TMLRT_E_INVAL;
        }
        addr.port = (uint16_t)port;
    }
    if (*text != '[' && inet_pton(AF_INET, host, addr.ip) == 1) {
        addr.family = 4;
        *out = addr;
        return TMLRT_OK;
    }
    char* scope = strchr(host, '%');
    if (scope != NULL) {
        *scope++ = '\0';
        if (!parse_scope(scope, &addr.scope_id)) {
            return TMLRT_E_INVAL;
        }
    }
    if (inet_pton(AF_INET6, host, addr.ip) != 1) {
        return TMLRT_E_INVAL;
    }
    addr.family = 6;
    *out = addr;
    return TMLRT_OK;
}

size_t trt_addr_format(const trt_addr* addr, char* out, size_t cap) {
    char ip[INET6_ADDRSTRLEN] = "?", scope[16] = "";
    int len;
    if (addr->family == 6) {
        inet_ntop(AF_INET6, addr->ip, ip, sizeof(ip));
        if (addr->scope_id != 0) {
            snprintf(scope, sizeof(scope), "%%%u", addr->scope_id);
        }
        len = snprintf(out, cap, "[%s%s]:%u", ip, scope, addr->port);
    } else {
        inet_ntop(AF_INET, addr->ip, ip, sizeof(ip));
        len = snprintf(out, cap, "%s:%u", ip, addr->port);
    }
    return len < 0 ? 0 : (size_t)len < cap ? (size_t)len : cap - (cap > 0);
}

tmlrt_status trt_sockaddr_of(struct sockaddr_storage* out, socklen_t* out_len,
                             const trt_addr* addr) {
    memset(out, 0, sizeof(*out));
    if (addr->family == 4) {
        struct sockaddr_in* in = (struct sockaddr_in*)out;
        in->sin_family = AF_INET;
        in->sin_port = htons(addr->port);
        memcpy(&in->sin_addr, addr->ip, 4);
        *out_len = sizeof(*in);
        return TMLRT_OK;
    }
    if (addr->family == 6) {
        struct sockaddr_in6* in6 = (struct sockaddr_in6*)out;
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(addr->port);
        in6->sin6_scope_id = addr->scope_id;
        memcpy(&in6->sin6_addr, addr->ip, 16);
        *out_len = sizeof(*in6);
        return TMLRT_OK;
    }
    return TMLRT_E_INVAL;
}

void trt_addr_of_sockaddr(trt_addr* out, const struct sockaddr_storage* sockaddr) {
    memset(out, 0, sizeof(*out));
    if (sockaddr->ss_family == AF_INET) {
        const struct sockaddr_in* in = (const struct sockaddr_in*)sockaddr;
        out->family = 4;
        out->port = ntohs(in->sin_port);
        memcpy(out->ip, &in->sin_addr, 4);
    } else if (sockaddr->ss_family == AF_INET6) {
        const struct sockaddr_in6* in6 = (const struct sockaddr_in6*)sockaddr;
        bool mapped = IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr);
        out->family = mapped ? 4 : 6;
        out->port = ntohs(in6->sin6_port);
        out->scope_id = mapped ? 0 : in6->sin6_scope_id;
        memcpy(out->ip, in6->sin6_addr.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
    }
}
