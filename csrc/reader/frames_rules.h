// SPDX-License-Identifier: MIT
#ifndef VISION_READER_FRAMES_RULES_H
#define VISION_READER_FRAMES_RULES_H

#include <leptonica/allheaders.h>

// More ruled cells than this on a page, and the rest is left out.
enum { RULED_CELLS_MAX = 20000 };

// The paper inside four rules, in pixels of the picture.
typedef struct ruled_cell {
  int x, y, width, height;
} ruled_cell;

typedef struct ruled_cells {
  ruled_cell *list; // from top to bottom
  int count;
  double length; // of the shortest rule that was looked for, pixels
} ruled_cells;

// What is clearly darker than the paper, whatever grey the paper has: light
// lettering stays. 1 bit; NULL where Leptonica fails.
PIX *ruled_ink(PIX *grey);

// Height of most letters and digits of the picture, pixels.
int ruled_lettering(PIX *ink);

// The rectangles of paper that rules of at least `length` pixels close in.
// Small gaps in rules, slant up to about 1.5 degrees and lettering that touches
// a rule do no harm, as long as the lettering is lower than `length`. -1:
// memory.
int ruled_cells_find(PIX *ink, double length, ruled_cells *cells);
// How many of the eight ends of a box's rules go on beyond its corners, as
// those of a table or of extension lines do. `box` is the paper within the
// rules.
int rules_going_on(PIX *ink, const ruled_cell *box, double length);

void ruled_cells_free(ruled_cells *cells);

#endif
