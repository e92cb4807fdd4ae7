// SPDX-License-Identifier: MIT
// What processes leave behind that are killed or stopped.
#include "shared_state.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static void kill_in_child(void (*work)(shared_state *)) {
  pid_t child = fork();
  if (child == 0) {
    work(open_state());
    kill(getpid(), SIGKILL);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

// As one does who is killed between the first and the last byte.
static void scribble_and_keep_the_lock(shared_state *s) {
  shared_slot slot = bucket_of(s, "openai", 3), other = bucket_of(s, "b", 1);
  shared_slot *both[] = {&slot, &other};
  shared_state_enter(s, both, 2, 0);
  uint8_t scribble[sizeof(token_bucket)];
  memset(scribble, 0xAA, sizeof scribble);
  change_file(payload_of(&slot), scribble, sizeof scribble);
  change_file(payload_of(&other), scribble, sizeof scribble);
}

static void what_the_dead_were_changing_is_put_back(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = bucket_of(s, "openai", 3), other = bucket_of(s, "b", 1);
  assert_true(take(s, &slot));
  for (int i = 0; i < 3; i++)
    kill_in_child(scribble_and_keep_the_lock);
  assert_true(take(s, &slot));
  assert_true(take(s, &slot));
  assert_false(take(s, &slot));
  assert_true(take(s, &other));
  shared_state_unref(s);
}

static void acquire_both(shared_state *s) {
  shared_slot slot = concurrency_of(s, 2);
  int count = 0;
  while (acquire(s, &slot, 0))
    count++;
  if (count != 2)
    _exit(1);
}

static void the_dead_hold_no_permit(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = concurrency_of(s, 2);
  kill_in_child(acquire_both);
  assert_true(acquire(s, &slot, 10) != 0);
  assert_true(acquire(s, &slot, 10) != 0);
  assert_int_equal(acquire(s, &slot, 20), 0);
  shared_state_unref(s);
}

static void lock_and_stop(shared_state *s) {
  shared_slot slot = bucket_of(s, "openai", 3), *list = &slot;
  shared_state_enter(s, &list, 1, 0);
  kill(getpid(), SIGSTOP);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// It costs a quarter of a second once, and not each call.
static void one_that_was_stopped_is_not_waited_for(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = bucket_of(s, "openai", 300);
  pid_t child = fork();
  if (child == 0) {
    lock_and_stop(open_state());
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, WUNTRACED), child);
  double before = seconds();
  for (int i = 0; i < 100; i++)
    assert_true(take_at(s, &slot, 10)); // alone, from what was seen last
  assert_true(seconds() - before < 0.9);
  assert_notice(s, "a stopped one perhaps, has held the lock for 0.25 s; "
                   "this process goes on alone");
  shared_slot late;
  shared_bucket_settings settings = {0, 1};
  assert_int_equal(shared_slot_init(&late, s, &shared_token_bucket, "late", 4,
                                    &settings, 14, NULL),
                   0);
  assert_true(take_at(s, &late, 14.9));
  assert_true(seconds() - before < 0.9);
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  assert_true(take_at(s, &slot, 15)); // what the others have: a burst of 3
  assert_notice(s, "");
  assert_true(slot.index < SHARED_SLOTS);
  assert_true(bucket_available(enter(s, &slot, 15), 0) == 2);
  leave(s, &slot);
  shared_state_unref(s);
}

static void a_child_has_a_lock_of_its_own(void **state) {
  (void)state;
  shared_state *s = open_state();
  shared_slot slot = bucket_of(s, "openai", 3), *list = &slot;
  assert_true(take(s, &slot));
  pid_t child = fork();
  if (child == 0) { // with the parent's descriptor
    shared_state_enter(s, &list, 1, 0);
    kill(getpid(), SIGSTOP);
    shared_state_leave(s, &list, 1);
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, WUNTRACED), child);
  assert_true(take(s, &slot));
  assert_notice(s, "a stopped one perhaps");
  kill(child, SIGCONT);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  shared_state_unref(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(what_the_dead_were_changing_is_put_back),
      TEST(the_dead_hold_no_permit),
      TEST(one_that_was_stopped_is_not_waited_for),
      TEST(a_child_has_a_lock_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
