// SPDX-License-Identifier: MIT
#include "check.h"

#include "../core/concurrency_limit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static concurrency_limit c;

static void so_many_at_a_time(void **state) {
  (void)state;
  concurrency_init(&c, 2);
  uint64_t one = concurrency_acquire(&c, 60, 0);
  uint64_t two = concurrency_acquire(&c, 60, 0);
  assert_true(one != 0 && two != 0 && one != two);
  assert_int_equal(concurrency_acquire(&c, 60, 0), 0);
  assert_int_equal(c.rejected, 1);
  assert_true(concurrency_release(&c, one));
  assert_int_equal(c.in_flight, 1);
  assert_true(concurrency_acquire(&c, 60, 0) > two);
  assert_int_equal(c.peak, 2);
}

static void a_permit_comes_back_once(void **state) {
  (void)state;
  concurrency_init(&c, 2);
  uint64_t one = concurrency_acquire(&c, 60, 0);
  concurrency_acquire(&c, 60, 0);
  assert_true(concurrency_release(&c, one));
  assert_false(concurrency_release(&c, one));
  assert_false(concurrency_release(&c, 0));
  assert_false(concurrency_release(&c, 99));
  assert_int_equal(c.in_flight, 1);
}

static void the_greatest_limit_has_room(void **state) {
  (void)state;
  concurrency_init(&c, CONCURRENCY_MAX);
  for (int i = 0; i < CONCURRENCY_MAX; i++)
    assert_true(concurrency_acquire(&c, 60, 0) != 0);
  assert_int_equal(concurrency_acquire(&c, 60, 0), 0);
  assert_int_equal(c.in_flight, CONCURRENCY_MAX);
}

static void a_permit_has_an_end(void **state) {
  (void)state;
  concurrency_init(&c, 1);
  uint64_t one = concurrency_acquire(&c, 10, 0);
  assert_int_equal(concurrency_acquire(&c, 10, 9.5), 0);
  assert_int_equal(concurrency_acquire(&c, 10, 10), 0); // looked just now
  assert_true(concurrency_acquire(&c, 10, 10.6) != 0);
  assert_int_equal(c.lost, 1);
  assert_false(concurrency_release(&c, one));
  assert_int_equal(c.in_flight, 1);
}

static void the_dead_hold_nothing(void **state) {
  (void)state;
  concurrency_init(&c, 3);
  concurrency_acquire(&c, 1e9, 0);
  concurrency_acquire(&c, 1e9, 0);
  concurrency_acquire(&c, 1e9, 0);
  c.permits[0].owner.started++; // an earlier process of our number
  c.permits[1].owner.pid = 1 << 30;
  assert_true(concurrency_acquire(&c, 60, 0) != 0);
  assert_int_equal(c.in_flight, 2);
  assert_int_equal(c.lost, 2);
}

static void an_owner_is_alive_until_it_ends(void **state) {
  (void)state;
  process_owner self = process_owner_self();
  assert_true(self.pid == getpid() && self.started != 0);
  assert_true(process_owner_is_alive(&self));
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) {
    process_owner own = process_owner_self();
    _exit(write(ends[1], &own, sizeof own) == sizeof own ? pause() : 1);
  }
  process_owner other;
  assert_int_equal(read(ends[0], &other, sizeof other), sizeof other);
  assert_int_equal(other.pid, child);
  assert_true(process_owner_is_alive(&other));
  kill(child, SIGKILL);
  siginfo_t info;
  waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
  assert_false(process_owner_is_alive(&other)); // ended, not yet waited for
  waitpid(child, NULL, 0);
  assert_false(process_owner_is_alive(&other));
  close(ends[0]);
  close(ends[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(so_many_at_a_time),
      cmocka_unit_test(a_permit_comes_back_once),
      cmocka_unit_test(the_greatest_limit_has_room),
      cmocka_unit_test(a_permit_has_an_end),
      cmocka_unit_test(the_dead_hold_nothing),
      cmocka_unit_test(an_owner_is_alive_until_it_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
