// SPDX-License-Identifier: MIT
#include "check.h"
#include "loop_file.h"

#include "../core/sqlite_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int set_up(void **state) { return begin_with("cache.db", state); }

static sqlite_store *make(void) {
  return sqlite_store_new(l, path, 1 << 30, NULL);
}

static store_operation *start(sqlite_store *s, enum store_action action,
                              const char *key, const char *text) {
  store_request r = {.action = action,
                     .key = key,
                     .key_length = strlen(key),
                     .value = text ? blob_copy(text, strlen(text), NULL) : NULL,
                     .expires = 100,
                     .now = 1};
  error e = {0};
  store_operation *o = store_operation_new(s, &r, &e);
  blob_unref(r.value);
  if (!o)
    fail_msg("%s", e.message);
  return o;
}

static void await(store_operation *o) {
  while (!store_operation_is_done(o)) {
    assert_true(loop_wait(l, -1));
    loop_take(l);
  }
}

static void operations_report_in_order(void **state) {
  (void)state;
  sqlite_store *s = make();
  store_operation *list[] = {
      start(s, STORE_OPEN, "", NULL),    start(s, STORE_GET, "k", NULL),
      start(s, STORE_PUT, "k", "value"), start(s, STORE_GET, "k", NULL),
      start(s, STORE_CLEAR, "", NULL),   start(s, STORE_GET, "k", NULL)};
  static const bool finds[] = {false, false, false, true, false, false};
  for (int i = 0; i < 6; i++) {
    assert_true(loop_wait(l, -1));
    assert_int_equal(loop_take(l), store_operation_completion(list[i])->id);
    blob *value;
    double expires;
    error e = {0};
    assert_int_equal(store_operation_result(list[i], &value, &expires, &e), 0);
    assert_int_equal(value != NULL, finds[i]);
    if (value)
      assert_memory_equal(value->data, "value", 5);
    assert_string_equal(store_operation_notice(list[i]), "");
  }
  for (int i = 0; i < 6; i++)
    store_operation_delete(list[i]);
  sqlite_store_unref(s);
}

static void one_that_was_deleted_is_carried_out(void **state) {
  (void)state;
  sqlite_store *s = make();
  store_operation_delete(start(s, STORE_PUT, "k", "value"));
  store_operation *get = start(s, STORE_GET, "k", NULL);
  sqlite_store_unref(s); // operations keep it
  await(get);
  blob *value;
  double expires;
  assert_int_equal(store_operation_result(get, &value, &expires, NULL), 0);
  assert_non_null(value);
  store_operation_delete(get);
}

static void it_may_be_left_with_work_under_way(void **state) {
  (void)state;
  sqlite_store *s = make();
  for (int i = 0; i < 20; i++)
    store_operation_delete(start(s, STORE_PUT, "k", "value"));
  sqlite_store_unref(s);
}

static void a_failure_is_said(void **state) {
  (void)state;
  sqlite_store *s = sqlite_store_new(l, folder, 1 << 30, NULL);
  store_operation *get = start(s, STORE_GET, "k", NULL);
  await(get);
  blob *value;
  double expires;
  error e = {0};
  assert_int_equal(store_operation_result(get, &value, &expires, &e), -1);
  assert_int_equal(e.reason, REASON_UNREADABLE);
  store_operation_delete(get);
  sqlite_store_unref(s);
}

static void a_forked_child_leaves_it_alone(void **state) {
  (void)state;
  sqlite_store *s = make();
  store_operation *put = start(s, STORE_PUT, "k", "value");
  await(put);
  pid_t child = fork();
  if (child == 0) {
    store_request r = {.action = STORE_OPEN};
    error e = {0};
    bool refused = !store_operation_new(s, &r, &e);
    store_operation_delete(put);
    sqlite_store_unref(s);
    _exit(refused && e.reason == REASON_INTERNAL ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  store_operation_delete(put);
  sqlite_store_unref(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(operations_report_in_order),
      TEST(one_that_was_deleted_is_carried_out),
      TEST(it_may_be_left_with_work_under_way),
      TEST(a_failure_is_said),
      TEST(a_forked_child_leaves_it_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
