// SPDX-License-Identifier: MIT
#include "transform.h"

#include <math.h>

transform transform_identity(void) { return (transform){.ax = 1, .by = 1}; }

// t = t after s: first s (new picture to old picture), then t (old to page).
static void compose(transform *t, const transform *s) {
  transform r = {
      .ax = t->ax * s->ax + t->ay * s->bx,
      .ay = t->ax * s->ay + t->ay * s->by,
      .a0 = t->ax * s->a0 + t->ay * s->b0 + t->a0,
      .bx = t->bx * s->ax + t->by * s->bx,
      .by = t->bx * s->ay + t->by * s->by,
      .b0 = t->bx * s->a0 + t->by * s->b0 + t->b0,
  };
  *t = r;
}

void transform_crop(transform *t, double left, double top) {
  compose(t, &(transform){.ax = 1, .a0 = left, .by = 1, .b0 = top});
}

void transform_scale(transform *t, double factor_x, double factor_y) {
  compose(t, &(transform){.ax = 1 / factor_x, .by = 1 / factor_y});
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
  compose(t, &(transform){
                 .ax = cosine,
                 .ay = sine,
                 .a0 = old_size[0] / 2 - cosine * x - sine * y,
                 .bx = -sine,
                 .by = cosine,
                 .b0 = old_size[1] / 2 + sine * x - cosine * y,
             });
}

box transform_box(const transform *t, box b) {
  double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
  for (int corner = 0; corner < 4; corner++) {
    double x = b.x + (corner & 1 ? b.width : 0);
    double y = b.y + (corner & 2 ? b.height : 0);
    double px = t->ax * x + t->ay * y + t->a0;
    double py = t->bx * x + t->by * y + t->b0;
    left = fmin(left, px);
    right = fmax(right, px);
    top = fmin(top, py);
    bottom = fmax(bottom, py);
  }
  return (box){left, top, right - left, bottom - top};
}
