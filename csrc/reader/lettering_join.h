// SPDX-License-Identifier: MIT
#ifndef VISION_READER_LETTERING_JOIN_H
#define VISION_READER_LETTERING_JOIN_H

#include "lettering.h"

// Which line goes on behind each of `count` lines, in its direction and at its
// height: its number from 1, or 0. A rule may run between the two, or a sign
// stand there that was not taken for lettering.
void lettering_followers(const lettering_line *lines, int count, int *behind);

// The line that covers both, in the direction of the first.
lettering_line lettering_joined(const lettering_line *a,
                                const lettering_line *b);

#endif
