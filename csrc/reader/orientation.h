// SPDX-License-Identifier: MIT
#ifndef VISION_READER_ORIENTATION_H
#define VISION_READER_ORIENTATION_H

#include "../core/error.h"

#include <leptonica/allheaders.h>

// By how many degrees clockwise the page is to be turned so that most of its
// lettering stands upright: 0, 90, 180 or 270, told by reading a few of its
// longest lines. Where they do not say, the page stays as it is. `grey` and
// `small`, a copy of it on which the lines are looked for, have 8 bits. -1:
// MISSING_LIBRARY, READER_MEMORY.
int orientation_find(PIX *grey, PIX *small, int *degrees, error *e);

#endif
