// SPDX-License-Identifier: MIT
#ifndef VISION_READER_FRAMES_RING_H
#define VISION_READER_FRAMES_RING_H

#include <leptonica/allheaders.h>

enum { RINGS_MAX = 6 };

// A circle with something in it: a diameter sign, or the letter of a modifier.
typedef struct ring {
  double x, y, radius; // pixels; of the middle of its stroke
  const char *text;    // "Ø", "Ⓜ" …
  double confidence;
} ring;

// The rings of a cell (1 bit, upright, without its rules), from left to right,
// also where other lettering touches them.
int rings_find(PIX *ink, ring rings[RINGS_MAX]);

#endif
