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
//
// -DHELP: another worker looks into epoll as well, without waiting, and may take the edge of a wake:
// it writes anew. Must fail with -DKEEP_EDGE.
//
// -DFUTEX: no handle is watched at first, so the owner sleeps on the futex, which is wake_state.
// Another thread adds the one handle at any time, and it is ready at once: the owner waits for its
// event as well. `woken` is the kernel's: a wake of a futex at which nobody sleeps is nothing. Must
// fail with: -DSKIP_FUTEX, -DBLIND_SLEEP (asleep whatever the word is), -DNO_LOOK (no second look
// for a handle), -DQUIET_ADD (the first handle wakes nobody).

#define WAKERS 2
#ifdef FUTEX
#define POSTS 1
#else
#define POSTS 2
#endif
#define TOTAL (WAKERS * POSTS)

mtype = { AWAKE, NOTIFIED, WAITING, SLEEPING };

mtype wake_state = AWAKE;
bool edge, ready;
#ifdef FUTEX
bool watched, got_event;
#else
bool watched = true, got_event = true;
#endif
bool sleeping, woken;
byte posted, seen;
byte io = 2;
byte polls = 2; // looks without waiting: they announce nothing, and while nothing is watched they are none

inline wake() {
    atomic { old = wake_state; wake_state = NOTIFIED }
    if
    :: old == WAITING ->
#ifndef SKIP_WRITE
        edge = true
#else
        skip
#endif
    :: old == SLEEPING ->
#ifndef SKIP_FUTEX
        woken = sleeping
#else
        skip
#endif
    :: else
    fi
}

proctype waker() {
    byte i;
    mtype old;
    for (i : 1 .. POSTS) {
        atomic { posted++ }
        wake()
    }
}

proctype helper() {
    byte looks = 2;
    bool owners;
    do
    :: looks == 0 -> break
    :: looks > 0 ->
        looks--;
        if
        :: wake_state == WAITING
        :: else ->
            atomic {
                owners = edge;
                edge = false;
                got_event = got_event || ready;
                ready = false
            }
#ifndef KEEP_EDGE
            if
            :: owners -> edge = true
            :: else
            fi
#endif
        fi
    od
}

proctype adder() {
    mtype old;
    ready = true;
    watched = true;
#ifndef QUIET_ADD
    if
    :: wake_state == SLEEPING -> wake()
    :: else
    fi
#endif
}

proctype owner() {
    bool may_block;
    do
    :: seen == TOTAL && got_event -> break
    :: atomic { !(seen == TOTAL && got_event) && polls > 0 && watched -> polls-- }
        if
        :: atomic { edge || ready -> edge = false; got_event = got_event || ready; ready = false }
        :: atomic { !edge && !ready -> skip }
        fi;
        wake_state = AWAKE;
        seen = posted
    :: else ->
        if
        :: watched -> skip
        :: else ->
            // sleep_on_futex
            atomic {
                may_block = (wake_state == AWAKE);
                if
                :: may_block -> wake_state = SLEEPING
                :: else
                fi
            }
#ifndef NO_LOOK
            if
            :: may_block && watched -> may_block = false
            :: else
            fi;
#endif
            if
            :: may_block ->
                atomic {
                    woken = false;
#ifdef BLIND_SLEEP
                    sleeping = true
#else
                    sleeping = (wake_state == SLEEPING)
#endif
                }
                if
                :: !sleeping
                :: sleeping && woken
                fi;
                sleeping = false
            :: else
            fi;
            wake_state = AWAKE;
            seen = posted;
            goto again
        fi;
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
        :: atomic { edge || ready -> edge = false; got_event = got_event || ready; ready = false }
        :: atomic { !may_block && !edge && !ready -> skip }
        :: atomic { io > 0 -> io-- }
        fi;
#ifdef LATE_RESET
        seen = posted;
        wake_state = AWAKE
#else
        wake_state = AWAKE;
        seen = posted
#endif
again:  skip
    od
}

init {
    byte i;
    atomic {
        run owner();
#ifdef FUTEX
        run adder();
#endif
#ifdef HELP
        run helper();
#endif
        for (i : 1 .. WAKERS) { run waker() }
    }
}
