// SPDX-License-Identifier: MIT
#include "check.h"
#include "loop_file.h"

#include "../core/sqlite_database.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int set_up(void **state) { return begin_with("records.db", state); }

static void await(sqlite_operation *o) {
  while (!sqlite_operation_is_done(o)) {
    assert_true(loop_wait(l, -1));
    loop_take(l);
  }
}

// 0, or -1 with the reason; `*number` is the first number of the first row.
static int finish(sqlite_operation *o, int64_t *number, error *e) {
  const sql_rows *rows;
  size_t count;
  assert_non_null(o);
  await(o);
  int status = sqlite_operation_result(o, &rows, &count, e);
  if (status == 0 && number && rows[0].count > 0) {
    const char *at = rows[0].values.data;
    sql_next_value(&at); // the name
    *number = sql_next_value(&at).integer;
  }
  sqlite_operation_delete(o);
  return status;
}

static sql_request request_of(const char *sql, int64_t parameter) {
  sql_request r;
  sql_request_init(&r);
  assert_int_equal(sql_request_statement(&r, sql, strlen(sql), false, NULL), 0);
  if (strchr(sql, '?')) {
    sql_value v = {.type = SQL_INTEGER, .integer = parameter};
    assert_int_equal(sql_request_value(&r, &v, NULL), 0);
  }
  return r;
}

static sqlite_operation *write_one(sqlite_database *d, const char *sql,
                                   int64_t parameter) {
  sql_request r = request_of(sql, parameter);
  sqlite_operation *o = sqlite_database_write(d, &r, NULL);
  assert_non_null(o);
  return o;
}

static int64_t number_of(sqlite_database *d, const char *sql) {
  sql_request r = request_of(sql, 0);
  int64_t number = -1;
  error e = {0};
  sqlite_operation *o = sqlite_database_read(d, &r, 10000000, &e);
  if (finish(o, &number, &e) < 0)
    fail_msg("%s", e.message);
  return number;
}

static sqlite_database *begun(void) {
  sqlite_database *d = sqlite_database_new(l, path, true, NULL);
  assert_int_equal(finish(sqlite_database_open(d, false, NULL), NULL, NULL), 0);
  assert_int_equal(
      finish(write_one(d, "CREATE TABLE IF NOT EXISTS t (n)", 0), NULL, NULL),
      0);
  return d;
}

static void requests_keep_what_they_are_given(void **state) {
  (void)state;
  blob *bytes = blob_copy("shared", 6, NULL);
  sql_request r;
  sql_request_init(&r);
  const sql_value values[] = {{.type = SQL_NULL},
                              {.type = SQL_INTEGER, .integer = INT64_MIN},
                              {.type = SQL_REAL, .real = -0.5},
                              {.type = SQL_TEXT, .bytes = "text", .size = 4},
                              {.type = SQL_BLOB, .shared = bytes},
                              {.type = SQL_TEXT, .bytes = "", .size = 0}};
  for (int i = 0; i < 2; i++) {
    assert_int_equal(sql_request_statement(&r, "SELECT", 6, i == 1, NULL), 0);
    for (size_t j = 0; j < 6; j++)
      assert_int_equal(sql_request_value(&r, &values[j], NULL), 0);
  }
  blob_unref(bytes);
  const char *at = NULL;
  sql_statement s;
  for (int i = 0; i < 2; i++) {
    assert_true(sql_next_statement(&r, &at, &s));
    assert_string_equal(s.sql, "SELECT");
    assert_int_equal(s.parameters, 6);
    assert_int_equal(s.must_change, i == 1);
    for (size_t j = 0; j < 6; j++) {
      sql_value v = sql_next_value(&s.values);
      assert_int_equal(v.type, values[j].type);
      assert_true(v.integer == values[j].integer && v.real == values[j].real);
    }
  }
  assert_false(sql_next_statement(&r, &at, &s));
  assert_int_equal(r.shared_bytes, 14);
  sql_request_free(&r);
}

static void many_are_written_in_order_and_survive(void **state) {
  (void)state;
  enum { COUNT = 2500 }; // more than a group
  sqlite_operation *list[COUNT];
  sqlite_database *d = begun();
  for (int i = 0; i < COUNT; i++)
    list[i] = write_one(d, "INSERT INTO t VALUES (?)", i);
  for (int i = 0; i < COUNT; i++)
    assert_int_equal(finish(list[i], NULL, NULL), 0);
  sqlite_database_unref(d);
  d = begun();
  assert_int_equal(number_of(d, "SELECT count(*) FROM t WHERE n = rowid - 1"),
                   COUNT);
  sqlite_database_unref(d);
}

static void one_that_fails_takes_no_other_with_it(void **state) {
  (void)state;
  sqlite_database *d = begun();
  assert_int_equal(
      finish(write_one(d, "CREATE UNIQUE INDEX i ON t (n)", 0), NULL, NULL), 0);
  sqlite_operation *list[30];
  for (int i = 0; i < 30; i++)
    list[i] = write_one(d, "INSERT INTO t VALUES (?)", i % 10);
  for (int i = 0; i < 30; i++) {
    error e = {0};
    assert_int_equal(finish(list[i], NULL, &e), i < 10 ? 0 : -1);
  }
  assert_int_equal(number_of(d, "SELECT count(*) FROM t"), 10);
  sqlite_database_unref(d);
}

// Inserts twice; where both are the same the second one fails.
static sqlite_operation *write_two(sqlite_database *d, int64_t first,
                                   int64_t second) {
  static const char SQL[] = "INSERT INTO t VALUES (?)";
  sql_request r = request_of(SQL, first);
  sql_value v = {.type = SQL_INTEGER, .integer = second};
  assert_int_equal(sql_request_statement(&r, SQL, sizeof SQL - 1, false, NULL),
                   0);
  assert_int_equal(sql_request_value(&r, &v, NULL), 0);
  return sqlite_database_write(d, &r, NULL);
}

static void of_one_that_fails_half_way_nothing_stays(void **state) {
  (void)state;
  enum { ROUNDS = 80, COUNT = 20, BAD = 7 };
  sqlite_database *d = begun();
  assert_int_equal(
      finish(write_one(d, "CREATE UNIQUE INDEX i ON t (n)", 0), NULL, NULL), 0);
  for (int64_t round = 0; round < ROUNDS; round++) {
    sqlite_operation *list[COUNT];
    // Where none has failed of late there are no savepoints.
    bool fails = round == 1 || round == 2 || round == 75;
    for (int64_t i = 0; i < COUNT; i++) {
      int64_t n = 2 * (round * COUNT + i);
      list[i] = write_two(d, n, i == BAD && fails ? n : n + 1);
    }
    for (int i = 0; i < COUNT; i++) {
      error e = {0};
      assert_int_equal(finish(list[i], NULL, &e), i == BAD && fails ? -1 : 0);
    }
  }
  assert_int_equal(number_of(d, "SELECT count(*) FROM t"),
                   2 * (ROUNDS * COUNT - 3));
  sqlite_database_unref(d);
}

// OR FAIL keeps what it has done so far, and so does what brings too many rows.
static void of_one_statement_that_fails_nothing_stays(void **state) {
  (void)state;
  static const char *const wrong[] = {
      "INSERT OR FAIL INTO t VALUES (91), (92), (91)",
      "WITH RECURSIVE c(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM c"
      " WHERE i < 200000) INSERT INTO t SELECT i FROM c RETURNING n"};
  sqlite_database *d = begun();
  assert_int_equal(
      finish(write_one(d, "CREATE UNIQUE INDEX i ON t (n)", 0), NULL, NULL), 0);
  for (int round = 0; round < 4; round++) {
    error e = {0};
    assert_int_equal(finish(write_one(d, wrong[round % 2], 0), NULL, &e), -1);
    assert_int_equal(number_of(d, "SELECT count(*) FROM t"), 0);
  }
  sqlite_database_unref(d);
}

// SQLite then ends the whole transaction; the others are carried out anew.
static void a_full_one_takes_no_other_with_it(void **state) {
  (void)state;
  sqlite_database *d = begun();
  finish(write_one(d, "PRAGMA max_page_count = 40", 0), NULL, NULL);
  sqlite_operation *list[30];
  for (int i = 0; i < 30; i++)
    list[i] = write_one(d,
                        i == 15 ? "INSERT INTO t VALUES (zeroblob(200000 + ?))"
                                : "INSERT INTO t VALUES (?)",
                        i);
  for (int i = 0; i < 30; i++) {
    error e = {0};
    assert_int_equal(finish(list[i], NULL, &e), i == 15 ? -1 : 0);
    if (i == 15)
      assert_int_equal(e.reason, REASON_STORE_FULL);
  }
  assert_int_equal(number_of(d, "SELECT count(*) FROM t"), 29);
  assert_int_equal(number_of(d, "SELECT sum(n) FROM t"), 29 * 30 / 2 - 15);
  sqlite_database_unref(d);
}

static void it_may_be_left_with_work_under_way(void **state) {
  (void)state;
  sqlite_database *d = begun();
  for (int i = 0; i < 20; i++)
    sqlite_operation_delete(write_one(d, "INSERT INTO t VALUES (?)", i));
  sqlite_database_unref(d); // operations keep it
  while (loop_wait(l, -1))
    loop_take(l);
  d = begun();
  assert_int_equal(number_of(d, "SELECT count(*) FROM t"), 20);
  sqlite_database_unref(d);
}

static void closing_waits_for_all(void **state) {
  (void)state;
  sqlite_database *d = begun();
  sqlite_operation *list[20];
  for (int i = 0; i < 20; i++)
    list[i] = write_one(d, "INSERT INTO t VALUES (?)", i);
  sql_request r = request_of("SELECT count(*) FROM t", 0);
  sqlite_operation *read = sqlite_database_read(d, &r, 1000000, NULL);
  assert_int_equal(finish(sqlite_database_close(d, NULL), NULL, NULL), 0);
  for (int i = 0; i < 20; i++)
    assert_true(sqlite_operation_is_done(list[i]));
  assert_true(sqlite_operation_is_done(read));
  for (int i = 0; i < 20; i++)
    assert_int_equal(finish(list[i], NULL, NULL), 0);
  sqlite_operation_delete(read);
  error e = {0};
  r = request_of("SELECT 1", 0);
  assert_null(sqlite_database_write(d, &r, &e));
  assert_int_equal(e.reason, REASON_STORE_UNAVAILABLE);
  sql_request_free(&r);
  sqlite_database_unref(d);
}

static void what_is_not_open_says_so(void **state) {
  (void)state;
  error e = {0};
  sqlite_database *d = sqlite_database_new(l, folder, true, NULL);
  assert_int_equal(finish(sqlite_database_open(d, false, NULL), NULL, &e), -1);
  assert_int_equal(e.reason, REASON_INVALID_OPTION);
  assert_int_equal(finish(write_one(d, "SELECT 1", 0), NULL, &e), -1);
  assert_int_equal(e.reason, REASON_STORE_UNAVAILABLE);
  sqlite_database_unref(d);
}

static void a_read_that_is_deleted_ends(void **state) {
  (void)state;
  sqlite_database *d = begun();
  sql_request r = request_of("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT"
                             " x + 1 FROM c) SELECT max(x) FROM c",
                             0);
  sqlite_operation_delete(sqlite_database_read(d, &r, 3600000000, NULL));
  assert_int_equal(finish(sqlite_database_close(d, NULL), NULL, NULL), 0);
  sqlite_database_unref(d);
}

static void a_backup_is_whole(void **state) {
  (void)state;
  char copy[96];
  path_to("copy.db", copy, sizeof copy);
  sqlite_database *d = begun();
  for (int i = 0; i < 100; i++)
    finish(write_one(d, "INSERT INTO t VALUES (?)", i), NULL, NULL);
  assert_int_equal(finish(sqlite_database_backup(d, copy, NULL), NULL, NULL),
                   0);
  error e = {0};
  assert_int_equal(finish(sqlite_database_backup(d, copy, NULL), NULL, &e), -1);
  assert_int_equal(e.reason, REASON_INVALID_OPTION);
  sqlite_database_unref(d);
  d = sqlite_database_new(l, copy, true, NULL);
  assert_int_equal(finish(sqlite_database_open(d, false, NULL), NULL, NULL), 0);
  assert_int_equal(number_of(d, "SELECT count(*) FROM t"), 100);
  sqlite_database_unref(d);
  assert_int_equal(unlink(copy), 0);
}

static void a_forked_child_leaves_it_alone(void **state) {
  (void)state;
  sqlite_database *d = begun();
  sqlite_operation *o = write_one(d, "INSERT INTO t VALUES (?)", 1);
  await(o);
  pid_t child = fork();
  if (child == 0) {
    error e = {0};
    bool refused =
        !sqlite_database_open(d, false, &e) && e.reason == REASON_INTERNAL;
    loop *own = loop_get(NULL);
    refused = refused && own && !sqlite_database_new(own, path, true, &e);
    sqlite_operation_delete(o);
    sqlite_database_unref(d);
    _exit(refused && e.reason == REASON_INTERNAL ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_int_equal(finish(o, NULL, NULL), 0);
  assert_int_equal(number_of(d, "SELECT count(*) FROM t"), 1);
  sqlite_database_unref(d);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(requests_keep_what_they_are_given),
      TEST(many_are_written_in_order_and_survive),
      TEST(one_that_fails_takes_no_other_with_it),
      TEST(of_one_that_fails_half_way_nothing_stays),
      TEST(of_one_statement_that_fails_nothing_stays),
      TEST(a_full_one_takes_no_other_with_it),
      TEST(it_may_be_left_with_work_under_way),
      TEST(closing_waits_for_all),
      TEST(what_is_not_open_says_so),
      TEST(a_read_that_is_deleted_ends),
      TEST(a_backup_is_whole),
      TEST(a_forked_child_leaves_it_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
