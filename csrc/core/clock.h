// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_CLOCK_H
#define VISION_CORE_CLOCK_H

#include <stdint.h>

// Microseconds since an arbitrary start; never steps back (CLOCK_MONOTONIC).
int64_t clock_mono_us(void);

// Microseconds since 1970-01-01 UTC; may step (CLOCK_REALTIME).
int64_t clock_wall_us(void);

// Microseconds of CPU time that this thread has spent (a system call).
int64_t clock_thread_us(void);

#endif
