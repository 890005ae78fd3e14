// SPDX-License-Identifier: Apache-2.0
// Whose reactor and timers a new handle or sleep gets, and who turns a reactor beside its owner.
//
// A task with a home has its handles in the reactor of its worker. The connections of the other
// tasks, which any worker may run, are lent, accepted and dialled ones: of every TRT_LENDERS
// workers the first has them all in its reactor. (Listeners, UDP, pipes, processes and signals are
// with the worker on which they were opened.) It turns it like its own; while it is busy, whoever
// has found no task elsewhere helps: looks into that reactor before it goes to sleep, and runs what
// this wakes. So a few handles that are ready keep one worker awake and not each of them a little,
// and when there is more to do than one can nobody has to be woken for it: who is awake finds the
// next events himself. A lender that is held by a long poll wakes nobody: the watchdog does it for
// it.
//
// Where tasks stay with their workers all reactors are kept: turned by their owners alone, and
// handles of tasks without a home are spread over all. That is so in per_core mode, and in a
// runtime from its first HTTP server on: what was lent before stays with its lender, who is alone
// with it.
//
//   P6  an edge that a helper takes is delivered: to the task, or if it was the owner's wake-up to
//       the owner (rt/os/linux/poller.c)
//   P7  a helper delivers as an owner does: compared with the slot's generation, under its lock
//   P8  a lender's reactor lives as long as the runtime's core, which every worker's thread holds
#ifndef TRT_EXEC_DRIVERS_H
#define TRT_EXEC_DRIVERS_H

#include "rt/exec/worker.h"

/// TRT_LENDERS: so many workers have their shared handles in one reactor. More would wait for its
/// lock in the kernel, fewer would each be woken for little.
enum { TRT_LENDERS = 4 };

/// trt_current_reactor returns the worker's reactor, elsewhere that of the default runtime's worker
/// 0 (started now if need be). Never NULL: without a runtime the chain fails (guard.h).
trt_reactor* trt_current_reactor(void);
/// trt_current_timers returns the timer driver, as trt_current_reactor.
trt_timer_driver* trt_current_timers(void);
/// trt_reactor_to_share returns the reactor for a new handle that any worker may serve: of two, the
/// lender of the current worker and that of the worker whose turn it is, the one that watches
/// fewer. A task with a home keeps its handles there.   Thread: any, as trt_current_reactor.
trt_reactor* trt_reactor_to_share(void);

/// trt_drivers_keep ends lending: from now on handles are spread, and turned where they are.
/// Thread:  any.
void trt_drivers_keep(tmlrt_runtime* core);
/// trt_drivers_help looks into the reactors of lenders that are busy, until one has woken a task
/// which `me` may run. Returns it, the others are queued; NULL: there was none.
/// Thread:  a worker that searches, with empty queues.
tmlrt_task* trt_drivers_help(trt_worker* me);
/// trt_drivers_lends tells whether others may turn this worker's reactor.   Thread: any.
bool trt_drivers_lends(const trt_worker* worker);

#endif
