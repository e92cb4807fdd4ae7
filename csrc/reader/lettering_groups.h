// SPDX-License-Identifier: MIT
#ifndef VISION_READER_LETTERING_GROUPS_H
#define VISION_READER_LETTERING_GROUPS_H

#include "lettering_blots.h"
#include "sets.h"

// Which blots of a page stand together as the letters of a line may.
typedef struct groups {
  blots all;
  double (*nearest)[2]; // gap to the next letter, level and upright
  bool *turned;         // has a neighbour in a line of the other direction
  sets straight;        // lines that are level or upright
  sets slanted; // letters, alone or in twos, near each other at an angle
} groups;

// A blot along a direction of reading: u grows with the text, v across it.
typedef struct side {
  double u, v, length, height;
} side;

// -1: no memory.
int groups_find(PIX *grey, groups *g, error *e);
void groups_free(groups *g);

// Whether a letter belongs to an upright line, or to a level one.
bool groups_reads_along(const groups *g, int letter, bool upright);

side side_of(const blot *b, bool upright);
bool side_is_letter(const side *s, double lettering);

#endif
