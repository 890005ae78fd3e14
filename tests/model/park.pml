// Model of parking and stealing (rt/exec/park.h, rt/exec/schedule.c): N workers, a thread that
// queues tasks for anybody (the injector), one that queues a task for worker 0 only. A task for
// anybody may, when it runs, spawn two more (the second displaces the first from the LIFO slot into
// the deque, or into the injector when the deque is full), yield once, or hold its worker until
// every other such task has run: so P1 is checked in a strong form. Not only does no task lie while
// all sleep; no stealable task lies beside a sleeper while its own worker is busy either.
// P2: at most ceil(N/2) search, a sleeper is woken once per sleep.
//
// Steps are as fine as the code's: every access of the idle set's word, of num_searching and of a
// queue is one. A task that yields goes behind the others with or without a word: it depends on how
// long they take, which is not modelled. Variants that leave a step out, each of which must fail:
// RECHECK=0 no second look, ORDER=0 look before registering, LAST=0 the last searcher that finds a
// task does not look for more, DEEP=0 the second look leaves the others' deques out, AGAIN=0 what it
// finds is not found as a searcher, RETRY=0 a notifier that found no sleeper does not look again,
// ANNOUNCE=0 a displaced task is pushed without a word, TELL=0 a share of the injector is taken
// without a word, QUIET_INJECTOR=1 a task that yields goes to the injector without a word, GREEDY=1
// a notifier counts without asking whether somebody searches.
#ifndef RECHECK
#define RECHECK 1
#endif
#ifndef ORDER
#define ORDER 1
#endif
#ifndef LAST
#define LAST 1
#endif
#ifndef DEEP
#define DEEP 1
#endif
#ifndef RETRY
#define RETRY 1
#endif
#ifndef ANNOUNCE
#define ANNOUNCE 1
#endif
#ifndef TELL
#define TELL 1
#endif
#ifndef AGAIN
#define AGAIN 1
#endif
#ifndef QUIET_INJECTOR
#define QUIET_INJECTOR 0
#endif
#ifndef GREEDY
#define GREEDY 0
#endif
#ifndef N
#define N 2
#endif
#ifndef INJECTED
#define INJECTED 1
#endif
#ifndef SPAWNERS
#define SPAWNERS 1
#endif
#ifndef YIELDERS
#define YIELDERS 1
#endif
#ifndef HOMES
#define HOMES 0
#endif
#define MAX_SEARCHING ((N + 1) / 2)

bool idle[N], grant[N]; // the bits of each worker in the idle set
byte num_searching;
byte injector, inbox0, deque[N]; // queued tasks
byte num_shared = INJECTED; // tasks for anybody, ran of which are over
byte ran, ran_home;
byte spawners = SPAWNERS, yielders = YIELDERS, holders = 1;
bool signal[N];  // the reactor's wake-up, sticky until a wait takes it
byte taken[N];   // who cleared IDLE since it was set: at most one

#define DONE (ran == num_shared && ran_home == HOMES)

inline clear_idle(w) { idle[w] = false; taken[w]++; assert(taken[w] == 1) }

inline unpark(w) {
    woke = false;
    if
    :: idle[w] ->
        atomic {
            if
            :: idle[w] -> clear_idle(w); woke = true
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

// The bits of up to 32 workers are one word.
inline any_idle(out) {
    d_step {
        out = false;
        do
        :: k < N -> out = out || idle[k]; k++
        :: else -> break
        od;
        k = 0
    }
}

// Moves the search to the lowest sleeper.
inline give_grant(out) {
    atomic {
        out = false;
        do
        :: k < N && !idle[k] -> k++
        :: else -> break
        od;
        if
        :: k < N -> clear_idle(k); grant[k] = true; out = true
        :: else -> k = 0
        fi
    }
    if
    :: out -> atomic { signal[k] = true; k = 0 }
    :: else
    fi
}

inline notify() {
    do
    :: GREEDY || num_searching == 0 ->
        any_idle(yes);
        if
        :: !yes -> break
        :: else
        fi;
        atomic {
            if
            :: GREEDY || num_searching == 0 ->
                num_searching++; assert(num_searching <= MAX_SEARCHING)
            :: else -> yes = false
            fi
        }
        if
        :: !yes -> break
        :: else
        fi;
        give_grant(yes);
        if
        :: yes -> break
        :: else -> num_searching--
        fi;
#if !RETRY
        break
#endif
    :: else -> break
    od
}

inline shared_work(out) {
    out = injector > 0;
    do
    :: k < N -> out = out || deque[k] > 0; k++
    :: else -> break
    od;
    k = 0
}

inline recheck() {
    work = false;
    if
    :: me == 0 && inbox0 > 0 -> work = true
    :: else
    fi;
    if
    :: injector > 0 -> work = true
    :: else
    fi;
#if DEEP
    if
    :: deep && !work -> shared_work(work)
    :: else
    fi
#endif
}

// Behind the others, or into the injector when the deque is full.
inline push_shared() {
    if
    :: deque[me]++
    :: injector++
    fi
}

// What running a task for anybody may do. The LIFO slot is empty: it was taken first.
inline run_shared() {
    if
    :: ran++
    :: atomic { spawners > 0 -> spawners--; num_shared = num_shared + 2 } ->
        push_shared();
#if ANNOUNCE
        notify();
#endif
        slot = true;
        ran++
    :: atomic { yielders > 0 -> yielders-- } ->
        if
        :: deque[me] > 0 -> push_shared(); notify() // worth somebody's coming, or no room
#if QUIET_INJECTOR
        :: deque[me] > 0 -> injector++
#endif
        :: deque[me]++ // quietly
        fi
    :: atomic { holders > 0 -> holders-- } ->
end_hold: ran == num_shared - 1;
        ran++
    fi
}

inline end_search() {
    if
    :: searching ->
        searching = false;
        atomic { num_searching--; deep = num_searching == 0 }
#if LAST
        if
        :: deep ->
            shared_work(yes);
            if
            :: yes -> notify()
            :: else
            fi
        :: else
        fi
#endif
    :: else
    fi
}

// Takes the older half of the next deque that has something; between the two steps it is in neither.
inline steal() {
    do
    :: j < N && !got ->
        atomic {
            if
            :: j != me && deque[j] > 0 ->
                got = true;
                moved = (deque[j] + 1) / 2 - 1;
                deque[j] = deque[j] / 2
            :: else
            fi;
            j++
        }
        if
        :: moved > 0 -> atomic { deque[me] = deque[me] + moved; moved = 0 }
        :: else
        fi
    :: else -> break
    od;
    j = 0
}

inline find() {
    got = false; home = false;
    if
    :: slot -> slot = false; got = true
    :: else ->
        atomic {
            if
            :: deque[me] > 0 -> deque[me]--; got = true
            :: else
            fi
        }
        atomic {
            if
            :: !got && me == 0 && inbox0 > 0 -> inbox0--; got = true; home = true
            :: else
            fi
        }
        atomic { // a share: the others go to the own deque, told of with the last
            if
            :: !got && injector > 0 -> moved = (injector + N - 1) / N - 1; injector = injector - moved - 1; got = true
            :: else
            fi
        }
        if
        :: moved > 0 ->
            atomic { deque[me] = deque[me] + moved; moved = 0 }
#if TELL
            notify()
#endif
        :: else
        fi;
        if
        :: !got ->
            atomic {
                if
                :: !searching && num_searching < MAX_SEARCHING ->
                    num_searching++; searching = true; assert(num_searching <= MAX_SEARCHING)
                :: else
                fi
            }
            if
            :: searching -> steal()
            :: else
            fi
        :: else
        fi
    fi
}

proctype worker(byte me) {
    bool got, home, work, stop, deep, yes, woke, slot, searching;
    byte k, j, moved;
    do
    :: find();
        if
        :: got ->
            end_search();
            if
            :: home -> ran_home++
            :: else -> run_shared()
            fi;
            if
            :: DONE -> // as the last task of a list does
                do
                :: k < N -> unpark(k); k++
                :: else -> break
                od;
                k = 0
            :: else
            fi;
            d_step { got = false; home = false; yes = false; woke = false; deep = false }
        :: else ->
            work = false; stop = false; deep = true;
#if RECHECK && !ORDER
            recheck();
#endif
            atomic { idle[me] = true; taken[me] = 0 }
            atomic {
                if
                :: searching -> searching = false; num_searching--
                :: else
                fi;
                deep = num_searching == 0
            }
#if RECHECK && ORDER
            recheck();
#endif
            stop = !work && DONE;
            if
            :: work || stop
            :: else ->
                // The reactor: returns when signalled. No timer: a lost wake-up stays lost.
end_sleep:      atomic { signal[me] -> signal[me] = false }
            fi;
            atomic { searching = grant[me]; idle[me] = false; grant[me] = false }
#if AGAIN
            atomic {
                if
                :: work && !searching && num_searching < MAX_SEARCHING ->
                    num_searching++; searching = true
                :: else
                fi
            }
#endif
            if
            :: stop -> break
            :: else
            fi;
            d_step {
                work = false; deep = false; yes = false; woke = false
            }
        fi
    od;
    atomic { num_searching = num_searching - searching; searching = false }
}

proctype queue_shared() {
    bool yes;
    byte i, k;
    for (i : 1 .. INJECTED) {
        injector++;
        notify();
        yes = false
    }
}

proctype queue_home() {
    bool woke;
    inbox0++;
    unpark(0)
}

// When nothing can move any more, every task must have run.
proctype watch() {
    timeout -> assert(DONE && num_searching == 0)
}

init {
    byte w;
    atomic {
        for (w : 0 .. N - 1) {
            run worker(w)
        }
        run queue_shared();
        if
        :: HOMES > 0 -> run queue_home()
        :: else
        fi;
        run watch()
    }
}
