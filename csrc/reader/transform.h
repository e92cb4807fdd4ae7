// SPDX-License-Identifier: MIT
#ifndef VISION_READER_TRANSFORM_H
#define VISION_READER_TRANSFORM_H

#include <stdbool.h>

// From pixels of the picture as it is now to pixels of the page it came from,
// a projective map: (x, y, 1) times the rows of `m` gives (x' w, y' w, w).
typedef struct transform {
  double m[3][3];
} transform;

typedef struct box {
  double x, y, width, height;
} box;

transform transform_identity(void);
bool transform_is_identity(const transform *t);

// What the picture went through, composed: after the call, coordinates of the
// new picture map to the page.
void transform_crop(transform *t, double left, double top);
void transform_scale(transform *t, double factor_x, double factor_y);

// Turned clockwise about its middle by `degrees`, onto a sheet of new size.
void transform_turn(transform *t, double degrees, const double old_size[2],
                    const double new_size[2]);

// Seen from straight above: the eight numbers of Leptonica's projective
// transform from the new picture to the old one.
void transform_project(transform *t, const float new_to_old[8]);

// The upright rectangle around a mapped box.
box transform_box(const transform *t, box b);

#endif
