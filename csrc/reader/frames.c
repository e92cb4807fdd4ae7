// SPDX-License-Identifier: MIT
// The step `frames`: feature control frames and other boxed lettering, found by
// their rules.
#include "frames_group.h"
#include "frames_read.h"
#include "steps.h"

#include <math.h>
#include <stdlib.h>

// Reading a cell takes milliseconds: on a page with more, the rest has no text.
enum { CELLS_READ_MAX = 300 };

typedef struct search {
  job *job;
  PIX *grey, *ink;
  int lettering;     // height of most letters, pixels
  transform to_page; // from grey
  ruled_cells cells;
  frame frames[FRAMES_MAX];
  int cells_read;
} search;

// ---- which groups hold lettering ----

// Share of a cell that its ink covers: more is an area filled or hatched.
static const double INK_MAX = 0.5;

static bool has_lettering(const search *s, int place) {
  const ruled_cell *c = &s->cells.list[place];
  BOX *area = boxCreate(c->x, c->y, c->width, c->height);
  l_int32 count = 0;
  if (area)
    pixCountPixelsInRect(s->ink, area, &count, NULL);
  boxDestroy(&area);
  return count > s->cells.length && count < INK_MAX * c->width * c->height;
}

static ruled_cell around(const search *s, const frame *f) {
  int left = INT32_MAX, top = INT32_MAX, right = 0, bottom = 0;
  for (int row = 0; row < f->row_count; row++)
    for (int i = 0; i < f->rows[row].count; i++) {
      const ruled_cell *c = &s->cells.list[f->rows[row].cells[i]];
      left = c->x < left ? c->x : left;
      top = c->y < top ? c->y : top;
      right = c->x + c->width > right ? c->x + c->width : right;
      bottom = c->y + c->height > bottom ? c->y + c->height : bottom;
    }
  return (ruled_cell){left, top, right - left, bottom - top};
}

// Leaders and extension lines may go on from corners of a box; from more of
// them only the rules of a grid do.
enum { GOING_ON_MAX = 2 };

static bool stands_free(const search *s, const frame *f) {
  ruled_cell box_of_all = around(s, f);
  int most = f->row_count == 1 && f->rows[0].count == 1 ? 1 : GOING_ON_MAX;
  return rules_going_on(s->ink, &box_of_all, s->cells.length) <= most;
}

static bool is_lettered(const search *s, const frame *f) {
  for (int row = 0; row < f->row_count; row++)
    for (int i = 0; i < f->rows[row].count; i++)
      if (!has_lettering(s, f->rows[row].cells[i]))
        return false;
  return stands_free(s, f);
}

// ---- what its characteristics say ----

static double sign_confidence(const search *s, const frame *f, int row) {
  const ruled_cell *cell = &s->cells.list[f->rows[row].cells[0]];
  return cell_sign_confidence(s->grey, cell, f->rotation);
}

static void reverse_cells(frame_row *row) {
  for (int i = 0, k = row->count - 1; i < k; i++, k--) {
    int cell = row->cells[i];
    row->cells[i] = row->cells[k];
    row->cells[k] = cell;
  }
}

static frame turned_over(const frame *f) {
  frame other = {.row_count = f->row_count, .rotation = f->rotation + 180};
  for (int i = 0; i < f->row_count; i++) {
    other.rows[i] = f->rows[f->row_count - 1 - i];
    reverse_cells(&other.rows[i]);
  }
  return other;
}

// The characteristic stands first, so it says whether lettering along the page
// runs up, as is usual, or down.
static void find_direction(const search *s, frame *f) {
  if (f->rotation == 0 || f->rows[0].count < 2)
    return;
  frame other = turned_over(f);
  if (sign_confidence(s, &other, 0) > sign_confidence(s, f, 0))
    *f = other;
}

// Rows upon each other that begin with no characteristic are those of a table.
static void drop_table_rows(const search *s, frame *f) {
  int kept = 0, count = f->row_count;
  for (int row = 0; row < count; row++)
    if (count == 1 || f->rows[row].count == 1 || sign_confidence(s, f, row) > 0)
      f->rows[kept++] = f->rows[row];
  f->row_count = kept;
}

// ---- the result ----

static void write_box(search *s, ruled_cell c) {
  box b = transform_box(&s->to_page, (box){c.x, c.y, c.width, c.height});
  json_box_member(&s->job->out, b.x, b.y, b.width, b.height);
}

static int write_cell(search *s, const frame *f, int place, bool may_be_sign,
                      error *e) {
  json *out = &s->job->out;
  const ruled_cell *cell = &s->cells.list[place];
  cell_text read = {.confidence = 0};
  if (s->cells_read++ < CELLS_READ_MAX &&
      cell_read(s->grey, cell, f->rotation, may_be_sign, &read, e) < 0)
    return -1;
  json_open(out, '{');
  write_box(s, *cell);
  json_text_member(out, "text", read.text);
  json_number_member(out, "confidence", read.confidence, 4);
  json_close(out, '}');
  return 0;
}

static int write_row(search *s, const frame *f, const frame_row *row,
                     error *e) {
  json *out = &s->job->out;
  json_open(out, '{');
  json_name(out, "cells");
  json_open(out, '[');
  for (int i = 0; i < row->count; i++)
    if (write_cell(s, f, row->cells[i], i == 0 && row->count > 1, e) < 0)
      return -1;
  json_close(out, ']');
  json_close(out, '}');
  return 0;
}

static int write_frame(search *s, const frame *f, error *e) {
  json *out = &s->job->out;
  json_open(out, '{');
  write_box(s, around(s, f));
  json_integer_member(out, "rotation",
                      ((int)s->job->turned + f->rotation) % 360);
  json_name(out, "rows");
  json_open(out, '[');
  for (int row = 0; row < f->row_count; row++)
    if (write_row(s, f, &f->rows[row], e) < 0)
      return -1;
  json_close(out, ']');
  json_close(out, '}');
  return 0;
}

static int write_frames(search *s, error *e) {
  int count = frames_group(&s->cells, s->frames);
  if (count < 0)
    return error_memory(e);
  for (int i = 0; i < count; i++) {
    frame *f = &s->frames[i];
    if (!is_lettered(s, f))
      continue;
    find_direction(s, f);
    drop_table_rows(s, f);
    if (f->row_count > 0 && write_frame(s, f, e) < 0)
      return -1;
  }
  return 0;
}

// ---- the search ----

// The lettering of frames may be smaller or larger than most of the sheet's:
// the length of the shortest rule in the first round, in heights of lettering.
static const double LENGTH_MIN = 0.9;
enum { ROUNDS = 5 };

static int search_round(search *s, double length, error *e) {
  if (ruled_cells_find(s->ink, length, &s->cells) < 0)
    return leptonica_failed("looking for frames", e);
  int status = write_frames(s, e);
  ruled_cells_free(&s->cells);
  return status;
}

static int search_all(search *s, error *e) {
  int status = 0;
  json_name(&s->job->out, "frames");
  json_open(&s->job->out, '[');
  for (int round = 0; round < ROUNDS && status == 0; round++) {
    double steps = pow(FRAME_ROW_STEP, round);
    status = search_round(s, LENGTH_MIN * s->lettering * steps, e);
  }
  json_close(&s->job->out, ']');
  return status;
}

// ---- the picture ----

// Low lettering is looked at enlarged, on pages of at most so many pixels.
enum { LETTERING_LOW = 13, ENLARGED = 2, ENLARGED_MAX = 6000000 };

static bool look_at(search *s, PIX *grey) {
  pixDestroy(&s->grey);
  pixDestroy(&s->ink);
  s->grey = grey;
  s->ink = grey ? ruled_ink(grey) : NULL;
  s->lettering = s->ink ? ruled_lettering(s->ink) : 0;
  return s->ink != NULL;
}

static bool take_picture(search *s) {
  s->to_page = s->job->to_page;
  if (!look_at(s, pixConvertTo8(s->job->current, 0)))
    return false;
  double pixels = (double)pixGetWidth(s->grey) * pixGetHeight(s->grey);
  if (s->lettering >= LETTERING_LOW || pixels > ENLARGED_MAX)
    return true;
  transform_scale(&s->to_page, ENLARGED, ENLARGED);
  return look_at(s, pixScale(s->grey, ENLARGED, ENLARGED));
}

// Finds the boxed lettering of the current picture and reads its cells; boxes
// lie on the opened page.
int step_frames(job *j, const step *unused, error *e) {
  (void)unused;
  search *s = calloc(1, sizeof *s);
  if (!s)
    return error_memory(e);
  s->job = j;
  int status = take_picture(s) ? search_all(s, e)
                               : leptonica_failed("looking for frames", e);
  pixDestroy(&s->grey);
  pixDestroy(&s->ink);
  free(s);
  return status;
}
