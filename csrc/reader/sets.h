// SPDX-License-Identifier: MIT
#ifndef VISION_READER_SETS_H
#define VISION_READER_SETS_H

#include "../core/error.h"

#include <stdbool.h>

// Numbers 0 to count - 1 in disjoint sets.
typedef struct sets {
  int count;
  int *parent, *next, *size; // next: the following member, in a ring
} sets;

int sets_new(sets *s, int count, error *e); // -1: no memory
void sets_free(sets *s);

int sets_root(sets *s, int member);
int sets_size(sets *s, int member);
void sets_join(sets *s, int a, int b);

// Writes the members of a set; there must be room for all of them.
int sets_members(sets *s, int member, int *out);

#endif
