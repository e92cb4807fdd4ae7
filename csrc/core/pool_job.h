// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_POOL_JOB_H
#define VISION_CORE_POOL_JOB_H

#include "loop.h"

// Work on the thread pool that somebody waits for and may lose interest in. It
// is embedded in its owner, which lives until both sides have done with it.
typedef struct pool_job {
  loop *loop;
  completion done;
  void (*work)(void *owner);    // on the pool
  void (*release)(void *owner); // frees the owner, and the job with it
  void *owner;
  bool running; // the pool has a part in it
  bool cancelled;
  bool deleted; // to be released when it no longer runs
} pool_job;

// Takes a reference to the loop; pool_job_delete gives it back.
void pool_job_init(pool_job *j, loop *l, void (*work)(void *),
                   void (*release)(void *), void *owner);

// Begins the work, also again when it has ended. -1: MEMORY, nothing began.
int pool_job_start(pool_job *j, error *e);

// Ended or given up; what the work wrote may be read only when it has ended.
bool pool_job_is_done(const pool_job *j);

void pool_job_cancel(pool_job *j); // done at once; the work ends unseen

// Releases the owner, now or when the work has ended. In a forked child it
// leaves all as it is.
void pool_job_delete(pool_job *j);

#endif
