// SPDX-License-Identifier: MIT
#include "frames_group.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

// ---- cells that touch ----

// In lengths of the shortest rule: a rule is no thicker than this; ends of
// sides that lie this near are the same corner.
static const double RULE = 0.25, SAME_END = 0.25;
enum { RULE_MIN = 8 }; // pixels, of thick rules around small lettering

typedef struct side {
  int from, to;
} side;

// Whether two sides lie along each other as those of two cells of one grid do:
// mostly side by side, with a corner in common.
static bool sides_meet(side a, side b, double same) {
  int common =
      (a.to < b.to ? a.to : b.to) - (a.from > b.from ? a.from : b.from);
  int shorter = a.to - a.from < b.to - b.from ? a.to - a.from : b.to - b.from;
  return common > 0.6 * shorter &&
         (abs(a.from - b.from) <= same || abs(a.to - b.to) <= same);
}

static bool is_apart_by_rule(side a, side b, double rule) {
  int gap = a.from < b.from ? b.from - a.to : a.from - b.to;
  return gap >= 0 && gap <= rule;
}

static side across(const ruled_cell *c) {
  return (side){c->x, c->x + c->width};
}

static side down(const ruled_cell *c) { return (side){c->y, c->y + c->height}; }

static bool cells_touch(const ruled_cell *a, const ruled_cell *b,
                        double length) {
  double rule = fmax(RULE_MIN, RULE * length), same = SAME_END * length;
  return (is_apart_by_rule(across(a), across(b), rule) &&
          sides_meet(down(a), down(b), same)) ||
         (is_apart_by_rule(down(a), down(b), rule) &&
          sides_meet(across(a), across(b), same));
}

static int find_root(int *parent, int i) {
  while (parent[i] != i)
    i = parent[i] = parent[parent[i]];
  return i;
}

// The root is the first of its group.
static void join(int *parent, int i, int k) {
  int a = find_root(parent, i), b = find_root(parent, k);
  parent[a > b ? a : b] = a > b ? b : a;
}

// The cells come from top to bottom, so those that can touch one come soon.
static void join_touching(const ruled_cells *cells, int *parent) {
  double rule = fmax(RULE_MIN, RULE * cells->length);
  for (int i = 0; i < cells->count; i++)
    for (int k = i + 1; k < cells->count; k++) {
      if (cells->list[k].y > down(&cells->list[i]).to + rule)
        break;
      if (cells_touch(&cells->list[i], &cells->list[k], cells->length))
        join(parent, i, k);
    }
}

// ---- a group as rows ----

enum { GROUP_MAX = FRAME_ROWS_MAX * FRAME_CELLS_MAX };

// Bounds of a cell's width, in heights of its row.
static const double NARROWEST = 0.55, WIDEST = 16;
// Heights of cells in one row differ by less, but for one that belongs to
// several rows: it is higher by more.
static const double SAME_HEIGHT = 0.25, SHARED_HEIGHT = 1.7;

typedef struct member {
  ruled_cell at; // as it lies when it is turned upright
  int cell;
} member;

typedef struct group {
  member members[GROUP_MAX];
  int count;
} group;

// Turned clockwise by 90 degrees, what runs up the page runs to the right.
static group turned(const group *g) {
  group t = *g;
  for (int i = 0; i < g->count; i++) {
    ruled_cell c = g->members[i].at;
    t.members[i].at = (ruled_cell){-(c.y + c.height), c.x, c.height, c.width};
  }
  return t;
}

static int compare_members(const void *a, const void *b) {
  const ruled_cell *p = &((const member *)a)->at, *q = &((const member *)b)->at;
  return (p->x > q->x) - (p->x < q->x);
}

static bool lies_in(double y, const ruled_cell *c) {
  return y > c->y && y < c->y + c->height;
}

static double middle(const ruled_cell *c) { return c->y + c->height / 2.0; }

// A cell beside which lower ones stand belongs to several rows and makes none.
static bool makes_row(const group *g, int i) {
  const ruled_cell *c = &g->members[i].at;
  for (int k = 0; k < g->count; k++) {
    const ruled_cell *other = &g->members[k].at;
    if (other->height < (1 - SAME_HEIGHT) * c->height &&
        lies_in(middle(other), c))
      return false;
  }
  return true;
}

// The middles of the rows, from top to bottom; more than there may be: 0.
static int find_rows(const group *g, double middles[FRAME_ROWS_MAX]) {
  int count = 0;
  for (int i = 0; i < g->count; i++) {
    bool is_new = makes_row(g, i);
    for (int row = 0; row < count; row++)
      is_new = is_new && !lies_in(middles[row], &g->members[i].at);
    if (!is_new)
      continue;
    if (count == FRAME_ROWS_MAX)
      return 0;
    int at = count++;
    for (; at > 0 && middles[at - 1] > middle(&g->members[i].at); at--)
      middles[at] = middles[at - 1];
    middles[at] = middle(&g->members[i].at);
  }
  return count;
}

// Takes the cells at this height into a row. False: too many, or one is not as
// wide as cells of a frame are.
static bool take_row(const group *g, double y, frame_row *row) {
  *row = (frame_row){.count = 0};
  for (int i = 0; i < g->count; i++) {
    const ruled_cell *c = &g->members[i].at;
    if (!lies_in(y, c))
      continue;
    if (row->count == FRAME_CELLS_MAX)
      return false;
    row->cells[row->count++] = i;
    if (row->height == 0 || c->height < row->height)
      row->height = c->height;
  }
  for (int i = 0; i < row->count; i++) {
    const ruled_cell *c = &g->members[row->cells[i]].at;
    double width = (double)c->width / row->height;
    double height = (double)c->height / row->height;
    if (width < NARROWEST || width > WIDEST ||
        (height > 1 + SAME_HEIGHT && height < SHARED_HEIGHT))
      return false;
  }
  return true;
}

// The rows of an upright group; places are those in the group.
static bool fits(group *g, frame *f) {
  double middles[FRAME_ROWS_MAX] = {0};
  qsort(g->members, (size_t)g->count, sizeof *g->members, compare_members);
  f->row_count = find_rows(g, middles);
  for (int i = 0; i < f->row_count; i++)
    if (!take_row(g, middles[i], &f->rows[i]))
      return false;
  return f->row_count > 0;
}

// A column of single cells is a turned frame, unless it is a pile of boxes that
// are as high as one another, or wider than a line is high.
static bool is_column(const group *g, const frame *f) {
  int lowest = g->members[0].at.height, highest = lowest;
  for (int i = 0; i < g->count; i++) {
    const ruled_cell *c = &g->members[i].at;
    lowest = c->height < lowest ? c->height : lowest;
    highest = c->height > highest ? c->height : highest;
    if (c->width > (1 + SAME_HEIGHT) * c->height)
      return false;
  }
  return f->row_count == g->count &&
         (highest > (1 + SAME_HEIGHT) * lowest ||
          highest > (1 + SAME_HEIGHT) * g->members[0].at.width);
}

static void drop_rows(frame *f, double length) {
  int kept = 0;
  for (int i = 0; i < f->row_count; i++) {
    double height = (double)f->rows[i].height / length;
    if (height >= FRAME_ROW_MIN && height < FRAME_ROW_MAX)
      f->rows[kept++] = f->rows[i];
  }
  f->row_count = kept;
}

static bool make_frame(const group *g, double length, frame *f) {
  frame other = {.rotation = 90};
  group upright = *g, sideways = turned(g);
  bool stands = fits(&upright, f);
  f->rotation = 0;
  const group *used = &upright;
  if ((!stands || is_column(&upright, f)) && fits(&sideways, &other)) {
    *f = other;
    used = &sideways;
  } else if (!stands) {
    return false;
  }
  drop_rows(f, length);
  for (int row = 0; row < f->row_count; row++)
    for (int i = 0; i < f->rows[row].count; i++)
      f->rows[row].cells[i] = used->members[f->rows[row].cells[i]].cell;
  return f->row_count > 0;
}

// Each group as a chain of places, from its root on; -1 ends it.
static void chain_groups(int *parent, int *next, int count) {
  for (int i = 0; i < count; i++)
    next[i] = -1;
  for (int i = count - 1; i >= 0; i--) {
    int root = find_root(parent, i);
    if (root == i)
      continue;
    next[i] = next[root];
    next[root] = i;
  }
}

// False: more cells than a frame has.
static bool take_group(const ruled_cells *cells, const int *next, int root,
                       group *g) {
  g->count = 0;
  for (int i = root; i >= 0; i = next[i]) {
    if (g->count == GROUP_MAX)
      return false;
    g->members[g->count++] = (member){cells->list[i], i};
  }
  return true;
}

int frames_group(const ruled_cells *cells, frame frames[FRAMES_MAX]) {
  int *parent = calloc((size_t)cells->count + 1, 2 * sizeof *parent);
  if (!parent)
    return -1;
  int *next = parent + cells->count, count = 0;
  for (int i = 0; i < cells->count; i++)
    parent[i] = i;
  join_touching(cells, parent);
  chain_groups(parent, next, cells->count);
  group g;
  for (int i = 0; i < cells->count && count < FRAMES_MAX; i++)
    if (find_root(parent, i) == i && take_group(cells, next, i, &g) &&
        make_frame(&g, cells->length, &frames[count]))
      count++;
  free(parent);
  return count;
}
