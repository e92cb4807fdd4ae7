// SPDX-License-Identifier: MIT
#include "pool_job.h"

void pool_job_init(pool_job *j, loop *l, void (*work)(void *),
                   void (*release)(void *), void *owner) {
  *j = (pool_job){
      .loop = loop_ref(l), .work = work, .release = release, .owner = owner};
  completion_init(&j->done);
}

static void release(pool_job *j) {
  loop *l = j->loop;
  j->release(j->owner);
  loop_unref(l);
}

static void run(void *argument) {
  pool_job *j = argument;
  j->work(j->owner);
}

static void on_finished(void *argument) {
  pool_job *j = argument;
  j->running = false;
  if (j->deleted)
    release(j);
  else if (!j->cancelled)
    loop_complete(j->loop, &j->done);
}

int pool_job_start(pool_job *j, error *e) {
  j->running = true;
  if (loop_submit(j->loop, run, on_finished, j, e) == 0)
    return 0;
  j->running = false;
  return -1;
}

bool pool_job_is_done(const pool_job *j) { return !j->running || j->cancelled; }

void pool_job_cancel(pool_job *j) {
  if (pool_job_is_done(j) || loop_is_inherited(j->loop))
    return;
  j->cancelled = true;
  loop_complete(j->loop, &j->done);
}

void pool_job_delete(pool_job *j) {
  if (loop_is_inherited(j->loop))
    return;
  loop_forget(j->loop, &j->done);
  j->deleted = true;
  if (!j->running)
    release(j);
}
