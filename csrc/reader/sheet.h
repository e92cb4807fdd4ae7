// SPDX-License-Identifier: MIT
#ifndef VISION_READER_SHEET_H
#define VISION_READER_SHEET_H

#include <leptonica/allheaders.h>
#include <stdbool.h>

typedef struct point {
  double x, y;
} point;

// The sheet that a photograph shows on a darker ground: its corners from the
// upper left one clockwise, in pixels. False: no such sheet, or one that fills
// the picture. `grey` has 8 bits.
bool sheet_find(PIX *grey, point corners[4]);

#endif
