// SPDX-License-Identifier: MIT
#ifndef VISION_READER_LETTERING_RULES_H
#define VISION_READER_LETTERING_RULES_H

#include <leptonica/allheaders.h>

// The ink of a page taken apart: its straight rules, level and upright, and the
// rest, in which the letters that a rule crosses stand in one piece. Whoever
// gets it destroys both.
typedef struct ruled_ink {
  PIX *rules, *rest;
} ruled_ink;

// `lettering` is the height of the letters in pixels. Both are NULL where there
// was no memory.
ruled_ink rules_part(PIX *ink, double lettering);

// The letters that touch a line at an angle or a circle and are one piece with
// it, as boxes cut out of what is much larger than a letter. NULL: no memory.
BOXA *rules_touching(PIX *rest, double lettering);

#endif
