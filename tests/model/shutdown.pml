// Model of shutdown (rt/exec/runtime.c, steps 1 to 4): a worker with two tasks, one spawner, one
// waker, the thread that shuts down. S1: it terminates; every task accepted is dropped or finished,
// none is accepted after the list was closed. Whoever drops the last task of a list wakes the others,
// who may be asleep waiting for just that: -DLAST_WAKES=0 leaves it out and must fail.
// A task that a worker spawns itself is in its queue but in no list until it first has to wait; its
// worker does not leave before its queue is empty, and drops it when it cannot be listed any more:
// -DLATE_LIST=1 lists it all the same, -DOWN_QUEUE=0 leaves without looking; both must fail.
#ifndef LAST_WAKES
#define LAST_WAKES 1
#endif
#ifndef LATE_LIST
#define LATE_LIST 0
#endif
#ifndef OWN_QUEUE
#define OWN_QUEUE 1
#endif

bool idle[2];
bool closed[2];
byte owned[2];    // tasks in each worker's list
byte queued[2];   // of these, in its queue (home tasks: only this worker drops them)
byte refused, dropped, accepted;
byte running[2];  // of these, being polled: the runner sees the cancellation
byte fresh[2];    // in its queue, spawned by itself, in no list yet
byte spawns = 2;  // how many of those there may be
bool stopping, signal[2], gone[2];

inline unpark(w) {
    atomic {
        if
        :: idle[w] -> idle[w] = false; signal[w] = true
        :: else
        fi
    }
}

inline drained(out) {
    out = stopping;
    if
    :: !(closed[0] && owned[0] == 0) -> out = false
    :: else
    fi;
    if
    :: !(closed[1] && owned[1] == 0) -> out = false
    :: else
    fi
}

proctype worker(byte me) {
    bool stop, last, got, cancelled;
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
            if // in its poll
            :: atomic { spawns > 0 && !closed[me] -> spawns--; accepted++; fresh[me]++ }
            :: true
            fi;
            atomic { // suspend, or cancel: one transition of the state word
                running[me]--;
                cancelled = closed[me];
                if
                :: cancelled -> owned[me]--; dropped++
                :: else
                fi;
                last = cancelled && owned[me] == 0
            }
#if LAST_WAKES
            if
            :: last -> unpark(0); unpark(1)
            :: else
            fi
#endif
        :: !got && fresh[me] > 0 ->
#if !OWN_QUEUE
            drained(stop);
            if
            :: stop -> break
            :: else
            fi;
#endif
            fresh[me]--;
            if // its first poll, unless the shard is closed
            :: closed[me] -> dropped++
            :: else ->
                if
                :: dropped++ // it ends
                :: atomic { // it has to wait
#if LATE_LIST
                        owned[me]++
#else
                        if
                        :: closed[me] -> dropped++
                        :: else -> owned[me]++
                        fi
#endif
                    }
                fi
            fi
        :: else ->
            idle[me] = true;
            drained(stop);
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

// Spawns one task on each worker; each may be refused.
proctype spawner(byte w) {
    atomic {
        if
        :: closed[w] -> refused++
        :: else -> owned[w]++; accepted++; queued[w]++
        fi
    }
    unpark(w)
}

proctype stopper() {
    stopping = true;
    atomic { closed[0] = true; queued[0] = owned[0] - running[0] } // abort queues the idle ones
    unpark(0);
    atomic { closed[1] = true; queued[1] = owned[1] - running[1] }
    unpark(0);
    unpark(1);
    gone[0] && gone[1]; // join
    assert(owned[0] == 0 && owned[1] == 0 && fresh[0] == 0 && fresh[1] == 0);
    assert(dropped == accepted)
}

init {
    atomic {
        run worker(0);
        run worker(1);
        run spawner(0);
        run spawner(0);
        run spawner(1);
        run stopper()
    }
}
