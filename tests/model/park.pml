// Model of parking (rt/exec/park.h): two workers, two threads that queue tasks, one task of which is
// for worker 0 only. P1: every queued task is run, although every worker wants to sleep.
//
// Steps are as fine as the code's: one step to register, one per queue for the re-check; a waker
// pushes, looks for an idle bit and clears it in separate steps, then signals the reactor in another.
// -DRECHECK=0 leaves the re-check out, -DORDER=0 re-checks before it registers: both must fail.
#ifndef RECHECK
#define RECHECK 1
#endif
#ifndef ORDER
#define ORDER 1
#endif
#define N 2
#define NUM_TASKS 3

bool idle[N];           // the bit of each worker in the idle set
byte injector, inbox0;  // queued tasks
byte ran;
bool signal[N];         // the reactor's wake-up, sticky until a wait takes it
byte taken[N];          // wakers that cleared the bit since it was set: at most one

// Clearing the bit and learning that it was set is one read-modify-write.
inline unpark(w) {
    woke = false;
    if
    :: idle[w] ->
        atomic {
            if
            :: idle[w] -> idle[w] = false; woke = true; taken[w]++; assert(taken[w] == 1)
            :: else
            fi
        }
        if
        :: woke -> signal[w] = true
        :: else
        fi
    :: else
    fi
}

inline recheck() {
    if
    :: me == 0 && inbox0 > 0 -> work = true
    :: else
    fi;
    if
    :: injector > 0 -> work = true
    :: else
    fi
}

proctype worker(byte me) {
    bool got, work;
    do
    :: ran < NUM_TASKS ->
        atomic {
            got = false;
            if
            :: me == 0 && inbox0 > 0 -> inbox0--; got = true
            :: injector > 0 -> injector--; got = true
            :: else
            fi
        }
        if
        :: got -> ran++
        :: else ->
            work = false;
#if RECHECK && !ORDER
            recheck();
#endif
            atomic { idle[me] = true; taken[me] = 0 }
#if RECHECK && ORDER
            recheck();
#endif
            if
            :: work
            :: else ->
                // The reactor: returns when signalled. No timer: a lost wake-up stays lost.
end_sleep:      atomic { signal[me] -> signal[me] = false }
            fi;
            idle[me] = false
        fi
    :: else -> break
    od
}

proctype queue_two() {
    bool woke;
    byte i;
    for (i : 1 .. 2) {
        injector++;
        unpark(0);
        if
        :: !woke -> unpark(1)
        :: else
        fi
    }
}

proctype queue_home() {
    bool woke;
    inbox0++;
    unpark(0)
}

// When nothing can move any more, every task must have run.
proctype watch() {
    timeout -> assert(ran == NUM_TASKS)
}

init {
    atomic {
        run worker(0);
        run worker(1);
        run queue_two();
        run queue_home();
        run watch()
    }
}
