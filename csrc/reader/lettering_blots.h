// SPDX-License-Identifier: MIT
#ifndef VISION_READER_LETTERING_BLOTS_H
#define VISION_READER_LETTERING_BLOTS_H

#include "../core/error.h"

#include <leptonica/allheaders.h>
#include <stdbool.h>

enum { BLOTS_MAX = 30000 };

// A connected piece of ink of the size of letters, marks or less, in pixels.
typedef struct blot {
  double x, y, width, height;
  bool cut_out; // of something larger, which is no lettering by itself
} blot;

static inline double blot_middle_x(const blot *b) {
  return b->x + b->width / 2;
}
static inline double blot_middle_y(const blot *b) {
  return b->y + b->height / 2;
}
static inline double blot_larger(const blot *b) {
  return b->width > b->height ? b->width : b->height;
}

typedef struct blots {
  int count;
  blot *list;       // from left to right
  double lettering; // height of the letters that the sheet has most of
  PIX *rules;       // the straight lines that were taken out
  PIX *bare_rules;  // these without the strokes of letters that they cross
} blots;

// What is left of an 8-bit grey picture without its rules. -1: no memory.
int blots_find(PIX *grey, blots *all, error *e);
void blots_free(blots *all);

// Whether a rule crosses the straight way between two blots.
bool blots_rule_between(const blots *all, const blot *a, const blot *b);

// Whether a rule runs through the middle of a blot along its longer side, as it
// does through an arrow head, and through no digit.
bool blots_rule_along(const blots *all, const blot *b);

#endif
