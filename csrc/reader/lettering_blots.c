// SPDX-License-Identifier: MIT
#include "lettering_blots.h"

#include "lettering_rules.h"

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

static int find_boxes(PIX *rest, blots *all, error *e) {
  BOXA *boxes = pixConnCompBB(rest, 8);
  BOXA *touching = boxes ? rules_touching(rest, all->lettering) : NULL;
  int whole = boxes ? boxes->n : 0;
  bool ready = touching && boxaJoin(boxes, touching, 0, -1) == 0;
  int status = ready ? collect(boxes, whole, all, e) : error_memory(e);
  boxaDestroy(&boxes);
  boxaDestroy(&touching);
  return status;
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
  ruled_ink ruled = rules_part(ink, all->lettering);
  all->rules = ruled.rules;
  all->bare_rules =
      ruled.rest ? pixSubtract(NULL, ruled.rules, ruled.rest) : NULL;
  int status =
      all->bare_rules ? find_boxes(ruled.rest, all, e) : error_memory(e);
  pixDestroy(&ruled.rest);
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
  pixDestroy(&all->bare_rules);
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
