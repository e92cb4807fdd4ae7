// SPDX-License-Identifier: MIT
#ifndef VISION_READER_LETTERING_H
#define VISION_READER_LETTERING_H

#include "../core/error.h"

#include <leptonica/allheaders.h>
#include <stdbool.h>

enum { LETTERING_SIGNS_MAX = 128 };

// A line of lettering on a picture: its middle, the direction in which it is
// read (radians, 0 to the right, a quarter turn down), and its size along and
// across that direction in pixels. Height is that of its letters.
typedef struct lettering_line {
  double x, y, angle, length, height;
  int below; // counts only below a deviation in line number `below`, from 1
  bool short_one; // two letters at an angle: counts only as a short call-out
} lettering_line;

typedef struct lettering_sign {
  const char *text;  // UTF-8
  double confidence; // 0 to 1
  double from, to;   // pixels along the line, from its beginning
} lettering_sign;

typedef struct lettering_text {
  int count;
  lettering_sign signs[LETTERING_SIGNS_MAX];
  double confidence; // of the least sure sign; 0 where there is none
} lettering_text;

// What a line of an 8-bit grey picture says; ink that is no lettering says
// nothing. -1: no memory, or INTERNAL.
int lettering_read_line(PIX *grey, const lettering_line *line,
                        lettering_text *text, error *e);

// What an upright crop of one line says, for instance of a cell without its
// rules: its text in `out`, cut to `size`. -1: as above.
int lettering_read(PIX *grey, char *out, size_t size, double *confidence,
                   error *e);

#endif
