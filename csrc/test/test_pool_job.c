// SPDX-License-Identifier: MIT
#include "check.h"

#include "../core/pool_job.h"

#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

// Its work ends when it is let go.
typedef struct held {
  pool_job job;
  sem_t go;
  int count;    // of works that have ended
  int releases; // of the owner
} held;

static void work(void *owner) {
  held *h = owner;
  sem_wait(&h->go);
  h->count++;
}

static void release(void *owner) { ((held *)owner)->releases++; }

static void begin(held *h, loop *l) {
  *h = (held){0};
  sem_init(&h->go, 0, 0);
  pool_job_init(&h->job, l, work, release, h);
  assert_int_equal(pool_job_start(&h->job, NULL), 0);
}

static void await(loop *l, held *h) {
  sem_post(&h->go);
  while (!pool_job_is_done(&h->job))
    assert_true(loop_wait(l, -1));
}

static void it_tells_when_it_has_ended_and_may_begin_again(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  held h;
  begin(&h, l);
  for (int round = 1; round <= 2; round++) {
    assert_false(pool_job_is_done(&h.job));
    assert_int_equal(loop_take(l), 0);
    await(l, &h);
    assert_int_equal(loop_take(l), h.job.done.id);
    assert_int_equal(h.count, round);
    if (round == 1)
      assert_int_equal(pool_job_start(&h.job, NULL), 0);
  }
  assert_int_equal(h.releases, 0);
  pool_job_delete(&h.job);
  assert_int_equal(h.releases, 1);
  loop_unref(l);
}

static void one_given_up_is_done_at_once_and_once(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  held h;
  begin(&h, l);
  pool_job_cancel(&h.job);
  pool_job_cancel(&h.job);
  assert_true(pool_job_is_done(&h.job));
  assert_int_equal(loop_take(l), h.job.done.id);
  sem_post(&h.go);
  assert_false(loop_wait(l, -1)); // the work has ended, and nothing was told
  assert_int_equal(h.count, 1);
  pool_job_delete(&h.job);
  assert_int_equal(h.releases, 1);
  loop_unref(l);
}

static void what_is_deleted_is_released_when_its_work_has_ended(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  held h;
  begin(&h, l);
  pool_job_delete(&h.job);
  assert_int_equal(h.releases, 0);
  sem_post(&h.go);
  assert_false(loop_wait(l, -1));
  assert_int_equal(h.count, 1);
  assert_int_equal(h.releases, 1);
  loop_unref(l);
}

static void a_child_leaves_its_parents_as_they_are(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  held h;
  begin(&h, l);
  pid_t child = fork();
  if (child == 0) {
    pool_job_cancel(&h.job);
    pool_job_delete(&h.job);
    _exit(pool_job_is_done(&h.job) || h.releases > 0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  await(l, &h);
  pool_job_delete(&h.job);
  assert_int_equal(h.releases, 1);
  loop_unref(l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_tells_when_it_has_ended_and_may_begin_again),
      cmocka_unit_test(one_given_up_is_done_at_once_and_once),
      cmocka_unit_test(what_is_deleted_is_released_when_its_work_has_ended),
      cmocka_unit_test(a_child_leaves_its_parents_as_they_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
