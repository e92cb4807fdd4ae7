// SPDX-License-Identifier: MIT

// Steps that make files of the picture at hand.

#include "steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct coding {
  bool jpeg;
  int quality; // of JPEG, 1 to 100
} coding;

static int read_coding(const step *s, coding *c, error *e) {
  const char *format = step_value_text(s, "format", "png");
  c->jpeg = strcmp(format, "jpeg") == 0;
  c->quality = 85;
  if (!c->jpeg && strcmp(format, "png") != 0)
    return error_set(e, REASON_INVALID_OPTION,
                     "step %s: format must be png or jpeg, not '%s'",
                     s->kind->name, format);
  return step_integer(s, "quality", 1, 100, &c->quality, e);
}

static int encode_jpeg(PIX *pix, int quality, l_uint8 **bytes, size_t *size) {
  PIX *wide = pixConvertTo8Or32(pix, L_CLONE, 1); // JPEG knows no single bits
  int status = wide ? pixWriteMemJpeg(bytes, size, wide, quality, 0) : 1;
  pixDestroy(&wide);
  return status;
}

static int keep_picture(job *j, const l_uint8 *bytes, size_t size, error *e) {
  if (j->picture_count == MESSAGE_PICTURES_MAX)
    return error_set(e, REASON_TOO_LARGE, "more than %d pictures in one answer",
                     (int)MESSAGE_PICTURES_MAX);
  if (size > (size_t)j->limits->output - j->picture_bytes)
    return error_set(e, REASON_TOO_LARGE,
                     "the pictures of the answer have more than %lld bytes",
                     (long long)j->limits->output);
  blob *picture = blob_copy(bytes, size, e);
  if (!picture)
    return -1;
  j->pictures[j->picture_count++] = picture;
  j->picture_bytes += size;
  return 0;
}

// Adds a picture to the answer and writes its number (from 1) and its size.
static int add_picture(job *j, PIX *pix, const coding *c, error *e) {
  l_uint8 *bytes = NULL;
  size_t size = 0;
  int status = c->jpeg ? encode_jpeg(pix, c->quality, &bytes, &size)
                       : pixWriteMemPng(&bytes, &size, pix, 0);
  status = status == 0 ? keep_picture(j, bytes, size, e)
                       : leptonica_failed("encoding the picture", e);
  free(bytes);
  json_integer_member(&j->out, "picture", j->picture_count);
  json_integer_member(&j->out, "width", pixGetWidth(pix));
  json_integer_member(&j->out, "height", pixGetHeight(pix));
  json_integer_member(&j->out, "bytes", (int64_t)size);
  return status;
}

int step_encode(job *j, const step *s, error *e) {
  coding c;
  if (read_coding(s, &c, e) < 0)
    return -1;
  return add_picture(j, j->current, &c, e);
}

// ---- tiles ----

typedef struct grid {
  int side;    // of a tile, pixels
  int whole;   // of the picture
  int count;   // tiles in a row
  double step; // from one tile's edge to the next one's
} grid;

// Tiles of one length that cover the whole and overlap by at least the share.
static grid lay_grid(int whole, int side, double overlap) {
  grid g = {.side = side < whole ? side : whole, .whole = whole, .count = 1};
  if (g.side < whole)
    g.count += (int)ceil((whole - g.side) / fmax(1, g.side * (1 - overlap)));
  g.step = g.count > 1 ? (double)(whole - g.side) / (g.count - 1) : 0;
  return g;
}

static int add_tile(job *j, box frame, const coding *c, error *e) {
  BOX *cut = boxCreate((int)frame.x, (int)frame.y, (int)frame.width,
                       (int)frame.height);
  PIX *tile = cut ? pixClipRectangle(j->current, cut, NULL) : NULL;
  boxDestroy(&cut);
  if (!tile)
    return leptonica_failed("cutting a tile", e);
  box on_page = transform_box(&j->to_page, frame);
  json_open(&j->out, '{');
  json_box_member(&j->out, on_page.x, on_page.y, on_page.width, on_page.height);
  int status = add_picture(j, tile, c, e);
  json_close(&j->out, '}');
  pixDestroy(&tile);
  return status;
}

int step_tiles(job *j, const step *s, error *e) {
  coding c;
  int width = 1500, height = 1500;
  double overlap = 0.12; // of a tile's side
  if (read_coding(s, &c, e) < 0 ||
      step_integer(s, "width", 64, SIDE_MAX, &width, e) < 0 ||
      step_integer(s, "height", 64, SIDE_MAX, &height, e) < 0 ||
      step_number(s, "overlap", 0, 0.5, &overlap, e) < 0)
    return -1;
  grid x = lay_grid(pixGetWidth(j->current), width, overlap);
  grid y = lay_grid(pixGetHeight(j->current), height, overlap);
  int status = 0;
  json_name(&j->out, "tiles");
  json_open(&j->out, '[');
  for (int i = 0; status == 0 && i < x.count * y.count; i++) {
    box frame = {floor(x.step * (i % x.count)), floor(y.step * (i / x.count)),
                 x.side, y.side};
    status = add_tile(j, frame, &c, e);
  }
  json_close(&j->out, ']');
  return status;
}
