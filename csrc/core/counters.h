// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_COUNTERS_H
#define VISION_CORE_COUNTERS_H

#include "process_owner.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Figures that only grow, and how many calls are under way. Of the latter each
// process has a share of its own: what one had under way when it was killed is
// dropped with it.
//
// Plain values only, so that it may lie in memory that processes share; who
// does that brings the lock, and keeps the layout's number beside it.
enum { COUNTERS_LAYOUT = 1, COUNTERS_MAX = 128, COUNTERS_PROCESSES_MAX = 256 };

typedef struct counters_share {
  process_owner owner;
  uint64_t calls; // 0: a free place
} counters_share;

typedef struct counters {
  uint32_t count; // of the figures, 1 .. COUNTERS_MAX
  uint64_t values[COUNTERS_MAX];
  counters_share shares[COUNTERS_PROCESSES_MAX];
} counters;

void counters_init(counters *c, uint32_t count);
void counters_reset(counters *c); // calls under way stay counted as such

// `index` from 0, below the count. A full figure stays full.
void counters_add(counters *c, uint32_t index, uint64_t amount);

// One more call of this process. False: there is no room for another process,
// and the call is not counted.
bool counters_enter(counters *c);
void counters_leave(counters *c); // nothing where none is counted

// Calls under way in processes that are alive; forgets those of others.
uint64_t counters_in_flight(counters *c);

// Whether these bytes may be used as one without harm, whoever wrote them.
bool counters_is_sound(const counters *c);

#endif
