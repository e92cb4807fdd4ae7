// SPDX-License-Identifier: MIT
#include "loop.h"

#include "buffer.h"
#include "clock.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct loop {
  uv_loop_t uv;
  uv_timer_t deadline;      // ends a wait; unreferenced: keeps nothing alive
  completion *first, *last; // queue of news, oldest first
  int64_t budget_end_us;    // INT64_MAX outside a step with a budget
  int references;
  unsigned generation; // of the process that made it
  bool deadline_passed;
};

typedef struct pool_job {
  uv_work_t work;
  loop *loop;
  void (*run)(void *);
  void (*done)(void *);
  void *argument;
} pool_job;

static loop *current;       // the process's loop, NULL before the first use
static unsigned generation; // one more in each forked child

// Counted, since asking the kernel for our number at every call adds up.
static void count_fork(void) { generation++; }

// ---- life ----

static void watch_forks(void) {
  static bool watched;
  if (!watched)
    watched = pthread_atfork(NULL, NULL, count_fork) == 0;
}

// Of a standard descriptor that is closed libuv would make one of its own, and
// aborts when it closes that. What is put there refuses as a closed one does.
static void occupy_standard_descriptors(void) {
  static const int unusable[] = {O_WRONLY, O_RDONLY, O_RDONLY};
  for (int fd = 0; fd < 3; fd++)
    if (fcntl(fd, F_GETFD) < 0)
      open("/dev/null", unusable[fd]); // the lowest one that is free
}

static loop *loop_new(error *e) {
  watch_forks();
  occupy_standard_descriptors();
  loop *l = calloc(1, sizeof *l);
  if (!l) {
    error_memory(e);
    return NULL;
  }
  int status = uv_loop_init(&l->uv);
  if (status < 0) {
    error_set(e, REASON_INTERNAL, "cannot start an event loop: %s",
              uv_strerror(status));
    free(l);
    return NULL;
  }
  uv_timer_init(&l->uv, &l->deadline);
  uv_unref((uv_handle_t *)&l->deadline);
  l->budget_end_us = INT64_MAX;
  l->generation = generation;
  return l;
}

static void loop_delete(loop *l) {
  uv_close((uv_handle_t *)&l->deadline, NULL);
  // Operations hold references, so only handles that are closing are left. A
  // completion that nobody took may have stopped the first run.
  while (uv_run(&l->uv, UV_RUN_DEFAULT) != 0)
    ;
  uv_loop_close(&l->uv);
  free(l);
}

loop *loop_get(error *e) {
  if (!current || loop_is_inherited(current))
    current = loop_new(e); // an inherited one stays with its operations
  return current ? loop_ref(current) : NULL;
}

loop *loop_ref(loop *l) {
  l->references++;
  return l;
}

void loop_unref(loop *l) {
  if (--l->references > 0 || loop_is_inherited(l))
    return;
  if (l == current)
    current = NULL;
  loop_delete(l);
}

bool loop_is_inherited(const loop *l) { return l->generation != generation; }

uv_loop_t *loop_uv(loop *l) { return &l->uv; }

// ---- completions ----

static buffer free_slots = {.maximum = SIZE_MAX}; // a uint32_t each

static uint32_t slot_take(void) {
  static uint32_t largest;
  uint32_t slot;
  if (free_slots.length == 0)
    return ++largest % COMPLETION_SLOTS;
  free_slots.length -= sizeof slot;
  memcpy(&slot, free_slots.data + free_slots.length, sizeof slot);
  return slot;
}

// Without memory to note it, it is not used again.
static void slot_give(uint32_t slot) {
  error e;
  (void)buffer_append(&free_slots, &slot, sizeof slot, &e);
}

void completion_init(completion *c) {
  static uint32_t last; // beside the slot it fits into the digits of a double
  if (++last == 0)
    last = 1;
  *c = (completion){.id = (uint64_t)last * COMPLETION_SLOTS + slot_take(),
                    .has_slot = true};
}

void loop_complete(loop *l, completion *c) {
  if (c->queued)
    return;
  c->queued = true;
  c->next = NULL;
  c->previous = l->last;
  if (l->last)
    l->last->next = c;
  else
    l->first = c;
  l->last = c;
  // News of a timer come before this turn of uv_run polls: it must not sleep.
  uv_stop(&l->uv);
}

static void unqueue(loop *l, completion *c) {
  c->queued = false;
  if (c->previous)
    c->previous->next = c->next;
  else
    l->first = c->next;
  if (c->next)
    c->next->previous = c->previous;
  else
    l->last = c->previous;
}

void loop_forget(loop *l, completion *c) {
  if (c->queued)
    unqueue(l, c);
  if (c->has_slot)
    slot_give((uint32_t)(c->id % COMPLETION_SLOTS));
  c->has_slot = false;
}

uint64_t loop_take(loop *l) {
  completion *c = l->first;
  if (!c)
    return 0;
  unqueue(l, c);
  return c->id;
}

// ---- running ----

// A peer that hangs up must not kill the host program, whose own handling of
// SIGPIPE we leave alone: it is blocked while we run, and one of ours eaten.
typedef struct pipe_guard {
  sigset_t previous;
  bool was_pending;
} pipe_guard;

static sigset_t sigpipe_alone(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

static bool sigpipe_pending(void) {
  sigset_t pending;
  sigpending(&pending);
  return sigismember(&pending, SIGPIPE) == 1;
}

static void block_sigpipe(pipe_guard *guard) {
  sigset_t set = sigpipe_alone();
  guard->was_pending = sigpipe_pending();
  pthread_sigmask(SIG_BLOCK, &set, &guard->previous);
}

static void unblock_sigpipe(const pipe_guard *guard) {
  if (!guard->was_pending && sigpipe_pending()) {
    sigset_t set = sigpipe_alone();
    sigtimedwait(&set, NULL, &(struct timespec){0});
  }
  pthread_sigmask(SIG_SETMASK, &guard->previous, NULL);
}

static bool more_is_ready(const loop *l) {
  struct pollfd fd = {.fd = uv_backend_fd(&l->uv), .events = POLLIN};
  return poll(&fd, 1, 0) > 0;
}

void loop_step(loop *l, int64_t budget_us) {
  pipe_guard guard;
  block_sigpipe(&guard);
  l->budget_end_us = clock_mono_us() + budget_us;
  do {
    uv_run(&l->uv, UV_RUN_NOWAIT);
  } while (!l->first && !loop_over_budget(l) && more_is_ready(l));
  l->budget_end_us = INT64_MAX;
  unblock_sigpipe(&guard);
}

static void on_deadline(uv_timer_t *timer) {
  ((loop *)uv_handle_get_data((uv_handle_t *)timer))->deadline_passed = true;
}

static void start_deadline(loop *l, int64_t timeout_us) {
  l->deadline_passed = timeout_us == 0;
  if (timeout_us <= 0)
    return;
  uv_update_time(&l->uv);
  uv_handle_set_data((uv_handle_t *)&l->deadline, l);
  uv_timer_start(&l->deadline, on_deadline, (uint64_t)(timeout_us + 999) / 1000,
                 0);
}

bool loop_wait(loop *l, int64_t timeout_us) {
  if (l->first)
    return true;
  pipe_guard guard;
  block_sigpipe(&guard);
  start_deadline(l, timeout_us);
  while (!l->first && !l->deadline_passed && uv_loop_alive(&l->uv))
    uv_run(&l->uv, UV_RUN_ONCE);
  uv_timer_stop(&l->deadline);
  unblock_sigpipe(&guard);
  return l->first != NULL;
}

bool loop_over_budget(const loop *l) {
  return l->budget_end_us != INT64_MAX && clock_mono_us() >= l->budget_end_us;
}

int loop_descriptor(const loop *l) { return uv_backend_fd(&l->uv); }

int64_t loop_next_due_us(const loop *l) {
  if (l->first)
    return 0;
  // uv_backend_timeout says 0 when nothing is alive: "stop", not "at once".
  if (!uv_loop_alive(&l->uv))
    return -1;
  int timeout_ms = uv_backend_timeout(&l->uv);
  return timeout_ms < 0 ? -1 : (int64_t)timeout_ms * 1000;
}

// ---- the pool ----

static void on_pool(uv_work_t *work) {
  pool_job *job = work->data;
  job->run(job->argument);
}

static void after_pool(uv_work_t *work, int status) {
  (void)status; // never cancelled: what a job did is thrown away by its owner
  pool_job *job = work->data;
  loop *l = job->loop;
  job->done(job->argument);
  free(job);
  loop_unref(l);
}

int loop_submit(loop *l, void (*work)(void *), void (*done)(void *),
                void *argument, error *e) {
  pool_job *job = malloc(sizeof *job);
  if (!job)
    return error_memory(e);
  *job = (pool_job){.loop = l, .run = work, .done = done, .argument = argument};
  job->work.data = job;
  int status = uv_queue_work(&l->uv, &job->work, on_pool, after_pool);
  if (status < 0) {
    free(job);
    return error_set(e, REASON_INTERNAL, "cannot queue work: %s",
                     uv_strerror(status));
  }
  loop_ref(l);
  return 0;
}
