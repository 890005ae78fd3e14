// Model of a late runtime (rt/exec/late.c): main, which runs a task of its own and drives; another user of the runtime,
// who has its thread started; a thread that waits for a task that was there before; and a shutdown, which may come at
// any point or not at all, and gives a driver up whose poll does not return.
// P5: one drives at a time, who waits gets its answer, the shutdown ends and leaves no task.
// -DHAND_OVER=0: main starts no thread when it leaves; -DSTARTING=0: it leaves the runtime to whoever comes while it
// starts it; -DEARLY=1: it says that there is a thread before there is; -DLOOK_AGAIN=0: a shutdown that waits for main
// does not see that the thread has taken its place; -DAWAIT_START=0: main does not wait for what comes of another's
// start of the thread, which may fail. All five must fail.
#ifndef HAND_OVER
#define HAND_OVER 1
#endif
#ifndef STARTING
#define STARTING 1
#endif
#ifndef EARLY
#define EARLY 0
#endif
#ifndef AWAIT_START
#define AWAIT_START 1
#endif
#ifndef LOOK_AGAIN
#define LOOK_AGAIN 1
#endif

mtype = { NONE, INSIDE, GIVEN_UP, BETWEEN, THREAD };
mtype driving = NONE;
bool stops;           // the phase
bool has_thread, left; // the worker's thread was started, has left
bool before = true, mine; // tasks that are there: the one that was, main's
byte drivers;
bool released;        // the shutdown has ended: a poll of main that did not return does

inline begin_driving() { atomic { drivers++; assert(drivers == 1) } }

// Main and the shutdown: polls until `done`, or a shutdown has dropped everything.
inline drive(done) {
    begin_driving();
    do
    :: atomic { before -> before = false }
    :: atomic { mine -> mine = false }
    :: atomic { done -> drivers--; break }
    :: atomic { stops && !before && !mine -> drivers--; break }
    od
}

proctype thread() {
    begin_driving();
end: // without a shutdown it stays
    do
    :: atomic { before -> before = false }
    :: atomic { mine -> mine = false }
    :: atomic { stops && !before && !mine -> drivers--; break }
    od;
    left = true
}

// `fails`: as when no thread can be had.
inline start_thread(fails) {
    if
    :: stops || fails -> driving = NONE
    :: !stops ->
        if
        :: EARLY -> driving = THREAD
        :: else
        fi;
        has_thread = true;
        run thread();
        driving = THREAD
    fi
}

active proctype main() {
    bool drives, leaves;
    atomic {
        driving != BETWEEN || !AWAIT_START;
        drives = driving == NONE;
        if :: drives -> driving = INSIDE :: else fi
    };
    atomic { if :: !stops -> mine = true :: else fi };
    if
    :: !drives -> !mine // joins
    :: drives ->
        if
        :: released // in a poll until then
        :: skip
        fi;
        drive(!mine);
        atomic {
            leaves = driving == INSIDE; // else it was given up
            if
            :: leaves && HAND_OVER && STARTING -> driving = BETWEEN
            :: leaves && !(HAND_OVER && STARTING) -> driving = NONE
            :: else
            fi
        };
        if
        :: leaves && HAND_OVER -> start_thread(false) // asks again until it has one
        :: else
        fi
    fi
}

active proctype user() {
    bool starts;
    if
    :: skip
    :: atomic { starts = driving == NONE; if :: starts -> driving = BETWEEN :: else fi };
        if
        :: starts -> start_thread(false)
        :: starts -> start_thread(true)
        :: else
        fi
    fi
}

// Without another user or a shutdown it is main that has the thread started.
active proctype waiter() {
    !before || driving == GIVEN_UP
}

active proctype stopper() {
    bool drives;
    if
    :: released = true // never: no poll is stuck for ever
    :: stops = true;
        do
        :: driving == THREAD && (LOOK_AGAIN || !drives) ->
            assert(has_thread);
            left;
            break
        :: atomic { driving == NONE -> driving = INSIDE };
            drive(false);
            driving = NONE;
            break
        :: driving == INSIDE || driving == BETWEEN ->
            drives = true; // somebody: wait for him
            if
            :: driving != INSIDE && driving != BETWEEN
            :: atomic { driving == INSIDE -> driving = GIVEN_UP }; break
            fi
        od;
        assert(driving == GIVEN_UP || (!before && !mine));
        released = true
    fi
}
