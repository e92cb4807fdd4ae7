// SPDX-License-Identifier: MIT
#ifndef VISION_READER_FRAMES_READ_H
#define VISION_READER_FRAMES_READ_H

#include "frames_rules.h"

#include "../core/error.h"

#include <stdbool.h>

typedef struct cell_text {
  char text[64]; // UTF-8; empty: nothing that can be read
  double confidence;
} cell_text;

// Reads what stands in a cell: the characteristic of a frame, told by its shape
// (only where `may_be_sign`), or numbers and letters with diameter signs and
// circled modifiers. `rotation` (0, 90, 270) makes it upright. -1: as `words`,
// or READER_MEMORY.
int cell_read(PIX *grey, const ruled_cell *cell, int rotation, bool may_be_sign,
              cell_text *out, error *e);

// How surely the cell shows a characteristic when it is turned so: 0, it shows
// none, to 1.
double cell_sign_confidence(PIX *grey, const ruled_cell *cell, int rotation);

#endif
