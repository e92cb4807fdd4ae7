// SPDX-License-Identifier: MIT
#ifndef VISION_READER_LETTERING_NET_H
#define VISION_READER_LETTERING_NET_H

#include "../core/error.h"

#include <stddef.h>

// The net that reads a line of lettering: convolutions over a picture of
// LETTERING_HEIGHT rows, with one score for each sign every LETTERING_STRIDE
// columns. It was trained by tools/lettering; its figures are part of the
// program.
enum {
  LETTERING_HEIGHT = 32,
  LETTERING_STRIDE = 4,
  LETTERING_WIDTH_MAX = 1280, // pixels of a line
  LETTERING_COLUMNS_MAX = LETTERING_WIDTH_MAX / LETTERING_STRIDE,
};

// Signs that the net can write, with "no sign" as number 0. Opens the net at
// the first call. NULL: INTERNAL, the figures are damaged, or no memory.
typedef struct lettering_net lettering_net;
const lettering_net *lettering_net_get(error *e);
int lettering_net_signs(const lettering_net *net);

// A sign's UTF-8 text; "" for number 0.
const char *lettering_net_sign(const lettering_net *net, int number);

// Scores of a picture whose `width` is from 2 * LETTERING_STRIDE to
// LETTERING_WIDTH_MAX: rows of 0 (paper) to 1 (ink). `scores` gets width /
// LETTERING_STRIDE columns of lettering_net_signs() probabilities each.
// -1: no memory.
int lettering_net_run(const lettering_net *net, const float *picture, int width,
                      float *scores, error *e);

#endif
