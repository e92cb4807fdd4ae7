// SPDX-License-Identifier: MIT
#include "check.h"

#include "../core/counters.h"

#include <sys/wait.h>
#include <unistd.h>

static counters c;

static void figures_grow_and_begin_anew(void **state) {
  (void)state;
  counters_init(&c, 2);
  counters_add(&c, 0, 3);
  counters_add(&c, 1, UINT64_MAX - 1);
  counters_add(&c, 0, 4);
  counters_add(&c, 1, 9);
  assert_int_equal(c.values[0], 7);
  assert_true(c.values[1] == UINT64_MAX);
  counters_enter(&c);
  counters_reset(&c);
  assert_int_equal(c.values[0], 0);
  assert_int_equal(counters_in_flight(&c), 1);
}

static void calls_under_way_are_counted(void **state) {
  (void)state;
  counters_init(&c, 1);
  counters_leave(&c); // none is out
  assert_true(counters_enter(&c) && counters_enter(&c));
  assert_int_equal(counters_in_flight(&c), 2);
  counters_leave(&c);
  counters_leave(&c);
  counters_leave(&c);
  assert_int_equal(counters_in_flight(&c), 0);
}

static void those_of_the_dead_are_forgotten(void **state) {
  (void)state;
  counters_init(&c, 1);
  counters_enter(&c);
  c.shares[1] = c.shares[2] = c.shares[0];
  c.shares[1].owner.started++; // an earlier process of our number
  c.shares[2].owner.pid = 1 << 30;
  assert_int_equal(counters_in_flight(&c), 1);
  counters_leave(&c);
  assert_int_equal(counters_in_flight(&c), 0);
}

static void a_place_of_the_dead_is_given_to_the_next(void **state) {
  (void)state;
  counters_init(&c, 1);
  for (int i = 0; i < COUNTERS_PROCESSES_MAX; i++)
    c.shares[i] = (counters_share){{1 << 30, 1}, 1};
  assert_true(counters_enter(&c));
  assert_int_equal(counters_in_flight(&c), 1);
}

static void a_process_too_many_is_not_counted(void **state) {
  (void)state;
  process_owner parent = process_owner_self();
  counters_init(&c, 1);
  for (int i = 0; i < COUNTERS_PROCESSES_MAX; i++)
    c.shares[i] = (counters_share){parent, 1};
  pid_t child = fork();
  if (child == 0) {
    bool counted = counters_enter(&c);
    counters_leave(&c); // another's call stays
    _exit(counted || counters_in_flight(&c) != COUNTERS_PROCESSES_MAX);
  }
  int status = -1;
  waitpid(child, &status, 0);
  assert_int_equal(status, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(figures_grow_and_begin_anew),
      cmocka_unit_test(calls_under_way_are_counted),
      cmocka_unit_test(those_of_the_dead_are_forgotten),
      cmocka_unit_test(a_place_of_the_dead_is_given_to_the_next),
      cmocka_unit_test(a_process_too_many_is_not_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
