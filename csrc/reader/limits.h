// SPDX-License-Identifier: MIT
#ifndef VISION_READER_LIMITS_H
#define VISION_READER_LIMITS_H

#include "../core/error.h"

#include <stdint.h>

// What one reader may use. Each is an argument --name=number.
#define READER_LIMITS(X)                                                       \
  X(memory, 4096, "address space of each process, MiB")                        \
  X(seconds, 300, "processor time of one job")                                 \
  X(pixels, 300000000, "pixels of a picture, opened or made")                  \
  X(input, 1073741824, "bytes of a file")                                      \
  X(output, 268435456, "bytes of all pictures of an answer")                   \
  X(files, 64, "open descriptors")

typedef struct reader_limits {
#define X(name, value, text) int64_t name;
  READER_LIMITS(X)
#undef X
} reader_limits;

// Takes the arguments of the program. -1: INVALID_OPTION.
int limits_parse(reader_limits *l, int count, char **arguments, error *e);

// Lays the limits that the system keeps on this process and its children.
int limits_apply(const reader_limits *l, error *e);

// Gives the job that begins now its own processor time.
void limits_begin_job(const reader_limits *l);

#endif
