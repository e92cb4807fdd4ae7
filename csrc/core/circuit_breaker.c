// SPDX-License-Identifier: MIT
#include "circuit_breaker.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

// Other processes lay this struct over the same memory.
static_assert(sizeof(breaker_window) == 280 && sizeof(circuit_breaker) == 704,
              "a new layout: raise its number");

void breaker_defaults(breaker_config *c) {
  *c = (breaker_config){.judgement = BREAKER_CONSECUTIVE,
                        .failure_threshold = 5,
                        .success_threshold = 2,
                        .half_open_max_calls = 1,
                        .timeout = 60,
                        .timeout_factor = 1,
                        .timeout_max = 600,
                        .probe_timeout = 300,
                        .window_size = 100,
                        .minimum_calls = 10,
                        .failure_rate = 0.5,
                        .slow_call_rate = INFINITY,
                        .slow_call_duration = 60};
}

static int check(const breaker_config *c, error *e) {
  bool counts = c->judgement == BREAKER_COUNT_WINDOW;
  if (c->half_open_max_calls < 1 || c->half_open_max_calls > BREAKER_PROBES_MAX)
    return error_set(e, REASON_INVALID_OPTION,
                     "half_open_max_calls must be from 1 to %d, not %u",
                     BREAKER_PROBES_MAX, c->half_open_max_calls);
  if (counts && !(c->window_size >= 1 && c->window_size <= WINDOW_CALLS_MAX))
    return error_set(e, REASON_INVALID_OPTION,
                     "window_size must be from 1 to %d calls, not %g",
                     WINDOW_CALLS_MAX, c->window_size);
  if (counts && c->minimum_calls > c->window_size)
    return error_set(e, REASON_INVALID_OPTION,
                     "minimum_calls (%u) is more than the window_size (%g)",
                     c->minimum_calls, c->window_size);
  return 0;
}

int breaker_init(circuit_breaker *b, const breaker_config *config,
                 uint64_t seed, error *e) {
  if (check(config, e) < 0)
    return -1;
  *b = (circuit_breaker){.config = *config, .random = seed};
  breaker_reset(b);
  return 0;
}

const char *breaker_state_word(uint32_t state) {
  static const char *const words[BREAKER_STATES] = {
      "closed", "open", "half_open", "forced_open", "disabled"};
  return state < BREAKER_STATES ? words[state] : "unknown";
}

// ---- states ----

// Every permit given before is of an earlier state from here on.
static breaker_change enter(circuit_breaker *b, enum breaker_state state) {
  breaker_change change = {b->state, state};
  b->state = state;
  b->generation = ++b->permits;
  b->failures = b->successes = 0;
  for (int i = 0; i < BREAKER_PROBES_MAX; i++)
    b->probes[i].permit = 0;
  return change;
}

static breaker_change none(const circuit_breaker *b) {
  return (breaker_change){b->state, b->state};
}

static breaker_change close_it(circuit_breaker *b) {
  window_clear(&b->window);
  b->openings = 0;
  return enter(b, BREAKER_CLOSED);
}

static breaker_change open_it(circuit_breaker *b, double seconds, double now) {
  b->open_seconds = seconds;
  b->open_until = now + seconds;
  b->openings++;
  b->opens++;
  return enter(b, BREAKER_OPEN);
}

// The next number of splitmix64, from 0 to below 1.
static double chance(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static double open_time(circuit_breaker *b) {
  const breaker_config *c = &b->config;
  double most = fmax(c->timeout_max, c->timeout);
  double seconds = c->timeout > 0 // or it were 0 times infinity at last
                       ? c->timeout * pow(c->timeout_factor, b->openings)
                       : 0;
  return fmin(seconds, most) * (1 - c->timeout_jitter * chance(&b->random));
}

// ---- probes ----

// The time left of a wait of `length` that ends at *end; where more is left
// than it ever was, the clock was set back, and the wait begins again.
static double time_left(double *end, double length, double now) {
  if (*end - now > length)
    *end = now + length;
  return *end - now;
}

// A slot for one more probe, whose earlier one came back or is lost. NULL: all
// are taken; then *wait says for how long at most.
static breaker_probe *free_slot(circuit_breaker *b, double now, double *wait) {
  *wait = INFINITY;
  for (uint32_t i = 0; i < b->config.half_open_max_calls; i++) {
    breaker_probe *probe = &b->probes[i];
    if (probe->permit == 0)
      return probe;
    double left = time_left(&probe->expires, b->config.probe_timeout, now);
    if (left <= 0)
      return probe;
    *wait = fmin(*wait, left);
  }
  return NULL;
}

static breaker_probe *probe_of(circuit_breaker *b, uint64_t permit) {
  for (uint32_t i = 0; i < b->config.half_open_max_calls; i++)
    if (b->probes[i].permit == permit)
      return &b->probes[i];
  return NULL;
}

// ---- allowing ----

static breaker_answer refuse(circuit_breaker *b, double wait) {
  b->rejected++;
  return (breaker_answer){.wait = wait, .change = none(b)};
}

static breaker_answer pass(uint64_t permit, breaker_change change) {
  return (breaker_answer){.permit = permit, .change = change};
}

static breaker_answer allow_probe(circuit_breaker *b, breaker_change change,
                                  double now) {
  double wait;
  breaker_probe *slot = free_slot(b, now, &wait);
  if (!slot)
    return refuse(b, wait);
  *slot = (breaker_probe){++b->permits, now + b->config.probe_timeout};
  return pass(slot->permit, change);
}

static breaker_answer allow_open(circuit_breaker *b, double now) {
  double left = time_left(&b->open_until, b->open_seconds, now);
  if (left > 0)
    return refuse(b, left);
  return allow_probe(b, enter(b, BREAKER_HALF_OPEN), now);
}

breaker_answer breaker_allow(circuit_breaker *b, double now) {
  switch (b->state) {
  case BREAKER_OPEN:
    return allow_open(b, now);
  case BREAKER_HALF_OPEN:
    return allow_probe(b, none(b), now);
  case BREAKER_FORCED_OPEN:
    return refuse(b, INFINITY);
  default:
    return pass(b->generation, none(b));
  }
}

// ---- recording ----

static bool is_slow(const breaker_config *c, double duration) {
  return c->judgement != BREAKER_CONSECUTIVE && c->slow_call_rate <= 1 &&
         duration >= c->slow_call_duration;
}

static bool too_many(const breaker_config *c, const window_counts *w) {
  return w->calls >= c->minimum_calls &&
         (w->failures >= c->failure_rate * w->calls ||
          w->slow >= c->slow_call_rate * w->calls);
}

static bool judge_rates(circuit_breaker *b, bool failed, double duration,
                        double now) {
  const breaker_config *c = &b->config;
  bool slow = is_slow(c, duration);
  if (c->judgement == BREAKER_COUNT_WINDOW)
    window_add_call(&b->window, (uint32_t)c->window_size, failed, slow);
  else
    window_add_timed(&b->window, c->window_size, failed, slow, now);
  return too_many(c, &b->window.counts);
}

static bool judge_row(circuit_breaker *b, bool failed) {
  b->failures = failed ? b->failures + 1 : 0;
  return b->failures >= b->config.failure_threshold;
}

static breaker_change record_closed(circuit_breaker *b, bool failed,
                                    double duration, double now) {
  bool opens = b->config.judgement == BREAKER_CONSECUTIVE
                   ? judge_row(b, failed)
                   : judge_rates(b, failed, duration, now);
  return opens ? open_it(b, open_time(b), now) : none(b);
}

// A slow probe is a failed one where slowness may be what opened it.
static breaker_change record_probe(circuit_breaker *b, breaker_probe *probe,
                                   enum breaker_outcome outcome,
                                   double duration, double now) {
  bool lost = time_left(&probe->expires, b->config.probe_timeout, now) <= 0;
  probe->permit = 0;
  if (lost || outcome == BREAKER_IGNORED)
    return none(b);
  if (outcome == BREAKER_FAILURE || is_slow(&b->config, duration))
    return open_it(b, open_time(b), now);
  b->successes++;
  return b->successes >= b->config.success_threshold ? close_it(b) : none(b);
}

breaker_change breaker_record(circuit_breaker *b, uint64_t permit,
                              enum breaker_outcome outcome, double duration,
                              double now) {
  if (b->state == BREAKER_HALF_OPEN) {
    breaker_probe *probe = permit > 0 ? probe_of(b, permit) : NULL;
    return probe ? record_probe(b, probe, outcome, duration, now) : none(b);
  }
  if (b->state != BREAKER_CLOSED || permit != b->generation ||
      outcome == BREAKER_IGNORED)
    return none(b);
  return record_closed(b, outcome == BREAKER_FAILURE, duration, now);
}

// ---- by order ----

breaker_change breaker_open_for(circuit_breaker *b, double seconds,
                                double now) {
  if (b->state == BREAKER_FORCED_OPEN || b->state == BREAKER_DISABLED)
    return none(b);
  if (b->state != BREAKER_OPEN)
    return open_it(b, seconds, now);
  if (seconds > time_left(&b->open_until, b->open_seconds, now)) {
    b->open_seconds = seconds;
    b->open_until = now + seconds;
  }
  return none(b);
}

breaker_change breaker_force_open(circuit_breaker *b) {
  return enter(b, BREAKER_FORCED_OPEN);
}

breaker_change breaker_disable(circuit_breaker *b) {
  return enter(b, BREAKER_DISABLED);
}

breaker_change breaker_reset(circuit_breaker *b) { return close_it(b); }

// ---- bytes of somebody else ----

static bool config_is_sound(const breaker_config *c) {
  return c->judgement <= BREAKER_TIME_WINDOW && check(c, NULL) == 0 &&
         c->timeout >= 0 && c->timeout_factor >= 1 && c->timeout_max >= 0 &&
         c->timeout_jitter >= 0 && c->timeout_jitter <= 1 &&
         c->probe_timeout > 0 && c->window_size > 0;
}

bool breaker_is_sound(const circuit_breaker *b) {
  static const uint64_t most = UINT64_C(1) << 53;
  bool sound = config_is_sound(&b->config) && b->state < BREAKER_STATES &&
               b->permits < most && b->generation <= b->permits &&
               !isnan(b->open_until) && b->open_seconds >= 0;
  for (int i = 0; i < BREAKER_PROBES_MAX && sound; i++)
    sound = b->probes[i].permit <= b->permits && isfinite(b->probes[i].expires);
  return sound && window_is_sound(&b->window,
                                  b->config.judgement == BREAKER_COUNT_WINDOW,
                                  b->config.window_size);
}
