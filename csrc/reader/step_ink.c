// SPDX-License-Identifier: MIT

// Where a picture is blank: a coarse map of its ink, for whoever wants to write
// on it without hiding anything.

#include "steps.h"

#include <math.h>
#include <stdlib.h>

enum {
  DIFFERENCE = 50,   // grey levels that set ink off from the ground
  CELLS_MAX = 250000 // of one map
};

// Ink is what differs from the ground, so that white on black has it too.
static PIX *ink_of(PIX *picture) {
  PIX *grey = pixConvertTo8(picture, 0);
  NUMA *map = numaMakeConstant(0, 256);
  l_uint32 ground = 255;
  if (!grey || !map || pixGetRankValue(grey, 8, 0.5F, &ground) != 0) {
    pixDestroy(&grey);
  } else {
    for (int value = 0; value < 256; value++)
      numaSetValue(map, value, abs(value - (int)ground) > DIFFERENCE ? 255 : 0);
    pixTRCMap(grey, NULL, map);
  }
  numaDestroy(&map);
  return grey;
}

static int write_cells(job *j, PIX *cells, error *e) {
  int width = pixGetWidth(cells), height = pixGetHeight(cells);
  char *digits = malloc((size_t)width * (size_t)height);
  if (!digits)
    return error_memory(e);
  char *out = digits;
  for (int y = 0; y < height; y++) {
    l_uint32 *line = pixGetData(cells) + (size_t)y * (size_t)pixGetWpl(cells);
    for (int x = 0; x < width; x++)
      *out++ = (char)('0' + (GET_DATA_BYTE(line, x) * 9 + 254) / 255);
  }
  json_integer_member(&j->out, "columns", width);
  json_integer_member(&j->out, "rows", height);
  json_name(&j->out, "cells");
  json_text(&j->out, digits, (size_t)width * (size_t)height);
  free(digits);
  return 0;
}

// One digit a cell, row by row: 0 is blank, 9 is full of ink.
int step_ink(job *j, const step *s, error *e) {
  int cell = 16; // pixels
  if (step_integer(s, "cell", 4, 1000, &cell, e) < 0)
    return -1;
  double width = ceil((double)pixGetWidth(j->current) / cell);
  double height = ceil((double)pixGetHeight(j->current) / cell);
  if (width * height > CELLS_MAX)
    return error_set(e, REASON_TOO_LARGE,
                     "step ink: %.0fx%.0f cells: at most %d are made", width,
                     height, (int)CELLS_MAX);
  PIX *ink = ink_of(j->current);
  PIX *cells = ink ? pixScaleToSize(ink, (int)width, (int)height) : NULL;
  int status = cells ? write_cells(j, cells, e)
                     : leptonica_failed("looking for blank paper", e);
  pixDestroy(&ink);
  pixDestroy(&cells);
  return status;
}
