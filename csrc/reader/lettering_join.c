// SPDX-License-Identifier: MIT
#include "lettering_join.h"

#include <math.h>
#include <stdbool.h>

// In heights: a sign may stand in the gap that was not taken for lettering, or
// a rule run through it.
static const double widest_join = 2.3, deepest_join = 1.5;

// How far `b` begins behind the end of `a`, when it goes on in the same line;
// else infinity.
static double join_gap(const lettering_line *a, const lettering_line *b) {
  double dx = b->x - a->x, dy = b->y - a->y;
  double height = fmax(a->height, b->height);
  if (hypot(dx, dy) > (a->length + b->length) / 2 + widest_join * height)
    return INFINITY;
  double u = dx * cos(a->angle) + dy * sin(a->angle);
  double v = dy * cos(a->angle) - dx * sin(a->angle);
  double gap = u - (a->length + b->length) / 2;
  bool alike = fmin(a->height, b->height) > .7 * height &&
               fabs(sin(a->angle - b->angle)) < .06 &&
               cos(a->angle - b->angle) > 0 && fabs(v) < .25 * height;
  return alike && u > .2 * height && gap < widest_join * height &&
                 gap > -deepest_join * height
             ? gap
             : INFINITY;
}

lettering_line lettering_joined(const lettering_line *a,
                                const lettering_line *b) {
  double dx = b->x - a->x, dy = b->y - a->y;
  double cosine = cos(a->angle), sine = sin(a->angle);
  double u = dx * cosine + dy * sine, v = dy * cosine - dx * sine;
  double left = fmin(-a->length / 2, u - b->length / 2);
  double right = fmax(a->length / 2, u + b->length / 2);
  double top = fmin(-a->height / 2, v - b->height / 2);
  double bottom = fmax(a->height / 2, v + b->height / 2);
  double mu = (left + right) / 2, mv = (top + bottom) / 2;
  return (lettering_line){.x = a->x + mu * cosine - mv * sine,
                          .y = a->y + mu * sine + mv * cosine,
                          .angle = a->angle,
                          .length = right - left,
                          .height = bottom - top};
}

static bool is_plain(const lettering_line *line) {
  return line->below == 0 && !line->short_one;
}

void lettering_followers(const lettering_line *lines, int count, int *behind) {
  for (int i = 0; i < count; i++) {
    double nearest = INFINITY;
    behind[i] = 0;
    for (int k = 0; k < count && is_plain(&lines[i]); k++) {
      double gap = k != i && is_plain(&lines[k])
                       ? join_gap(&lines[i], &lines[k])
                       : INFINITY;
      if (gap < nearest) {
        nearest = gap;
        behind[i] = k + 1;
      }
    }
  }
}
