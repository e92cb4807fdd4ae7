// SPDX-License-Identifier: MIT
#ifndef VISION_READER_FRAMES_SHAPE_H
#define VISION_READER_FRAMES_SHAPE_H

#include <leptonica/allheaders.h>

// Signs of ISO 1101 told by their shape: they are drawings of a few strokes
// that no font changes much.

// The characteristic that `ink` (1 bit, upright, cut to its ink) shows, or
// NULL. *confidence is 0 .. 1.
const char *shape_characteristic(PIX *ink, double *confidence);

// The modifier ("Ⓜ" …) whose letter stands in a circle. `ink` is what lies
// within the circle, as above.
const char *shape_in_circle(PIX *ink, double *confidence);

#endif
