// SPDX-License-Identifier: MIT
// Token buckets, at times of the test's own.
#include "check.h"

#include "../core/token_bucket.h"

#include <math.h>
#include <stdlib.h>

#define START 1000.0

static void near(double a, double b) { assert_true(fabs(a - b) < 1e-9); }

static void the_burst_is_there_and_then_the_rate(void **state) {
  (void)state;
  token_bucket b;
  bucket_init(&b, 2, 3, START);
  for (int i = 0; i < 3; i++)
    assert_true(bucket_take(&b, 1, START) == 0);
  near(bucket_take(&b, 1, START), 0.5);
  near(bucket_take(&b, 1, START + 0.25), 0.25); // refused, nothing was taken
  assert_true(bucket_take(&b, 1, START + 0.5) == 0);
  near(bucket_available(&b, START + 1.5), 2);
  near(bucket_available(&b, START + 100), 3);
}

static void what_can_never_be_is_infinite(void **state) {
  (void)state;
  token_bucket b;
  bucket_init(&b, 2, 3, START);
  assert_true(bucket_take(&b, 3.5, START) == INFINITY);
  assert_true(bucket_take(&b, NAN, START) == INFINITY);
  assert_true(bucket_take(&b, -1, START) == INFINITY);
  assert_true(bucket_reserve(&b, 3.5, START) == INFINITY);
  near(bucket_available(&b, START), 3);
  bucket_init(&b, 0, 1, START); // one, and never again
  assert_true(bucket_take(&b, 1, START) == 0);
  assert_true(bucket_take(&b, 1, START + 1e9) == INFINITY);
  assert_true(bucket_reserve(&b, 1, START + 1e9) == INFINITY);
}

static void a_reservation_takes_from_the_future(void **state) {
  (void)state;
  token_bucket b;
  bucket_init(&b, 2, 2, START);
  assert_true(bucket_reserve(&b, 2, START) == 0);
  near(bucket_reserve(&b, 1, START), 0.5);
  near(bucket_reserve(&b, 1, START), 1);
  near(bucket_available(&b, START), -2);
  near(bucket_take(&b, 1, START), 1.5);
  bucket_refund(&b, 1);
  near(bucket_available(&b, START), -1);
}

static void real_use_settles_what_was_taken(void **state) {
  (void)state;
  token_bucket b;
  bucket_init(&b, 10, 100, START);
  bucket_take(&b, 60, START);
  bucket_settle(&b, 90); // 150 in truth
  near(bucket_available(&b, START), -50);
  near(bucket_take(&b, 10, START), 6);
  bucket_settle(&b, -500);
  near(bucket_available(&b, START), 100); // never more than the burst
}

static void one_who_waits_as_told_waits_once(void **state) {
  (void)state;
  token_bucket b;
  double now = 1e6 + 1.0 / 3;
  bucket_init(&b, 60.0 / 7, 1, now);
  bucket_take(&b, 1, now);
  for (int i = 0; i < 100000; i++) {
    now += bucket_take(&b, 1, now);
    assert_true(bucket_take(&b, 1, now) == 0);
  }
}

static void a_clock_that_steps_back_breaks_nothing(void **state) {
  (void)state;
  token_bucket b;
  bucket_init(&b, 1, 10, START);
  bucket_take(&b, 10, START);
  near(bucket_take(&b, 1, START - 0.5), 1.5); // another process was faster
  near(bucket_available(&b, START), 0);
  near(bucket_take(&b, 1, 5), 1); // set back: goes on from there
  near(bucket_take(&b, 1, 5.25), 0.75);
  assert_true(bucket_take(&b, 1, 6) == 0);
}

// All or none, at each position of the one that has too little.
static void several_are_taken_together_or_not_at_all(void **state) {
  (void)state;
  enum { COUNT = 3 };
  static const double costs[COUNT] = {1, 200, 30};
  token_bucket b[COUNT], *all[COUNT] = {&b[0], &b[1], &b[2]};
  for (int poor = 0; poor <= COUNT; poor++) {
    for (int i = 0; i < COUNT; i++) {
      bucket_init(&b[i], costs[i], costs[i] * 10, START);
      bucket_take(&b[i], costs[i] * (i == poor ? 9.5 : 1), START);
    }
    double wait = buckets_take(all, costs, COUNT, START);
    near(wait, poor < COUNT ? 0.5 : 0);
    for (int i = 0; i < COUNT; i++) {
      double taken = (i == poor ? 9.5 : 1) + (poor == COUNT);
      near(bucket_available(&b[i], START), costs[i] * (10 - taken));
    }
  }
}

static void the_longest_wait_is_told(void **state) {
  (void)state;
  static const double costs[2] = {1, 1};
  token_bucket b[2], *all[2] = {&b[0], &b[1]};
  bucket_init(&b[0], 1, 1, START);
  bucket_init(&b[1], 0.5, 1, START);
  assert_true(buckets_take(all, costs, 2, START) == 0);
  near(buckets_take(all, costs, 2, START), 2);
  near(buckets_take(all, costs, 2, START + 1.5), 0.5);
  assert_true(buckets_take(all, (double[]){1, 2}, 2, START) == INFINITY);
  assert_true(buckets_take(all, costs, 0, START) == 0);
}

// Each pair of takes is the ends of a window.
static void no_window_holds_more_than_it_may(void **state) {
  (void)state;
  enum { TAKES = 400 };
  static double at[TAKES], sum[TAKES + 1];
  unsigned seed = 20240;
  for (int run = 0; run < 20; run++) {
    double rate = 1 + rand_r(&seed) % 50, burst = 1 + rand_r(&seed) % 20;
    double now = START;
    token_bucket b;
    bucket_init(&b, rate, burst, now);
    for (int i = 0; i < TAKES;) {
      double cost = rand_r(&seed) % 1000 / 1000.0 * burst;
      now += rand_r(&seed) % 100 / 100.0 * 2 * burst / rate / 10;
      if (bucket_take(&b, cost, now) > 0)
        continue;
      at[i] = now;
      sum[i + 1] = sum[i] + cost;
      i++;
    }
    for (int i = 0; i < TAKES; i++)
      for (int j = i; j < TAKES; j++)
        assert_true(sum[j + 1] - sum[i] <=
                    burst + rate * (at[j] - at[i] + 2e-6));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_burst_is_there_and_then_the_rate),
      cmocka_unit_test(what_can_never_be_is_infinite),
      cmocka_unit_test(a_reservation_takes_from_the_future),
      cmocka_unit_test(real_use_settles_what_was_taken),
      cmocka_unit_test(one_who_waits_as_told_waits_once),
      cmocka_unit_test(a_clock_that_steps_back_breaks_nothing),
      cmocka_unit_test(several_are_taken_together_or_not_at_all),
      cmocka_unit_test(the_longest_wait_is_told),
      cmocka_unit_test(no_window_holds_more_than_it_may),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
