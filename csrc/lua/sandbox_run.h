// SPDX-License-Identifier: MIT
#ifndef VISION_LUA_SANDBOX_RUN_H
#define VISION_LUA_SANDBOX_RUN_H

#include "sandbox.h"

#include "../core/loop.h"

// A call into a sandbox on the thread pool, for scripts that go over much: the
// state is the sandbox's own, so no other thread sees it.

typedef struct sandbox_run sandbox_run;

// Calls `function` with the values in the sandbox's buffer. The sandbox is the
// run's from now on; where it cannot begin it stays the caller's. NULL: MEMORY.
sandbox_run *sandbox_run_new(loop *l, sandbox *box, const char *function,
                             uint64_t steps, error *e);
completion *sandbox_run_completion(sandbox_run *r);
bool sandbox_run_is_done(const sandbox_run *r);

// When done: the buffer with the first result, or NULL: SCRIPT, as
// sandbox_call.
const buffer *sandbox_run_result(const sandbox_run *r, error *e);

// Before it is done, too: then what it gives is dropped when it has ended.
void sandbox_run_delete(sandbox_run *r); // NULL is fine

#endif
