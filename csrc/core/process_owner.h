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

enum { PROCESS_NAME_SIZE = 128 };

// This process as text that may leave the machine, and be asked about where it
// came from: the machine's start, its room of process numbers, number, start.
void process_owner_name(char out[PROCESS_NAME_SIZE]);

// Whether the process of such a name, with whatever behind it, has ended. Of
// one elsewhere, or before the machine was started, nobody here knows: false.
bool process_owner_has_ended(const char *name);

#endif
