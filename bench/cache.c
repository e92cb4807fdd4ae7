// SPDX-License-Identifier: MIT
// The CPU time of a hit in the cache, keys of 64 digits in random order.
// Prints a line each: entries, nanoseconds.

#include "../csrc/core/lru_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST = 100000, HITS = 200000, ROUNDS = 15, KEY = LRU_CACHE_KEY_MAX };

static char keys[MOST][KEY];

static void make_keys(void) {
  for (int i = 0; i < MOST; i++)
    for (int j = 0; j < KEY; j++)
      keys[i][j] = "0123456789abcdef"[rand() >> 8 & 15];
}

static double cpu_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  double difference = *(const double *)a - *(const double *)b;
  return (difference > 0) - (difference < 0);
}

static double hit_ns(lru_cache *c, int entries) {
  double start = cpu_ns();
  for (int i = 0; i < HITS; i++)
    if (!lru_cache_get(c, keys[rand() % entries], KEY, 0))
      abort();
  return (cpu_ns() - start) / HITS;
}

static void measure(int entries) {
  lru_cache c;
  double rounds[ROUNDS];
  if (lru_cache_init(&c, (size_t)entries, SIZE_MAX, NULL) < 0)
    abort();
  for (int i = 0; i < entries; i++) {
    blob *value = blob_copy(keys[i], KEY, NULL);
    if (!value || lru_cache_put(&c, keys[i], KEY, value, 1, 0, NULL) < 0)
      abort();
    blob_unref(value);
  }
  for (int i = 0; i < ROUNDS; i++)
    rounds[i] = hit_ns(&c, entries);
  qsort(rounds, ROUNDS, sizeof *rounds, ascending);
  printf("%d %.1f\n", entries, rounds[ROUNDS / 2]);
  lru_cache_free(&c);
}

int main(void) {
  make_keys();
  measure(100);
  measure(10000);
  measure(MOST);
  return 0;
}
