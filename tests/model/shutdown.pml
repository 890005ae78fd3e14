// Model of shutdown (rt/exec/shutdown.c, steps 1 to 5): two workers, spawners on other threads, the thread that shuts
// down. S1: it ends, although a poll may not return before it has; every task accepted is dropped or finished, none is
// accepted after the first step.
// In the drain tasks go on: they end, wait, or are listed for the first time; workers leave when nothing is left.
// Whoever ends the last task of a list wakes the others, who may be asleep waiting for just that: -DLAST_WAKES=0 leaves
// it out and must fail.
// A task that a worker spawns itself is in its queue but in no list until it first has to wait; its worker does not
// leave before its queue is empty, and drops it when it cannot be listed any more: -DLATE_LIST=1 lists it all the same,
// -DOWN_QUEUE=0 leaves without looking; both must fail. -DEARLY_DROP=1 does not list it in the drain: it must fail, too.
// At the deadline workers stop waiting for one that is in a poll: -DWAIT_FOR_ALL=1 waits and must fail. What was queued
// before they were told is dropped first: -DSTALE_LOOK=1 does not look again and must fail. A spawner that listed its
// task and has not pushed it when its worker looks for the last time is too late: no other task stays.
#ifndef LAST_WAKES
#define LAST_WAKES 1
#endif
#ifndef LATE_LIST
#define LATE_LIST 0
#endif
#ifndef OWN_QUEUE
#define OWN_QUEUE 1
#endif
#ifndef EARLY_DROP
#define EARLY_DROP 0
#endif
#ifndef WAIT_FOR_ALL
#define WAIT_FOR_ALL 0
#endif
#ifndef STALE_LOOK
#define STALE_LOOK 0
#endif

#define OPEN 0
#define DRAINING 1
#define CLOSED 2 // of a shard; of the runtime it is ABORTING
#define ABANDONED 3

byte phase;
bool idle[2];
byte closed[2];
byte owned[2];    // tasks in each worker's list
byte queued[2];   // of these, in its queue (home tasks: only this worker drops them)
byte running[2];  // of these, being polled: the runner sees the cancellation
byte pending[2];  // of these, listed by a spawner that has not pushed them yet
byte fresh[2];    // in its queue, spawned by itself, in no list yet
byte refused, ended, accepted, late, early;
byte spawns = 1;  // how many fresh ones there may be
byte polls = 1;   // how many polls may not return before the shutdown has ended
bool released;    // those polls return
bool stuck[2], signal[2], gone[2];
bool looked[2];   // it was given up on others, and has found its queue empty for the last time
byte spawners = 2;

inline unpark(w) {
    atomic {
        if
        :: idle[w] -> idle[w] = false; signal[w] = true
        :: else
        fi
    }
}

inline drained(out) {
    out = phase != OPEN;
    if
    :: !(closed[0] != OPEN && owned[0] == 0) -> out = false
    :: else
    fi;
    if
    :: !(closed[1] != OPEN && owned[1] == 0) -> out = false
    :: else
    fi
}

inline should_stop(out) {
    if
    :: phase == ABANDONED && !WAIT_FOR_ALL ->
#if STALE_LOOK
        out = true
#else
        atomic { out = (queued[me] == 0 && fresh[me] == 0); looked[me] = out }
#endif
    :: else -> drained(out)
    fi
}

inline wake_if_last() {
#if LAST_WAKES
    if
    :: last -> unpark(0); unpark(1)
    :: else
    fi
#else
    skip
#endif
}

inline poll() {
    if
    :: atomic { spawns > 0 && closed[me] == OPEN -> spawns--; accepted++; fresh[me]++ }
    :: atomic { polls > 0 -> polls--; stuck[me] = true }; atomic { released -> stuck[me] = false }
    :: true
    fi
}

proctype worker(byte me) {
    bool stop, last, got;
    do
    :: atomic {
            got = false;
            if
            :: queued[me] > 0 -> queued[me]--; running[me]++; got = true
            :: else
            fi
        }
        if
        :: got ->
            if
            :: closed[me] == CLOSED
            :: else -> poll()
            fi;
            atomic { // end, suspend, or cancel: one transition of the state word
                running[me]--;
                last = false;
                if
                :: owned[me]--; ended++; last = (closed[me] != OPEN && owned[me] == 0)
                :: closed[me] != CLOSED // it waits; nobody wakes it but an abort
                fi
            }
            wake_if_last()
        :: !got && fresh[me] > 0 ->
#if !OWN_QUEUE
            drained(stop);
            if
            :: stop -> break
            :: else
            fi;
#endif
            fresh[me]--;
            if // its first poll, unless it is to be dropped
            :: closed[me] == CLOSED -> ended++
            :: else ->
                if
                :: ended++ // it ends
                :: atomic { // it has to wait
#if LATE_LIST
                        owned[me]++
#elif EARLY_DROP
                        if
                        :: closed[me] == OPEN -> owned[me]++
                        :: closed[me] == DRAINING -> ended++; early++
                        :: closed[me] == CLOSED -> ended++
                        fi
#else
                        if
                        :: closed[me] == CLOSED -> ended++
                        :: else -> owned[me]++
                        fi
#endif
                    }
                fi
            fi
        :: else ->
            idle[me] = true;
            should_stop(stop);
            if
            :: stop -> break
            :: else -> skip
            fi;
            if
            :: queued[me] > 0
            :: else -> atomic { signal[me] -> signal[me] = false }
            fi;
            idle[me] = false
        fi
    od;
    gone[me] = true
}

// Spawns one task on a worker; it may be refused.
proctype spawner(byte w) {
    atomic {
        if
        :: closed[w] != OPEN -> refused++
        :: else -> owned[w]++; accepted++; pending[w]++
        fi
    }
    atomic {
        if
        :: pending[w] > 0 ->
            pending[w]--;
            queued[w]++;
            if
            :: looked[w] -> late++
            :: else
            fi
        :: else
        fi
    }
    unpark(w);
    spawners--
}

proctype stopper() {
    phase = DRAINING; // steps 1 and 2
    closed[0] = DRAINING;
    closed[1] = DRAINING;
    unpark(0);
    unpark(1);
    if
    :: gone[0] && gone[1] -> goto over
    :: true // the drain's deadline
    fi;
    phase = CLOSED; // steps 3 and 4; abort queues the ones that wait
    atomic { closed[0] = CLOSED; queued[0] = owned[0] - running[0] - pending[0] }
    unpark(0);
    atomic { closed[1] = CLOSED; queued[1] = owned[1] - running[1] - pending[1] }
    unpark(0);
    unpark(1);
    if // step 5
    :: gone[0] && gone[1] -> goto over
    :: stuck[0] || stuck[1] -> phase = ABANDONED // the deadline
    fi;
    unpark(0);
    unpark(1);
    (gone[0] || stuck[0]) && (gone[1] || stuck[1]);
over:
    released = true;
    gone[0] && gone[1] && spawners == 0;
    assert(fresh[0] == 0 && fresh[1] == 0 && running[0] == 0 && running[1] == 0);
    assert(queued[0] + queued[1] == late && (late == 0 || phase == ABANDONED));
    assert(owned[0] + owned[1] == late && ended + late == accepted && early == 0)
}

init {
    atomic {
        run worker(0);
        run worker(1);
        run spawner(0);
        run spawner(1);
        run stopper()
    }
}
