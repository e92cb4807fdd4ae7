// SPDX-License-Identifier: MIT
// The states of a circuit breaker, at times of the test's own.
#include "check.h"

#include "../core/circuit_breaker.h"

#include <math.h>

#define START 1000.0

static circuit_breaker b;
static breaker_config config;

static void begin(void) {
  error e = {0};
  assert_int_equal(breaker_init(&b, &config, 1, &e), 0);
}

static int defaults(void **state) {
  (void)state;
  breaker_defaults(&config);
  begin();
  return 0;
}

static breaker_change call(enum breaker_outcome outcome, double duration,
                           double now) {
  breaker_answer answer = breaker_allow(&b, now);
  assert_true(answer.permit > 0);
  return breaker_record(&b, answer.permit, outcome, duration, now);
}

static breaker_change fails(double now) {
  return call(BREAKER_FAILURE, 1, now);
}

static breaker_change succeeds(double now) {
  return call(BREAKER_SUCCESS, 1, now);
}

static void changed(breaker_change change, uint32_t from, uint32_t to) {
  assert_int_equal(change.from, from);
  assert_int_equal(change.to, to);
}

static void unchanged(breaker_change change) {
  assert_int_equal(change.from, change.to);
}

static void open_by_failures(double now) {
  while (fails(now).to != BREAKER_OPEN)
    ;
}

static void refused(double now, double wait) {
  uint64_t rejected = b.rejected;
  breaker_answer answer = breaker_allow(&b, now);
  assert_int_equal(answer.permit, 0);
  unchanged(answer.change);
  assert_true(answer.wait == wait || fabs(answer.wait - wait) < 1e-9);
  assert_int_equal(b.rejected, rejected + 1);
}

static void failures_in_a_row_open_it(void **state) {
  (void)state;
  for (int i = 0; i < 4; i++)
    unchanged(fails(START));
  unchanged(succeeds(START)); // the row is broken
  for (int i = 0; i < 4; i++)
    unchanged(fails(START));
  unchanged(call(BREAKER_IGNORED, 1, START)); // does not break it
  changed(fails(START), BREAKER_CLOSED, BREAKER_OPEN);
  assert_int_equal(b.opens, 1);
  refused(START, 60);
  refused(START + 59.5, 0.5);
}

static void a_probe_at_a_time_closes_it(void **state) {
  (void)state;
  open_by_failures(START);
  breaker_answer first = breaker_allow(&b, START + 60);
  changed(first.change, BREAKER_OPEN, BREAKER_HALF_OPEN);
  refused(START + 60, config.probe_timeout);
  refused(START + 70, config.probe_timeout - 10);
  unchanged(breaker_record(&b, first.permit, BREAKER_SUCCESS, 1, START + 70));
  changed(succeeds(START + 70), BREAKER_HALF_OPEN, BREAKER_CLOSED);
  unchanged(fails(START + 70)); // counted anew
}

static void a_failed_probe_opens_it_again(void **state) {
  (void)state;
  open_by_failures(START);
  unchanged(succeeds(START + 60));
  changed(fails(START + 61), BREAKER_HALF_OPEN, BREAKER_OPEN);
  refused(START + 61, 60);
  assert_int_equal(b.opens, 2);
  unchanged(succeeds(START + 121)); // again two are needed
  assert_int_equal(b.state, BREAKER_HALF_OPEN);
}

static void an_ignored_probe_leaves_its_slot(void **state) {
  (void)state;
  open_by_failures(START);
  for (int i = 0; i < 5; i++)
    unchanged(call(BREAKER_IGNORED, 1, START + 60));
  unchanged(succeeds(START + 60));
  changed(succeeds(START + 60), BREAKER_HALF_OPEN, BREAKER_CLOSED);
}

static void several_probes_at_a_time(void **state) {
  (void)state;
  uint64_t permits[3];
  config.half_open_max_calls = 3;
  begin();
  open_by_failures(START);
  for (int i = 0; i < 3; i++)
    permits[i] = breaker_allow(&b, START + 60 + i).permit;
  refused(START + 63, config.probe_timeout - 3); // the oldest may be lost first
  breaker_record(&b, permits[1], BREAKER_IGNORED, 1, START + 63);
  assert_true(breaker_allow(&b, START + 63).permit > permits[2]);
  refused(START + 63, config.probe_timeout - 3);
}

static void late_results_are_of_an_earlier_state(void **state) {
  (void)state;
  uint64_t closed = breaker_allow(&b, START).permit;
  open_by_failures(START);
  unchanged(breaker_record(&b, closed, BREAKER_FAILURE, 1, START));
  uint64_t probe = breaker_allow(&b, START + 60).permit;
  unchanged(breaker_record(&b, closed, BREAKER_FAILURE, 1, START + 60));
  unchanged(breaker_record(&b, probe, BREAKER_SUCCESS, 1, START + 60));
  unchanged(breaker_record(&b, probe, BREAKER_SUCCESS, 1, START + 60)); // twice
  assert_int_equal(b.successes, 1);
  succeeds(START + 60);
  assert_int_equal(b.state, BREAKER_CLOSED);
  unchanged(breaker_record(&b, probe, BREAKER_FAILURE, 1, START + 60));
  unchanged(breaker_record(&b, closed, BREAKER_FAILURE, 1, START + 60));
  unchanged(breaker_record(&b, 0, BREAKER_FAILURE, 1, START + 60));
  assert_int_equal(b.failures, 0);
}

static void a_probe_whose_owner_died_is_lost(void **state) {
  (void)state;
  open_by_failures(START);
  uint64_t dead = breaker_allow(&b, START + 60).permit;
  refused(START + 60 + config.probe_timeout - 1, 1);
  uint64_t next = breaker_allow(&b, START + 60 + config.probe_timeout).permit;
  assert_true(next > dead);
  unchanged(breaker_record(&b, dead, BREAKER_FAILURE, 400, START + 500));
  assert_int_equal(b.state, BREAKER_HALF_OPEN); // it came back from the dead
  unchanged(breaker_record(&b, next, BREAKER_SUCCESS, 1, START + 500));
  assert_int_equal(b.successes, 1);
  next = breaker_allow(&b, START + 500).permit; // lost, its slot still free
  unchanged(breaker_record(&b, next, BREAKER_FAILURE, 300, START + 800));
}

static void it_stays_open_longer_each_time(void **state) {
  (void)state;
  config.timeout_factor = 3;
  config.timeout_max = 500;
  begin();
  open_by_failures(START);
  refused(START, 60);
  fails(START + 60);
  refused(START + 60, 180);
  fails(START + 240);
  refused(START + 240, 500);
  succeeds(START + 740);
  succeeds(START + 740); // closed: from the beginning
  open_by_failures(START + 740);
  refused(START + 740, 60);
}

static void no_time_stays_no_time_however_often_it_opens(void **state) {
  (void)state;
  config.timeout = 0;
  config.timeout_factor = 100;
  begin();
  open_by_failures(START);
  for (int i = 0; i < 2000; i++)
    fails(START);
  assert_int_equal(b.opens, 2001);
  assert_true(breaker_allow(&b, START).permit > 0);
}

static void chance_shortens_it_within_its_share(void **state) {
  (void)state;
  double least = 60, most = 0;
  config.timeout_jitter = 0.25;
  for (uint64_t seed = 0; seed < 200; seed++) {
    breaker_init(&b, &config, seed, NULL);
    open_by_failures(START);
    least = fmin(least, breaker_allow(&b, START).wait);
    most = fmax(most, breaker_allow(&b, START).wait);
  }
  assert_true(least >= 45 && least < 46 && most > 59 && most <= 60);
}

static void a_provider_asks_for_time(void **state) {
  (void)state;
  changed(breaker_open_for(&b, 100, START), BREAKER_CLOSED, BREAKER_OPEN);
  unchanged(breaker_open_for(&b, 10, START + 1)); // never shorter
  refused(START + 1, 99);
  unchanged(breaker_open_for(&b, 200, START + 1));
  refused(START + 1, 200);
  breaker_allow(&b, START + 201);
  changed(breaker_open_for(&b, 5, START + 202), BREAKER_HALF_OPEN,
          BREAKER_OPEN);
  refused(START + 202, 5);
  assert_int_equal(b.opens, 2);
}

static void states_by_hand(void **state) {
  (void)state;
  uint64_t before = breaker_allow(&b, START).permit;
  changed(breaker_force_open(&b), BREAKER_CLOSED, BREAKER_FORCED_OPEN);
  unchanged(breaker_force_open(&b));
  refused(START + 1e6, INFINITY);
  unchanged(breaker_open_for(&b, 5, START));
  unchanged(breaker_record(&b, before, BREAKER_SUCCESS, 1, START));
  changed(breaker_disable(&b), BREAKER_FORCED_OPEN, BREAKER_DISABLED);
  for (int i = 0; i < 20; i++)
    unchanged(fails(START));
  unchanged(breaker_open_for(&b, 5, START));
  changed(breaker_reset(&b), BREAKER_DISABLED, BREAKER_CLOSED);
  assert_int_equal(b.opens, 0);
  assert_string_equal(breaker_state_word(b.state), "closed");
  assert_string_equal(breaker_state_word(99), "unknown");
}

static void a_clock_set_back_makes_no_wait_longer(void **state) {
  (void)state;
  open_by_failures(START);
  refused(5, 60);
  refused(64, 1);
  breaker_allow(&b, 65);
  refused(1, config.probe_timeout);
  refused(2, config.probe_timeout - 1);
  assert_true(breaker_allow(&b, 1 + config.probe_timeout).permit > 0);
}

static void a_rate_over_the_last_calls_opens_it(void **state) {
  (void)state;
  config.judgement = BREAKER_COUNT_WINDOW;
  config.window_size = 10;
  config.minimum_calls = 4;
  begin();
  for (int i = 0; i < 3; i++)
    unchanged(fails(START));                              // too few to judge
  changed(succeeds(START), BREAKER_CLOSED, BREAKER_OPEN); // now they are enough
  succeeds(START + 60);
  changed(succeeds(START + 60), BREAKER_HALF_OPEN, BREAKER_CLOSED);
  assert_int_equal(b.window.counts.calls, 0);
}

static void old_calls_leave_the_window(void **state) {
  (void)state;
  config.judgement = BREAKER_COUNT_WINDOW;
  config.window_size = 1000;
  config.minimum_calls = 1000;
  begin();
  for (int i = 0; i < 499; i++)
    fails(START);
  for (int i = 0; i < 1500; i++)
    unchanged(succeeds(START));
  assert_int_equal(b.window.counts.failures, 0);
  for (int i = 0; i < 499; i++)
    unchanged(fails(START));
  changed(fails(START), BREAKER_CLOSED, BREAKER_OPEN);
}

static void slow_calls_open_it(void **state) {
  (void)state;
  config.judgement = BREAKER_COUNT_WINDOW;
  config.minimum_calls = 4;
  config.slow_call_rate = 0.75;
  config.slow_call_duration = 10;
  begin();
  unchanged(call(BREAKER_SUCCESS, 9.9, START));
  unchanged(call(BREAKER_SUCCESS, 10, START));
  unchanged(call(BREAKER_SUCCESS, 11, START));
  changed(call(BREAKER_SUCCESS, 12, START), BREAKER_CLOSED, BREAKER_OPEN);
  changed(call(BREAKER_SUCCESS, 12, START + 60), BREAKER_HALF_OPEN,
          BREAKER_OPEN); // a slow probe
}

static void a_rate_over_the_last_seconds_opens_it(void **state) {
  (void)state;
  config.judgement = BREAKER_TIME_WINDOW;
  config.window_size = 60;
  config.minimum_calls = 4;
  begin();
  for (int i = 0; i < 3; i++)
    unchanged(fails(START));
  unchanged(fails(START + 60)); // the others have left
  assert_int_equal(b.window.counts.calls, 1);
  unchanged(fails(START + 70));
  unchanged(fails(START + 55)); // a clock a little behind
  changed(fails(START + 71), BREAKER_CLOSED, BREAKER_OPEN);
}

static void a_window_of_time_survives_a_clock_set_back(void **state) {
  (void)state;
  config.judgement = BREAKER_TIME_WINDOW;
  config.window_size = 60;
  begin();
  for (int i = 0; i < 9; i++)
    fails(START);
  unchanged(fails(10)); // anew
  assert_int_equal(b.window.counts.calls, 1);
  unchanged(fails(NAN));
  unchanged(fails(-1e300));
}

static void what_does_not_fit_is_refused(void **state) {
  (void)state;
  error e = {0};
  config.half_open_max_calls = BREAKER_PROBES_MAX + 1;
  assert_int_equal(breaker_init(&b, &config, 1, &e), -1);
  assert_int_equal(e.reason, REASON_INVALID_OPTION);
  breaker_defaults(&config);
  config.judgement = BREAKER_COUNT_WINDOW;
  config.window_size = 1001;
  assert_int_equal(breaker_init(&b, &config, 1, &e), -1);
  config.window_size = 9;
  assert_int_equal(breaker_init(&b, &config, 1, &e), -1); // 10 is the minimum
}

#define TEST(name) cmocka_unit_test_setup(name, defaults)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(failures_in_a_row_open_it),
      TEST(a_probe_at_a_time_closes_it),
      TEST(a_failed_probe_opens_it_again),
      TEST(an_ignored_probe_leaves_its_slot),
      TEST(several_probes_at_a_time),
      TEST(late_results_are_of_an_earlier_state),
      TEST(a_probe_whose_owner_died_is_lost),
      TEST(it_stays_open_longer_each_time),
      TEST(no_time_stays_no_time_however_often_it_opens),
      TEST(chance_shortens_it_within_its_share),
      TEST(a_provider_asks_for_time),
      TEST(states_by_hand),
      TEST(a_clock_set_back_makes_no_wait_longer),
      TEST(a_rate_over_the_last_calls_opens_it),
      TEST(old_calls_leave_the_window),
      TEST(slow_calls_open_it),
      TEST(a_rate_over_the_last_seconds_opens_it),
      TEST(a_window_of_time_survives_a_clock_set_back),
      TEST(what_does_not_fit_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
