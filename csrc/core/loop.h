// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_LOOP_H
#define VISION_CORE_LOOP_H

#include "error.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

// The process's one event loop. All of it belongs to the thread that made it,
// but for the `work` functions of jobs, which run on the thread pool.
//
// C never calls Lua: an operation that has news queues its completion here,
// and Lua takes the identities of completions, one by one, when it polls.

typedef struct loop loop;

// What an operation (timer, request, job …) embeds to be waited for. News that
// come before the last ones were taken are not queued twice.
typedef struct completion {
  struct completion *next, *previous;
  uint64_t id; // COMPLETION_SLOTS times a number that grows, and its slot;
               // unique, never 0
  bool queued, has_slot;
} completion;

// The slot of a completion, id % COMPLETION_SLOTS, is small, and no other that
// is alive has it: a table by slots stays small and dense (SLOTS of
// base/task.lua).
enum { COMPLETION_SLOTS = 1 << 20 };

// The process's loop with one more reference; made at the first call. After a
// fork the child gets a loop of its own. NULL: INTERNAL (no descriptors left)
// or MEMORY.
loop *loop_get(error *e);
loop *loop_ref(loop *l);
void loop_unref(loop *l); // the last one closes the loop

// True in a forked child for a loop of its parent: nothing of it may be
// touched, since both share one kernel queue. Whoever closes an operation
// looks here first and leaves it as it is.
bool loop_is_inherited(const loop *l);

uv_loop_t *loop_uv(loop *l);

void completion_init(completion *c);
void loop_complete(loop *l, completion *c); // queues c, if it is not queued
// Before c's memory goes away; its slot is used again.
void loop_forget(loop *l, completion *c);
uint64_t loop_take(loop *l); // identity of the next, or 0

// Handles what is ready, for about `budget_us` microseconds (callbacks of
// heavy work look at loop_over_budget and go on in a later step); never waits.
void loop_step(loop *l, int64_t budget_us);

// Runs until a completion is queued or `timeout_us` has passed (< 0: no
// limit). True: one is queued. False at once when nothing is under way.
bool loop_wait(loop *l, int64_t timeout_us);

// In a callback: true once the budget of the step is spent.
bool loop_over_budget(const loop *l);

// A descriptor that is readable when a step has something to do, and the time
// after which a step is due even when it is not readable, in microseconds
// (< 0: none).
int loop_descriptor(const loop *l);
int64_t loop_next_due_us(const loop *l);

// Runs work(argument) on the pool, then done(argument) on the loop's thread.
// `done` is always called once, also when the loop is closing. -1: MEMORY.
int loop_submit(loop *l, void (*work)(void *), void (*done)(void *),
                void *argument, error *e);

#endif
