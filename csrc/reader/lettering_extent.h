// SPDX-License-Identifier: MIT
#ifndef VISION_READER_LETTERING_EXTENT_H
#define VISION_READER_LETTERING_EXTENT_H

#include "lettering_blots.h"

// What blots cover along a direction of reading (radians) and across it, in
// pixels.
typedef struct extent {
  double left, right, top, bottom;
  double letters; // height of its letters, brackets and slashes set aside
} extent;

// The direction of the middles of some blots, from -90° to 90°, and how far
// they lie beside it.
double axis_of(const blots *all, const int *members, int count, double *spread);

// The middle of a blot along a direction and across it.
double along(const blot *b, double angle);
double across(const blot *b, double angle);

extent extent_empty(double letters);
void extent_add(extent *x, const blot *b, double angle);

// Takes off the corners of upright boxes, which stick out of a slanted line.
void extent_trim(extent *x, double angle, double lettering);

#endif
