// SPDX-License-Identifier: MIT
#include "histogram.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

// Other processes lay this struct over the same memory.
static_assert(sizeof(histogram) == 9336, "a new layout: raise its number");

// A double has 52 bits of fraction below its exponent. The upper 6 of them are
// kept, and with the exponent above they number the buckets without a gap.
enum { SHIFT = 52 - 6 };

// The bucket of HISTOGRAM_MIN; that of HISTOGRAM_MAX is the last.
static const uint64_t FIRST = 0x3eb0c6f7a0b5ed8dULL >> SHIFT;

static size_t bucket_of(double seconds) {
  uint64_t bits;
  memcpy(&bits, &seconds, sizeof bits);
  return (size_t)((bits >> SHIFT) - FIRST);
}

static double lower_bound(size_t bucket) {
  uint64_t bits = (FIRST + bucket) << SHIFT;
  double seconds;
  memcpy(&seconds, &bits, sizeof seconds);
  return seconds;
}

static double clamp(double value, double least, double greatest) {
  return value > greatest ? greatest : value >= least ? value : least;
}

void histogram_reset(histogram *h) { *h = (histogram){.count = 0}; }

static void widen(histogram *h, double min, double max) {
  h->min = h->count == 0 ? min : fmin(h->min, min);
  h->max = h->count == 0 ? max : fmax(h->max, max);
}

static void add(uint32_t *bucket, uint32_t count) {
  *bucket = count > UINT32_MAX - *bucket ? UINT32_MAX : *bucket + count;
}

void histogram_record(histogram *h, double seconds) {
  double value = clamp(seconds, HISTOGRAM_MIN, HISTOGRAM_MAX);
  h->above += seconds > value;
  h->below += !(seconds >= HISTOGRAM_MIN); // what is no number, too
  widen(h, value, value);
  h->count++;
  h->sum += value;
  add(&h->buckets[bucket_of(value)], 1);
}

void histogram_merge(histogram *h, const histogram *other) {
  if (other->count == 0)
    return;
  widen(h, other->min, other->max);
  h->count += other->count;
  h->below += other->below;
  h->above += other->above;
  h->sum += other->sum;
  for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
    add(&h->buckets[i], other->buckets[i]);
}

static double middle_of(size_t bucket) {
  return (lower_bound(bucket) + lower_bound(bucket + 1)) / 2;
}

double histogram_quantile(const histogram *h, double q) {
  if (h->count == 0)
    return NAN;
  double rank = ceil(q * (double)h->count);
  if (rank <= 1)
    return h->min;
  if (rank >= (double)h->count)
    return h->max;
  double seen = 0;
  for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
    seen += h->buckets[i];
    if (seen >= rank)
      return clamp(middle_of(i), h->min, h->max);
  }
  return h->max; // only where a bucket was full
}

uint64_t histogram_count_to(const histogram *h, double seconds) {
  if (h->count == 0 || seconds >= h->max)
    return h->count;
  if (!(seconds >= h->min))
    return 0;
  uint64_t counted = 0;
  size_t last = bucket_of(seconds);
  for (size_t i = 0; i <= last; i++)
    counted += h->buckets[i];
  return counted;
}

bool histogram_is_sound(const histogram *h) {
  if (h->count == 0)
    return true;
  uint64_t counted = 0;
  for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
    counted += h->buckets[i];
  return counted <= h->count && h->min >= HISTOGRAM_MIN && h->min <= h->max &&
         h->max <= HISTOGRAM_MAX && isfinite(h->sum) && h->sum >= 0;
}
