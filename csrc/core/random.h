// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_RANDOM_H
#define VISION_CORE_RANDOM_H

// A number of [0, 1) with 53 random bits from the system (getrandom). It needs
// no seed and two processes, or a parent and its fork, never share a sequence.
double random_unit(void);

#endif
