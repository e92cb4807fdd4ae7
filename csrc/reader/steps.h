// SPDX-License-Identifier: MIT
#ifndef VISION_READER_STEPS_H
#define VISION_READER_STEPS_H

#include "job.h"

// Each row: the word of the step, the keys it takes, the function that does it,
// and whether a picture must have been opened. steps.c makes the table.
#define READER_STEPS(X)                                                        \
  X(about, "", false)                                                          \
  X(info, "page", false)                                                       \
  X(open, "page dpi gray", false)                                              \
  X(base, "", true)                                                            \
  X(upright, "turn", true)                                                     \
  X(rotate, "angle", true)                                                     \
  X(scale, "factor", true)                                                     \
  X(fit, "width height", true)                                                 \
  X(crop, "x y width height", true)                                            \
  X(ink, "cell", true)                                                         \
  X(gray, "", true)                                                            \
  X(unline, "length threshold", true)                                          \
  X(encode, "format quality", true)                                            \
  X(tiles, "width height overlap format quality", true)                        \
  X(words, "psm languages dpi", true)                                          \
  X(lettering, "looks", true)                                                  \
  X(frames, "", true)                                                          \
  X(text, "page dpi", false)

#define X(name, keys, wants_picture)                                           \
  int step_##name(job *j, const step *s, error *e);
READER_STEPS(X)
#undef X

// Turns the current picture clockwise, any angle. -1: TOO_LARGE, READER_MEMORY.
int job_turn(job *j, double degrees, error *e);

enum { PAGE_MAX = 100000, DPI_MAX = 2400, SIDE_MAX = 100000 };

#endif
