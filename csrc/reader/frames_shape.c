// SPDX-License-Identifier: MIT
#include "frames_shape.h"

#include <math.h>
#include <stdbool.h>

// ---- the shapes, in a box from 0, 0 (top left) to 1, 1 ----

// A line from (a, b) to (c, d), or the part of an ellipse about (a, b) with the
// half axes c and d from one angle to another: degrees, clockwise from the
// right.
typedef struct stroke {
  enum { NO_STROKE, IS_LINE, IS_ARC } kind;
  double a, b, c, d, from, to;
} stroke;

enum { STROKES_MAX = 8 };

// `tallest` and `flattest` are the bounds of width / height.
typedef struct shape {
  const char *text;
  double tallest, flattest;
  stroke strokes[STROKES_MAX];
} shape;

// clang-format off
#define LINE(a, b, c, d) {IS_LINE, a, b, c, d, 0, 0}
#define ARC(x, y, rx, ry, from, to) {IS_ARC, x, y, rx, ry, from, to}
#define CIRCLE(x, y, rx, ry) ARC(x, y, rx, ry, 0, 360)

static const shape characteristics[] = {
    {"⏥", 0.9, 2.8, {LINE(0, 1, 0.7, 1), LINE(0.7, 1, 1, 0),
                      LINE(1, 0, 0.3, 0), LINE(0.3, 0, 0, 1)}},
    {"○", 0.8, 1.25, {CIRCLE(0.5, 0.5, 0.5, 0.5)}},
    {"⌭", 0.8, 2, {CIRCLE(0.5, 0.5, 0.27, 0.4), LINE(0, 1, 0.38, 0),
                    LINE(0.62, 1, 1, 0)}},
    {"⌭", 0.8, 2, {CIRCLE(0.5, 0.5, 0.32, 0.5), LINE(0, 1, 0.38, 0),
                    LINE(0.62, 1, 1, 0)}},
    {"⌒", 1.3, 3.5, {ARC(0.5, 1, 0.5, 1, 180, 360)}},
    {"⌓", 1.3, 3.5, {ARC(0.5, 1, 0.5, 1, 180, 360), LINE(0, 1, 1, 1)}},
    {"//", 0.5, 1.6, {LINE(0, 1, 0.6, 0), LINE(0.4, 1, 1, 0)}},
    {"//", 0.5, 1.6, {LINE(0, 1, 0.4, 0), LINE(0.6, 1, 1, 0)}},
    {"⟂", 0.7, 2, {LINE(0, 1, 1, 1), LINE(0.5, 0, 0.5, 1)}},
    {"∠", 0.7, 2.6, {LINE(0, 1, 1, 1), LINE(0, 1, 1, 0)}},
    {"∠", 0.7, 2.6, {LINE(0, 1, 1, 1), LINE(0, 1, 0.75, 0)}},
    {"⌖", 0.8, 1.25, {CIRCLE(0.5, 0.5, 0.3, 0.3), LINE(0, 0.5, 1, 0.5),
                       LINE(0.5, 0, 0.5, 1)}},
    {"⌖", 0.8, 1.25, {CIRCLE(0.5, 0.5, 0.4, 0.4), LINE(0, 0.5, 1, 0.5),
                       LINE(0.5, 0, 0.5, 1)}},
    {"◎", 0.8, 1.25, {CIRCLE(0.5, 0.5, 0.5, 0.5),
                       CIRCLE(0.5, 0.5, 0.28, 0.28)}},
    {"⌯", 0.9, 3.5, {LINE(0.18, 0, 0.82, 0), LINE(0, 0.5, 1, 0.5),
                      LINE(0.18, 1, 0.82, 1)}},
    {"↗", 0.6, 1.6, {LINE(0, 1, 1, 0), LINE(1, 0, 0.62, 0.18),
                      LINE(1, 0, 0.82, 0.38)}},
    {"⌰", 1, 2.4, {LINE(0, 1, 0.45, 1), LINE(0, 1, 0.55, 0),
                    LINE(0.45, 1, 1, 0), LINE(1, 0, 0.78, 0.18),
                    LINE(1, 0, 0.9, 0.38), LINE(0.55, 0, 0.33, 0.18),
                    LINE(0.55, 0, 0.45, 0.38)}},
    {"⌰", 0.7, 1.4, {LINE(0, 1, 0.62, 1), LINE(0, 1, 0.38, 0),
                      LINE(0.62, 1, 1, 0)}},
};

static const shape in_circles[] = {
    {"Ⓜ", 0.6, 1.7, {LINE(0, 1, 0, 0), LINE(0, 0, 0.5, 1),
                      LINE(0.5, 1, 1, 0), LINE(1, 0, 1, 1)}},
    {"Ⓜ", 0.6, 1.7, {LINE(0, 1, 0.12, 0), LINE(0.12, 0, 0.5, 0.9),
                      LINE(0.5, 0.9, 0.88, 0), LINE(0.88, 0, 1, 1)}},
    {"Ⓛ", 0.35, 1.1, {LINE(0, 0, 0, 1), LINE(0, 1, 1, 1)}},
    {"Ⓟ", 0.35, 1.1, {LINE(0, 0, 0, 1), LINE(0, 0, 0.6, 0),
                       ARC(0.6, 0.27, 0.4, 0.27, -90, 90),
                       LINE(0, 0.54, 0.6, 0.54)}},
    {"Ⓔ", 0.35, 1.1, {LINE(0, 0, 0, 1), LINE(0, 0, 1, 0),
                       LINE(0, 0.5, 0.9, 0.5), LINE(0, 1, 1, 1)}},
    {"Ⓕ", 0.35, 1.1, {LINE(0, 0, 0, 1), LINE(0, 0, 1, 0),
                       LINE(0, 0.5, 0.9, 0.5)}},
};
// clang-format on

// ---- ink and strokes as points ----

enum { SIDE = 32 };                 // ink is brought to this many pixels
static const double SPACING = 0.04; // of points along a stroke
static const double DEGREES = 57.29578;

typedef struct points {
  double x[SIDE * SIDE], y[SIDE * SIDE];
  int count;
} points;

static void add_point(points *p, double x, double y) {
  if (p->count == SIDE * SIDE)
    return;
  p->x[p->count] = x;
  p->y[p->count++] = y;
}

// The strokes as points, in pixels of a glyph whose stroke is `thick` wide.
static void trace(const shape *s, double width, double height, double thick,
                  points *out) {
  out->count = 0;
  for (const stroke *k = s->strokes; k < s->strokes + STROKES_MAX; k++) {
    double length = k->kind == IS_LINE
                        ? hypot(k->c - k->a, k->d - k->b)
                        : fmax(k->c, k->d) * (k->to - k->from) / DEGREES;
    int steps = k->kind == NO_STROKE ? 0 : (int)(length / SPACING) + 2;
    for (int i = 0; i < steps; i++) {
      double part = (double)i / (steps - 1);
      double angle = (k->from + part * (k->to - k->from)) / DEGREES;
      double x = k->kind == IS_LINE ? k->a + part * (k->c - k->a)
                                    : k->a + k->c * cos(angle);
      double y = k->kind == IS_LINE ? k->b + part * (k->d - k->b)
                                    : k->b + k->d * sin(angle);
      add_point(out, x * fmax(width - thick, 0) + thick / 2,
                y * fmax(height - thick, 0) + thick / 2);
    }
  }
}

static void ink_points(PIX *ink, points *out) {
  out->count = 0;
  l_uint32 bit;
  for (int y = 0; y < pixGetHeight(ink); y++)
    for (int x = 0; x < pixGetWidth(ink); x++)
      if (pixGetPixel(ink, x, y, &bit) == 0 && bit)
        add_point(out, x + 0.5, y + 0.5);
}

// ---- how far two sets of points are apart ----

static double nearest(const points *p, double x, double y) {
  double best = INFINITY;
  for (int i = 0; i < p->count; i++) {
    double dx = p->x[i] - x, dy = p->y[i] - y;
    best = fmin(best, dx * dx + dy * dy);
  }
  return sqrt(best);
}

// The root mean square of the ways from each point of `from` to `to`, beyond
// what is excused: a stroke that is missing weighs more than ragged ones.
static double distance(const points *from, const points *to, double excused) {
  double sum = 0;
  for (int i = 0; i < from->count; i++) {
    double way = fmax(0, nearest(to, from->x[i], from->y[i]) - excused);
    sum += way * way;
  }
  return sqrt(sum / fmax(1, from->count));
}

// Ink that is no stroke and strokes without ink, in shares of the glyph's size.
static double misfit(const shape *s, const points *ink, double width,
                     double height, double thick) {
  points strokes;
  trace(s, width, height, thick, &strokes);
  double size = fmax(width, height);
  return (distance(ink, &strokes, thick / 2) + distance(&strokes, ink, 0.7)) /
         size;
}

// ---- the best shape ----

// A glyph that misfits its shape by more is another one. Letters have more
// forms than signs, and in a circle fewer rivals.
static const double MISFIT_MAX = 0.05, MISFIT_MAX_LETTER = 0.08;
// Strokes are thinner than this share of a sign; what is thicker is a blot.
static const double THICK_MAX = 0.3;
// How much wider than high a stroke is that is nothing but a line.
static const double LINE_MIN = 4, LINE_CONFIDENCE = 0.9;

// The width of the strokes: twice the area over the length of the outline.
static double stroke_width(PIX *ink) {
  l_int32 area = 0, inner = 0;
  PIX *core = pixErodeBrick(NULL, ink, 3, 3);
  pixCountPixels(ink, &area, NULL);
  if (core)
    pixCountPixels(core, &inner, NULL);
  pixDestroy(&core);
  return fmax(1, 2.0 * area / fmax(1, area - inner));
}

static const char *best_shape(const shape *shapes, size_t count, PIX *ink,
                              double most, double *confidence) {
  double width = pixGetWidth(ink), height = pixGetHeight(ink);
  double thick = stroke_width(ink), best = most;
  const char *text = NULL;
  points dots;
  ink_points(ink, &dots);
  for (size_t i = 0; i < count; i++) {
    const shape *s = &shapes[i];
    if (width < s->tallest * height || width > s->flattest * height ||
        thick > THICK_MAX * SIDE)
      continue;
    double cost = misfit(s, &dots, width, height, thick);
    if (cost < best) {
      best = cost;
      text = s->text;
    }
  }
  *confidence = 1 - best / most / 2;
  return text;
}

static PIX *to_size(PIX *ink) {
  double scale = (double)SIDE / fmax(pixGetWidth(ink), pixGetHeight(ink));
  PIX *grey = pixConvert1To8(NULL, ink, 255, 0);
  PIX *scaled =
      grey ? pixScaleToSize(grey, (int)fmax(1, round(pixGetWidth(ink) * scale)),
                            (int)fmax(1, round(pixGetHeight(ink) * scale)))
           : NULL;
  PIX *bits = scaled ? pixThresholdToBinary(scaled, 200) : NULL;
  pixDestroy(&grey);
  pixDestroy(&scaled);
  return bits;
}

static const char *classify(const shape *shapes, size_t count, PIX *ink,
                            double most, double *confidence) {
  PIX *small = to_size(ink);
  const char *text =
      small ? best_shape(shapes, count, small, most, confidence) : NULL;
  pixDestroy(&small);
  return text;
}

// One piece of ink, much wider than high.
static bool is_line(PIX *ink) {
  l_int32 parts = 0;
  return pixGetWidth(ink) >= LINE_MIN * pixGetHeight(ink) &&
         pixCountConnComp(ink, 8, &parts) == 0 && parts == 1;
}

const char *shape_characteristic(PIX *ink, double *confidence) {
  if (is_line(ink)) {
    *confidence = LINE_CONFIDENCE;
    return "⏤";
  }
  return classify(characteristics, sizeof characteristics / sizeof(shape), ink,
                  MISFIT_MAX, confidence);
}

const char *shape_in_circle(PIX *ink, double *confidence) {
  return classify(in_circles, sizeof in_circles / sizeof(shape), ink,
                  MISFIT_MAX_LETTER, confidence);
}
