// SPDX-License-Identifier: MIT
#include "frames_read.h"

#include "frames_ring.h"
#include "frames_shape.h"
#include "job.h"
#include "lettering.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// A cell cut out and turned upright.
typedef struct cell_picture {
  PIX *grey, *ink;
} cell_picture;

static void release(cell_picture *c) {
  pixDestroy(&c->grey);
  pixDestroy(&c->ink);
}

// ---- cutting out ----

// What reaches in from the rules is no thicker than this share of the height.
static const double RIM = 0.12;

static bool is_rim(const ruled_cell *part, int width, int height) {
  double most = RIM * height;
  return ((part->x == 0 || part->x + part->width == width) &&
          part->width <= most) ||
         ((part->y == 0 || part->y + part->height == height) &&
          part->height <= most);
}

// Takes the remains of slanted rules away.
static void clear_rim(cell_picture *c) {
  BOXA *parts = pixConnCompBB(c->ink, 8);
  int width = pixGetWidth(c->ink), height = pixGetHeight(c->ink);
  for (int i = 0; i < boxaGetCount(parts); i++) {
    ruled_cell p;
    boxaGetBoxGeometry(parts, i, &p.x, &p.y, &p.width, &p.height);
    if (!is_rim(&p, width, height))
      continue;
    BOX *area = boxCreate(p.x, p.y, p.width, p.height);
    if (area) {
      pixClearInRect(c->ink, area);
      pixSetInRect(c->grey, area);
    }
    boxDestroy(&area);
  }
  boxaDestroy(&parts);
}

// Shapes are told on pictures at least this high.
enum { HEIGHT_MIN = 56 };

static PIX *cut_out(PIX *grey, const ruled_cell *cell, int rotation) {
  BOX *area = boxCreate(cell->x, cell->y, cell->width, cell->height);
  PIX *part = area ? pixClipRectangle(grey, area, NULL) : NULL;
  PIX *upright = part ? pixRotateOrth(part, rotation / 90) : NULL;
  float scale =
      upright ? ceilf((float)HEIGHT_MIN / (float)pixGetHeight(upright)) : 1;
  PIX *scaled = upright ? pixScale(upright, scale, scale) : NULL;
  boxDestroy(&area);
  pixDestroy(&part);
  pixDestroy(&upright);
  return scaled;
}

static bool cut_cell(PIX *grey, const ruled_cell *cell, int rotation,
                     cell_picture *out) {
  out->grey = cut_out(grey, cell, rotation);
  out->ink = out->grey ? ruled_ink(out->grey) : NULL;
  if (out->ink)
    clear_rim(out);
  else
    release(out);
  return out->ink != NULL;
}

// ---- one line of letters ----

static void append(cell_text *out, const char *text, double confidence) {
  size_t length = strlen(out->text);
  snprintf(out->text + length, sizeof out->text - length, "%s", text);
  out->confidence = fmin(out->confidence, confidence);
}

static int read_line(PIX *grey, const BOX *area, cell_text *out, error *e) {
  lettering_line line = {.x = area->x + area->w / 2.0,
                         .y = area->y + area->h / 2.0,
                         .length = area->w,
                         .height = area->h};
  lettering_text text;
  if (lettering_read_line(grey, &line, &text, e) < 0)
    return -1;
  for (int i = 0; i < text.count; i++)
    append(out, text.signs[i].text, text.signs[i].confidence);
  return 0;
}

// ---- letters between rings ----

// In heights of the cell: what is lower is no lettering.
static const double SPECK = 0.2;

// Of the highest letter: a comma reaches below a line and makes it no higher.
static const double LETTER_MIN = 0.6;

// The box of a span's ink, as high as its letters. NULL: less than a speck.
static BOX *letters_in(PIX *ink, int left, int right) {
  BOX *span = boxCreate(left, 0, right - left, pixGetHeight(ink));
  PIX *part = span ? pixClipRectangle(ink, span, NULL) : NULL;
  BOXA *parts = part ? pixConnCompBB(part, 8) : NULL;
  BOX *extent = NULL, *letters = NULL;
  l_int32 highest = 0;
  boxaSizeRange(parts, NULL, NULL, NULL, &highest);
  BOXA *high = boxaSelectBySize(parts, 0, (int)(LETTER_MIN * highest),
                                L_SELECT_HEIGHT, L_SELECT_IF_GTE, NULL);
  if (highest > SPECK * pixGetHeight(ink) &&
      boxaGetExtent(parts, NULL, NULL, &extent) == 0 &&
      boxaGetExtent(high, NULL, NULL, &letters) == 0)
    boxSetGeometry(letters, left + extent->x, letters->y, extent->w,
                   letters->h);
  boxDestroy(&span);
  boxDestroy(&extent);
  boxaDestroy(&parts);
  boxaDestroy(&high);
  pixDestroy(&part);
  return letters;
}

// Reads what stands between two places across the cell.
static int read_span(const cell_picture *c, double from, double to,
                     cell_text *out, error *e) {
  int left = (int)fmax(0, from), right = (int)fmin(to, pixGetWidth(c->ink));
  if (right - left < 3)
    return 0;
  BOX *letters = letters_in(c->ink, left, right);
  int status = letters ? read_line(c->grey, letters, out, e) : 0;
  boxDestroy(&letters);
  return status;
}

// How far a ring reaches; the stroke of a diameter sign goes beyond its circle.
static double reach(const ring *r) {
  return r->radius * (strcmp(r->text, "Ø") == 0 ? 1.6 : 1.25);
}

static void erase_ring(cell_picture *c, const ring *r) {
  double far = reach(r);
  for (int y = (int)(r->y - far); y <= r->y + far; y++)
    for (int x = (int)(r->x - far); x <= r->x + far; x++)
      if (hypot(x + 0.5 - r->x, y + 0.5 - r->y) <= far) {
        pixSetPixel(c->ink, x, y, 0);
        pixSetPixel(c->grey, x, y, 255);
      }
}

static int read_letters(cell_picture *c, cell_text *out, error *e) {
  ring rings[RINGS_MAX];
  int count = rings_find(c->ink, rings);
  for (int i = 0; i < count; i++)
    erase_ring(c, &rings[i]);
  out->confidence = 1;
  double from = 0;
  for (int i = 0; i <= count; i++) {
    double to = i < count ? rings[i].x : pixGetWidth(c->ink);
    if (read_span(c, from, to, out, e) < 0)
      return -1;
    if (i < count)
      append(out, rings[i].text, rings[i].confidence);
    from = to;
  }
  return 0;
}

static bool read_sign(const cell_picture *c, cell_text *out) {
  PIX *glyph = NULL;
  pixClipToForeground(c->ink, &glyph, NULL);
  const char *sign =
      glyph ? shape_characteristic(glyph, &out->confidence) : NULL;
  pixDestroy(&glyph);
  if (sign)
    append(out, sign, out->confidence);
  return sign != NULL;
}

int cell_read(PIX *grey, const ruled_cell *cell, int rotation, bool may_be_sign,
              cell_text *out, error *e) {
  *out = (cell_text){.confidence = 0};
  cell_picture c;
  if (!cut_cell(grey, cell, rotation, &c))
    return leptonica_failed("cutting out a cell", e);
  int status = 0;
  if (!may_be_sign || !read_sign(&c, out))
    status = read_letters(&c, out, e);
  release(&c);
  if (out->text[0] == '\0')
    out->confidence = 0;
  return status;
}

double cell_sign_confidence(PIX *grey, const ruled_cell *cell, int rotation) {
  cell_picture c;
  cell_text read = {.confidence = 0};
  if (!cut_cell(grey, cell, rotation, &c))
    return 0;
  bool is_sign = read_sign(&c, &read);
  release(&c);
  return is_sign ? read.confidence : 0;
}
