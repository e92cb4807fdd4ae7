// SPDX-License-Identifier: MIT
#include "check.h"

#include "../core/child.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static child *sh(loop *l, const char *script, int inherited, error *e) {
  char *words[] = {"sh", "-c", (char *)script, NULL};
  char *environment[] = {"CHILD_TEST=new", "CHILD_MORE=1", NULL};
  return child_start(l, words, environment, inherited, e);
}

static void until_ended(loop *l, child *c, int *status, int *number) {
  while (!child_has_ended(c, status, number)) {
    assert_true(loop_wait(l, 10 * 1000000));
    assert_int_equal(loop_take(l), child_completion(c)->id);
  }
}

static void it_says_how_it_ended(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  int status, number;
  child *c = sh(l, "exit 7", 0, NULL);
  until_ended(l, c, &status, &number);
  assert_int_equal(status, 7);
  assert_int_equal(number, 0);
  assert_false(child_is_ready(c));
  child_signal(c, SIGTERM); // it may be another's number by now
  child_delete(c);
  c = sh(l, "kill -9 $$", 0, NULL);
  until_ended(l, c, &status, &number);
  assert_int_equal(number, SIGKILL);
  child_delete(c);
  loop_unref(l);
}

static void it_tells_that_it_is_ready(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  int status, number;
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  child *c = sh(l, "trap 'exit 3' TERM; echo >&4; exec 4>&-; read x <&3",
                ends[0], NULL);
  assert_true(loop_wait(l, 10 * 1000000));
  assert_int_equal(loop_take(l), child_completion(c)->id);
  assert_true(child_is_ready(c));
  assert_false(child_has_ended(c, &status, &number));
  child_signal(c, SIGTERM);
  assert_int_equal(write(ends[1], "\n", 1), 1); // dash ends its read first
  until_ended(l, c, &status, &number);
  assert_int_equal(status, 3);
  child_delete(c);
  close(ends[0]);
  close(ends[1]);
  loop_unref(l);
}

static void it_has_our_environment_and_more(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  int status, number;
  setenv("CHILD_TEST", "old", 1);
  setenv("CHILD_TESTS", "kept", 1); // a name that only begins like it
  child *c = sh(l,
                "test \"$CHILD_TEST$CHILD_TESTS$CHILD_MORE\" = newkept1 && "
                "test \"$(env | grep -c ^CHILD_TEST=)\" = 1",
                0, NULL);
  until_ended(l, c, &status, &number);
  assert_int_equal(status, 0);
  child_delete(c);
  loop_unref(l);
}

static void one_that_is_given_back_is_gone(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  child *c = sh(l, "exec sleep 60", 0, NULL);
  int pid = child_pid(c);
  child_delete(c);
  assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
  assert_int_equal(kill(pid, 0), -1);
  child_delete(NULL);
  loop_unref(l);
}

static void what_is_not_there_is_said(void **state) {
  (void)state;
  loop *l = loop_get(NULL);
  error e = {0};
  char *words[] = {"/nonexistent/program", NULL}, *none[] = {NULL};
  assert_null(child_start(l, words, none, 0, &e));
  assert_int_equal(e.reason, REASON_NOT_FOUND);
  assert_string_equal(e.message, "cannot start /nonexistent/program: no such "
                                 "file or directory");
  loop_unref(l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_says_how_it_ended),
      cmocka_unit_test(it_tells_that_it_is_ready),
      cmocka_unit_test(it_has_our_environment_and_more),
      cmocka_unit_test(one_that_is_given_back_is_gone),
      cmocka_unit_test(what_is_not_there_is_said),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
