// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_READER_PROCESS_H
#define VISION_CORE_READER_PROCESS_H

#include "error.h"

#include <stdbool.h>
#include <sys/types.h>

// One vision-reader process, leader of its own process group.

// Starts arguments[0] (NULL-terminated list) with one end of a socket pair as
// its descriptor 3, and with nothing else of ours: no descriptor and, but for a
// short list of names, no environment (which may hold keys). *fd is our end.
// -1: MISSING_LIBRARY where there is no such program, else INTERNAL.
int reader_process_start(char *const arguments[], pid_t *pid, int *fd,
                         error *e);

// Ends the process and all it has started, at once. False: it has ended before.
bool reader_process_kill(pid_t pid);

// True once it has ended: from then on its number is no longer ours, and must
// not be used again. A host that reaps all children (nginx) may have been
// faster; that is the same to us.
bool reader_process_is_gone(pid_t pid);

// Waits for the end of a process that was killed.
void reader_process_reap(pid_t pid);

#endif
