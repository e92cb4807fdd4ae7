// SPDX-License-Identifier: MIT
#include "lettering_blots.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Heights of lettering that are looked for, in pixels.
enum { LOWEST = 7, HIGHEST = 90 };

// Ink is darker than the paper by this much; thin grey lines of CAD programs
// are hardly darker.
enum { PAPER_LEAST = 120, DARKER_THAN_PAPER = 42 };

// ---- ink ----

// The grey value that most pixels of the bright side have.
static int paper_of(PIX *grey) {
  NUMA *counts = pixGetGrayHistogram(grey, 4);
  if (!counts)
    return 255;
  int paper = 255;
  float most = 0;
  for (int value = PAPER_LEAST; value < 256; value++) {
    float count = 0;
    numaGetFValue(counts, value, &count);
    if (count >= most) {
      most = count;
      paper = value;
    }
  }
  numaDestroy(&counts);
  return paper;
}

static PIX *ink_of(PIX *grey) {
  return pixThresholdToBinary(grey, paper_of(grey) - DARKER_THAN_PAPER);
}

// ---- the height of the lettering ----

// Dashes and hatching are thin, and there are many of them.
static bool is_thin(const BOX *b) {
  return b->w * 4 < b->h || b->h * 4 < b->w || b->w < 3 || b->h < 3;
}

enum { TILES = 24 };

// How many tiles of the page hold letters of each height.
static void count_tiles(BOXA *boxes, int width, int height, double *counts) {
  static bool seen[HIGHEST + 1][TILES * TILES];
  memset(seen, 0, sizeof seen);
  for (int i = 0; i < boxes->n; i++) {
    const BOX *b = boxes->box[i];
    int larger = b->w > b->h ? b->w : b->h;
    int tile = b->y * TILES / height * TILES + b->x * TILES / width;
    if (!is_thin(b) && larger >= LOWEST && larger <= HIGHEST &&
        !seen[larger][tile]) {
      seen[larger][tile] = true;
      counts[larger]++;
    }
  }
}

// The height of the letters that most of the page has: dimensions stand all
// over it, small print in a few places. Large ones count for more.
static double commonest_height(BOXA *boxes, int width, int height) {
  double counts[HIGHEST + 2] = {0};
  count_tiles(boxes, width, height, counts);
  double most = 0, common = 0;
  for (int h = LOWEST; h <= HIGHEST; h++) {
    double around =
        (counts[h - 1] / 2 + counts[h] + counts[h + 1] / 2) * pow(h, 1.5);
    if (around > most) {
      most = around;
      common = h;
    }
  }
  return common;
}

// ---- rules ----

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

typedef struct rules {
  PIX *level, *upright;
} rules;

static void rules_free(rules *r) {
  pixDestroy(&r->level);
  pixDestroy(&r->upright);
}

static rules rules_of(PIX *ink, double lettering) {
  int length = (int)fmax(20, 1.9 * lettering);
  return (rules){bars(ink, length, true), bars(ink, length, false)};
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

// ---- lines at an angle ----

enum { ANGLES = 36 };

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

static bool is_piece(const BOX *b, double lettering) {
  int larger = b->w > b->h ? b->w : b->h, smaller = b->w + b->h - larger;
  return larger > .3 * lettering && larger < 1.3 * lettering &&
         smaller > .3 * larger;
}

// Letters that touch a line at an angle or a circle, and are one piece with it
// that is much larger than a letter.
static int add_touching(BOXA *boxes, PIX *ink, double lettering) {
  int most = (int)(3 * lettering);
  PIX *large = pixSelectBySize(ink, most, most, 8, L_SELECT_IF_EITHER,
                               L_SELECT_IF_GT, NULL);
  PIX *rest = large ? without_oblique(large, lettering) : NULL;
  BOXA *pieces = rest ? pixConnCompBB(rest, 8) : NULL;
  pixDestroy(&large);
  pixDestroy(&rest);
  for (int i = 0; pieces && i < pieces->n; i++)
    if (is_piece(pieces->box[i], lettering))
      boxaAddBox(boxes, pieces->box[i], L_COPY);
  int status = pieces ? 0 : -1;
  boxaDestroy(&pieces);
  return status;
}

// The ink without its rules, but with the letters that they cross in one piece.
static PIX *without_rules(PIX *ink, const rules *r, PIX *both,
                          double lettering) {
  PIX *rest = pixSubtract(NULL, ink, both);
  PIX *level = rest ? crossings(rest, r->level, lettering, true) : NULL;
  PIX *upright = rest ? crossings(rest, r->upright, lettering, false) : NULL;
  if (level && upright) {
    pixOr(rest, rest, level);
    pixOr(rest, rest, upright);
  } else {
    pixDestroy(&rest);
  }
  pixDestroy(&level);
  pixDestroy(&upright);
  return rest;
}

// ---- blots ----

static int compare_blots(const void *a, const void *b) {
  double x = ((const blot *)a)->x, y = ((const blot *)b)->x;
  return (x > y) - (x < y);
}

// Those from `least` pixels to the height of the largest lettering; behind the
// first `whole` ones stand those that were cut out of larger ones.
static int keep(BOXA *boxes, int whole, double least, double most, blot *out) {
  int count = 0;
  for (int i = 0; i < boxes->n; i++) {
    const BOX *b = boxes->box[i];
    blot one = {b->x, b->y, b->w, b->h, i >= whole};
    double larger = blot_larger(&one);
    if (larger < least || larger > most)
      continue;
    if (count == BLOTS_MAX)
      return -1;
    out[count++] = one;
  }
  return count;
}

// On a noisy scan the smallest are left out, until the rest can be looked at.
static int collect(BOXA *boxes, int whole, blots *all, error *e) {
  all->list = malloc(BLOTS_MAX * sizeof *all->list);
  if (!all->list)
    return error_memory(e);
  double least = fmax(1, .07 * all->lettering);
  while ((all->count =
              keep(boxes, whole, least, 3 * all->lettering, all->list)) < 0)
    least += 1;
  qsort(all->list, (size_t)all->count, sizeof *all->list, compare_blots);
  return 0;
}

static int find_in_ink(PIX *ink, blots *all, error *e) {
  BOXA *boxes = pixConnCompBB(ink, 8);
  if (!boxes)
    return error_memory(e);
  all->lettering =
      commonest_height(boxes, (int)pixGetWidth(ink), (int)pixGetHeight(ink));
  boxaDestroy(&boxes);
  if (all->lettering == 0)
    return 0;
  rules r = rules_of(ink, all->lettering);
  all->rules = r.level && r.upright ? pixOr(NULL, r.level, r.upright) : NULL;
  PIX *rest =
      all->rules ? without_rules(ink, &r, all->rules, all->lettering) : NULL;
  rules_free(&r);
  if (rest) { // experiment
    all->lifted = pixSubtract(NULL, all->rules, rest);
  }
  boxes = rest ? pixConnCompBB(rest, 8) : NULL;
  int whole = boxes ? boxes->n : 0;
  if (boxes && add_touching(boxes, rest, all->lettering) < 0)
    boxaDestroy(&boxes);
  pixDestroy(&rest);
  int status = boxes ? collect(boxes, whole, all, e) : error_memory(e);
  boxaDestroy(&boxes);
  return status;
}

int blots_find(PIX *grey, blots *all, error *e) {
  *all = (blots){0};
  PIX *ink = ink_of(grey);
  int status = ink ? find_in_ink(ink, all, e) : error_memory(e);
  pixDestroy(&ink);
  if (status < 0)
    blots_free(all);
  return status;
}

void blots_free(blots *all) {
  free(all->list);
  pixDestroy(&all->rules);
  pixDestroy(&all->lifted);
  *all = (blots){0};
}

bool blots_rule_between(const blots *all, const blot *a, const blot *b) {
  double x = blot_middle_x(a), y = blot_middle_y(a);
  double dx = blot_middle_x(b) - x, dy = blot_middle_y(b) - y;
  int steps = (int)fmax(1, fmax(fabs(dx), fabs(dy)));
  for (int i = 0; i <= steps; i++) {
    l_uint32 on = 0;
    pixGetPixel(all->rules, (int)(x + dx * i / steps),
                (int)(y + dy * i / steps), &on);
    if (on)
      return true;
  }
  return false;
}

bool blots_rule_along(const blots *all, const blot *b) {
  bool level = b->width > b->height;
  int length = (int)blot_larger(b), on_rule = 0;
  for (int i = 0; i < length; i++) {
    l_uint32 on = 0;
    pixGetPixel(all->rules, (int)(level ? b->x + i : blot_middle_x(b)),
                (int)(level ? blot_middle_y(b) : b->y + i), &on);
    on_rule += on != 0;
  }
  return on_rule > .7 * length;
}
