// SPDX-License-Identifier: MIT
#include "lettering_groups.h"

#include <math.h>
#include <stdlib.h>

// In heights of the lettering, unless a comment says otherwise.
static const double widest_gap = 1.0;     // between words
static const double deepest_overlap = .4; // slanted letters reach over others
static const double least_overlap = .65;  // share of the lower letter's height
static const double most_alike = 2.3;     // ratio of two letters' heights
static const double slanted_reach = 1.5;  // between middles along a slant

side side_of(const blot *b, bool upright) {
  if (upright) // read from the right: the text runs up the page
    return (side){-(b->y + b->height), b->x, b->height, b->width};
  return (side){b->x, b->y, b->width, b->height};
}

// ---- level and upright lines ----

bool side_is_letter(const side *s, double lettering) {
  return s->height > .4 * lettering && s->height < 3 * lettering &&
         s->length < 3 * s->height;
}

// Letters of one line end at the same height or begin there, or a sign stands
// in the middle of them. Deviations, smaller and one above the other, do not.
static bool lined_up(const side *a, const side *b) {
  double taller = fmax(a->height, b->height);
  double ratio = fmin(a->height, b->height) / taller;
  double tops = fabs(a->v - b->v) / taller;
  double bottoms = fabs(a->v + a->height - b->v - b->height) / taller;
  double middles = fabs(a->v + a->height / 2 - b->v - b->height / 2) / taller;
  return ratio > .85 || middles < .12 ||
         (ratio > .6 && fmin(tops, bottoms) < .14);
}

// How far two letters stand apart when they can belong to one line; else
// infinity.
static double gap_between(const side *a, const side *b) {
  double taller = fmax(a->height, b->height);
  double lower = fmin(a->height, b->height);
  double common = fmin(a->v + a->height, b->v + b->height) - fmax(a->v, b->v);
  double gap = b->u - (a->u + a->length);
  if (taller > most_alike * lower || common < least_overlap * lower ||
      gap > widest_gap * taller || gap < -deepest_overlap * taller ||
      !lined_up(a, b))
    return INFINITY;
  return fmax(0, gap) / taller;
}

typedef void visit_pair(groups *g, int a, int b, double gap, bool upright);

typedef struct place {
  double u;
  int index;
} place;

static int compare_places(const void *a, const void *b) {
  double x = ((const place *)a)->u, y = ((const place *)b)->u;
  return (x > y) - (x < y);
}

// Calls `visit` for each pair that can stand side by side in a line.
static int each_pair(groups *g, bool upright, visit_pair *visit, error *e) {
  int count = g->all.count;
  place *order = malloc((size_t)count * sizeof *order);
  if (!order)
    return error_memory(e);
  for (int i = 0; i < count; i++)
    order[i] = (place){side_of(&g->all.list[i], upright).u, i};
  qsort(order, (size_t)count, sizeof *order, compare_places);
  for (int i = 0; i < count; i++) {
    side a = side_of(&g->all.list[order[i].index], upright);
    if (!side_is_letter(&a, g->all.lettering))
      continue;
    double reach = a.u + a.length + widest_gap * most_alike * a.height;
    for (int k = i + 1; k < count && order[k].u < reach; k++) {
      side b = side_of(&g->all.list[order[k].index], upright);
      double gap =
          side_is_letter(&b, g->all.lettering) ? gap_between(&a, &b) : INFINITY;
      if (gap < INFINITY &&
          !blots_rule_between(&g->all, &g->all.list[order[i].index],
                              &g->all.list[order[k].index]))
        visit(g, order[i].index, order[k].index, gap, upright);
    }
  }
  free(order);
  return 0;
}

static void note_nearest(groups *g, int a, int b, double gap, bool upright) {
  g->nearest[a][upright] = fmin(g->nearest[a][upright], gap);
  g->nearest[b][upright] = fmin(g->nearest[b][upright], gap);
}

// A letter belongs to the line in which its neighbour stands nearer.
bool groups_reads_along(const groups *g, int letter, bool upright) {
  const double *nearest = g->nearest[letter];
  return nearest[upright] < INFINITY &&
         (upright ? nearest[1] < nearest[0] : nearest[0] <= nearest[1]);
}

static void join_pair(groups *g, int a, int b, double gap, bool upright) {
  (void)gap;
  if (groups_reads_along(g, a, upright) && groups_reads_along(g, b, upright))
    sets_join(&g->straight, a, b);
}

// In lines close together the zeros of "+0.03" and "-0.03" stand nearer to each
// other than to what follows their points: where one or two letters by
// themselves all have a neighbour in a line of the other direction, they belong
// to that line.
static void note_turned(groups *g, int a, int b, double gap, bool upright) {
  (void)gap;
  int pair[] = {a, b};
  for (int i = 0; i < 2; i++)
    if (groups_reads_along(g, pair[i], !upright) &&
        groups_reads_along(g, pair[1 - i], upright))
      g->turned[pair[i]] = true;
}

static bool is_turned(groups *g, int letter) {
  if (sets_size(&g->straight, letter) > 2)
    return false;
  int few[2], count = sets_members(&g->straight, letter, few);
  return g->turned[few[0]] && g->turned[few[count - 1]];
}

static int turn_letters(groups *g, error *e) {
  for (int upright = 0; upright < 2; upright++)
    if (each_pair(g, upright, note_turned, e) < 0)
      return -1;
  for (int i = 0; i < g->all.count; i++)
    if (is_turned(g, i))
      g->nearest[i][groups_reads_along(g, i, true)] = INFINITY;
  sets_free(&g->straight);
  return sets_new(&g->straight, g->all.count, e);
}

static int join_pairs(groups *g, error *e) {
  for (int upright = 0; upright < 2; upright++)
    if (each_pair(g, upright, join_pair, e) < 0)
      return -1;
  return 0;
}

// ---- slanted lines ----

// What stands alone or in twos may be part of a line at an angle.
static bool is_loose(groups *g, int index) {
  const blot *b = &g->all.list[index];
  double larger = blot_larger(b);
  return larger > .5 * g->all.lettering && larger < 1.9 * g->all.lettering &&
         sets_size(&g->straight, index) <= 2;
}

static void join_slanted(groups *g) {
  double reach = slanted_reach * g->all.lettering;
  for (int i = 0; i < g->all.count; i++) {
    const blot *a = &g->all.list[i];
    if (!is_loose(g, i))
      continue;
    for (int k = i + 1; k < g->all.count; k++) {
      const blot *b = &g->all.list[k];
      if (b->x - a->x > 3 * reach)
        break;
      double dx = blot_middle_x(b) - blot_middle_x(a);
      double dy = blot_middle_y(b) - blot_middle_y(a);
      if (hypot(dx, dy) < reach && is_loose(g, k) &&
          !blots_rule_between(&g->all, a, b))
        sets_join(&g->slanted, i, k);
    }
  }
}

// ---- grouping ----

static int groups_start(groups *g, error *e) {
  size_t count = (size_t)g->all.count + 1;
  g->nearest = malloc(count * sizeof *g->nearest);
  g->turned = calloc(count, sizeof *g->turned);
  if (!g->nearest || !g->turned)
    return error_memory(e);
  for (size_t i = 0; i < count; i++)
    g->nearest[i][0] = g->nearest[i][1] = INFINITY;
  if (sets_new(&g->straight, g->all.count, e) < 0)
    return -1;
  return sets_new(&g->slanted, g->all.count, e);
}

static int groups_run(groups *g, error *e) {
  for (int upright = 0; upright < 2; upright++)
    if (each_pair(g, upright, note_nearest, e) < 0)
      return -1;
  if (join_pairs(g, e) < 0 || turn_letters(g, e) < 0 || join_pairs(g, e) < 0)
    return -1;
  join_slanted(g);
  return 0;
}

int groups_find(PIX *grey, groups *g, error *e) {
  *g = (groups){0};
  if (blots_find(grey, &g->all, e) < 0)
    return -1;
  int status = groups_start(g, e);
  if (status == 0)
    status = groups_run(g, e);
  if (status < 0)
    groups_free(g);
  return status;
}

void groups_free(groups *g) {
  blots_free(&g->all);
  sets_free(&g->straight);
  sets_free(&g->slanted);
  free(g->nearest);
  free(g->turned);
  *g = (groups){0};
}
