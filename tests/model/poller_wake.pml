// SPDX-License-Identifier: Apache-2.0
// The wake protocol of rt/os/linux/poller.c: wakers that post something and wake, an owner that
// waits without a timeout until it has seen everything. A lost wake leaves the owner waiting for
// ever: an invalid end state.
//
// `edge` is the eventfd in epoll's ready list: a write sets it, the wait that returns it clears it.
// Waits may also return for I/O. One statement is one atomic step, as in the code: exchanges are
// sequentially consistent here, the orders that the code names are weaker but all accesses of
// wake_state are read-modify-writes of one location.
//
// Variants that must fail: -DBLIND_WAIT, -DSPLIT_CAS, -DLATE_RESET, -DSKIP_WRITE.

#define WAKERS 2
#define POSTS  2
#define TOTAL  (WAKERS * POSTS)

mtype = { AWAKE, NOTIFIED, WAITING };

mtype wake_state = AWAKE;
bool edge;
byte posted, seen;
byte io = 2;

proctype waker() {
    byte i;
    mtype old;
    for (i : 1 .. POSTS) {
        atomic { posted++ }
        atomic { old = wake_state; wake_state = NOTIFIED }
        if
        :: old == WAITING ->
#ifndef SKIP_WRITE
            edge = true
#else
            skip
#endif
        :: else
        fi
    }
}

proctype owner() {
    bool may_block;
    do
    :: seen == TOTAL -> break
    :: else ->
        // begin_wait
#ifdef BLIND_WAIT
        atomic { wake_state = WAITING; may_block = true }
#elif defined(SPLIT_CAS)
        may_block = (wake_state == AWAKE);
        if
        :: may_block -> wake_state = WAITING
        :: else
        fi;
#else
        atomic {
            may_block = (wake_state == AWAKE);
            if
            :: may_block -> wake_state = WAITING
            :: else
            fi
        }
#endif
        // epoll_wait
        if
        :: atomic { edge -> edge = false }
        :: atomic { !may_block && !edge -> skip }
        :: atomic { io > 0 -> io-- }
        fi;
#ifdef LATE_RESET
        seen = posted;
        wake_state = AWAKE
#else
        wake_state = AWAKE;
        seen = posted
#endif
    od
}

init {
    byte i;
    atomic {
        run owner();
        for (i : 1 .. WAKERS) { run waker() }
    }
}
