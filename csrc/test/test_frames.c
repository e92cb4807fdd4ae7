// SPDX-License-Identifier: MIT
// Boxes told by their rules, rows told from tables, signs told by their shape.
#include "check.h"

#include "../reader/frames_group.h"
#include "../reader/frames_ring.h"
#include "../reader/frames_shape.h"

#include <math.h>
#include <stdbool.h>

enum { WIDTH = 600, HEIGHT = 400, RULE = 2, LENGTH = 30 };

static void fill(PIX *pix, int x, int y, int width, int height, bool ink) {
  BOX *box = boxCreate(x, y, width, height);
  assert_int_equal(ink ? pixSetInRect(pix, box) : pixClearInRect(pix, box), 0);
  boxDestroy(&box);
}

static void draw_box(PIX *pix, int x, int y, int width, int height) {
  fill(pix, x, y, width, RULE, true);
  fill(pix, x, y + height - RULE, width, RULE, true);
  fill(pix, x, y, RULE, height, true);
  fill(pix, x + width - RULE, y, RULE, height, true);
}

static PIX *paper(void) {
  PIX *pix = pixCreate(WIDTH, HEIGHT, 1);
  assert_non_null(pix);
  return pix;
}

// The frames of a picture, which it destroys.
static int group(PIX *pix, frame frames[FRAMES_MAX], ruled_cells *cells) {
  assert_int_equal(ruled_cells_find(pix, LENGTH, cells), 0);
  pixDestroy(&pix);
  return frames_group(cells, frames);
}

static frame frames[FRAMES_MAX];

static void a_frame_is_a_row(void **state) {
  (void)state;
  ruled_cells cells;
  PIX *pix = paper();
  draw_box(pix, 100, 100, 40, 40);
  draw_box(pix, 138, 100, 90, 40);
  fill(pix, 160, 100, 4, RULE, false); // a torn rule
  assert_int_equal(group(pix, frames, &cells), 1);
  assert_int_equal(frames[0].rotation, 0);
  assert_int_equal(frames[0].row_count, 1);
  assert_int_equal(frames[0].rows[0].count, 2);
  const ruled_cell *first = &cells.list[frames[0].rows[0].cells[0]];
  assert_in_range(first->x, 102, 104);
  assert_in_range(first->width, 32, 36);
  ruled_cells_free(&cells);
}

static void a_turned_frame_is_a_row_too(void **state) {
  (void)state;
  ruled_cells cells;
  PIX *pix = paper();
  draw_box(pix, 100, 100, 40, 90);
  draw_box(pix, 100, 188, 40, 40);
  assert_int_equal(group(pix, frames, &cells), 1);
  assert_int_equal(frames[0].rotation, 90);
  assert_int_equal(frames[0].rows[0].count, 2);
  // It is read upwards, so the lower cell is its first.
  assert_in_range(cells.list[frames[0].rows[0].cells[0]].y, 188, 194);
  ruled_cells_free(&cells);
}

static void rows_may_share_a_cell(void **state) {
  (void)state;
  ruled_cells cells;
  PIX *pix = paper();
  draw_box(pix, 100, 100, 40, 78);
  draw_box(pix, 138, 100, 90, 40);
  draw_box(pix, 138, 138, 90, 40);
  assert_int_equal(group(pix, frames, &cells), 1);
  assert_int_equal(frames[0].row_count, 2);
  assert_int_equal(frames[0].rows[0].count, 2);
  assert_int_equal(frames[0].rows[0].cells[0], frames[0].rows[1].cells[0]);
  ruled_cells_free(&cells);
}

static void a_table_is_no_frame(void **state) {
  (void)state;
  ruled_cells cells;
  PIX *pix = paper();
  for (int row = 0; row < 6; row++)
    for (int column = 0; column < 5; column++)
      draw_box(pix, 50 + column * 78, 50 + row * 38, 80, 40);
  assert_int_equal(group(pix, frames, &cells), 0);
  assert_true(cells.count >= 30);
  ruled_cells_free(&cells);
}

static void rules_that_go_on_are_counted(void **state) {
  (void)state;
  PIX *pix = paper();
  draw_box(pix, 100, 100, 90, 40);
  const ruled_cell inside = {102, 102, 86, 36};
  assert_int_equal(rules_going_on(pix, &inside, LENGTH), 0);
  fill(pix, 60, 100, 60, RULE, true);
  fill(pix, 188, 60, RULE, 140, true);
  assert_int_equal(rules_going_on(pix, &inside, LENGTH), 3);
  pixDestroy(&pix);
}

// ---- signs ----

static void draw_line(PIX *pix, double x1, double y1, double x2, double y2) {
  pixRenderLine(pix, (int)x1, (int)y1, (int)x2, (int)y2, 3, L_SET_PIXELS);
}

static void draw_circle(PIX *pix, double x, double y, double r) {
  for (int i = 0; i < 72; i++) {
    double from = i / 36.0 * acos(-1), to = (i + 1) / 36.0 * acos(-1);
    draw_line(pix, x + r * cos(from), y + r * sin(from), x + r * cos(to),
              y + r * sin(to));
  }
}

static const char *sign_of(PIX *pix) {
  double confidence = 0;
  PIX *cut = NULL;
  assert_int_equal(pixClipToForeground(pix, &cut, NULL), 0);
  const char *sign = shape_characteristic(cut, &confidence);
  assert_true(confidence >= 0 && confidence <= 1);
  pixDestroy(&cut);
  pixDestroy(&pix);
  return sign;
}

static void signs_are_told_by_shape(void **state) {
  (void)state;
  PIX *pix = paper();
  draw_line(pix, 10, 60, 70, 60);
  assert_string_equal(sign_of(pix), "⏤");
  pix = paper();
  draw_line(pix, 10, 60, 60, 60);
  draw_line(pix, 35, 60, 35, 10);
  assert_string_equal(sign_of(pix), "⟂");
  pix = paper();
  draw_line(pix, 10, 60, 40, 10);
  draw_line(pix, 32, 60, 62, 10);
  assert_string_equal(sign_of(pix), "//");
  pix = paper();
  draw_circle(pix, 40, 40, 25);
  draw_circle(pix, 40, 40, 13);
  assert_string_equal(sign_of(pix), "◎");
}

static void other_shapes_are_no_signs(void **state) {
  (void)state;
  PIX *pix = paper();
  fill(pix, 10, 10, 50, 50, true);
  assert_null(sign_of(pix));
  pix = paper();
  draw_line(pix, 10, 10, 60, 60);
  draw_line(pix, 10, 60, 60, 10);
  assert_null(sign_of(pix));
}

static void rings_are_told_from_letters(void **state) {
  (void)state;
  ring rings[RINGS_MAX];
  PIX *pix = pixCreate(200, 60, 1);
  draw_circle(pix, 30, 30, 12); // a diameter sign
  draw_line(pix, 22, 46, 38, 14);
  draw_circle(pix, 80, 30, 12); // a letter O
  draw_circle(pix, 150, 30, 22);
  draw_line(pix, 145, 20, 145, 40); // L
  draw_line(pix, 145, 40, 157, 40);
  assert_int_equal(rings_find(pix, rings), 2);
  assert_string_equal(rings[0].text, "Ø");
  assert_string_equal(rings[1].text, "Ⓛ");
  assert_in_range((int)rings[1].x, 148, 152);
  pixDestroy(&pix);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_frame_is_a_row),
      cmocka_unit_test(a_turned_frame_is_a_row_too),
      cmocka_unit_test(rows_may_share_a_cell),
      cmocka_unit_test(a_table_is_no_frame),
      cmocka_unit_test(rules_that_go_on_are_counted),
      cmocka_unit_test(signs_are_told_by_shape),
      cmocka_unit_test(other_shapes_are_no_signs),
      cmocka_unit_test(rings_are_told_from_letters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
