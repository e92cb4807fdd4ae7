// SPDX-License-Identifier: MIT
#include "random.h"

#include <stdint.h>
#include <sys/random.h>

#include "clock.h"

double random_unit(void) {
  uint64_t bits;
  // It fails only where the kernel has no such call; up to 256 bytes come
  // whole.
  if (getrandom(&bits, sizeof bits, 0) != (ssize_t)sizeof bits)
    bits = (uint64_t)clock_mono_us() * 0x9E3779B97F4A7C15u;
  return (double)(bits >> 11) * 0x1p-53;
}
