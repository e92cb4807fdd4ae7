// SPDX-License-Identifier: MIT

// A sheet on a table is the one large bright area of the picture, with four
// straight edges. All of this works on a small copy; only the corners are
// needed, and fitted lines give them to a fraction of its pixels.

#include "sheet.h"

#include <math.h>

enum {
  SMALL_SIDE = 640, // pixels of the copy's long side
  INK = 9,          // strokes on the copy are thinner
  SAMPLES = 100,    // along an edge
  REACH = 24,       // pixels that an edge may lie off the line of its corners
  NEAR = 3,      // pixels from the border: the sheet leaves the picture there
  ASIDE = 6,     // pixels from an edge where paper and ground are compared
  CONTRAST = 30, // grey levels between them
};

static const double LEAST_SHARE = 0.2;    // of the picture that a sheet covers
static const double LEAST_STRAIGHT = 0.7; // of an edge that lies on its line
static const double OFF_LINE = 1.5; // pixels from where a sample is off it

typedef struct line { // x cos + y sin = distance
  double cosine, sine, distance;
} line;

// ---- the bright area ----

static int split_level(PIX *grey) {
  int split = 128;
  NUMA *histogram = pixGetGrayHistogram(grey, 1);
  if (histogram)
    numaSplitDistribution(histogram, 0.1F, &split, NULL, NULL, NULL, NULL,
                          NULL);
  numaDestroy(&histogram);
  return split;
}

static PIX *bright_pixels(PIX *grey) {
  PIX *paper = pixCloseGray(grey, INK, INK); // without ink
  PIX *bright = paper ? pixThresholdToBinary(paper, split_level(paper)) : NULL;
  if (bright)
    pixInvert(bright, bright);
  pixDestroy(&paper);
  return bright;
}

static int largest_box(BOXA *boxes) {
  int largest = -1;
  double most = 0;
  for (int i = 0; i < boxaGetCount(boxes); i++) {
    int width, height;
    boxaGetBoxGeometry(boxes, i, NULL, NULL, &width, &height);
    if ((double)width * height > most) {
      most = (double)width * height;
      largest = i;
    }
  }
  return largest;
}

// The largest connected area of `bright`, on a picture of the same size.
static PIX *largest_area(PIX *bright) {
  PIXA *parts = NULL;
  BOXA *boxes = pixConnComp(bright, &parts, 4);
  int i = boxes ? largest_box(boxes) : -1;
  PIX *area = i < 0 ? NULL : pixCreateTemplate(bright);
  if (area) {
    int x, y, width, height;
    boxaGetBoxGeometry(boxes, i, &x, &y, &width, &height);
    PIX *part = pixaGetPix(parts, i, L_CLONE);
    pixRasterop(area, x, y, width, height, PIX_SRC, part, 0, 0);
    pixDestroy(&part);
  }
  pixaDestroy(&parts);
  boxaDestroy(&boxes);
  return area;
}

// ---- corners and edges ----

static bool is_on(PIX *mask, double x, double y) {
  l_uint32 value = 0;
  pixGetPixel(mask, (int)floor(x), (int)floor(y), &value); // outside: 0
  return value != 0;
}

// The pixels that lie farthest towards the four corners of the picture.
static void rough_corners(PIX *mask, point corners[4]) {
  static const int towards[4][2] = {{-1, -1}, {1, -1}, {1, 1}, {-1, 1}};
  double best[4] = {-INFINITY, -INFINITY, -INFINITY, -INFINITY};
  for (int y = 0; y < pixGetHeight(mask); y++)
    for (int x = 0; x < pixGetWidth(mask); x++)
      for (int c = 0; c < 4 && is_on(mask, x, y); c++) {
        double far = towards[c][0] * x + towards[c][1] * y;
        if (far > best[c]) {
          best[c] = far;
          corners[c] = (point){x, y};
        }
      }
}

// Where, going inwards from outside, the area begins. False: nowhere near.
static bool edge_at(PIX *mask, point from, point inward, point *found) {
  for (int half = -2 * REACH; half <= 2 * REACH; half++) {
    double step = half / 2.0;
    *found = (point){from.x + step * inward.x, from.y + step * inward.y};
    if (is_on(mask, found->x, found->y))
      return step > -REACH;
  }
  return false;
}

// Least squares over the points that are kept.
static line fit(const point *at, const bool *keep, int count) {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  for (int i = 0; i < count; i++)
    if (keep[i]) {
      n++;
      x += at[i].x;
      y += at[i].y;
    }
  x /= fmax(n, 1);
  y /= fmax(n, 1);
  for (int i = 0; i < count; i++)
    if (keep[i]) {
      xx += (at[i].x - x) * (at[i].x - x);
      xy += (at[i].x - x) * (at[i].y - y);
      yy += (at[i].y - y) * (at[i].y - y);
    }
  double along = atan2(2 * xy, xx - yy) / 2; // the line's own direction
  line l = {-sin(along), cos(along), 0};
  l.distance = l.cosine * x + l.sine * y;
  return l;
}

static int keep_near(const line *l, const point *at, bool *keep, int count,
                     double reach) {
  int kept = 0;
  for (int i = 0; i < count; i++) {
    double off = l->cosine * at[i].x + l->sine * at[i].y - l->distance;
    keep[i] = fabs(off) <= reach;
    kept += keep[i];
  }
  return kept;
}

typedef struct edge {
  line line;
  double contrast; // mean of what the inside is brighter, where it is seen
  int seen;        // samples that do not lie on the picture's border
} edge;

static double grey_at(PIX *grey, double x, double y) {
  l_uint32 value = 0;
  pixGetPixel(grey, (int)x, (int)y, &value);
  return value;
}

static void compare_sides(PIX *grey, point p, point inward, edge *e) {
  double right = pixGetWidth(grey) - 1 - NEAR;
  double bottom = pixGetHeight(grey) - 1 - NEAR;
  if (p.x < NEAR || p.y < NEAR || p.x > right || p.y > bottom)
    return;
  double dx = ASIDE * inward.x, dy = ASIDE * inward.y;
  e->seen++;
  e->contrast += grey_at(grey, p.x + dx, p.y + dy) -
                 grey_at(grey, fmax(p.x - dx, 0), fmax(p.y - dy, 0));
}

// The edge between two rough corners, walked clockwise. False: not straight.
static bool trace_edge(PIX *grey, PIX *mask, point a, point b, edge *e) {
  point at[SAMPLES];
  bool keep[SAMPLES];
  double length = hypot(b.x - a.x, b.y - a.y);
  point inward = {-(b.y - a.y) / length, (b.x - a.x) / length};
  int count = 0;
  *e = (edge){0};
  for (int i = 0; i < SAMPLES; i++) {
    double share = 0.06 + 0.88 * i / SAMPLES; // corners may be bent
    point p = {a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)};
    if (!edge_at(mask, p, inward, &at[count]))
      continue;
    compare_sides(grey, at[count], inward, e);
    keep[count++] = true;
  }
  e->contrast /= fmax(e->seen, 1);
  e->line = fit(at, keep, count);
  keep_near(&e->line, at, keep, count, 2 * OFF_LINE);
  e->line = fit(at, keep, count);
  int straight = keep_near(&e->line, at, keep, count, OFF_LINE);
  return straight >= LEAST_STRAIGHT * SAMPLES;
}

static point cross(const line *a, const line *b) {
  double d = a->cosine * b->sine - b->cosine * a->sine;
  return (point){(a->distance * b->sine - b->distance * a->sine) / d,
                 (a->cosine * b->distance - b->cosine * a->distance) / d};
}

static double area_of(const point corners[4]) {
  double twice = 0;
  for (int i = 0; i < 4; i++) {
    const point *a = &corners[i], *b = &corners[(i + 1) % 4];
    twice += a->x * b->y - b->x * a->y;
  }
  return twice / 2;
}

static bool find_on(PIX *grey, PIX *mask, point corners[4]) {
  point rough[4] = {{0, 0}};
  edge edges[4];
  double whole = (double)pixGetWidth(grey) * pixGetHeight(grey);
  rough_corners(mask, rough);
  if (!(area_of(rough) > LEAST_SHARE * whole))
    return false;
  bool seen = false;
  for (int i = 0; i < 4; i++) {
    if (!trace_edge(grey, mask, rough[i], rough[(i + 1) % 4], &edges[i]))
      return false;
    if (edges[i].seen > SAMPLES / 4 && edges[i].contrast < CONTRAST)
      return false;
    seen = seen || edges[i].seen > SAMPLES / 4;
  }
  for (int i = 0; i < 4; i++)
    corners[i] = cross(&edges[(i + 3) % 4].line, &edges[i].line);
  return seen && area_of(corners) > LEAST_SHARE * whole;
}

bool sheet_find(PIX *grey, point corners[4]) {
  int side = L_MAX(pixGetWidth(grey), pixGetHeight(grey));
  double factor = fmin(1, (double)SMALL_SIDE / side);
  PIX *small = pixScale(grey, (l_float32)factor, (l_float32)factor);
  PIX *bright = small ? bright_pixels(small) : NULL;
  PIX *mask = bright ? largest_area(bright) : NULL;
  bool found = mask && find_on(small, mask, corners);
  for (int i = 0; found && i < 4; i++) {
    corners[i].x *= (double)pixGetWidth(grey) / pixGetWidth(small);
    corners[i].y *= (double)pixGetHeight(grey) / pixGetHeight(small);
  }
  pixDestroy(&small);
  pixDestroy(&bright);
  pixDestroy(&mask);
  return found;
}
