// SPDX-License-Identifier: MIT
#include "transform.h"

#include <math.h>

transform transform_identity(void) {
  return (transform){{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}

bool transform_is_identity(const transform *t) {
  bool same = true;
  for (int i = 0; i < 9; i++)
    same = same && t->m[i / 3][i % 3] == (i % 4 == 0);
  return same;
}

// t = t after s: first s (new picture to old picture), then t (old to page).
static void compose(transform *t, const transform *s) {
  transform r = {0};
  for (int row = 0; row < 3; row++)
    for (int column = 0; column < 3; column++)
      for (int i = 0; i < 3; i++)
        r.m[row][column] += t->m[row][i] * s->m[i][column];
  *t = r;
}

void transform_crop(transform *t, double left, double top) {
  compose(t, &(transform){{{1, 0, left}, {0, 1, top}, {0, 0, 1}}});
}

void transform_scale(transform *t, double factor_x, double factor_y) {
  compose(
      t, &(transform){{{1 / factor_x, 0, 0}, {0, 1 / factor_y, 0}, {0, 0, 1}}});
}

void transform_turn(transform *t, double degrees, const double old_size[2],
                    const double new_size[2]) {
  double angle = degrees * acos(-1.0) / 180;
  double cosine = cos(angle), sine = sin(angle);
  if (fmod(degrees, 90) == 0) { // exact, so that boxes stay whole numbers
    cosine = round(cosine);
    sine = round(sine);
  }
  double x = new_size[0] / 2, y = new_size[1] / 2;
  compose(t, &(transform){{
                 {cosine, sine, old_size[0] / 2 - cosine * x - sine * y},
                 {-sine, cosine, old_size[1] / 2 + sine * x - cosine * y},
                 {0, 0, 1},
             }});
}

void transform_project(transform *t, const float new_to_old[8]) {
  transform s = {.m[2][2] = 1};
  for (int i = 0; i < 8; i++)
    s.m[i / 3][i % 3] = new_to_old[i];
  compose(t, &s);
}

box transform_box(const transform *t, box b) {
  double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
  for (int corner = 0; corner < 4; corner++) {
    double x = b.x + (corner & 1 ? b.width : 0);
    double y = b.y + (corner & 2 ? b.height : 0);
    double w = t->m[2][0] * x + t->m[2][1] * y + t->m[2][2];
    double px = (t->m[0][0] * x + t->m[0][1] * y + t->m[0][2]) / w;
    double py = (t->m[1][0] * x + t->m[1][1] * y + t->m[1][2]) / w;
    left = fmin(left, px);
    right = fmax(right, px);
    top = fmin(top, py);
    bottom = fmax(bottom, py);
  }
  return (box){left, top, right - left, bottom - top};
}
