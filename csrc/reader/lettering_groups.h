// SPDX-License-Identifier: MIT
#ifndef VISION_READER_LETTERING_GROUPS_H
#define VISION_READER_LETTERING_GROUPS_H

#include "lettering_blots.h"
#include "sets.h"

// How a letter is read; upright lines run up the page.
typedef enum direction { LEVEL, UPRIGHT, UNKNOWN } direction;

// Two letters that can stand side by side in a line of that direction.
typedef struct pair {
  int a, b;
  double gap; // in heights of the higher one
  direction along;
} pair;

// Which blots of a page stand together as the letters of a line may.
typedef struct groups {
  blots all;
  pair *pairs;
  int pair_count, pair_room;
  direction *read; // of each blot
  sets straight;   // lines that are level or upright
  sets slanted;    // letters, alone or in twos, near each other at an angle
} groups;

// A blot along a direction of reading: u grows with the text, v across it.
typedef struct side {
  double u, v, length, height;
} side;

// -1: no memory.
int groups_find(PIX *grey, groups *g, error *e);
void groups_free(groups *g);

side side_of(const blot *b, direction along);
bool side_is_letter(const side *s, double lettering);

#endif
