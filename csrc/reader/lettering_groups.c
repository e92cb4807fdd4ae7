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
static const double clearly_nearer = .6;  // ratio of the gaps to two neighbours

enum { PAIRS_MAX = 1000000, VOTES = 3 };

// ---- pairs ----

side side_of(const blot *b, direction along) {
  if (along == UPRIGHT)
    return (side){-(b->y + b->height), b->x, b->height, b->width};
  return (side){b->x, b->y, b->width, b->height};
}

bool side_is_letter(const side *s, double lettering) {
  return s->height > .34 * lettering && s->height < 3 * lettering &&
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

static int add_pair(groups *g, pair one, error *e) {
  if (g->pair_count == PAIRS_MAX)
    return 0; // a flood of blots is no text
  if (g->pair_count == g->pair_room) {
    int room = g->pair_room ? 2 * g->pair_room : 1024;
    pair *more = realloc(g->pairs, (size_t)room * sizeof *more);
    if (!more)
      return error_memory(e);
    g->pairs = more;
    g->pair_room = room;
  }
  g->pairs[g->pair_count++] = one;
  return 0;
}

typedef struct place {
  double u;
  int index;
} place;

static int compare_places(const void *a, const void *b) {
  double x = ((const place *)a)->u, y = ((const place *)b)->u;
  return (x > y) - (x < y);
}

static int pair_with_followers(groups *g, direction along, const place *order,
                               int at, error *e) {
  const blot *list = g->all.list;
  int one = order[at].index;
  side a = side_of(&list[one], along);
  if (!side_is_letter(&a, g->all.lettering))
    return 0;
  double reach = a.u + a.length + widest_gap * most_alike * a.height;
  for (int k = at + 1; k < g->all.count && order[k].u < reach; k++) {
    int other = order[k].index;
    side b = side_of(&list[other], along);
    if (!side_is_letter(&b, g->all.lettering))
      continue;
    double gap = gap_between(&a, &b);
    if (gap < INFINITY &&
        !blots_rule_between(&g->all, &list[one], &list[other]) &&
        add_pair(g, (pair){one, other, gap, along}, e) < 0)
      return -1;
  }
  return 0;
}

static int find_pairs(groups *g, direction along, error *e) {
  int count = g->all.count, status = 0;
  place *order = malloc(((size_t)count + 1) * sizeof *order);
  if (!order)
    return error_memory(e);
  for (int i = 0; i < count; i++)
    order[i] = (place){side_of(&g->all.list[i], along).u, i};
  qsort(order, (size_t)count, sizeof *order, compare_places);
  for (int i = 0; i < count && status == 0; i++)
    status = pair_with_followers(g, along, order, i, e);
  free(order);
  return status;
}

// ---- how letters are read ----

typedef struct ballot {
  double nearest[2]; // gap to the next letter, level and upright
  int votes[2];      // of neighbours whose direction is known
} ballot;

static void note_nearest(const groups *g, ballot *ballots) {
  for (int i = 0; i < g->all.count; i++)
    ballots[i] = (ballot){{INFINITY, INFINITY}, {0, 0}};
  for (int i = 0; i < g->pair_count; i++) {
    const pair *p = &g->pairs[i];
    double *a = &ballots[p->a].nearest[p->along];
    double *b = &ballots[p->b].nearest[p->along];
    *a = fmin(*a, p->gap);
    *b = fmin(*b, p->gap);
  }
}

static direction nearer(const ballot *b, double ratio) {
  if (b->nearest[LEVEL] < ratio * b->nearest[UPRIGHT])
    return LEVEL;
  if (b->nearest[UPRIGHT] < ratio * b->nearest[LEVEL])
    return UPRIGHT;
  return UNKNOWN;
}

static void vote(groups *g, ballot *ballots) {
  for (int i = 0; i < g->all.count; i++)
    ballots[i].votes[LEVEL] = ballots[i].votes[UPRIGHT] = 0;
  for (int i = 0; i < g->pair_count; i++) {
    const pair *p = &g->pairs[i];
    if (g->read[p->a] != UNKNOWN)
      ballots[p->b].votes[g->read[p->a]]++;
    if (g->read[p->b] != UNKNOWN)
      ballots[p->a].votes[g->read[p->b]]++;
  }
  for (int i = 0; i < g->all.count; i++) {
    const int *votes = ballots[i].votes;
    if (g->read[i] == UNKNOWN && votes[LEVEL] != votes[UPRIGHT])
      g->read[i] = votes[LEVEL] > votes[UPRIGHT] ? LEVEL : UPRIGHT;
  }
}

// A letter belongs to the line in which its neighbour stands clearly nearer.
// Where lines stand close, one above the other, it reads as its neighbours do:
// the zeros of "+0.03" and "-0.03" are nearer to each other than to the digits
// behind their points.
static int decide(groups *g, error *e) {
  size_t count = (size_t)g->all.count + 1;
  ballot *ballots = malloc(count * sizeof *ballots);
  g->read = malloc(count * sizeof *g->read);
  if (!ballots || !g->read) {
    free(ballots);
    return error_memory(e);
  }
  note_nearest(g, ballots);
  for (int i = 0; i < g->all.count; i++)
    g->read[i] = nearer(&ballots[i], clearly_nearer);
  for (int round = 0; round < VOTES; round++)
    vote(g, ballots);
  for (int i = 0; i < g->all.count; i++)
    if (g->read[i] == UNKNOWN)
      g->read[i] = nearer(&ballots[i], 1);
  free(ballots);
  return 0;
}

// ---- grouping ----

static void join_straight(groups *g) {
  for (int i = 0; i < g->pair_count; i++) {
    const pair *p = &g->pairs[i];
    if (g->read[p->a] == p->along && g->read[p->b] == p->along)
      sets_join(&g->straight, p->a, p->b);
  }
}

// What stands alone or in twos may be part of a line at an angle.
static bool is_loose(groups *g, int index) {
  double larger = blot_larger(&g->all.list[index]);
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

static int groups_run(groups *g, error *e) {
  if (sets_new(&g->straight, g->all.count, e) < 0 ||
      sets_new(&g->slanted, g->all.count, e) < 0 ||
      find_pairs(g, LEVEL, e) < 0 || find_pairs(g, UPRIGHT, e) < 0 ||
      decide(g, e) < 0)
    return -1;
  join_straight(g);
  join_slanted(g);
  return 0;
}

int groups_find(PIX *grey, groups *g, error *e) {
  *g = (groups){0};
  if (blots_find(grey, &g->all, e) < 0)
    return -1;
  int status = groups_run(g, e);
  if (status < 0)
    groups_free(g);
  return status;
}

void groups_free(groups *g) {
  blots_free(&g->all);
  sets_free(&g->straight);
  sets_free(&g->slanted);
  free(g->pairs);
  free(g->read);
  *g = (groups){0};
}
