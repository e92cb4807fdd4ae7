// SPDX-License-Identifier: MIT
// What a call of the limiter, the breaker and the histogram costs in C. Prints
// a line each: name, nanoseconds (median of the rounds). With an argument NAME
// COUNT it makes only these calls, for whoever counts instructions.

#include "../csrc/core/circuit_breaker.h"
#include "../csrc/core/histogram.h"
#include "../csrc/core/token_bucket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 31, CALLS = 20000 };

static token_bucket buckets[3];
static circuit_breaker consecutive, counted, timed;
static histogram latencies;
static double now = 1000, kept; // what is kept cannot be left out

static void begin(circuit_breaker *b, enum breaker_judgement judgement) {
  breaker_config config;
  breaker_defaults(&config);
  config.judgement = judgement;
  config.slow_call_rate = 0.9;
  if (breaker_init(b, &config, 1, NULL) < 0)
    abort();
}

static void prepare(void) {
  for (int i = 0; i < 3; i++)
    bucket_init(&buckets[i], 1e6, 1000, now);
  begin(&consecutive, BREAKER_CONSECUTIVE);
  begin(&counted, BREAKER_COUNT_WINDOW);
  begin(&timed, BREAKER_TIME_WINDOW);
  histogram_reset(&latencies);
  for (int i = 1; i <= 1000; i++)
    histogram_record(&latencies, i * 0.1);
}

static void take(void) { kept += bucket_take(&buckets[0], 1, now += 1e-6); }

static void take_three(void) {
  static token_bucket *const all[3] = {&buckets[0], &buckets[1], &buckets[2]};
  static const double costs[3] = {1, 1, 1};
  kept += buckets_take(all, costs, 3, now += 1e-6);
}

static void call(circuit_breaker *b) {
  breaker_answer answer = breaker_allow(b, now += 1e-3);
  kept += breaker_record(b, answer.permit, BREAKER_SUCCESS, 0.5, now).to;
}

static void call_consecutive(void) { call(&consecutive); }
static void call_counted(void) { call(&counted); }
static void call_timed(void) { call(&timed); }

static void record(void) { histogram_record(&latencies, now += 1e-3); }

static void quantile(void) { kept += histogram_quantile(&latencies, 0.95); }

static const struct operation {
  const char *name;
  void (*run)(void);
} operations[] = {
    {"bucket-take", take},
    {"buckets-take-3", take_three},
    {"breaker-call", call_consecutive},
    {"breaker-call-count", call_counted},
    {"breaker-call-time", call_timed},
    {"histogram-record", record},
    {"histogram-quantile", quantile},
};

enum { OPERATIONS = sizeof operations / sizeof *operations };

static double cpu_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double cost_ns(void (*run)(void)) {
  double start = cpu_ns();
  for (int i = 0; i < CALLS; i++)
    run();
  return (cpu_ns() - start) / CALLS;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void measure(const struct operation *o) {
  double ns[ROUNDS];
  for (int i = 0; i < ROUNDS; i++)
    ns[i] = cost_ns(o->run);
  qsort(ns, ROUNDS, sizeof *ns, ascending);
  printf("%s %.1f\n", o->name, ns[ROUNDS / 2]);
}

static void only(const char *name, long count) {
  for (int i = 0; i < OPERATIONS; i++)
    if (strcmp(operations[i].name, name) == 0)
      for (long n = 0; n < count; n++)
        operations[i].run();
}

int main(int argc, char **argv) {
  prepare();
  if (argc == 3)
    only(argv[1], strtol(argv[2], NULL, 10));
  else
    for (int i = 0; i < OPERATIONS; i++)
      measure(&operations[i]);
  return kept < 0;
}
