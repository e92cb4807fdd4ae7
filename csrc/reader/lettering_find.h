// SPDX-License-Identifier: MIT
#ifndef VISION_READER_LETTERING_FIND_H
#define VISION_READER_LETTERING_FIND_H

#include "lettering.h"

enum { LETTERING_LINES_MAX = 4000 };

// The places of an 8-bit grey picture where lettering may stand, at any angle:
// rules are taken out, and neighbouring blots of like size make a line. A line
// that stands upright or slanted is taken to be read from below or from the
// right. Not each place holds lettering; that is for the net to say.
// Returns how many of `lines` (LETTERING_LINES_MAX) were filled. -1: no memory.
// `lettering` gets the height of the sheet's letters in pixels, 0: none;
// `rules`, which the caller destroys, a mask of the rules without the strokes
// of letters that they cross, or NULL where there is no lettering.
int lettering_find(PIX *grey, lettering_line *lines, double *lettering,
                   PIX **rules, error *e);

#endif
