// SPDX-License-Identifier: MIT
#ifndef VISION_READER_POPPLER_H
#define VISION_READER_POPPLER_H

#include "job.h"

#include <stdio.h>
#include <sys/types.h>

// One program of poppler-utils at work on the job's file.
typedef struct poppler {
  FILE *out; // what it prints
  int errors;
  pid_t pid;
  const char *program;
} poppler;

// The path under which the program finds the file.
#define POPPLER_FILE "/dev/fd/3"

// Starts arguments[0] (NULL-terminated list). -1: INTERNAL or MEMORY.
int poppler_start(poppler *p, job *j, const char *const arguments[], error *e);

// Waits for its end; call it also after reading failed. -1: MISSING_LIBRARY,
// ENCRYPTED, READER_MEMORY or INVALID_IMAGE with what the program said.
int poppler_finish(poppler *p, error *e);

#endif
