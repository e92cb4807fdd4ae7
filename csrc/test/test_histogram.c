// SPDX-License-Identifier: MIT
// Histograms of durations against sorted lists.
#include "check.h"

#include "../core/histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static histogram h, other;

static void close_to(double value, double truth) {
  assert_true(fabs(value - truth) <= 0.008 * truth);
}

static void an_empty_one_knows_nothing(void **state) {
  (void)state;
  histogram_reset(&h);
  assert_true(isnan(histogram_quantile(&h, 0.5)));
  histogram_merge(&h, &h);
  assert_int_equal(h.count, 0);
}

static void every_duration_is_kept_within_a_hundredth(void **state) {
  (void)state;
  double value = HISTOGRAM_MIN;
  while (value * 1.0007 <= HISTOGRAM_MAX) {
    value *= 1.0007;
    histogram_reset(&h);
    histogram_record(&h, value / 2); // so that neither end is exact
    histogram_record(&h, value);
    histogram_record(&h, value * 2);
    close_to(histogram_quantile(&h, 0.5), value);
  }
}

static void it_counts_what_is_at_most_so_long(void **state) {
  (void)state;
  histogram_reset(&h);
  assert_int_equal(histogram_count_to(&h, 1), 0);
  for (int i = 1; i <= 100; i++)
    histogram_record(&h, i * 0.1);
  assert_int_equal(histogram_count_to(&h, 0.0999), 0);
  assert_int_equal(histogram_count_to(&h, 0.1), 1);
  assert_int_equal(histogram_count_to(&h, 2.5), 25);
  assert_int_equal(histogram_count_to(&h, 9.8), 98);
  assert_int_equal(histogram_count_to(&h, 10), 100);
  assert_int_equal(histogram_count_to(&h, 1e9), 100);
  assert_int_equal(histogram_count_to(&h, NAN), 0);
}

static void the_ends_are_exact(void **state) {
  (void)state;
  histogram_reset(&h);
  histogram_record(&h, 0.1234567);
  histogram_record(&h, 7.654321);
  assert_true(histogram_quantile(&h, 0) == 0.1234567);
  assert_true(histogram_quantile(&h, 1) == 7.654321);
  assert_true(h.sum == 0.1234567 + 7.654321);
  assert_int_equal(h.count, 2);
}

static void what_is_out_of_range_is_clamped_and_counted(void **state) {
  (void)state;
  static const double below[] = {0, -1, NAN, -INFINITY, 0.99e-6, -0.0};
  static const double above[] = {86400.1, INFINITY, 1e300};
  histogram_reset(&h);
  histogram_record(&h, HISTOGRAM_MIN);
  histogram_record(&h, HISTOGRAM_MAX);
  assert_int_equal(h.below + h.above, 0);
  for (size_t i = 0; i < sizeof below / sizeof *below; i++)
    histogram_record(&h, below[i]);
  for (size_t i = 0; i < sizeof above / sizeof *above; i++)
    histogram_record(&h, above[i]);
  assert_int_equal(h.below, 6);
  assert_int_equal(h.above, 3);
  assert_int_equal(h.count, 11);
  assert_true(h.min == HISTOGRAM_MIN && h.max == HISTOGRAM_MAX);
  assert_int_equal(h.buckets[0], 7);
  assert_int_equal(h.buckets[HISTOGRAM_BUCKETS - 1], 4);
}

static void merging_is_recording_all_in_one(void **state) {
  (void)state;
  static histogram all;
  unsigned seed = 7;
  histogram_reset(&h);
  histogram_reset(&other);
  histogram_reset(&all);
  for (int i = 0; i < 2000; i++) {
    double value = rand_r(&seed) % 4096 / 64.0; // sums are exact
    histogram_record(i % 3 ? &h : &other, value);
    histogram_record(&all, value);
  }
  histogram_merge(&h, &other);
  assert_true(fabs(h.sum - all.sum) < 1e-6);
  h.sum = all.sum;
  assert_memory_equal(&h, &all, sizeof h);
  histogram_reset(&other);
  histogram_merge(&other, &all); // into an empty one
  assert_memory_equal(&other, &all, sizeof all);
  histogram_merge(&h, (histogram_reset(&other), &other)); // an empty one
  assert_memory_equal(&h, &all, sizeof h);
}

static void a_full_bucket_stays_full(void **state) {
  (void)state;
  histogram_reset(&h);
  histogram_record(&h, 1);
  for (int i = 0; i < 40; i++) {
    memcpy(&other, &h, sizeof h);
    histogram_merge(&h, &other);
  }
  assert_true(h.count == UINT64_C(1) << 40);
  histogram_record(&h, 1);
  histogram_record(&h, 2);
  close_to(histogram_quantile(&h, 1e-3), 1);
  assert_true(histogram_quantile(&h, 0.5) == 2); // beyond what was counted
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_one_knows_nothing),
      cmocka_unit_test(every_duration_is_kept_within_a_hundredth),
      cmocka_unit_test(it_counts_what_is_at_most_so_long),
      cmocka_unit_test(the_ends_are_exact),
      cmocka_unit_test(what_is_out_of_range_is_clamped_and_counted),
      cmocka_unit_test(merging_is_recording_all_in_one),
      cmocka_unit_test(a_full_bucket_stays_full),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
