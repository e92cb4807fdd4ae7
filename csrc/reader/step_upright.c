// SPDX-License-Identifier: MIT

// The page made ready before it is read: seen from straight above, dark on
// light, evenly lit, straight and upright. What is right already is left alone.

#include "orientation.h"
#include "sheet.h"
#include "steps.h"

#include <math.h>

enum {
  SMALL_SIDE = 1700, // pixels of the copy
  TILE = 16,
  LEAST_SIDE = 80 // a picture narrower than this has no light to speak of
};

static const double TRIM = 0.004;   // of a sheet's side: its edge's shadow
static const double UNEVEN = 0.85;  // darkest paper to lightest
static const double PALE = 200;     // grey level of paper that is light enough
static const double SKEW_MAX = 7;   // degrees
static const double SKEW_MIN = 0.2; // less does no harm
static const double SKEW_CONFIDENCE = 3;

// The page while it is made ready, and a small copy on which it is looked at.
typedef struct view {
  job *j;
  PIX *small;
} view;

static bool is_large(PIX *pix) {
  int width = pixGetWidth(pix), height = pixGetHeight(pix);
  return L_MAX(width, height) > SMALL_SIDE && L_MIN(width, height) > LEAST_SIDE;
}

static int look_again(view *v, error *e) {
  pixDestroy(&v->small);
  v->small = pixClone(v->j->current);
  while (v->small && is_large(v->small)) {
    PIX *half = pixScaleAreaMap2(v->small);
    pixDestroy(&v->small);
    v->small = half;
  }
  return v->small ? 0 : leptonica_failed("looking at the page", e);
}

static int change(view *v, PIX *pix, error *e) {
  return job_replace(v->j, pix, e) < 0 ? -1 : look_again(v, e);
}

// ---- a photograph ----

static double distance(point a, point b) { return hypot(b.x - a.x, b.y - a.y); }

// The sheet's size, made to fit into the picture.
static void flat_size(const job *j, const point c[4], double *width,
                      double *height) {
  *width = fmax(distance(c[0], c[1]), distance(c[3], c[2]));
  *height = fmax(distance(c[0], c[3]), distance(c[1], c[2]));
  double factor = fmin(1, fmin(pixGetWidth(j->current) / *width,
                               pixGetHeight(j->current) / *height));
  *width = floor(*width * factor);
  *height = floor(*height * factor);
}

static float *projection(const point c[4], double width, double height) {
  double trim_x = TRIM * width, trim_y = TRIM * height;
  PTA *sheet = ptaCreate(4), *picture = ptaCreate(4);
  l_float32 *new_to_old = NULL;
  for (int i = 0; i < 4; i++) {
    bool right = i == 1 || i == 2, bottom = i >= 2;
    ptaAddPt(sheet, (l_float32)(right ? width + trim_x : -trim_x),
             (l_float32)(bottom ? height + trim_y : -trim_y));
    ptaAddPt(picture, (l_float32)c[i].x, (l_float32)c[i].y);
  }
  getProjectiveXformCoeffs(sheet, picture, &new_to_old);
  ptaDestroy(&sheet);
  ptaDestroy(&picture);
  return new_to_old;
}

static bool find_corners(const view *v, point corners[4]) {
  if (!sheet_find(v->small, corners))
    return false;
  double x = (double)pixGetWidth(v->j->current) / pixGetWidth(v->small);
  double y = (double)pixGetHeight(v->j->current) / pixGetHeight(v->small);
  for (int i = 0; i < 4; i++)
    corners[i] = (point){corners[i].x * x, corners[i].y * y};
  return true;
}

static int flatten(view *v, error *e) {
  job *j = v->j;
  point corners[4];
  if (!find_corners(v, corners))
    return 0;
  double width, height;
  flat_size(j, corners, &width, &height);
  float *new_to_old = projection(corners, width, height);
  PIX *flat =
      new_to_old ? pixProjectiveGray(j->current, new_to_old, 255) : NULL;
  BOX *frame = boxCreate(0, 0, (int)width, (int)height);
  PIX *sheet = flat && frame ? pixClipRectangle(flat, frame, NULL) : NULL;
  if (sheet)
    transform_project(&j->to_page, new_to_old);
  pixDestroy(&flat);
  boxDestroy(&frame);
  LEPT_FREE(new_to_old);
  json_boolean_member(&j->out, "photographed", true);
  return change(v, sheet, e);
}

// ---- ink and paper ----

static double level(PIX *grey, double rank) {
  l_uint32 value = 0;
  pixGetRankValue(grey, 1, (l_float32)rank, &value);
  return value;
}

// White on black: what differs from the ground is lighter than it.
static bool is_dark(PIX *small) {
  double middle = level(small, 0.5);
  double darker = middle - level(small, 0.005);
  double lighter = level(small, 0.995) - middle;
  return middle < 128 && lighter > 2 * darker;
}

// Paper is the lightest pixel of each tile.
static bool is_uneven(PIX *small) {
  PIX *paper = pixScaleGrayMinMax(small, TILE, TILE, L_CHOOSE_MAX);
  bool uneven = paper && level(paper, 0.05) < UNEVEN * level(paper, 0.95);
  pixDestroy(&paper);
  return uneven;
}

static int mend_light(view *v, error *e) {
  job *j = v->j;
  if (is_dark(v->small)) {
    json_boolean_member(&j->out, "inverted", true);
    if (change(v, pixInvert(NULL, j->current), e) < 0)
      return -1;
  }
  bool tiny = L_MIN(pixGetWidth(v->small), pixGetHeight(v->small)) < LEAST_SIDE;
  if (tiny || (!is_uneven(v->small) && level(v->small, 0.5) >= PALE))
    return 0;
  PIX *even = pixBackgroundNormMorph(j->current, NULL, 4, 15, 245);
  if (!even) // all of it is black: it stays as it is
    return 0;
  json_boolean_member(&j->out, "evened", true);
  return change(v, even, e);
}

// ---- skew ----

static double find_skew(PIX *grey) {
  l_float32 angle = 0, confidence = 0;
  PIX *ink = pixThresholdToBinary(grey, 190);
  if (!ink ||
      pixFindSkewSweepAndSearch(ink, &angle, &confidence, 2, 1,
                                (l_float32)SKEW_MAX, 1, 0.01F) != 0 ||
      confidence < SKEW_CONFIDENCE)
    angle = 0;
  pixDestroy(&ink);
  return fabsf(angle) >= SKEW_MIN ? angle : 0;
}

static int straighten(view *v, error *e) {
  double angle = find_skew(v->small);
  if (angle == 0)
    return 0;
  json_number_member(&v->j->out, "skew", -angle, 2); // as the page lies
  return job_turn(v->j, angle, e) < 0 ? -1 : look_again(v, e);
}

// ---- the step ----

static int turn_upright(view *v, int degrees, error *e) {
  if (degrees < 0 && orientation_find(v->j->current, v->small, &degrees, e) < 0)
    return -1;
  json_integer_member(&v->j->out, "turn", degrees);
  return degrees == 0 ? 0 : job_turn(v->j, degrees, e);
}

// Nine numbers, row by row: pixels of the upright sheet to those of the page.
// Nothing where they are the same.
static void write_to_page(job *j) {
  if (transform_is_identity(&j->to_page))
    return;
  json_name(&j->out, "to_page");
  json_open(&j->out, '[');
  for (int i = 0; i < 9; i++)
    json_number(&j->out, j->to_page.m[i / 3][i % 3], 12);
  json_close(&j->out, ']');
}

// From here on the upright sheet is the page: `base` comes back to it, and
// boxes lie on it.
static int begin_again(job *j, error *e) {
  write_to_page(j);
  job_write_size(j);
  pixDestroy(&j->opened);
  j->opened = pixClone(j->current);
  j->to_page = transform_identity();
  j->turned = 0;
  return j->opened ? 0 : error_memory(e);
}

static int make_ready(view *v, int turn, error *e) {
  if (change(v, pixConvertTo8(v->j->current, 0), e) < 0 || flatten(v, e) < 0 ||
      mend_light(v, e) < 0 || straighten(v, e) < 0 ||
      turn_upright(v, turn, e) < 0)
    return -1;
  return begin_again(v->j, e);
}

int step_upright(job *j, const step *s, error *e) {
  int turn = -1;
  if (step_integer(s, "turn", 0, 270, &turn, e) < 0)
    return -1;
  if (turn > 0 && turn % 90 != 0)
    return error_set(e, REASON_INVALID_OPTION,
                     "step upright: turn must be 0, 90, 180 or 270, not %d",
                     turn);
  view v = {.j = j};
  int status = make_ready(&v, turn, e);
  pixDestroy(&v.small);
  return status;
}
