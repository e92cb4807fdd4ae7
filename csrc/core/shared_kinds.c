// SPDX-License-Identifier: MIT
#include "shared_kinds.h"

#define FITS(type)                                                             \
  _Static_assert(sizeof(type) <= SHARED_PAYLOAD_MAX && _Alignof(type) <= 8,    \
                 "a slot has no room for it")
FITS(token_bucket);
FITS(circuit_breaker);
FITS(histogram);
FITS(concurrency_limit);
FITS(counters);
_Static_assert(sizeof(breaker_config) <= SHARED_SETTINGS_MAX,
               "a slot has no room for its settings");

static bool bucket_sound(const void *payload) {
  return bucket_is_sound(payload);
}

static void begin_bucket(void *payload, const void *settings, double now) {
  const shared_bucket_settings *s = settings;
  bucket_init(payload, s->rate, s->burst, now);
}

static bool breaker_sound(const void *payload) {
  return breaker_is_sound(payload);
}

static void begin_breaker(void *payload, const void *settings, double now) {
  // Whoever begins it, the jitter's chance is another.
  breaker_init(payload, settings, (uint64_t)(now * 1e6), NULL);
}

static bool histogram_sound(const void *payload) {
  return histogram_is_sound(payload);
}

static void begin_histogram(void *payload, const void *settings, double now) {
  (void)settings, (void)now;
  histogram_reset(payload);
}

static bool concurrency_sound(const void *payload) {
  return concurrency_is_sound(payload);
}

static void begin_concurrency(void *payload, const void *settings, double now) {
  (void)now;
  const shared_concurrency_settings *s = settings;
  concurrency_init(payload, (uint32_t)s->limit);
}

static bool concurrency_is_held(void *payload, double now) {
  concurrency_limit *c = payload;
  concurrency_drop_lost(c, now);
  return c->in_flight > 0;
}

static bool counters_sound(const void *payload) {
  return counters_is_sound(payload);
}

static void begin_counters(void *payload, const void *settings, double now) {
  (void)now;
  const shared_counters_settings *s = settings;
  counters_init(payload, (uint32_t)s->count);
}

static bool counters_are_held(void *payload, double now) {
  (void)now;
  return counters_in_flight(payload) > 0;
}

const shared_kind shared_token_bucket = {.word = "token_bucket",
                                         .number = 1,
                                         .size = sizeof(token_bucket),
                                         .settings_size =
                                             sizeof(shared_bucket_settings),
                                         .begin = begin_bucket,
                                         .is_sound = bucket_sound};

const shared_kind shared_circuit_breaker = {.word = "circuit_breaker",
                                            .number = 2,
                                            .size = sizeof(circuit_breaker),
                                            .settings_size =
                                                sizeof(breaker_config),
                                            .begin = begin_breaker,
                                            .is_sound = breaker_sound};

const shared_kind shared_histogram = {.word = "histogram",
                                      .number = 3,
                                      .size = sizeof(histogram),
                                      .settings_size = 0,
                                      .begin = begin_histogram,
                                      .is_sound = histogram_sound};

const shared_kind shared_concurrency = {.word = "concurrency",
                                        .number = 4,
                                        .size = sizeof(concurrency_limit),
                                        .settings_size =
                                            sizeof(shared_concurrency_settings),
                                        .begin = begin_concurrency,
                                        .is_sound = concurrency_sound,
                                        .is_held = concurrency_is_held};

const shared_kind shared_counters = {.word = "counters",
                                     .number = 5,
                                     .size = sizeof(counters),
                                     .settings_size =
                                         sizeof(shared_counters_settings),
                                     .begin = begin_counters,
                                     .is_sound = counters_sound,
                                     .is_held = counters_are_held};

const shared_kind *shared_kind_of(uint32_t number) {
  static const shared_kind *const kinds[] = {NULL,
                                             &shared_token_bucket,
                                             &shared_circuit_breaker,
                                             &shared_histogram,
                                             &shared_concurrency,
                                             &shared_counters};
  return number < sizeof kinds / sizeof *kinds ? kinds[number] : NULL;
}
