// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_SHARED_KINDS_H
#define VISION_CORE_SHARED_KINDS_H

#include "circuit_breaker.h"
#include "concurrency_limit.h"
#include "counters.h"
#include "histogram.h"
#include "shared_state.h"
#include "token_bucket.h"

// What may lie in the slots of a shared_state, and the settings of each; those
// of a breaker are its breaker_config, and a histogram has none.

typedef struct shared_bucket_settings {
  double rate, burst;
} shared_bucket_settings;

typedef struct shared_concurrency_settings {
  uint64_t limit;
} shared_concurrency_settings;

typedef struct shared_counters_settings {
  uint64_t count;
} shared_counters_settings;

extern const shared_kind shared_token_bucket, shared_circuit_breaker,
    shared_histogram, shared_concurrency, shared_counters;

// One number of all layouts: a file with another one holds something else.
enum {
  SHARED_LAYOUTS = TOKEN_BUCKET_LAYOUT | BREAKER_LAYOUT << 6 |
                   HISTOGRAM_LAYOUT << 12 | CONCURRENCY_LAYOUT << 18 |
                   COUNTERS_LAYOUT << 24
};

// NULL: no kind has that number.
const shared_kind *shared_kind_of(uint32_t number);

#endif
