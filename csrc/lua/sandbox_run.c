// SPDX-License-Identifier: MIT
#include "sandbox_run.h"

#include "../core/pool_job.h"

#include <stdlib.h>
#include <string.h>

struct sandbox_run {
  pool_job job;
  sandbox *box; // the pool's while the job runs
  uint64_t steps;
  int status;      // of the call; likewise
  error failure;   // likewise
  char function[]; // terminated by zero
};

static void run(void *owner) {
  sandbox_run *r = owner;
  r->status = sandbox_call(r->box, r->function, r->steps, &r->failure);
}

static void release(void *owner) {
  sandbox_run *r = owner;
  sandbox_delete(r->box);
  free(r);
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
  pool_job_init(&r->job, l, run, release, r);
  r->box = box;
  if (pool_job_start(&r->job, e) == 0)
    return r;
  r->box = NULL; // it stays the caller's
  pool_job_delete(&r->job);
  return NULL;
}

completion *sandbox_run_completion(sandbox_run *r) { return &r->job.done; }

bool sandbox_run_is_done(const sandbox_run *r) {
  return pool_job_is_done(&r->job);
}

const buffer *sandbox_run_result(const sandbox_run *r, error *e) {
  if (r->status == 0)
    return sandbox_values(r->box);
  *e = r->failure;
  return NULL;
}

void sandbox_run_delete(sandbox_run *r) {
  if (r)
    pool_job_delete(&r->job);
}
