// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_READER_POOL_H
#define VISION_CORE_READER_POOL_H

#include "loop.h"
#include "reader_protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Gives jobs to vision-reader processes, one each at a time. Processes start on
// demand and end when they have been idle for a while. A process that dies, is
// too slow or breaks the rules costs the one job it had; one that died while it
// was idle costs none.

typedef struct reader_pool reader_pool;
typedef struct reader_job reader_job;

typedef struct reader_pool_options {
  const char *program;  // path of vision-reader
  int64_t workers;      // processes at most; 0: one a core
  int64_t queue;        // jobs that may wait; one more is QUEUE_FULL
  int64_t idle_us;      // an idle process ends after this
  int64_t memory_mib;   // address space of each process
  int64_t seconds;      // processor time of one job
  int64_t pixels;       // of a picture, opened or made
  int64_t output_bytes; // of all pictures of one answer
} reader_pool_options;

enum { READER_WORKERS_MAX = 64 };

typedef struct reader_counts {
  int workers; // processes
  int busy;    // of them, at work
  int waiting; // jobs in the queue
} reader_counts;

// A pool with one reference; starts no process yet. NULL: MEMORY.
reader_pool *reader_pool_new(loop *l, const reader_pool_options *options,
                             error *e);

// Jobs hold a reference. The last one ends all processes.
void reader_pool_unref(reader_pool *pool);

// Ends all processes; jobs fail with CANCELLED, new ones too.
void reader_pool_close(reader_pool *pool);

// True in a forked child, where the pool cannot be used.
bool reader_pool_is_inherited(const reader_pool *pool);

reader_counts reader_pool_counts(const reader_pool *pool);

// Queues a job: `steps` is copied (at most MESSAGE_STEPS_MAX bytes), `image`
// (NULL: none) is referenced. The job has `timeout_us` from when a process
// takes it. NULL: QUEUE_FULL, MEMORY, TOO_LARGE, CANCELLED.
reader_job *reader_job_new(reader_pool *pool, const char *steps, size_t length,
                           blob *image, int64_t timeout_us, error *e);

completion *reader_job_completion(reader_job *job);

// 0: not done yet. 1: *answer is the job's result, owned by the job. -1: what
// the reader said, or READER_CRASHED, READER_TIMEOUT, READER_MEMORY,
// MISSING_LIBRARY (the program cannot start), CANCELLED.
int reader_job_result(reader_job *job, const message **answer, error *e);

// At any time: a running job is stopped at once, by ending its process.
void reader_job_cancel(reader_job *job);
void reader_job_delete(reader_job *job); // NULL is allowed

#endif
