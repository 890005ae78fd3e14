// SPDX-License-Identifier: Apache-2.0
// The parker of rt/os/linux/futex.c: threads that post something and unpark, an owner that parks with
// timeouts and looks at what was posted only when it got the token. A lost token leaves the owner
// asleep for ever: an invalid end state.
//
// One statement is one atomic step, as in the code. The futex is `sleeping` (the kernel has queued
// the owner, which it does only while the word is PARKED) and `woken`. Timeouts are few, so that
// the owner cannot be saved by one more of them.
//
// Variants that must fail: -DLOSE_AT_TIMEOUT, -DNO_WAKE, -DBLIND_SLEEP.

#define POSTERS 2
#define POSTS   2
#define TOTAL   (POSTERS * POSTS)

mtype = { EMPTY, TOKEN, PARKED };

mtype token = EMPTY;
bool sleeping, woken;
byte posted, seen;
byte timeouts = 3;

proctype poster() {
    byte i;
    mtype old;
    for (i : 1 .. POSTS) {
        atomic { posted++ }
        atomic { old = token; token = TOKEN }
#ifndef NO_WAKE
        if
        :: old == PARKED -> atomic { woken = woken || sleeping }
        :: else
        fi
#endif
    }
}

proctype owner() {
    bool got, timed_out;
    do
    :: seen == TOTAL -> break
    :: else ->
        // trt_parker_park
        got = false;
        atomic {
            if
            :: token == TOKEN -> token = EMPTY; got = true
            :: else -> token = PARKED
            fi
        }
        do
        :: got -> break
        :: else ->
            timed_out = false;
            atomic {
                woken = false;
#ifdef BLIND_SLEEP
                sleeping = true
#else
                sleeping = (token == PARKED)
#endif
            }
            if
            :: !sleeping
            :: sleeping && woken
            :: atomic { sleeping && timeouts > 0 -> timeouts--; timed_out = true }
            fi;
            sleeping = false;
            atomic {
                if
                :: token == TOKEN -> token = EMPTY; got = true
                :: else
                fi
            }
            if
            :: timed_out && !got ->
#ifdef LOSE_AT_TIMEOUT
                token = EMPTY;
#else
                atomic { got = (token == TOKEN); token = EMPTY }
#endif
                break
            :: else
            fi
        od;
        if
        :: got -> seen = posted
        :: else
        fi
    od
}

init {
    byte i;
    atomic {
        run owner();
        for (i : 1 .. POSTERS) { run poster() }
    }
}
