// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_CONCURRENCY_LIMIT_H
#define VISION_CORE_CONCURRENCY_LIMIT_H

#include "process_owner.h"

#include <stdbool.h>
#include <stdint.h>

// How many calls may be under way at a time. Who may call gets a permit and
// brings it back; one that was not brought back is lost when its time is over
// or its process has ended, whichever comes first.
//
// `now` is in seconds, monotonic.
//
// Plain values only, so that it may lie in memory that processes share; who
// does that brings the lock, and keeps the layout's number beside it.
enum { CONCURRENCY_LAYOUT = 1, CONCURRENCY_MAX = 256 };

typedef struct concurrency_permit {
  uint64_t number; // 0: a free place
  double expires;
  process_owner owner;
} concurrency_permit;

typedef struct concurrency_limit {
  uint32_t limit;     // 1 .. CONCURRENCY_MAX
  uint32_t in_flight; // permits out now
  uint32_t peak;      // the most there were at a time
  uint64_t granted;   // permits given; the number of the last one
  uint64_t rejected;  // calls refused
  uint64_t lost;      // permits that were not brought back
  double looked;      // when lost ones were last looked for
  concurrency_permit permits[CONCURRENCY_MAX];
} concurrency_limit;

void concurrency_init(concurrency_limit *c, uint32_t limit);

// A permit for this process, for at most `lease` seconds (> 0); 0: refused.
// When all are out, lost ones are looked for, once a second at most.
uint64_t concurrency_acquire(concurrency_limit *c, double lease, double now);

// False: this process has it not, because it was brought back already or taken
// for lost.
bool concurrency_release(concurrency_limit *c, uint64_t number);

// Drops the permits whose time is over, or whose process has ended.
void concurrency_drop_lost(concurrency_limit *c, double now);

// Whether these bytes may be used as one without harm, whoever wrote them.
bool concurrency_is_sound(const concurrency_limit *c);

#endif
