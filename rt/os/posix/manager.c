// SPDX-License-Identifier: Apache-2.0
// One datagram of NAME=VALUE lines to a Unix socket, without the manager's library. Called at
// start, and by whoever has something to tell; a datagram that does not fit is lost, so nobody
// waits for a manager.
#include "rt/os/manager.h"

#include "rt/os/posix/manager_env.h"

#include "rt/base/assert.h"
#include "rt/os/unix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USEC_MAX (UINT64_C(86400) * 1000000) ///< a day: nobody means more

tmlrt_status trt_manager_open(trt_manager* out, const trt_manager_env* env) {
    trt_unix_addr addr;
    trt_unix_file file;
    trt_handle handle;
    uint64_t usec = 0;
    *out = (trt_manager){.handle = TRT_HANDLE_NONE};
    if (!trt_env_is_set(env->notify_socket)) {
        return TMLRT_OK;
    }
    if (env->notify_socket[0] != '/' && env->notify_socket[0] != '@') {
        return TMLRT_E_INVAL;
    }
    TRT_TRY(trt_unix_addr_parse(&addr, env->notify_socket));
    TRT_TRY(trt_unix_bind(&handle, &file, NULL));
    tmlrt_status status = trt_unix_set_peer(handle, &addr);
    if (status != TMLRT_OK) {
        trt_socket_close(handle, false);
        return status;
    }
    out->handle = handle;
    if (trt_env_is_for_us(env->watchdog_pid) && trt_env_number(env->watchdog_usec, &usec)) {
        out->watchdog_ns = (usec < USEC_MAX ? usec : USEC_MAX) * 1000;
    }
    return TMLRT_OK;
}

void trt_manager_tell(const trt_manager* manager, const char* text) {
    size_t sent;
    if (manager->handle != TRT_HANDLE_NONE) {
        (void)!trt_unix_send(manager->handle, text, strlen(text), NULL, &sent);
    }
}

void trt_manager_close(trt_manager* manager) {
    if (manager->handle != TRT_HANDLE_NONE) {
        trt_socket_close(manager->handle, false);
    }
    *manager = (trt_manager){.handle = TRT_HANDLE_NONE};
}
