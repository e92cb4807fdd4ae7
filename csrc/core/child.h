// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_CHILD_H
#define VISION_CORE_CHILD_H

#include "loop.h"

// A process that we start and look after: a worker of the service. It keeps our
// standard descriptors and our environment, is in a session of its own (Ctrl-C
// in a terminal is for us alone), and can tell that it is ready.

typedef struct child child;

// What the child finds besides the standard descriptors.
enum { CHILD_INHERITED = 3, CHILD_READY = 4 };

// Starts arguments[0], looked for in PATH; both lists end with NULL.
// `environment` are NAME=VALUE, in the place of what we have under that name.
// `inherited` becomes its descriptor 3. On 4 it may write a byte, once it is
// ready. NULL: NOT_FOUND (no such program), INTERNAL, MEMORY.
child *child_start(loop *l, char *const arguments[], char *const environment[],
                   int inherited, error *e);

// Has news when it is ready, and when it has ended.
completion *child_completion(child *c);

int child_pid(const child *c);
bool child_is_ready(const child *c);

// True once it has ended; then how: the status it ended with, or the signal
// that ended it (0: none did).
bool child_has_ended(const child *c, int *status, int *signal);

// Sends it a signal; nothing where it has ended.
void child_signal(child *c, int number);

// One that still runs is killed. NULL is fine.
void child_delete(child *c);

#endif
