// SPDX-License-Identifier: MIT
#include "lettering_find.h"

#include "lettering_blots.h"
#include "sets.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

// In heights of the lettering, unless a comment says otherwise.
static const double widest_gap = 1.0;     // between words
static const double deepest_overlap = .4; // slanted letters reach over others
static const double least_overlap = .65;  // share of the lower letter's height
static const double most_alike = 2.3;     // ratio of two letters' heights
static const double slanted_reach = 1.5;  // between middles along a slant
static const double attach_gap = .75;     // a mark to the line it belongs to
static const double least_slant = .2;     // radians; less is level
static const double straightest = .35;    // spread of a slanted line
static const double quarter = 1.5707963267948966;

typedef struct finder {
  blots all;
  double (*nearest)[2]; // gap to the next letter, level and upright
  sets straight;        // lines that are level or upright
  sets slanted;         // loose letters that stand near each other
  bool *turned;         // has a neighbour in a line of the other direction
  bool *taken;          // by a line
  int *members;         // of the group at hand
  lettering_line *lines;
  int count;
} finder;

// A blot along a direction of reading: u grows with the text, v across it.
typedef struct side {
  double u, v, length, height;
} side;

static side seen_along(const blot *b, bool upright) {
  if (upright) // read from the right: the text runs up the page
    return (side){-(b->y + b->height), b->x, b->height, b->width};
  return (side){b->x, b->y, b->width, b->height};
}

// ---- level and upright lines ----

static bool is_letter(const side *s, double lettering) {
  return s->height > .4 * lettering && s->height < 3 * lettering &&
         s->length < 3 * s->height;
}

// How far two letters stand apart when they can belong to one line; else
// infinity.
static double gap_between(const side *a, const side *b) {
  double taller = fmax(a->height, b->height);
  double lower = fmin(a->height, b->height);
  double common = fmin(a->v + a->height, b->v + b->height) - fmax(a->v, b->v);
  double gap = b->u - (a->u + a->length);
  if (taller > most_alike * lower || common < least_overlap * lower ||
      gap > widest_gap * taller || gap < -deepest_overlap * taller)
    return INFINITY;
  return fmax(0, gap) / taller;
}

typedef void visit_pair(finder *f, int a, int b, double gap, bool upright);

typedef struct place {
  double u;
  int index;
} place;

static int compare_places(const void *a, const void *b) {
  double x = ((const place *)a)->u, y = ((const place *)b)->u;
  return (x > y) - (x < y);
}

// Calls `visit` for each pair that can stand side by side in a line.
static int each_pair(finder *f, bool upright, visit_pair *visit, error *e) {
  int count = f->all.count;
  place *order = malloc((size_t)count * sizeof *order);
  if (!order)
    return error_memory(e);
  for (int i = 0; i < count; i++)
    order[i] = (place){seen_along(&f->all.list[i], upright).u, i};
  qsort(order, (size_t)count, sizeof *order, compare_places);
  for (int i = 0; i < count; i++) {
    side a = seen_along(&f->all.list[order[i].index], upright);
    if (!is_letter(&a, f->all.lettering))
      continue;
    double reach = a.u + a.length + widest_gap * most_alike * a.height;
    for (int k = i + 1; k < count && order[k].u < reach; k++) {
      side b = seen_along(&f->all.list[order[k].index], upright);
      double gap =
          is_letter(&b, f->all.lettering) ? gap_between(&a, &b) : INFINITY;
      if (gap < INFINITY &&
          !blots_rule_between(&f->all, &f->all.list[order[i].index],
                              &f->all.list[order[k].index]))
        visit(f, order[i].index, order[k].index, gap, upright);
    }
  }
  free(order);
  return 0;
}

static void note_nearest(finder *f, int a, int b, double gap, bool upright) {
  f->nearest[a][upright] = fmin(f->nearest[a][upright], gap);
  f->nearest[b][upright] = fmin(f->nearest[b][upright], gap);
}

// A letter belongs to the line in which its neighbour stands nearer.
static bool reads_along(const finder *f, int letter, bool upright) {
  const double *nearest = f->nearest[letter];
  return nearest[upright] < INFINITY &&
         (upright ? nearest[1] < nearest[0] : nearest[0] <= nearest[1]);
}

static void join_pair(finder *f, int a, int b, double gap, bool upright) {
  (void)gap;
  if (reads_along(f, a, upright) && reads_along(f, b, upright))
    sets_join(&f->straight, a, b);
}

// In lines close together the zeros of "+0.03" and "-0.03" stand nearer to each
// other than to what follows their points: where the two of a pair both have a
// neighbour in a line of the other direction, they belong to those lines.
static void note_turned(finder *f, int a, int b, double gap, bool upright) {
  (void)gap;
  int pair[] = {a, b};
  for (int i = 0; i < 2; i++) {
    int letter = pair[i], other = pair[1 - i];
    if (reads_along(f, letter, !upright) && reads_along(f, other, upright) &&
        sets_size(&f->straight, letter) == 2 &&
        sets_size(&f->straight, other) >= 2)
      f->turned[letter] = true;
  }
}

static bool pair_is_turned(finder *f, int letter) {
  int pair[2];
  return sets_size(&f->straight, letter) == 2 &&
         sets_members(&f->straight, letter, pair) == 2 && f->turned[pair[0]] &&
         f->turned[pair[1]];
}

static int turn_pairs(finder *f, error *e) {
  for (int upright = 0; upright < 2; upright++)
    if (each_pair(f, upright, note_turned, e) < 0)
      return -1;
  for (int i = 0; i < f->all.count; i++)
    if (pair_is_turned(f, i))
      f->nearest[i][reads_along(f, i, true)] = INFINITY;
  sets_free(&f->straight);
  return sets_new(&f->straight, f->all.count, e);
}

static int join_pairs(finder *f, error *e) {
  for (int upright = 0; upright < 2; upright++)
    if (each_pair(f, upright, join_pair, e) < 0)
      return -1;
  return 0;
}

// ---- slanted lines ----

// What stands alone or in twos may be part of a line at an angle.
static bool is_loose(finder *f, int index) {
  const blot *b = &f->all.list[index];
  double larger = blot_larger(b);
  return larger > .5 * f->all.lettering && larger < 1.9 * f->all.lettering &&
         sets_size(&f->straight, index) <= 2;
}

static void join_slanted(finder *f) {
  double reach = slanted_reach * f->all.lettering;
  for (int i = 0; i < f->all.count; i++) {
    const blot *a = &f->all.list[i];
    if (!is_loose(f, i))
      continue;
    for (int k = i + 1; k < f->all.count; k++) {
      const blot *b = &f->all.list[k];
      if (b->x - a->x > 3 * reach)
        break;
      double dx = blot_middle_x(b) - blot_middle_x(a);
      double dy = blot_middle_y(b) - blot_middle_y(a);
      if (hypot(dx, dy) < reach && is_loose(f, k) &&
          !blots_rule_between(&f->all, a, b))
        sets_join(&f->slanted, i, k);
    }
  }
}

// ---- from blots to lines ----

// The direction of a group's middles, by least squares on the perpendicular
// distances (the axis of the larger moment).
static double axis_of(const blots *all, const int *members, int count,
                      double *spread) {
  double mx = 0, my = 0, xx = 0, xy = 0, yy = 0;
  for (int i = 0; i < count; i++) {
    mx += blot_middle_x(&all->list[members[i]]) / count;
    my += blot_middle_y(&all->list[members[i]]) / count;
  }
  for (int i = 0; i < count; i++) {
    double dx = blot_middle_x(&all->list[members[i]]) - mx;
    double dy = blot_middle_y(&all->list[members[i]]) - my;
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  double angle = .5 * atan2(2 * xy, xx - yy);
  double least = (xx + yy) / 2 - hypot((xx - yy) / 2, xy);
  *spread = sqrt(fmax(0, least) / count);
  return angle; // -90° to 90°: read from below or from the right
}

static double along(const blot *b, double angle) {
  return blot_middle_x(b) * cos(angle) + blot_middle_y(b) * sin(angle);
}

static double across(const blot *b, double angle) {
  return blot_middle_y(b) * cos(angle) - blot_middle_x(b) * sin(angle);
}

typedef struct extent {
  double left, right, top, bottom;
} extent;

static void extent_add(extent *x, const blot *b, double angle) {
  double cosine = cos(angle), sine = sin(angle);
  for (int corner = 0; corner < 4; corner++) {
    double px = b->x + (corner & 1 ? b->width : 0);
    double py = b->y + (corner & 2 ? b->height : 0);
    double u = px * cosine + py * sine, v = py * cosine - px * sine;
    x->left = fmin(x->left, u);
    x->right = fmax(x->right, u);
    x->top = fmin(x->top, v);
    x->bottom = fmax(x->bottom, v);
  }
}

// Corners of upright boxes stick out of a slanted line.
static void extent_trim(extent *x, double angle, double lettering) {
  double out = fabs(sin(angle) * cos(angle)) * .6 * lettering;
  x->left += out;
  x->right -= out;
  x->top += out;
  x->bottom -= out;
}

// Points, commas, dashes and degree signs are no letters, but they stand with
// them: those near the line make it longer.
static void extent_attach(extent *x, const blots *all, double angle) {
  double height = x->bottom - x->top;
  for (int round = 0; round < 2; round++) {
    extent wide = *x;
    for (int i = 0; i < all->count; i++) {
      const blot *b = &all->list[i];
      double u = along(b, angle), v = across(b, angle);
      if (blot_larger(b) < .75 * height && u > x->left - attach_gap * height &&
          u < x->right + attach_gap * height && v > x->top - .1 * height &&
          v < x->bottom + .2 * height)
        extent_add(&wide, b, angle);
    }
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

static void take_members(finder *f, int count, extent *x, double angle) {
  *x = (extent){INFINITY, -INFINITY, INFINITY, -INFINITY};
  for (int i = 0; i < count; i++) {
    f->taken[f->members[i]] = true;
    extent_add(x, &f->all.list[f->members[i]], angle);
  }
  extent_trim(x, angle, f->all.lettering);
}

static void add_members(finder *f, int count, double angle) {
  extent x;
  take_members(f, count, &x, angle);
  extent_attach(&x, &f->all, angle);
  add_line(f, &x, angle);
}

// Letters that go on along a slanted line, but were not near enough to be level
// or upright neighbours.
static int adopt(finder *f, int count, const extent *x, double angle) {
  double height = x->bottom - x->top, lettering = f->all.lettering;
  for (int i = 0; i < f->all.count; i++) {
    const blot *b = &f->all.list[i];
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

// A group of loose letters that stands in a straight line at an angle.
static void add_slanted(finder *f, int count) {
  double spread, angle = axis_of(&f->all, f->members, count, &spread);
  if (count > 2 && spread < straightest * f->all.lettering &&
      fabs(angle) > least_slant && quarter - fabs(angle) > least_slant)
    add_askew(f, count, angle);
}

// Letters of unlike height make the middles of a short line wander: the fewer,
// the more it must be off to be believed.
static double least_askew(int count) {
  return count > 3 ? 0 : count == 3 ? .17 : .25;
}

// A level or upright line may be askew.
static double straight_angle(finder *f, int count) {
  bool upright = reads_along(f, f->members[0], true);
  double spread, angle = axis_of(&f->all, f->members, count, &spread);
  double main = upright ? -quarter : 0;
  if (upright && angle > 0)
    angle -= 2 * quarter;
  bool askew = spread < .2 * f->all.lettering &&
               fabs(angle - main) >= least_askew(count);
  return askew ? angle : main;
}

static bool is_slant(double angle) {
  return fabs(sin(2 * angle)) > sin(2 * least_slant);
}

// Whether a blot lies in a line that was found.
static bool is_inside(const finder *f, const blot *b) {
  for (int i = 0; i < f->count; i++) {
    const lettering_line *line = &f->lines[i];
    double dx = blot_middle_x(b) - line->x, dy = blot_middle_y(b) - line->y;
    double u = dx * cos(line->angle) + dy * sin(line->angle);
    double v = dy * cos(line->angle) - dx * sin(line->angle);
    if (fabs(u) < line->length / 2 && fabs(v) < line->height / 2)
      return true;
  }
  return false;
}

// A letter alone: upright ones are higher than wide.
static void add_single(finder *f, int index) {
  const blot *b = &f->all.list[index];
  bool upright = b->width > 1.15 * b->height;
  side s = seen_along(b, upright);
  double lettering = f->all.lettering;
  if (s.height > .6 * lettering && s.height < 1.6 * lettering &&
      s.length > .2 * s.height && s.length < 1.6 * s.height) {
    f->members[0] = index;
    add_members(f, 1, upright ? -quarter : 0);
  }
}

// Slanted lines first: they take letters that would else stand alone.
static void add_slanted_lines(finder *f) {
  for (int i = 0; i < f->all.count; i++)
    if (sets_root(&f->straight, i) == i && !f->taken[i]) {
      int count = sets_members(&f->straight, i, f->members);
      double angle = count > 2 ? straight_angle(f, count) : 0;
      if (is_slant(angle))
        add_askew(f, count, angle);
    }
  for (int i = 0; i < f->all.count; i++)
    if (sets_root(&f->slanted, i) == i && !f->taken[i])
      add_slanted(f, sets_members(&f->slanted, i, f->members));
}

static void add_straight_lines(finder *f) {
  for (int i = 0; i < f->all.count; i++) {
    if (sets_root(&f->straight, i) != i || f->taken[i])
      continue;
    int count = sets_members(&f->straight, i, f->members);
    if (count > 1)
      add_members(f, count, straight_angle(f, count));
  }
}

static void add_singles(finder *f) {
  for (int i = 0; i < f->all.count; i++)
    if (!f->taken[i] && sets_size(&f->straight, i) == 1 &&
        !is_inside(f, &f->all.list[i]))
      add_single(f, i);
}

static int finder_start(finder *f, error *e) {
  size_t count = (size_t)f->all.count + 1;
  f->nearest = malloc(count * sizeof *f->nearest);
  f->turned = calloc(count, sizeof *f->turned);
  f->taken = calloc(count, sizeof *f->taken);
  f->members = malloc(count * sizeof *f->members);
  if (!f->nearest || !f->turned || !f->taken || !f->members)
    return error_memory(e);
  for (size_t i = 0; i < count; i++)
    f->nearest[i][0] = f->nearest[i][1] = INFINITY;
  if (sets_new(&f->straight, f->all.count, e) < 0)
    return -1;
  return sets_new(&f->slanted, f->all.count, e);
}

static int finder_run(finder *f, error *e) {
  for (int upright = 0; upright < 2; upright++)
    if (each_pair(f, upright, note_nearest, e) < 0)
      return -1;
  if (join_pairs(f, e) < 0 || turn_pairs(f, e) < 0 || join_pairs(f, e) < 0)
    return -1;
  join_slanted(f);
  add_slanted_lines(f);
  add_straight_lines(f);
  add_singles(f);
  return 0;
}

static void finder_free(finder *f) {
  blots_free(&f->all);
  sets_free(&f->straight);
  sets_free(&f->slanted);
  free(f->nearest);
  free(f->turned);
  free(f->taken);
  free(f->members);
}

int lettering_find(PIX *grey, lettering_line *lines, double *lettering,
                   error *e) {
  finder f = {.lines = lines};
  if (blots_find(grey, &f.all, e) < 0)
    return -1;
  *lettering = f.all.lettering;
  int status = finder_start(&f, e);
  if (status == 0)
    status = finder_run(&f, e);
  finder_free(&f);
  return status == 0 ? f.count : -1;
}
