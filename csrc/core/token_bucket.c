// SPDX-License-Identifier: MIT
#include "token_bucket.h"

#include <assert.h>
#include <math.h>

// Other processes lay this struct over the same memory.
static_assert(sizeof(token_bucket) == 32, "a new layout: raise its number");

static const double SKEW_MAX = 1.0; // seconds

// No clock here is finer. What is short by less counts as there (and is owed),
// or rounding would make one who has waited as told wait once more.
static const double WAIT_MIN = 1e-6; // seconds

void bucket_init(token_bucket *b, double rate, double burst, double now) {
  *b = (token_bucket){.rate = rate, .burst = burst, .level = burst, .at = now};
}

double bucket_available(const token_bucket *b, double now) {
  if (!(now > b->at))
    return b->level;
  return fmin(b->burst, b->level + (now - b->at) * b->rate);
}

static void refill(token_bucket *b, double now) {
  b->level = bucket_available(b, now);
  if (now > b->at || now < b->at - SKEW_MAX)
    b->at = now;
}

// Seconds until `cost` tokens are there, in a bucket filled up to now.
static double wait_for(const token_bucket *b, double cost, double now) {
  if (!(cost >= 0 && cost <= b->burst))
    return INFINITY;
  if (cost <= b->level)
    return 0;
  double wait = (cost - b->level) / b->rate + fmax(b->at - now, 0);
  return wait > WAIT_MIN ? wait : 0;
}

double bucket_take(token_bucket *b, double cost, double now) {
  refill(b, now);
  double wait = wait_for(b, cost, now);
  if (wait == 0)
    b->level -= cost;
  return wait;
}

double bucket_reserve(token_bucket *b, double cost, double now) {
  refill(b, now);
  double wait = wait_for(b, cost, now);
  if (wait != INFINITY)
    b->level -= cost;
  return wait;
}

double buckets_take(token_bucket *const buckets[], const double costs[],
                    size_t count, double now) {
  double longest = 0;
  for (size_t i = 0; i < count; i++) {
    refill(buckets[i], now);
    longest = fmax(longest, wait_for(buckets[i], costs[i], now));
  }
  for (size_t i = 0; i < count && longest == 0; i++)
    buckets[i]->level -= costs[i];
  return longest;
}

void bucket_settle(token_bucket *b, double difference) {
  b->level = fmin(b->burst, b->level - difference);
}

void bucket_refund(token_bucket *b, double cost) { bucket_settle(b, -cost); }

bool bucket_is_sound(const token_bucket *b) {
  return b->rate >= 0 && isfinite(b->rate) && b->burst > 0 &&
         isfinite(b->burst) && isfinite(b->level) && b->level <= b->burst &&
         isfinite(b->at);
}
