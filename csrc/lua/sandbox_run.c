// SPDX-License-Identifier: MIT
#include "sandbox_run.h"

#include <stdlib.h>
#include <string.h>

struct sandbox_run {
  loop *loop;
  completion done;
  sandbox *box; // the pool's until `finished`
  uint64_t steps;
  int status;      // of the call; written on the pool
  error failure;   // likewise
  bool finished;   // the pool has no part in this any more
  bool deleted;    // to be freed when it is finished
  char function[]; // terminated by zero
};

static void run(void *argument) {
  sandbox_run *r = argument;
  r->status = sandbox_call(r->box, r->function, r->steps, &r->failure);
}

static void release(sandbox_run *r) {
  sandbox_delete(r->box);
  loop_unref(r->loop);
  free(r);
}

static void on_finished(void *argument) {
  sandbox_run *r = argument;
  r->finished = true;
  if (r->deleted)
    release(r);
  else
    loop_complete(r->loop, &r->done);
}

sandbox_run *sandbox_run_new(loop *l, sandbox *box, const char *function,
                             uint64_t steps, error *e) {
  size_t size = strlen(function) + 1;
  sandbox_run *r = calloc(1, sizeof *r + size);
  if (!r) {
    error_memory(e);
    return NULL;
  }
  memcpy(r->function, function, size);
  r->steps = steps;
  r->box = box;
  r->loop = loop_ref(l);
  completion_init(&r->done);
  if (loop_submit(l, run, on_finished, r, e) == 0)
    return r;
  loop_unref(l);
  free(r);
  return NULL;
}

completion *sandbox_run_completion(sandbox_run *r) { return &r->done; }

bool sandbox_run_is_done(const sandbox_run *r) { return r->finished; }

const buffer *sandbox_run_result(const sandbox_run *r, error *e) {
  if (r->status == 0)
    return sandbox_values(r->box);
  *e = r->failure;
  return NULL;
}

void sandbox_run_delete(sandbox_run *r) {
  if (!r || loop_is_inherited(r->loop))
    return;
  loop_forget(r->loop, &r->done);
  r->deleted = true;
  if (r->finished)
    release(r);
}
