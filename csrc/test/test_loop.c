// SPDX-License-Identifier: MIT
#include "check.h"

#include "../core/clock.h"
#include "../core/loop.h"
#include "../core/timer.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void timer_is_never_early(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  for (int64_t delay_us = 1; delay_us < 6000; delay_us += 1499) {
    int64_t before = clock_mono_us();
    delay *t = delay_new(l, delay_us, NULL);
    assert_true(loop_wait(l, -1));
    assert_true(clock_mono_us() - before >= delay_us);
    assert_int_equal(loop_take(l), delay_completion(t)->id);
    delay_delete(t);
  }
  loop_unref(l);
}

static void waiting_for_nothing_returns(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  assert_false(loop_wait(l, -1));
  int64_t before = clock_mono_us();
  assert_false(loop_wait(l, 3600 * (int64_t)1000000));
  assert_true(clock_mono_us() - before < 3600 * (int64_t)1000000);
  assert_int_equal(loop_take(l), 0);
  assert_int_equal(loop_next_due_us(l), -1);
  loop_unref(l);
}

static void a_wait_has_an_end(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  delay *t = delay_new(l, 60 * 1000000, NULL);
  assert_false(loop_wait(l, 2000));
  assert_false(loop_wait(l, 0));
  assert_true(loop_next_due_us(l) > 0);
  delay_delete(t);
  loop_unref(l);
}

static void completions_come_in_order_and_once(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  completion c[4];
  for (int i = 0; i < 4; i++) {
    completion_init(&c[i]);
    loop_complete(l, &c[i]);
    loop_complete(l, &c[i]);
  }
  loop_forget(l, &c[0]); // first, middle and last leave the queue whole
  loop_forget(l, &c[2]);
  loop_forget(l, &c[2]);
  assert_int_equal(loop_take(l), c[1].id);
  loop_forget(l, &c[3]);
  assert_int_equal(loop_take(l), 0);
  loop_complete(l, &c[2]);
  assert_int_equal(loop_take(l), c[2].id);
  loop_unref(l);
}

static void slots_of_the_living_differ_and_are_used_again(void **state) {
  (void)state;
  enum { LIVE = 200, ROUNDS = 1000 };
  loop *l = loop_get(NULL);
  static completion c[LIVE];
  uint64_t largest = 0, last_id = 0;
  for (int i = 0; i < LIVE * ROUNDS; i++) {
    completion *one = &c[(i * 7) % LIVE];
    if (i >= LIVE)
      loop_forget(l, one);
    completion_init(one);
    assert_true(one->id > last_id);
    last_id = one->id;
    uint64_t slot = one->id % COMPLETION_SLOTS;
    largest = slot > largest ? slot : largest;
  }
  assert_in_range(largest, LIVE, LIVE + 100); // others may be alive
  for (int i = 0; i < LIVE; i++)
    for (int j = 0; j < i; j++)
      assert_int_not_equal(c[i].id % COMPLETION_SLOTS,
                           c[j].id % COMPLETION_SLOTS);
  for (int i = 0; i < LIVE; i++)
    loop_forget(l, &c[i]);
  loop_unref(l);
}

typedef struct sum {
  loop *loop;
  completion done;
  int value;
} sum;

static void add_on_pool(void *argument) { ((sum *)argument)->value += 1; }

static void sum_is_done(void *argument) {
  sum *s = argument;
  s->value += 10;
  loop_complete(s->loop, &s->done);
}

static void jobs_run_on_the_pool(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  sum s = {.loop = l};
  completion_init(&s.done);
  assert_int_equal(loop_submit(l, add_on_pool, sum_is_done, &s, NULL), 0);
  assert_true(loop_wait(l, -1));
  assert_int_equal(loop_take(l), s.done.id);
  assert_int_equal(s.value, 11);
  loop_unref(l);
}

static void signals_are_news(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  signal_watch *s = signal_watch_new(l, SIGHUP, NULL);
  delay *t =
      delay_new(l, 10 * 1000000, NULL); // a watch alone waits for nothing
  kill(getpid(), SIGHUP);
  assert_true(loop_wait(l, -1));
  assert_int_equal(loop_take(l), signal_watch_completion(s)->id);
  signal_watch_delete(s);
  delay_delete(t);
  loop_unref(l);
}

static int pipe_to_nobody(void) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  close(ends[0]);
  return ends[1];
}

static void write_to_nobody(uv_idle_t *idle) {
  int *end = uv_handle_get_data((uv_handle_t *)idle);
  assert_int_equal(write(*end, "x", 1), -1);
  uv_close((uv_handle_t *)idle, NULL);
}

static void a_peer_that_left_kills_nobody(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  int end = pipe_to_nobody();
  uv_idle_t idle;
  uv_idle_init(loop_uv(l), &idle);
  uv_handle_set_data((uv_handle_t *)&idle, &end);
  uv_idle_start(&idle, write_to_nobody);
  loop_step(l, 0);
  loop_step(l, 0);
  close(end);
  loop_unref(l);
}

static int use_loop_in_child(loop *parents) {
  loop *own = loop_get(NULL);
  if (!loop_is_inherited(parents) || own == parents)
    return 1;
  delay *t = delay_new(own, 1000, NULL);
  bool woken = loop_wait(own, -1) && loop_take(own) == delay_completion(t)->id;
  delay_delete(t);
  loop_unref(own);
  return woken ? 0 : 2;
}

static void a_forked_child_gets_its_own(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  delay *parents_timer = delay_new(l, 3000, NULL);
  pid_t child = fork();
  if (child == 0) {
    delay_delete(parents_timer); // must leave the parent's kernel queue alone
    _exit(use_loop_in_child(l));
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_true(loop_wait(l, -1));
  assert_int_equal(loop_take(l), delay_completion(parents_timer)->id);
  delay_delete(parents_timer);
  loop_unref(l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(timer_is_never_early),
      cmocka_unit_test(waiting_for_nothing_returns),
      cmocka_unit_test(a_wait_has_an_end),
      cmocka_unit_test(completions_come_in_order_and_once),
      cmocka_unit_test(slots_of_the_living_differ_and_are_used_again),
      cmocka_unit_test(jobs_run_on_the_pool),
      cmocka_unit_test(signals_are_news),
      cmocka_unit_test(a_peer_that_left_kills_nobody),
      cmocka_unit_test(a_forked_child_gets_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
