// SPDX-License-Identifier: Apache-2.0
// The three standard handles. A process that was started without one of them would get its number
// for the next socket, and what is printed or logged would go to a peer. Called when a runtime is
// made, before it opens anything.
#include "rt/os/socket.h"

#include <errno.h>
#include <fcntl.h>

void trt_os_hold_stdio(void) {
    for (int fd = 0; fd <= 2; fd++) {
        // The lowest free number is this one: those below it are open.
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) < 0) {
            return;
        }
    }
}
