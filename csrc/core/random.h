// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_RANDOM_H
#define VISION_CORE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Random bytes of the system (getrandom), at most 64. They need no seed, and
// two processes, two threads, or a parent and its fork, never share a sequence.
// False where the kernel gives none.
bool random_fill(void *out, size_t size);

// A number of [0, 1) with 53 random bits.
double random_unit(void);

#endif
