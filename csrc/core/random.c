// SPDX-License-Identifier: MIT
#include "random.h"

#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#include "clock.h"

// What is drawn at once: a call of the kernel costs as much as ten numbers.
// Up to 256 bytes come whole.
enum { POOL = 256 };

static _Thread_local uint8_t pool[POOL];
static _Thread_local size_t left; // at its end

// A fork does not go on with its parent's.
static void forget(void) { left = 0; }

static void at_load(void) { pthread_atfork(NULL, NULL, forget); }

bool random_fill(void *out, size_t size) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, at_load);
  if (size > left) {
    left = 0;
    if (getrandom(pool, POOL, 0) != POOL)
      return false;
    left = POOL;
  }
  uint8_t *first = pool + POOL - left;
  memcpy(out, first, size);
  explicit_bzero(first, size); // who looks here later learns no id
  left -= size;
  return true;
}

double random_unit(void) {
  uint64_t bits;
  if (!random_fill(&bits, sizeof bits)) // only where the kernel has none
    bits = (uint64_t)clock_mono_us() * 0x9E3779B97F4A7C15u;
  return (double)(bits >> 11) * 0x1p-53;
}
