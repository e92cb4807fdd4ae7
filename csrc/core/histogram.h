// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_HISTOGRAM_H
#define VISION_CORE_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

// Durations in seconds, counted in log-linear buckets as HdrHistogram has them:
// each power of two is cut into 64 equal parts, so a quantile is off by less
// than 0.8 %. (Buckets of equal ratio, as in DDSketch, would be half as many
// but want a logarithm a value; here the number of a bucket stands in the bits
// of the double.)
//
// Values from a microsecond to a day; others are clamped, and counted as such.
//
// Plain values only, so that it may lie in memory that processes share; who
// does that brings the lock, and keeps the layout's number beside it.
enum { HISTOGRAM_LAYOUT = 1, HISTOGRAM_BUCKETS = 2322 };

#define HISTOGRAM_MIN 1e-6    // seconds
#define HISTOGRAM_MAX 86400.0 // seconds

typedef struct histogram {
  uint64_t count;
  uint64_t below, above; // of them, values that were clamped
  double sum;            // of the values as counted, after clamping
  double min, max;       // likewise; of no meaning while count is 0
  uint32_t buckets[HISTOGRAM_BUCKETS]; // a full one stays full
} histogram;

void histogram_reset(histogram *h); // and to begin with
void histogram_record(histogram *h, double seconds);
void histogram_merge(histogram *h, const histogram *other);

// The value at rank ceil(q * count), q from 0 (the least) to 1 (the greatest).
// NAN while nothing was recorded.
double histogram_quantile(const histogram *h, double q);

// How many of the values were at most `seconds`, as near as the buckets say:
// the one that `seconds` lies in is counted whole. Grows with `seconds`; from
// the greatest value on it is all of them.
uint64_t histogram_count_to(const histogram *h, double seconds);

// Whether these bytes may be used as one without harm, whoever wrote them.
bool histogram_is_sound(const histogram *h);

#endif
