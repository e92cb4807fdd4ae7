// SPDX-License-Identifier: MIT
#include "frames_ring.h"

#include "frames_shape.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

// Circles are looked for in a copy of this height: what it takes is bounded,
// and a pixel is a fair tolerance.
enum { HEIGHT = 56, WIDTH_MAX = 20 * HEIGHT, SAMPLES = 32, CIRCLES_MAX = 64 };
enum { RADIUS_MIN = HEIGHT / 7, RADIUS_MAX = HEIGHT / 2 - 1 };
enum { REFINE_STEPS = 3 }; // to each side, when a circle is looked at closely
// Share of the circle that is ink: nearly, and looked at closely.
static const double COVERED = 0.93, COVERED_EXACTLY = 0.92;
static const double SLACK = 0.5; // pixels, of thin circles
static const double DEGREES = 57.29578;
static const double APART = 0.9;   // of two circles' middles, in both radii
static const double WITHIN = 0.72; // of the radius: no ink of the ring itself
// A circle around a letter is larger than a letter: in heights of the cell.
static const double LETTER_RADIUS = 0.26;
// A circle with a stroke through it is hardly anything else.
static const double DIAMETER_CONFIDENCE = 0.95;

typedef struct circle {
  double x, y, radius, score;
} circle;

static bool is_ink(PIX *pix, double x, double y) {
  l_uint32 bit = 0;
  return pixGetPixel(pix, (int)floor(x), (int)floor(y), &bit) == 0 && bit;
}

// How many samples of the circle are ink, on it or as far as `slack` beside it;
// 0 as soon as too many are not.
static int covered_samples(PIX *pix, const circle *c, double slack, int least) {
  int hits = 0;
  for (int i = 0; i < SAMPLES && hits + SAMPLES - i >= least; i++) {
    // Not in order: a circle that is none is left after a few.
    double angle = 360.0 / DEGREES * (i * 13 % SAMPLES) / SAMPLES;
    double x = cos(angle), y = sin(angle), in = c->radius - slack;
    double out = c->radius + slack;
    hits += is_ink(pix, c->x + in * x, c->y + in * y) ||
            is_ink(pix, c->x + out * x, c->y + out * y);
  }
  return hits >= least ? hits : 0;
}

// Better than all that it overlaps, it takes their place.
static void keep_best(circle *list, int *count, const circle *found) {
  int kept = 0;
  for (int i = 0; i < *count; i++) {
    double apart = hypot(list[i].x - found->x, list[i].y - found->y);
    bool overlaps = apart < APART * (list[i].radius + found->radius);
    if (overlaps && list[i].score >= found->score)
      return;
    if (!overlaps)
      list[kept++] = list[i];
  }
  if (kept < CIRCLES_MAX)
    list[kept++] = *found;
  *count = kept;
}

static int find_circles(PIX *ink, PIX *thick, circle list[CIRCLES_MAX]) {
  int count = 0;
  for (int r = RADIUS_MIN; r <= RADIUS_MAX; r++)
    for (int y = r; y <= HEIGHT - r; y++)
      for (int x = r; x <= pixGetWidth(ink) - r; x++) {
        circle c = {.x = x, .y = y, .radius = r};
        int rough = covered_samples(thick, &c, 0, (int)(COVERED * SAMPLES));
        if (rough == 0)
          continue;
        c.score = rough + covered_samples(ink, &c, 0, 0);
        keep_best(list, &count, &c);
      }
  return count;
}

// What lies in the circle, cut to its ink. NULL: nothing.
static PIX *inside(PIX *ink, const ring *r) {
  double within = WITHIN * r->radius;
  BOX *box = boxCreate((int)(r->x - within), (int)(r->y - within),
                       (int)(2 * within) + 1, (int)(2 * within) + 1);
  PIX *part = box ? pixClipRectangle(ink, box, NULL) : NULL, *cut = NULL;
  for (int y = 0; part && y < pixGetHeight(part); y++)
    for (int x = 0; x < pixGetWidth(part); x++)
      if (hypot(x + 0.5 - within, y + 0.5 - within) > within)
        pixSetPixel(part, x, y, 0);
  if (part)
    pixClipToForeground(part, &cut, NULL);
  boxDestroy(&box);
  pixDestroy(&part);
  return cut;
}

static bool has_ink_near(PIX *ink, double x, double y) {
  for (int dy = -1; dy <= 1; dy++)
    for (int dx = -1; dx <= 1; dx++)
      if (is_ink(ink, x + dx, y + dy))
        return true;
  return false;
}

// Whether the line through the middle at this angle is ink from beyond the
// circle to beyond it, and lies in paper.
static bool is_stroke_through(PIX *ink, const ring *r, double degrees) {
  static const double places[] = {0, 0.2, 0.4, 0.6, 1.18};
  double x = r->radius * cos(degrees / DEGREES);
  double y = -r->radius * sin(degrees / DEGREES);
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    double p = places[i];
    if (!has_ink_near(ink, r->x + p * x, r->y + p * y) ||
        !has_ink_near(ink, r->x - p * x, r->y - p * y))
      return false;
  }
  return !is_ink(ink, r->x + 0.55 * y, r->y - 0.55 * x) &&
         !is_ink(ink, r->x - 0.55 * y, r->y + 0.55 * x);
}

static bool is_diameter_sign(PIX *ink, const ring *r) {
  for (int degrees = 35; degrees <= 80; degrees += 5)
    if (is_stroke_through(ink, r, degrees))
      return true;
  return false;
}

static bool name_ring(PIX *ink, ring *r) {
  if (is_diameter_sign(ink, r)) {
    r->text = "Ø";
    r->confidence = DIAMETER_CONFIDENCE;
    return true;
  }
  if (r->radius < LETTER_RADIUS * pixGetHeight(ink))
    return false;
  PIX *content = inside(ink, r);
  r->text = content ? shape_in_circle(content, &r->confidence) : NULL;
  pixDestroy(&content);
  return r->text != NULL;
}

static int compare_rings(const void *a, const void *b) {
  double p = ((const ring *)a)->x, q = ((const ring *)b)->x;
  return (p > q) - (p < q);
}

// The circle about which the ink itself lies, found near a rough one: the mean
// of all that cover most. False: there is none.
static bool refine(PIX *ink, const circle *rough, double scale, ring *out) {
  double step = (1 / scale + 0.5) / REFINE_STEPS;
  circle sum = {.x = 0};
  int most = 0, count = 0;
  for (int r = -REFINE_STEPS; r <= REFINE_STEPS; r++)
    for (int y = -REFINE_STEPS; y <= REFINE_STEPS; y++)
      for (int x = -REFINE_STEPS; x <= REFINE_STEPS; x++) {
        circle c = {.x = rough->x / scale + x * step,
                    .y = rough->y / scale + y * step,
                    .radius = rough->radius / scale + r * step};
        int hits = covered_samples(ink, &c, SLACK, most);
        if (hits < most || hits == 0)
          continue;
        if (hits > most)
          sum = (circle){.x = 0}, count = 0, most = hits;
        sum.x += c.x, sum.y += c.y, sum.radius += c.radius, count++;
      }
  double n = count > 0 ? count : 1;
  *out = (ring){.x = sum.x / n, .y = sum.y / n, .radius = sum.radius / n};
  return most >= COVERED_EXACTLY * SAMPLES;
}

static int name_rings(PIX *ink, const circle *circles, int count, double scale,
                      ring rings[RINGS_MAX]) {
  int named = 0;
  for (int i = 0; i < count && named < RINGS_MAX; i++)
    named += refine(ink, &circles[i], scale, &rings[named]) &&
             name_ring(ink, &rings[named]);
  qsort(rings, (size_t)named, sizeof *rings, compare_rings);
  return named;
}

int rings_find(PIX *ink, ring rings[RINGS_MAX]) {
  double scale = (double)HEIGHT / pixGetHeight(ink);
  int width = (int)round(pixGetWidth(ink) * scale);
  if (width < 1 || width > WIDTH_MAX)
    return 0;
  PIX *small = pixScaleToSize(ink, width, HEIGHT);
  PIX *thick = small ? pixDilateBrick(NULL, small, 3, 3) : NULL;
  circle circles[CIRCLES_MAX];
  int count = thick ? find_circles(small, thick, circles) : 0;
  pixDestroy(&small);
  pixDestroy(&thick);
  return name_rings(ink, circles, count, scale, rings);
}
