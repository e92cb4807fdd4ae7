// SPDX-License-Identifier: MIT
#include "lettering_find.h"

#include "lettering_extent.h"
#include "lettering_groups.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { SLANTED_MAX = 64 }; // letters of a line at an angle

// In heights of the lettering, unless a comment says otherwise.
static const double attach_gap = .75;   // a mark to the line it belongs to
static const double least_slant = .2;   // radians; less is level
static const double straightest = .35;  // spread of a slanted line
static const double slanted_step = 1.6; // from letter to letter
static const double quarter = 1.5707963267948966;

static bool is_slant(double angle) {
  return fabs(sin(2 * angle)) > sin(2 * least_slant);
}

typedef struct finder {
  groups g;
  bool *taken;  // by a line
  int *members; // of the group at hand
  lettering_line *lines;
  int count;
} finder;

static bool is_dash(const blot *b, double height) {
  double larger = blot_larger(b), smaller = fmin(b->width, b->height);
  return smaller < .2 * height && larger > .25 * height && larger > 2 * smaller;
}

// Points, commas, and degree signs are no letters, but they stand with them.
// Deviations are lettered larger, and no digit is as wide as a ring.
static bool is_mark(const blot *b, double height) {
  double larger = blot_larger(b), smaller = fmin(b->width, b->height);
  bool ring = smaller > .8 * larger;
  return !is_dash(b, height) &&
         (larger < .42 * height || (ring && larger < .55 * height));
}

// A dash, or a part of a sign that is made of two, such as a plus over its
// minus, stands close to the line and in the middle of it; deviations stand
// above or below.
static bool is_part(const extent *x, double u, double v) {
  double gap = fmax(x->left - u, u - x->right);
  double off = fabs(v - (x->top + x->bottom) / 2);
  return gap < .7 * x->letters && off < .25 * x->letters;
}

// Whether a mark behind the end of a line stands nearer to what follows it: the
// plus of a deviation is no degree sign of its size.
static bool goes_on(const finder *f, const extent *x, const blot *b,
                    double angle) {
  double u = along(b, angle), v = across(b, angle);
  double gap = u - x->right;
  for (int i = 0; gap > 0 && i < f->g.all.count; i++) {
    const blot *other = &f->g.all.list[i];
    double larger = blot_larger(other), step = along(other, angle) - u;
    if (larger > .8 * blot_larger(b) && larger < x->letters && step > 0 &&
        step - larger / 2 < gap && fabs(across(other, angle) - v) < .3 * larger)
      return true;
  }
  return false;
}

static bool is_attached(finder *f, const extent *x, int index, double angle) {
  const blot *b = &f->g.all.list[index];
  double height = x->letters, u = along(b, angle), v = across(b, angle);
  int together = sets_size(&f->g.straight, index);
  if (together > 2 || u < x->left - attach_gap * height ||
      u > x->right + attach_gap * height || v < x->top - .1 * height ||
      v > x->bottom + .2 * height)
    return false;
  return ((is_mark(b, height) && together == 1) ||
          (blot_larger(b) < .75 * height && is_part(x, u, v))) &&
         !goes_on(f, x, b, angle);
}

// The marks near a line make it longer.
static void extent_attach(extent *x, finder *f, double angle) {
  for (int round = 0; round < 2; round++) {
    extent wide = *x;
    for (int i = 0; i < f->g.all.count; i++)
      if (is_attached(f, x, i, angle))
        extent_add(&wide, &f->g.all.list[i], angle);
    x->left = wide.left;
    x->right = wide.right;
  }
}

static void add_line(finder *f, const extent *x, double angle) {
  if (f->count == LETTERING_LINES_MAX || x->bottom - x->top < 4)
    return;
  double u = (x->left + x->right) / 2, v = (x->top + x->bottom) / 2;
  f->lines[f->count++] = (lettering_line){
      .x = u * cos(angle) - v * sin(angle),
      .y = u * sin(angle) + v * cos(angle),
      .angle = angle,
      .length = x->right - x->left,
      .height = x->bottom - x->top,
  };
}

static int compare_heights(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

// The median of its members.
static double letters_height(finder *f, int count) {
  enum { ENOUGH = 64 };
  double heights[ENOUGH];
  count = count < ENOUGH ? count : ENOUGH;
  for (int i = 0; i < count; i++)
    heights[i] = blot_larger(&f->g.all.list[f->members[i]]);
  qsort(heights, (size_t)count, sizeof *heights, compare_heights);
  return heights[count / 2];
}

// What was mostly cut out of lines and circles is what is left of them.
static bool is_scrap(const finder *f, int count) {
  int cut = 0;
  for (int i = 0; i < count; i++)
    cut += f->g.all.list[f->members[i]].cut_out;
  return 2 * cut > count;
}

static void take_members(finder *f, int count, extent *x, double angle) {
  *x = extent_empty(letters_height(f, count));
  for (int i = 0; i < count; i++) {
    f->taken[f->members[i]] = true;
    extent_add(x, &f->g.all.list[f->members[i]], angle);
  }
  extent_trim(x, angle, f->g.all.lettering);
}

static void add_members(finder *f, int count, double angle) {
  extent x;
  take_members(f, count, &x, angle);
  extent_attach(&x, f, angle);
  add_line(f, &x, angle);
}

// Letters that go on along a slanted line, but were not near enough to be level
// or upright neighbours.
static int adopt(finder *f, int count, const extent *x, double angle) {
  double height = x->bottom - x->top, lettering = f->g.all.lettering;
  for (int i = 0; i < f->g.all.count; i++) {
    const blot *b = &f->g.all.list[i];
    double u = along(b, angle), v = across(b, angle);
    if (!f->taken[i] && blot_larger(b) > .5 * lettering &&
        blot_larger(b) < 1.7 * height &&
        fabs(v - (x->top + x->bottom) / 2) < .3 * height &&
        u > x->left - 1.1 * height && u < x->right + 1.1 * height)
      f->members[count++] = i;
  }
  return count;
}

static void add_askew(finder *f, int count, double angle) {
  for (int before = 0; before < count;) {
    extent x;
    take_members(f, count, &x, angle);
    before = count;
    count = adopt(f, count, &x, angle);
  }
  add_members(f, count, angle);
}

// Letters of a line follow one another in even steps; those that lie beside
// each other across the axis are two lines, or none.
static bool is_even(finder *f, int count, double angle) {
  double height = letters_height(f, count);
  for (int i = 0; i < count; i++) {
    double nearest = INFINITY;
    const blot *b = &f->g.all.list[f->members[i]];
    for (int k = 0; k < count; k++)
      if (k != i) {
        double step =
            fabs(along(&f->g.all.list[f->members[k]], angle) - along(b, angle));
        nearest = fmin(nearest, step);
      }
    if (nearest < .35 * height || nearest > slanted_step * height)
      return false;
  }
  return true;
}

// Two letters that stand level or upright are no part of a line at an angle.
static bool has_straight_pair(finder *f, int count, double angle) {
  for (int i = 0; i < count; i++) {
    int couple[2];
    if (sets_size(&f->g.straight, f->members[i]) != 2)
      continue;
    double spread;
    sets_members(&f->g.straight, f->members[i], couple);
    double own = axis_of(&f->g.all, couple, 2, &spread);
    if (fabs(sin(own - angle)) > sin(least_slant))
      return true;
  }
  return false;
}

static bool is_letter(const finder *f, int index) {
  const blot *b = &f->g.all.list[index];
  double larger = blot_larger(b), smaller = fmin(b->width, b->height);
  return larger > .7 * f->g.all.lettering &&
         larger < 1.5 * f->g.all.lettering && smaller > .4 * larger;
}

// Two letters have any angle; whether they stand together at it only their text
// tells, so that each may still stand alone.
static void add_pair_askew(finder *f) {
  double spread, angle = axis_of(&f->g.all, f->members, 2, &spread);
  if (!is_letter(f, f->members[0]) || !is_letter(f, f->members[1]) ||
      !is_slant(angle) || !is_even(f, 2, angle))
    return;
  extent x;
  take_members(f, 2, &x, angle);
  int before = f->count;
  add_line(f, &x, angle);
  if (f->count > before)
    f->lines[before].short_one = true;
  f->taken[f->members[0]] = f->taken[f->members[1]] = false;
}

// A group of loose letters that stands in a straight line at an angle.
static void add_slanted(finder *f, int count) {
  if (is_scrap(f, count))
    return;
  if (count == 2) {
    add_pair_askew(f);
    return;
  }
  double spread, angle = axis_of(&f->g.all, f->members, count, &spread);
  if (count > 2 && count < SLANTED_MAX &&
      spread < straightest * f->g.all.lettering && is_slant(angle) &&
      is_even(f, count, angle) && !has_straight_pair(f, count, angle))
    add_askew(f, count, angle);
}

// Letters of unlike height make the middles of a short line wander: the fewer,
// the more it must be off to be believed.
static double least_askew(int count) {
  return count > 3 ? .02 : count == 3 ? .17 : .25;
}

// A level or upright line may be askew.
static double straight_angle(finder *f, int count) {
  bool upright = f->g.read[f->members[0]] == UPRIGHT;
  double spread, angle = axis_of(&f->g.all, f->members, count, &spread);
  double main = upright ? -quarter : 0;
  if (upright && angle > 0)
    angle -= 2 * quarter;
  bool askew = spread < .2 * f->g.all.lettering &&
               fabs(angle - main) >= least_askew(count);
  return askew ? angle : main;
}

// Whether a blot lies in a line that was found and is no lower than `least`.
static bool is_inside(const finder *f, const blot *b, double least) {
  for (int i = 0; i < f->count; i++) {
    const lettering_line *line = &f->lines[i];
    double dx = blot_middle_x(b) - line->x, dy = blot_middle_y(b) - line->y;
    double u = dx * cos(line->angle) + dy * sin(line->angle);
    double v = dy * cos(line->angle) - dx * sin(line->angle);
    if (!line->short_one && line->height >= least &&
        fabs(u) < line->length / 2 && fabs(v) < line->height / 2)
      return true;
  }
  return false;
}

// A letter alone: upright ones are higher than wide.
static void add_single(finder *f, int index) {
  const blot *b = &f->g.all.list[index];
  bool upright = b->width > 1.15 * b->height;
  side s = side_of(b, upright ? UPRIGHT : LEVEL);
  double lettering = f->g.all.lettering;
  if (s.height > .6 * lettering && s.height < 1.6 * lettering &&
      s.length > .2 * s.height && s.length < 1.6 * s.height &&
      !blots_rule_along(&f->g.all, b)) {
    f->members[0] = index;
    add_members(f, 1, upright ? -quarter : 0);
  }
}

// Slanted lines first: they take letters that would else stand alone.
static void add_slanted_lines(finder *f) {
  for (int i = 0; i < f->g.all.count; i++)
    if (sets_root(&f->g.straight, i) == i && !f->taken[i]) {
      int count = sets_members(&f->g.straight, i, f->members);
      double angle = count > 2 ? straight_angle(f, count) : 0;
      if (is_slant(angle) && !is_scrap(f, count))
        add_askew(f, count, angle);
    }
  for (int i = 0; i < f->g.all.count; i++)
    if (sets_root(&f->g.slanted, i) == i && !f->taken[i])
      add_slanted(f, sets_members(&f->g.slanted, i, f->members));
}

static void add_straight_lines(finder *f) {
  for (int i = 0; i < f->g.all.count; i++) {
    if (sets_root(&f->g.straight, i) != i || f->taken[i])
      continue;
    int count = sets_members(&f->g.straight, i, f->members);
    if (count > 1 && !is_scrap(f, count))
      add_members(f, count, straight_angle(f, count));
  }
}

static void add_singles(finder *f) {
  for (int i = 0; i < f->g.all.count; i++)
    if (!f->taken[i] && !f->g.all.list[i].cut_out &&
        sets_size(&f->g.straight, i) == 1 &&
        !is_inside(f, &f->g.all.list[i], 0))
      add_single(f, i);
}

// Whether a blot stands below a line as a part of a deviation does.
static bool is_below(const lettering_line *line, const blot *b) {
  double dx = blot_middle_x(b) - line->x, dy = blot_middle_y(b) - line->y;
  double u = dx * cos(line->angle) + dy * sin(line->angle);
  double v = dy * cos(line->angle) - dx * sin(line->angle);
  double height = line->height, larger = blot_larger(b);
  return larger > .1 * height && larger < 1.3 * height &&
         fabs(u) < line->length / 2 + .3 * height && v > .7 * height &&
         v < 1.9 * height;
}

// What is left below a line, where a lower deviation may stand that the
// dimension line has cut into lower pieces: as high as the upper one.
static void add_below(finder *f, int index) {
  const lettering_line above = f->lines[index];
  extent x = extent_empty(above.height);
  double highest = 0;
  for (int i = 0; i < f->g.all.count; i++) {
    const blot *b = &f->g.all.list[i];
    if (is_below(&above, b) && !is_inside(f, b, .85 * above.height)) {
      extent_add(&x, b, above.angle);
      highest = fmax(highest, blot_larger(b));
    }
  }
  if (highest < .5 * above.height)
    return;
  x.bottom = fmax(x.bottom, x.top + above.height);
  int before = f->count;
  add_line(f, &x, above.angle);
  if (f->count > before)
    f->lines[before].below = index + 1;
}

// Deviations are short: a sign and a few digits.
static void add_lower_ones(finder *f) {
  int count = f->count;
  for (int i = 0; i < count; i++) {
    const lettering_line *line = &f->lines[i];
    if (line->length < 6 * line->height && f->count < LETTERING_LINES_MAX &&
        !is_slant(line->angle))
      add_below(f, i);
  }
}

int lettering_find(PIX *grey, lettering_line *lines, double *lettering,
                   PIX **rules, error *e) {
  finder f = {.lines = lines};
  if (groups_find(grey, &f.g, e) < 0)
    return -1;
  *lettering = f.g.all.lettering;
  size_t count = (size_t)f.g.all.count + 1;
  f.taken = calloc(count, sizeof *f.taken);
  f.members = malloc(count * sizeof *f.members);
  int status = f.taken && f.members ? 0 : error_memory(e);
  if (status == 0) {
    add_slanted_lines(&f);
    add_straight_lines(&f);
    add_singles(&f);
    add_lower_ones(&f);
  }
  *rules = pixClone(f.g.all.bare_rules);
  groups_free(&f.g);
  free(f.taken);
  free(f.members);
  return status == 0 ? f.count : -1;
}
