// SPDX-License-Identifier: MIT
#ifndef VISION_READER_TRANSFORM_H
#define VISION_READER_TRANSFORM_H

// From pixels of the picture as it is now to pixels of the page as it was
// opened: x' = ax * x + ay * y + a0, y' = bx * x + by * y + b0.
typedef struct transform {
  double ax, ay, a0;
  double bx, by, b0;
} transform;

typedef struct box {
  double x, y, width, height;
} box;

transform transform_identity(void);

// What the picture went through, composed: after the call, coordinates of the
// new picture map to the page.
void transform_crop(transform *t, double left, double top);
void transform_scale(transform *t, double factor_x, double factor_y);

// Turned clockwise about its middle by `degrees`, onto a sheet of new size.
void transform_turn(transform *t, double degrees, const double old_size[2],
                    const double new_size[2]);

// The upright rectangle around a mapped box.
box transform_box(const transform *t, box b);

#endif
