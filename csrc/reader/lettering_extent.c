// SPDX-License-Identifier: MIT
#include "lettering_extent.h"

#include <math.h>

// By least squares on the perpendicular distances (the axis of the larger
// moment).
double axis_of(const blots *all, const int *members, int count,
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

double along(const blot *b, double angle) {
  return blot_middle_x(b) * cos(angle) + blot_middle_y(b) * sin(angle);
}

double across(const blot *b, double angle) {
  return blot_middle_y(b) * cos(angle) - blot_middle_x(b) * sin(angle);
}

extent extent_empty(double letters) {
  return (extent){INFINITY, -INFINITY, INFINITY, -INFINITY, letters};
}

void extent_add(extent *x, const blot *b, double angle) {
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

void extent_trim(extent *x, double angle, double lettering) {
  double out = fabs(sin(angle) * cos(angle)) * .6 * lettering;
  x->left += out;
  x->right -= out;
  x->top += out;
  x->bottom -= out;
}
