// SPDX-License-Identifier: MIT

// Steps that change the picture at hand.

#include "steps.h"

#include <math.h>

static PIX *turn(const job *j, double degrees) {
  if (fmod(degrees, 90) == 0)
    return pixRotateOrth(j->current, (int)(degrees / 90));
  // A map of areas needs grey or colour; the sheet grows to keep the corners.
  PIX *wide = pixConvertTo8Or32(j->current, L_CLONE, 1);
  if (!wide)
    return NULL;
  double radians = degrees * acos(-1.0) / 180;
  PIX *turned =
      pixRotate(wide, (l_float32)radians, L_ROTATE_AREA_MAP, L_BRING_IN_WHITE,
                pixGetWidth(wide), pixGetHeight(wide));
  pixDestroy(&wide);
  return turned;
}

int job_turn(job *j, double degrees, error *e) {
  degrees = fmod(degrees + 360, 360);
  double old_size[] = {pixGetWidth(j->current), pixGetHeight(j->current)};
  double diagonal = hypot(old_size[0], old_size[1]);
  bool slanted = fmod(degrees, 90) != 0;
  if (slanted && job_check_size(j, diagonal, diagonal, e) < 0)
    return -1;
  if (job_replace(j, turn(j, degrees), e) < 0)
    return -1;
  double new_size[] = {pixGetWidth(j->current), pixGetHeight(j->current)};
  transform_turn(&j->to_page, degrees, old_size, new_size);
  j->turned = fmod(j->turned + degrees, 360);
  return 0;
}

int step_rotate(job *j, const step *s, error *e) {
  double angle = 0;
  if (step_number(s, "angle", -360, 360, &angle, e) < 0 ||
      job_turn(j, angle, e) < 0)
    return -1;
  job_write_size(j);
  return 0;
}

static int scale_by(job *j, double factor, error *e) {
  double width = pixGetWidth(j->current), height = pixGetHeight(j->current);
  if (factor == 1)
    return 0;
  double new_width = fmax(1, round(width * factor));
  double new_height = fmax(1, round(height * factor));
  if (job_check_size(j, new_width, new_height, e) < 0)
    return -1;
  PIX *wide = pixConvertTo8Or32(j->current, L_CLONE, 1);
  PIX *scaled =
      wide ? pixScaleToSize(wide, (int)new_width, (int)new_height) : NULL;
  pixDestroy(&wide);
  if (job_replace(j, scaled, e) < 0)
    return -1;
  transform_scale(&j->to_page, new_width / width, new_height / height);
  return 0;
}

int step_scale(job *j, const step *s, error *e) {
  double factor = 1;
  if (step_number(s, "factor", 0.001, 16, &factor, e) < 0 ||
      scale_by(j, factor, e) < 0)
    return -1;
  job_write_size(j);
  return 0;
}

// Makes the picture smaller where it does not fit, never larger.
int step_fit(job *j, const step *s, error *e) {
  int width = SIDE_MAX, height = SIDE_MAX;
  if (step_integer(s, "width", 1, SIDE_MAX, &width, e) < 0 ||
      step_integer(s, "height", 1, SIDE_MAX, &height, e) < 0)
    return -1;
  double factor = fmin(1, fmin((double)width / pixGetWidth(j->current),
                               (double)height / pixGetHeight(j->current)));
  if (scale_by(j, factor, e) < 0)
    return -1;
  job_write_size(j);
  return 0;
}

int step_crop(job *j, const step *s, error *e) {
  int left = 0, top = 0;
  int width = pixGetWidth(j->current), height = pixGetHeight(j->current);
  if (step_integer(s, "x", 0, width - 1, &left, e) < 0 ||
      step_integer(s, "y", 0, height - 1, &top, e) < 0 ||
      step_integer(s, "width", 1, SIDE_MAX, &width, e) < 0 ||
      step_integer(s, "height", 1, SIDE_MAX, &height, e) < 0)
    return -1;
  BOX *frame = boxCreate(left, top, width, height); // cut to the picture
  PIX *part = frame ? pixClipRectangle(j->current, frame, NULL) : NULL;
  boxDestroy(&frame);
  if (job_replace(j, part, e) < 0)
    return -1;
  transform_crop(&j->to_page, left, top);
  job_write_size(j);
  return 0;
}

int step_gray(job *j, const step *s, error *e) {
  (void)s;
  return job_replace(j, pixConvertTo8(j->current, 0), e);
}

// Long straight lines hide the text they touch. What survives an opening with
// a long thin bar is a line; it becomes paper in a grey copy.
static PIX *find_lines(PIX *grey, int length, int threshold) {
  PIX *ink = pixThresholdToBinary(grey, threshold);
  PIX *across = ink ? pixOpenBrick(NULL, ink, length, 1) : NULL;
  PIX *down = ink ? pixOpenBrick(NULL, ink, 1, length) : NULL;
  PIX *lines = across && down ? pixOr(NULL, across, down) : NULL;
  PIX *thick = lines ? pixDilateBrick(NULL, lines, 3, 3) : NULL; // blurred rims
  pixDestroy(&ink);
  pixDestroy(&across);
  pixDestroy(&down);
  pixDestroy(&lines);
  return thick;
}

int step_unline(job *j, const step *s, error *e) {
  int length = 75, threshold = 200; // pixels, grey value
  if (step_integer(s, "length", 10, 2000, &length, e) < 0 ||
      step_integer(s, "threshold", 1, 255, &threshold, e) < 0)
    return -1;
  PIX *grey = pixConvertTo8(j->current, 0);
  PIX *lines = grey ? find_lines(grey, length, threshold) : NULL;
  if (!lines || pixSetMasked(grey, lines, 255) != 0)
    pixDestroy(&grey);
  pixDestroy(&lines);
  return job_replace(j, grey, e);
}
