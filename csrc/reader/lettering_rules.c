// SPDX-License-Identifier: MIT
#include "lettering_rules.h"

#include <math.h>
#include <stdbool.h>

// ---- level and upright rules ----

// What survives an opening with a bar longer than any stroke of a letter, with
// its blurred rims.
static PIX *bars(PIX *ink, int length, bool level) {
  PIX *long_ones = level ? pixOpenBrick(NULL, ink, length, 1)
                         : pixOpenBrick(NULL, ink, 1, length);
  PIX *thick = NULL;
  if (long_ones)
    thick = level ? pixDilateBrick(NULL, long_ones, 1, 3)
                  : pixDilateBrick(NULL, long_ones, 3, 1);
  pixDestroy(&long_ones);
  return thick;
}

// What of a long rule has ink on both of its sides: a stroke of a letter that
// the rule crosses. The short ones may be stems of large letters.
static PIX *crossings(PIX *rest, PIX *rule, double lettering, bool level) {
  int reach = (int)fmax(4, .3 * lettering) + 1; // more than a rule is thick
  int length = (int)(2.3 * lettering);
  PIX *crossed = level ? pixCloseSafeBrick(NULL, rest, 3, reach)
                       : pixCloseSafeBrick(NULL, rest, reach, 3);
  PIX *long_ones = level ? pixOpenBrick(NULL, rule, length, 1)
                         : pixOpenBrick(NULL, rule, 1, length);
  if (crossed && long_ones)
    pixAnd(crossed, crossed, long_ones);
  else
    pixDestroy(&crossed);
  pixDestroy(&long_ones);
  return crossed;
}

// Puts back what `rules` took of the letters that they cross. -1: no memory.
static int mend(PIX *rest, PIX *level, PIX *upright, double lettering) {
  PIX *across = crossings(rest, level, lettering, true);
  PIX *down = crossings(rest, upright, lettering, false);
  int status = across && down ? 0 : -1;
  if (status == 0) {
    pixOr(rest, rest, across);
    pixOr(rest, rest, down);
  }
  pixDestroy(&across);
  pixDestroy(&down);
  return status;
}

ruled_ink rules_part(PIX *ink, double lettering) {
  int length = (int)fmax(20, 1.9 * lettering);
  PIX *level = bars(ink, length, true), *upright = bars(ink, length, false);
  PIX *rules = level && upright ? pixOr(NULL, level, upright) : NULL;
  PIX *rest = rules ? pixSubtract(NULL, ink, rules) : NULL;
  if (!rest || mend(rest, level, upright, lettering) < 0) {
    pixDestroy(&rules);
    pixDestroy(&rest);
  }
  pixDestroy(&level);
  pixDestroy(&upright);
  return (ruled_ink){rules, rest};
}

// ---- lines at an angle ----

enum { ANGLES = 24 };

// A line through the middle of a square, as the points of its pixels.
static SEL *line_at(double angle, int length) {
  int half = length / 2;
  SEL *sel =
      selCreateBrick(2 * half + 1, 2 * half + 1, half, half, SEL_DONT_CARE);
  for (int i = -half; sel && i <= half; i++)
    selSetElement(sel, half + (int)lround(i * sin(angle)),
                  half + (int)lround(i * cos(angle)), SEL_HIT);
  return sel;
}

static int add_opened(PIX *all, PIX *ink, double angle, int length) {
  SEL *sel = line_at(angle, length);
  PIX *opened = sel ? pixOpen(NULL, ink, sel) : NULL;
  selDestroy(&sel);
  if (!opened)
    return -1;
  pixOr(all, all, opened);
  pixDestroy(&opened);
  return 0;
}

// Long strokes that are neither level nor upright, and arcs of large circles;
// at half the size, where a line need not be hit to the pixel.
static PIX *oblique_ones(PIX *ink, double lettering) {
  PIX *half = pixReduceRankBinary2(ink, 1, NULL);
  PIX *found = half ? pixCreateTemplate(half) : NULL;
  int length = (int)fmax(10, .95 * lettering), status = found ? 0 : -1;
  for (int i = 1; i < ANGLES && status == 0; i++)
    if (2 * i != ANGLES)
      status = add_opened(found, half, acos(-1.0) * i / ANGLES, length);
  pixDestroy(&half);
  PIX *whole = status == 0 ? pixExpandBinaryReplicate(found, 2, 2) : NULL;
  pixDestroy(&found);
  return whole;
}

// What is left without them, but with the letters that they cross in one piece.
static PIX *without_oblique(PIX *ink, double lettering) {
  int reach = (int)fmax(4, .3 * lettering) + 1;
  PIX *found = oblique_ones(ink, lettering);
  PIX *wide = found ? pixDilateBrick(NULL, found, 3, 3) : NULL;
  PIX *rest = wide ? pixSubtract(NULL, ink, wide) : NULL;
  PIX *crossed = rest ? pixCloseSafeBrick(NULL, rest, reach, reach) : NULL;
  if (crossed) {
    pixAnd(crossed, crossed, wide);
    pixAnd(crossed, crossed, ink);
    pixOr(rest, rest, crossed);
  } else {
    pixDestroy(&rest);
  }
  pixDestroy(&found);
  pixDestroy(&wide);
  pixDestroy(&crossed);
  return rest;
}

static bool is_letter(const BOX *b, double lettering) {
  int larger = b->w > b->h ? b->w : b->h, smaller = b->w + b->h - larger;
  return larger > .3 * lettering && larger < 1.3 * lettering &&
         smaller > .3 * larger;
}

BOXA *rules_touching(PIX *rest, double lettering) {
  int most = (int)(3 * lettering);
  PIX *large = pixSelectBySize(rest, most, most, 8, L_SELECT_IF_EITHER,
                               L_SELECT_IF_GT, NULL);
  PIX *freed = large ? without_oblique(large, lettering) : NULL;
  BOXA *pieces = freed ? pixConnCompBB(freed, 8) : NULL;
  BOXA *letters = pieces ? boxaCreate(pieces->n) : NULL;
  for (int i = 0; letters && i < pieces->n; i++)
    if (is_letter(pieces->box[i], lettering))
      boxaAddBox(letters, pieces->box[i], L_COPY);
  pixDestroy(&large);
  pixDestroy(&freed);
  boxaDestroy(&pieces);
  return letters;
}
