// SPDX-License-Identifier: Apache-2.0
// What a server is told about its access log.
#ifndef TRT_HTTP_SERVER_ACCESS_OPTIONS_H
#define TRT_HTTP_SERVER_ACCESS_OPTIONS_H

#include <stdint.h>

enum trt_access_format {
    TRT_ACCESS_JSON,     ///< an object per line
    TRT_ACCESS_COMBINED, ///< the format that log tools know by this name
};

/// What a query's parameters are called whose values are not logged, unless somebody says
/// otherwise.
#define TRT_ACCESS_REDACTED                                                                        \
    "token,access_token,refresh_token,id_token,password,passwd,pwd,secret,client_secret,api_key,"  \
    "apikey,key,auth,authorization,code,session,sessionid,sid,sig,signature,jwt"

/// trt_access_options says where lines go; all-zero: nowhere.
typedef struct trt_access_options {
    const char* path; ///< a file that is appended to, "-": standard output; NULL: no log
    enum trt_access_format format;
    const char* redacted; ///< as trt_access_line; NULL: TRT_ACCESS_REDACTED
    uint32_t ring_bytes;  ///< of each worker's ring, a power of two; 0: 2 MiB
} trt_access_options;

#endif
