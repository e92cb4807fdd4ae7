// SPDX-License-Identifier: MIT
#include "reader_pool.h"

#include "reader_process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
  ARGUMENTS_MAX = 8,
  ARGUMENT_SIZE = 64,
  REAP_INTERVAL_MS = 10,
  REQUEST_PARTS = 4, // two headers, two payloads
};

typedef struct worker worker;

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE };

struct reader_job {
  reader_pool *pool;
  completion done;
  enum job_state state;
  worker *worker;              // while running
  reader_job *next, *previous; // while waiting
  blob *steps, *image;         // NULL once they are handed over
  int64_t timeout_us;
  message answer; // when done
};

enum worker_state {
  WORKER_IDLE,
  WORKER_BUSY,
  WORKER_ENDING, // its process is killed, and not reaped yet
  WORKER_CLOSED, // its handles are closing
};

struct worker {
  reader_pool *pool; // referenced: libuv frees handles late
  worker *next;
  pid_t pid; // 0 once it has been reaped
  enum worker_state state;
  reader_job *job; // while busy
  bool rested;     // it has done a job, and was not asked for another one yet
  uv_pipe_t pipe;
  uv_timer_t timer; // busy: start, then deadline; idle: end; ending: next look
  int open_handles;
  bool pipe_open;
  message_reader reader;
  uv_write_t write;
  uint8_t headers[2][FRAME_HEADER_SIZE];
  blob *sending[2]; // steps and image, until they are written
};

struct reader_pool {
  loop *loop;
  int users;      // handles and jobs: the last one ends the processes
  int references; // of the memory: users and workers
  bool closed;
  int64_t idle_us, output_bytes;
  int workers_max, queue_max;
  char *program;
  char arguments[ARGUMENTS_MAX][ARGUMENT_SIZE];
  worker *workers; // all but closed ones, the last used first
  reader_job *first, *last;
  int waiting;
};

static void dispatch(reader_pool *pool);

static void pool_release(reader_pool *pool) {
  if (--pool->references > 0)
    return;
  loop_unref(pool->loop);
  free(pool->program);
  free(pool);
}

// ---- jobs ----

static void job_unlink(reader_job *job) {
  reader_pool *pool = job->pool;
  if (job->previous)
    job->previous->next = job->next;
  else
    pool->first = job->next;
  if (job->next)
    job->next->previous = job->previous;
  else
    pool->last = job->previous;
  pool->waiting--;
}

// Back in front, as if it had never been given away.
static void job_prepend(reader_job *job) {
  reader_pool *pool = job->pool;
  job->previous = NULL;
  job->next = pool->first;
  if (pool->first)
    pool->first->previous = job;
  else
    pool->last = job;
  pool->first = job;
  pool->waiting++;
}

static void job_append(reader_job *job) {
  reader_pool *pool = job->pool;
  job->previous = pool->last;
  if (pool->last)
    pool->last->next = job;
  else
    pool->first = job;
  pool->last = job;
  pool->waiting++;
}

static void job_finish(reader_job *job) {
  if (job->state == JOB_WAITING)
    job_unlink(job);
  job->state = JOB_DONE;
  job->worker = NULL;
  loop_complete(job->pool->loop, &job->done);
}

static void job_fail(reader_job *job, const error *e) {
  job->answer.failure = *e;
  job_finish(job);
}

// ---- the end of a worker ----

static void worker_forget(worker *w) {
  for (worker **at = &w->pool->workers; *at; at = &(*at)->next)
    if (*at == w) {
      *at = w->next;
      return;
    }
}

static void drop_request(worker *w) {
  for (int i = 0; i < 2; i++) {
    blob_unref(w->sending[i]);
    w->sending[i] = NULL;
  }
}

static void on_handle_closed(uv_handle_t *handle) {
  worker *w = handle->data;
  if (--w->open_handles > 0)
    return;
  drop_request(w);
  message_reader_free(&w->reader);
  pool_release(w->pool);
  free(w);
}

static void close_pipe(worker *w) {
  if (w->pipe_open)
    uv_close((uv_handle_t *)&w->pipe, on_handle_closed);
  w->pipe_open = false;
}

static void worker_close(worker *w) {
  worker_forget(w);
  w->state = WORKER_CLOSED;
  close_pipe(w);
  uv_close((uv_handle_t *)&w->timer, on_handle_closed);
}

static void on_reap_timer(uv_timer_t *timer) {
  worker *w = timer->data;
  if (w->pid == 0 || reader_process_is_gone(w->pid))
    worker_close(w);
}

// Kills the process; its job, if any, fails with `e`. The worker goes away when
// the process has been reaped.
static void worker_end(worker *w, const error *e) {
  reader_job *job = w->job;
  if (!reader_process_kill(w->pid))
    w->pid = 0;
  w->job = NULL;
  w->state = WORKER_ENDING;
  close_pipe(w);
  // Nobody has to wait for this, so it keeps no loop alive.
  uv_timer_start(&w->timer, on_reap_timer, 1, REAP_INTERVAL_MS);
  uv_unref((uv_handle_t *)&w->timer);
  if (job && e)
    job_fail(job, e);
}

static void worker_lose(worker *w, const error *e) {
  worker_end(w, e);
  dispatch(w->pool);
}

// ---- what a worker says ----

static void on_idle_timer(uv_timer_t *timer) { worker_end(timer->data, NULL); }

static void on_deadline(uv_timer_t *timer) {
  worker *w = timer->data;
  error e;
  error_set(&e, REASON_READER_TIMEOUT,
            "the reader was stopped: the job took more than %.3g s",
            (double)w->job->timeout_us / 1e6);
  worker_lose(w, &e);
}

static void worker_rest(worker *w) {
  w->state = WORKER_IDLE;
  w->rested = true;
  w->job = NULL;
  uv_timer_start(&w->timer, on_idle_timer,
                 (uint64_t)(w->pool->idle_us + 999) / 1000, 0);
  uv_unref((uv_handle_t *)&w->timer);
  uv_unref((uv_handle_t *)&w->pipe);
}

// A reader that ran out of time or memory ends itself when it has said so.
static bool is_last_word(const message *answer) {
  return answer->failure.reason == REASON_READER_TIMEOUT ||
         answer->failure.reason == REASON_READER_MEMORY;
}

static void on_answer(worker *w, reader_job *job) {
  message_reader_take(&w->reader, &job->answer);
  worker_rest(w);
  if (is_last_word(&job->answer))
    worker_end(w, NULL);
  job_finish(job);
  dispatch(w->pool);
}

// A reader that has died while it rested (the kernel was short of memory, say)
// costs no job: the one it was about to get goes to another.
static void worker_lose_unasked(worker *w) {
  reader_job *job = w->job;
  job->steps = w->sending[0];
  job->image = w->sending[1];
  w->sending[0] = w->sending[1] = NULL;
  job->state = JOB_WAITING;
  job->worker = NULL;
  job_prepend(job);
  w->job = NULL;
  worker_lose(w, NULL);
}

static void on_hang_up(worker *w) {
  error e;
  if (w->rested && w->job) {
    worker_lose_unasked(w);
    return;
  }
  if (w->reader.heard_ready)
    error_set(&e, REASON_READER_CRASHED,
              "the reader process died while it worked on this file");
  else
    error_set(&e, REASON_MISSING_LIBRARY,
              "%s does not start: install libtesseract5 and liblept5 "
              "(apt-get install tesseract-ocr), or build it again",
              w->pool->program);
  worker_lose(w, &e);
}

static void on_nonsense(worker *w, const error *cause) {
  error e = *cause;
  if (e.reason != REASON_MEMORY)
    error_set(&e, REASON_READER_CRASHED, "the reader answered nonsense: %s",
              cause->message);
  worker_lose(w, &e);
}

static void on_space_wanted(uv_handle_t *handle, size_t suggested,
                            uv_buf_t *space) {
  (void)suggested;
  worker *w = handle->data;
  size_t room;
  uint8_t *place = message_reader_space(&w->reader, &room);
  *space = uv_buf_init((char *)place,
                       room < UINT32_MAX ? (unsigned)room : UINT32_MAX);
}

static void on_bytes(uv_stream_t *stream, ssize_t count,
                     const uv_buf_t *space) {
  (void)space;
  worker *w = stream->data;
  error e;
  if (count == 0)
    return; // nothing there yet
  if (count < 0) {
    on_hang_up(w);
    return;
  }
  int status = message_reader_advance(&w->reader, (size_t)count, &e);
  if (status == 0)
    return;
  reader_job *job = w->job;
  if (status > 0 && job && !w->sending[0]) {
    on_answer(w, job);
    return;
  }
  if (status > 0)
    error_set(&e, REASON_INVALID_RESPONSE, "it spoke before it was asked");
  on_nonsense(w, &e);
}

// ---- giving work ----

static void on_written(uv_write_t *write, int status) {
  (void)status; // a reader that has gone is noticed by reading
  drop_request(write->data);
}

static uv_buf_t header_part(worker *w, int index, enum frame_kind kind) {
  const blob *payload = w->sending[index];
  frame_header(w->headers[index], kind, payload ? (uint32_t)payload->size : 0);
  return uv_buf_init((char *)w->headers[index], FRAME_HEADER_SIZE);
}

static uv_buf_t payload_part(blob *b) {
  return uv_buf_init(b ? (char *)b->data : NULL, b ? (unsigned)b->size : 0);
}

// A host that steps the loop only while it waits has not heard of it yet.
static bool has_hung_up(const worker *w) {
  uv_os_fd_t fd;
  char byte;
  if (uv_fileno((const uv_handle_t *)&w->pipe, &fd) < 0)
    return true;
  ssize_t count = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

static void on_start(uv_timer_t *timer) {
  worker *w = timer->data;
  if (w->rested && has_hung_up(w)) {
    worker_lose_unasked(w);
    return;
  }
  w->rested = false;
  uv_buf_t parts[REQUEST_PARTS] = {
      header_part(w, 0, FRAME_STEPS), payload_part(w->sending[0]),
      header_part(w, 1, FRAME_IMAGE), payload_part(w->sending[1])};
  uv_timer_start(&w->timer, on_deadline,
                 (uint64_t)(w->job->timeout_us + 999) / 1000, 0);
  w->write.data = w;
  // libuv takes a write whose last part is empty for unfinished.
  unsigned count =
      parts[REQUEST_PARTS - 1].len ? REQUEST_PARTS : REQUEST_PARTS - 1;
  // A failure here shows as a hang-up to the reading side.
  if (uv_write(&w->write, (uv_stream_t *)&w->pipe, parts, count, on_written) <
      0)
    drop_request(w);
}

static void worker_take(worker *w, reader_job *job) {
  job_unlink(job);
  job->state = JOB_RUNNING;
  job->worker = w;
  w->job = job;
  w->state = WORKER_BUSY;
  w->sending[0] = job->steps;
  w->sending[1] = job->image;
  job->steps = job->image = NULL;
  uv_ref((uv_handle_t *)&w->pipe);
  uv_ref((uv_handle_t *)&w->timer);
  // Written from within the loop, where SIGPIPE is blocked.
  uv_update_time(loop_uv(w->pool->loop));
  uv_timer_start(&w->timer, on_start, 0, 0);
}

static int worker_spawn(worker *w, int *fd, error *e) {
  reader_pool *pool = w->pool;
  char *arguments[ARGUMENTS_MAX + 2] = {pool->program};
  for (int i = 0; i < ARGUMENTS_MAX && pool->arguments[i][0]; i++)
    arguments[i + 1] = pool->arguments[i];
  return reader_process_start(arguments, &w->pid, fd, e);
}

static void worker_listen(worker *w, int fd) {
  uv_loop_t *uv = loop_uv(w->pool->loop);
  uv_pipe_init(uv, &w->pipe, 0);
  uv_timer_init(uv, &w->timer);
  w->pipe.data = w->timer.data = w;
  w->open_handles = 2;
  w->pipe_open = true;
  message_reader_init(&w->reader, MESSAGE_ANSWER,
                      (size_t)w->pool->output_bytes);
  uv_pipe_open(&w->pipe, fd); // fails only for what is no stream
  uv_read_start((uv_stream_t *)&w->pipe, on_space_wanted, on_bytes);
}

static worker *worker_new(reader_pool *pool, error *e) {
  int fd;
  worker *w = calloc(1, sizeof *w);
  if (!w) {
    error_memory(e);
    return NULL;
  }
  w->pool = pool;
  if (worker_spawn(w, &fd, e) < 0) {
    free(w);
    return NULL;
  }
  pool->references++;
  worker_listen(w, fd);
  w->next = pool->workers;
  pool->workers = w;
  return w;
}

// The worker that was used last, so that those in excess get to their end.
static worker *find_idle(const reader_pool *pool) {
  worker *w = pool->workers;
  while (w && w->state != WORKER_IDLE)
    w = w->next;
  return w;
}

// Gives waiting jobs to idle and to new workers.
static void dispatch(reader_pool *pool) {
  while (pool->first && !pool->closed) {
    error e;
    worker *w = find_idle(pool);
    if (!w && reader_pool_counts(pool).workers >= pool->workers_max)
      return;
    if (!w)
      w = worker_new(pool, &e);
    if (w)
      worker_take(w, pool->first);
    else
      job_fail(pool->first, &e);
  }
}

// ---- the pool ----

static int workers_of_machine(void) {
  unsigned cores = uv_available_parallelism();
  return cores < READER_WORKERS_MAX ? (int)cores : READER_WORKERS_MAX;
}

static void write_arguments(reader_pool *pool,
                            const reader_pool_options *options) {
  const struct {
    const char *name;
    int64_t value;
  } limits[] = {{"memory", options->memory_mib},
                {"seconds", options->seconds},
                {"pixels", options->pixels},
                {"output", options->output_bytes}};
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
    snprintf(pool->arguments[i], ARGUMENT_SIZE, "--%s=%lld", limits[i].name,
             (long long)limits[i].value);
}

reader_pool *reader_pool_new(loop *l, const reader_pool_options *options,
                             error *e) {
  reader_pool *pool = calloc(1, sizeof *pool);
  char *program = strdup(options->program);
  if (!pool || !program) {
    free(pool);
    free(program);
    error_memory(e);
    return NULL;
  }
  pool->loop = loop_ref(l);
  pool->users = pool->references = 1;
  pool->program = program;
  pool->idle_us = options->idle_us;
  pool->output_bytes = options->output_bytes;
  pool->queue_max = (int)options->queue;
  pool->workers_max =
      options->workers ? (int)options->workers : workers_of_machine();
  write_arguments(pool, options);
  return pool;
}

void reader_pool_unref(reader_pool *pool) {
  if (--pool->users == 0)
    reader_pool_close(pool);
  pool_release(pool);
}

void reader_pool_close(reader_pool *pool) {
  error e;
  if (pool->closed || reader_pool_is_inherited(pool))
    return;
  pool->closed = true;
  error_set(&e, REASON_CANCELLED, "the pool of readers was closed");
  while (pool->first)
    job_fail(pool->first, &e);
  while (pool->workers) {
    worker *w = pool->workers;
    if (w->state != WORKER_ENDING)
      worker_end(w, &e);
    if (w->pid)
      reader_process_reap(w->pid);
    worker_close(w);
  }
}

bool reader_pool_is_inherited(const reader_pool *pool) {
  return loop_is_inherited(pool->loop);
}

reader_counts reader_pool_counts(const reader_pool *pool) {
  reader_counts counts = {.waiting = pool->waiting};
  for (const worker *w = pool->workers; w; w = w->next) {
    counts.workers += w->state != WORKER_ENDING;
    counts.busy += w->state == WORKER_BUSY;
  }
  return counts;
}

// ---- jobs, from outside ----

static int check_job(const reader_pool *pool, size_t length, const blob *image,
                     error *e) {
  if (pool->closed)
    return error_set(e, REASON_CANCELLED, "the pool of readers was closed");
  if (pool->waiting >= pool->queue_max)
    return error_set(e, REASON_QUEUE_FULL,
                     "%d jobs are waiting for a reader: try again later",
                     pool->waiting);
  if (length > MESSAGE_STEPS_MAX || (image && image->size > UINT32_MAX))
    return error_set(e, REASON_TOO_LARGE,
                     "a job of at most %d bytes of steps "
                     "and a file under 4 GB expected",
                     (int)MESSAGE_STEPS_MAX);
  return 0;
}

reader_job *reader_job_new(reader_pool *pool, const char *steps, size_t length,
                           blob *image, int64_t timeout_us, error *e) {
  if (check_job(pool, length, image, e) < 0)
    return NULL;
  reader_job *job = calloc(1, sizeof *job);
  blob *text = blob_copy(steps, length, e);
  if (!job || !text) {
    free(job);
    blob_unref(text);
    error_memory(e);
    return NULL;
  }
  completion_init(&job->done);
  pool->users++;
  pool->references++;
  job->pool = pool;
  job->steps = text;
  job->image = image ? blob_ref(image) : NULL;
  job->timeout_us = timeout_us;
  job_append(job);
  dispatch(pool);
  return job;
}

completion *reader_job_completion(reader_job *job) { return &job->done; }

int reader_job_result(reader_job *job, const message **answer, error *e) {
  if (job->state != JOB_DONE)
    return 0;
  *answer = &job->answer;
  if (job->answer.failure.reason == REASON_NONE)
    return 1;
  *e = job->answer.failure;
  return -1;
}

void reader_job_cancel(reader_job *job) {
  error e;
  if (job->state == JOB_DONE || reader_pool_is_inherited(job->pool))
    return;
  error_set(&e, REASON_CANCELLED, "the job was cancelled");
  if (job->state == JOB_RUNNING)
    worker_lose(job->worker, &e);
  else
    job_fail(job, &e);
}

void reader_job_delete(reader_job *job) {
  // A child of a fork leaves its parent's jobs to the parent.
  if (!job || reader_pool_is_inherited(job->pool))
    return;
  reader_job_cancel(job);
  loop_forget(job->pool->loop, &job->done);
  blob_unref(job->steps);
  blob_unref(job->image);
  message_free(&job->answer);
  reader_pool_unref(job->pool);
  free(job);
}
