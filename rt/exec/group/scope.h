// SPDX-License-Identifier: Apache-2.0
// Scopes inside the runtime: tasks that end with whoever made the scope.
#ifndef TRT_EXEC_SCOPE_H
#define TRT_EXEC_SCOPE_H

#include "rt/exec/group/join_set.h"
#include "rt/sync/cancel.h"

typedef struct tmlrt_scope trt_scope;

/// trt_tls_local_task is the task of a local set that this thread polls or drops; NULL: none.
extern __thread tmlrt_task* trt_tls_local_task __attribute__((tls_model("initial-exec")));

/// trt_scope_new makes a scope that belongs to the worker's owner (something inside of a task, such
/// as a request on a connection), else to the task that is polled here, else to nobody; NULL
/// without memory.   Shape: as tmlrt_scope_new.
trt_scope* trt_scope_new(uint64_t max_out_size, tmlrt_cancel_token* parent, uint32_t flags,
                         int32_t (*failed)(const void* output));
/// trt_scope_token returns the scope's token, borrowed.
tmlrt_cancel_token* trt_scope_token(trt_scope* scope);
/// trt_scope_len returns how many results are still to be taken.   Thread: any.
uint64_t trt_scope_len(trt_scope* scope);
/// trt_scope_add moves a handle in.   Errors: CLOSED - the scope is over; the task was aborted.
/// Thread: any that holds a reference.
tmlrt_status trt_scope_add(trt_scope* scope, tmlrt_task* owned_task);
/// trt_scope_cancel cancels the token and aborts every child, also those that are added from now
/// on.   Thread: any that holds a reference.
void trt_scope_cancel(trt_scope* scope, tmlrt_cancel_reason reason);
/// trt_scope_next takes the result that is next. Returns READY with *out_task, NULL when there are
/// no children and the scope takes none any more; PENDING keeps a clone of `waker`.   Thread: the
/// holder's.
tmlrt_poll trt_scope_next(trt_scope* scope, const tmlrt_waker* waker, tmlrt_task** out_task);
/// trt_scope_forget drops the waker that trt_scope_next kept.
void trt_scope_forget(trt_scope* scope);
/// trt_scope_detach lets the children that have not ended run on without the scope.
void trt_scope_detach(trt_scope* scope);
/// trt_scope_ref adds a reference, trt_scope_unref gives one back.   Thread: any.
void trt_scope_ref(trt_scope* scope);
void trt_scope_unref(trt_scope* scope);
/// trt_scope_end cancels with ABORT, aborts and gives up every child and gives the holder's
/// reference back. Returns the failure of an output's destructor (reported already), else 0.
tmlrt_status trt_scope_end(trt_scope* owned_scope);

/// trt_scopes_cancel_of cancels the scopes of an owner that has ended, whoever holds them.
/// Thread: any.
void trt_scopes_cancel_of(uint64_t owner_id, tmlrt_cancel_reason reason);

#endif
