// SPDX-License-Identifier: MIT
#include "frames_rules.h"

#include <stdbool.h>
#include <stdlib.h>

// ---- ink ----

enum { GREY_LEVELS = 256, DARKER_THAN_PAPER = 55 };

// The grey that most of the lighter half has.
static int paper_level(PIX *grey) {
  NUMA *counts = pixGetGrayHistogram(grey, 4);
  int level = GREY_LEVELS - 1;
  float most = 0, count = 0;
  for (int i = GREY_LEVELS / 2; counts && i < GREY_LEVELS; i++)
    if (numaGetFValue(counts, i, &count) == 0 && count >= most) {
      most = count;
      level = i;
    }
  numaDestroy(&counts);
  return level;
}

PIX *ruled_ink(PIX *grey) {
  return pixThresholdToBinary(grey, paper_level(grey) - DARKER_THAN_PAPER);
}

// ---- connected parts, one after the other ----

// Visits the bounding box of each part of `pix` and empties it on the way: no
// list of all parts is ever held, however many there are.
typedef void visit_part(void *context, const ruled_cell *part);

static int visit_parts(PIX *pix, int connectivity, visit_part *visit,
                       void *context) {
  L_STACK *stack = lstackCreate(1000);
  if (!stack)
    return -1;
  stack->auxstack = lstackCreate(0);
  int x = 0, y = 0;
  BOX *box;
  while (nextOnPixelInRaster(pix, x, y, &x, &y) == 1 &&
         (box = pixSeedfillBB(pix, stack, x, y, connectivity))) {
    ruled_cell part;
    boxGetGeometry(box, &part.x, &part.y, &part.width, &part.height);
    boxDestroy(&box);
    visit(context, &part);
  }
  lstackDestroy(&stack, 1);
  return 0;
}

// ---- lettering ----

enum { LETTERING_MIN = 8, LETTERING_MAX = 100, LETTERING_DEFAULT = 20 };

typedef struct heights {
  int of[LETTERING_MAX + 1];
  int count;
} heights;

// Letters and digits are higher than wide, but not as narrow as strokes.
static void count_height(void *context, const ruled_cell *part) {
  heights *h = context;
  if (part->height < LETTERING_MIN || part->height > LETTERING_MAX ||
      part->width > 1.2 * part->height || part->width < 0.3 * part->height)
    return;
  h->of[part->height]++;
  h->count++;
}

static int median_height(const heights *h) {
  int below = 0;
  for (int height = LETTERING_MIN; height <= LETTERING_MAX; height++)
    if ((below += h->of[height]) * 2 > h->count)
      return height;
  return LETTERING_DEFAULT;
}

int ruled_lettering(PIX *ink) {
  heights h = {0};
  PIX *copy = pixCopy(NULL, ink);
  if (copy)
    visit_parts(copy, 4, count_height, &h);
  pixDestroy(&copy);
  return median_height(&h);
}

// ---- rules ----

// In lengths of the shortest rule: what is a passage and no gap in a rule; how
// long a stroke of a sign may be, which stands free in its cell.
static const double GAP = 0.2, STROKE_MAX = 1.6;
enum { GAP_MIN = 3 };
// Share of its box that a box closes in; strokes of signs close in less.
static const double CLOSED_MIN = 0.4;

// Takes the passages away that are narrower than a gap in a rule may be.
static PIX *without_passages(PIX *paper, double length) {
  int gap = GAP * length > GAP_MIN ? (int)(GAP * length) : GAP_MIN;
  return pixOpenBrick(NULL, paper, gap, gap);
}

typedef struct stroke_filter {
  PIX *rules;
  double length;
} stroke_filter;

static bool closes_in(PIX *rules, double length) {
  PIX *paper = pixInvert(NULL, rules);
  PIX *open = paper ? without_passages(paper, length) : NULL;
  PIX *closed = open ? pixRemoveBorderConnComps(open, 4) : NULL;
  l_int32 count = 0;
  if (closed)
    pixCountPixels(closed, &count, NULL);
  pixDestroy(&paper);
  pixDestroy(&open);
  pixDestroy(&closed);
  return count > CLOSED_MIN * pixGetWidth(rules) * pixGetHeight(rules);
}

static void clear_stroke(void *context, const ruled_cell *part) {
  const stroke_filter *f = context;
  if (part->width >= STROKE_MAX * f->length ||
      part->height >= STROKE_MAX * f->length)
    return;
  BOX *box = boxCreate(part->x, part->y, part->width, part->height);
  PIX *stroke = box ? pixClipRectangle(f->rules, box, NULL) : NULL;
  if (stroke && !closes_in(stroke, f->length))
    pixClearInRect(f->rules, box);
  pixDestroy(&stroke);
  boxDestroy(&box);
}

static int clear_strokes(PIX *rules, double length) {
  PIX *copy = pixCopy(NULL, rules);
  int status = -1;
  if (copy)
    status =
        visit_parts(copy, 8, clear_stroke, &(stroke_filter){rules, length});
  pixDestroy(&copy);
  return status;
}

// Straight runs across or down. Made one pixel thicker first, a thin rule that
// is slanted or torn stays in one.
static PIX *find_rules(PIX *ink, double length) {
  int run = (int)length + 2;
  PIX *thick = pixDilateBrick(NULL, ink, 3, 3);
  PIX *across = thick ? pixOpenBrick(NULL, thick, run, 1) : NULL;
  PIX *down = thick ? pixOpenBrick(NULL, thick, 1, run) : NULL;
  PIX *rules = across && down ? pixOr(NULL, across, down) : NULL;
  pixDestroy(&thick);
  pixDestroy(&across);
  pixDestroy(&down);
  if (rules && clear_strokes(rules, length) < 0)
    pixDestroy(&rules);
  return rules;
}

// ---- cells ----

// Sides of a cell, in lengths of the shortest rule.
static const double CELL_MIN = 0.5, CELL_MAX = 50;
// What a slanted rectangle fills of its upright box; paper within a cell within
// it counts too.
static const double FILL_MIN = 0.85;

// The paper between the rules.
static PIX *find_paper(PIX *ink, double length) {
  PIX *rules = find_rules(ink, length);
  PIX *paper = rules ? pixInvert(NULL, rules) : NULL;
  PIX *open = paper ? without_passages(paper, length) : NULL;
  pixDestroy(&rules);
  pixDestroy(&paper);
  return open;
}

typedef struct collector {
  ruled_cells *cells;
  PIX *paper;
} collector;

static bool is_rectangle(PIX *paper, const ruled_cell *part) {
  BOX *box = boxCreate(part->x, part->y, part->width, part->height);
  l_int32 count = 0;
  if (box)
    pixCountPixelsInRect(paper, box, &count, NULL);
  boxDestroy(&box);
  return count >= FILL_MIN * part->width * part->height;
}

static void collect_cell(void *context, const ruled_cell *part) {
  collector *c = context;
  double least = CELL_MIN * c->cells->length;
  double most = CELL_MAX * c->cells->length;
  if (part->width >= least && part->height >= least && part->width <= most &&
      part->height <= most && c->cells->count < RULED_CELLS_MAX &&
      is_rectangle(c->paper, part))
    c->cells->list[c->cells->count++] = *part;
}

int ruled_cells_find(PIX *ink, double length, ruled_cells *cells) {
  *cells = (ruled_cells){.length = length};
  cells->list = malloc(RULED_CELLS_MAX * sizeof *cells->list);
  PIX *paper = find_paper(ink, length);
  PIX *left = paper ? pixCopy(NULL, paper) : NULL;
  int status = -1;
  if (cells->list && left)
    status = visit_parts(left, 4, collect_cell, &(collector){cells, paper});
  pixDestroy(&paper);
  pixDestroy(&left);
  if (status < 0)
    ruled_cells_free(cells);
  return status;
}

// ---- what lies around a box ----

// In lengths of the shortest rule: where ink must be for a rule to go on. Its
// middle lies within so many pixels of the paper's edge.
static const double BEYOND[] = {0.25, 0.33, 0.41};
enum { RULE_REACH = 6 };

static bool has_ink(PIX *ink, int left, int top, int width, int height) {
  BOX *box = boxCreate(left, top, width, height);
  l_int32 count = 0;
  if (box)
    pixCountPixelsInRect(ink, box, &count, NULL);
  boxDestroy(&box);
  return count > 0;
}

// Whether the rule along an edge goes on from a corner; `outward` (-1, 1) is
// the way out of the box across the rule, `along` the way on.
static bool goes_across(PIX *ink, int x, int y, int along, int outward,
                        double length) {
  for (size_t i = 0; i < sizeof BEYOND / sizeof *BEYOND; i++)
    if (!has_ink(ink, x + along * (int)(BEYOND[i] * length),
                 outward < 0 ? y - RULE_REACH : y, 1, RULE_REACH))
      return false;
  return true;
}

static bool goes_down(PIX *ink, int x, int y, int along, int outward,
                      double length) {
  for (size_t i = 0; i < sizeof BEYOND / sizeof *BEYOND; i++)
    if (!has_ink(ink, outward < 0 ? x - RULE_REACH : x,
                 y + along * (int)(BEYOND[i] * length), RULE_REACH, 1))
      return false;
  return true;
}

int rules_going_on(PIX *ink, const ruled_cell *box, double length) {
  int count = 0;
  for (int corner = 0; corner < 4; corner++) {
    int right = corner & 1, bottom = corner >> 1;
    int x = box->x + (right ? box->width : 0);
    int y = box->y + (bottom ? box->height : 0);
    count += goes_across(ink, x, y, right ? 1 : -1, bottom ? 1 : -1, length);
    count += goes_down(ink, x, y, bottom ? 1 : -1, right ? 1 : -1, length);
  }
  return count;
}

void ruled_cells_free(ruled_cells *cells) {
  free(cells->list);
  *cells = (ruled_cells){0};
}
