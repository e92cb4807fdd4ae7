// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_PROCESS_OWNER_H
#define VISION_CORE_PROCESS_OWNER_H

#include <stdbool.h>
#include <stdint.h>

// Who holds something that processes share: a process by its number and the
// time it was started, so that a later one of the same number is not taken for
// it.
typedef struct process_owner {
  int64_t pid;
  uint64_t started; // ticks since boot, of /proc/PID/stat; 0: not known
} process_owner;

process_owner process_owner_self(void); // cheap; right after a fork, too

// Whether it still runs; one that has ended and was not waited for does not.
bool process_owner_is_alive(const process_owner *o);

#endif
