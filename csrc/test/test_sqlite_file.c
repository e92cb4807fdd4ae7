// SPDX-License-Identifier: MIT
#include "check.h"
#include "folder.h"

#include "../core/sqlite_file.h"
#include "../core/sqlite_guard.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LARGE = 1 << 30 };

static char path[96];

static int set_up(void **state) {
  if (make_folder(state) < 0)
    return -1;
  path_to("cache.db", path, sizeof path);
  return 0;
}

// Nothing else may be left in the folder.
static int tear_down(void **state) {
  (void)state;
  char name[128];
  static const char *const ends[] = {"",     "-wal",     "-shm",
                                     ".old", ".old-wal", ".old-shm"};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    snprintf(name, sizeof name, "%s%s", path, ends[i]);
    unlink(name);
  }
  return rmdir(folder);
}

static sqlite_file *make(double max_bytes) {
  return sqlite_file_new(path, max_bytes, NULL);
}

static void put(sqlite_file *f, const char *key, const char *text,
                double expires) {
  error e = {0};
  blob *value = blob_copy(text, strlen(text), NULL);
  if (sqlite_file_put(f, key, strlen(key), value, expires, 0, &e) < 0)
    fail_msg("%s", e.message);
  blob_unref(value);
}

static void assert_has(sqlite_file *f, const char *key, const char *text,
                       double now) {
  error e = {0};
  blob *value = NULL;
  double expires;
  int found = sqlite_file_get(f, key, strlen(key), now, &value, &expires, &e);
  if (found < 0)
    fail_msg("%s", e.message);
  assert_int_equal(found, text != NULL);
  if (text) {
    assert_int_equal(value->size, strlen(text));
    assert_memory_equal(value->data, text, value->size);
  }
  blob_unref(value);
}

static void assert_notice(sqlite_file *f, const char *why) {
  char notice[ERROR_MESSAGE_MAX];
  sqlite_file_take_notice(f, notice);
  if (*why ? !strstr(notice, why) : *notice)
    fail_msg("'%s' does not say '%s'", notice, why);
}

static void values_outlive_who_put_them(void **state) {
  (void)state;
  sqlite_file *f = make(LARGE);
  put(f, "a", "first", 100);
  put(f, "a", "second", 100);
  put(f, "b", "", 100);
  assert_has(f, "a", "second", 0);
  sqlite_file_delete(f);
  f = make(LARGE);
  assert_has(f, "a", "second", 0);
  assert_has(f, "b", "", 0);
  assert_has(f, "c", NULL, 0);
  assert_int_equal(sqlite_file_clear(f, NULL), 0);
  assert_has(f, "a", NULL, 0);
  assert_notice(f, "");
  sqlite_file_delete(f);
}

static void a_lifetime_ends(void **state) {
  (void)state;
  sqlite_file *f = make(LARGE);
  put(f, "a", "1", 100);
  blob *value;
  double expires;
  assert_int_equal(sqlite_file_get(f, "a", 1, 99.5, &value, &expires, NULL), 1);
  assert_true(expires == 100);
  blob_unref(value);
  assert_has(f, "a", NULL, 100);
  assert_int_equal(sqlite_file_prune(f, 100, NULL), 0);
  assert_has(f, "a", NULL, 0);
  sqlite_file_delete(f);
}

static void what_was_put_first_goes_first(void **state) {
  (void)state;
  enum { SIZE = 4000, COUNT = 300, BYTES = 400000 };
  char text[SIZE + 1], key[16];
  memset(text, 'v', SIZE);
  text[SIZE] = '\0';
  sqlite_file *f = make(BYTES);
  for (int i = 0; i < COUNT; i++) {
    snprintf(key, sizeof key, "%d", i);
    put(f, key, text, 100);
  }
  assert_has(f, "299", text, 0);
  assert_has(f, "0", NULL, 0);
  sqlite_file_delete(f); // and the log is written into the file
  struct stat about;
  assert_int_equal(stat(path, &about), 0);
  assert_true(about.st_size < 3 * BYTES);
}

static void only_its_user_may_read_it(void **state) {
  (void)state;
  sqlite_file *f = make(LARGE);
  put(f, "a", "1", 100);
  struct stat about;
  char wal[128];
  snprintf(wal, sizeof wal, "%s-wal", path);
  assert_int_equal(stat(path, &about), 0);
  assert_int_equal(about.st_mode & 0777, 0600);
  assert_int_equal(stat(wal, &about), 0);
  assert_int_equal(about.st_mode & 0777, 0600);
  sqlite_file_delete(f);
}

static void write_at(long offset, const char *text) {
  int fd = open(path, O_RDWR | O_CREAT, 0600);
  assert_int_equal(pwrite(fd, text, strlen(text), offset), strlen(text));
  close(fd);
}

static void what_is_damaged_is_set_aside(void **state) {
  (void)state;
  write_at(0, "this is no database, and never was one; it is only a text");
  sqlite_file *f = make(LARGE);
  put(f, "a", "1", 100);
  assert_has(f, "a", "1", 0);
  assert_notice(f, "cache.db.old and begun anew: file is not a database");
  assert_notice(f, "");
  sqlite_file_delete(f);
}

static void damage_may_show_late(void **state) {
  (void)state;
  sqlite_file *f = make(LARGE);
  char key[16];
  for (int i = 0; i < 200; i++) {
    snprintf(key, sizeof key, "key %d", i);
    put(f, key, "some value of it", 100);
  }
  sqlite_file_delete(f);
  struct stat about;
  assert_int_equal(stat(path, &about), 0);
  for (long at = 4096; at < about.st_size; at += 512)
    write_at(at, "damage");
  f = make(LARGE);
  error e = {0};
  blob *value = NULL;
  double expires;
  assert_int_equal(sqlite_file_open(f, &e), 0);
  assert_int_equal(sqlite_file_get(f, "key 7", 5, 0, &value, &expires, &e), -1);
  assert_notice(f, "malformed");
  put(f, "a", "1", 100);
  assert_has(f, "a", "1", 0);
  sqlite_file_delete(f);
}

static void execute(const char *sql) {
  sqlite3 *db;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
    fail_msg("%s: %s", sql, sqlite3_errmsg(db));
  sqlite3_close(db);
}

static void another_version_is_set_aside(void **state) {
  (void)state;
  execute("PRAGMA application_id = 0x76697363; PRAGMA user_version = 9;"
          "CREATE TABLE t (x)");
  sqlite_file *f = make(LARGE);
  put(f, "a", "1", 100);
  assert_notice(f, "another version");
  sqlite_file_delete(f);
}

// What would keep the thread for ever if it ran.
#define ENDLESS                                                                \
  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"            \
  " SELECT count(*) FROM n"

static void what_somebody_added_never_runs(void **state) {
  (void)state;
  static const char *const added[] = {
      "CREATE TRIGGER t AFTER INSERT ON entries BEGIN " ENDLESS "; END",
      "CREATE TRIGGER t BEFORE DELETE ON entries BEGIN " ENDLESS "; END",
      "CREATE VIEW v AS " ENDLESS,
      "CREATE TABLE more (x)",
      "CREATE VIRTUAL TABLE words USING fts5(x)",
      "CREATE UNIQUE INDEX i ON entries (abs(expires))",
      "DROP INDEX by_end",
      "ALTER TABLE entries RENAME TO e;"
      "CREATE VIEW entries AS SELECT x'00' AS key, x'00' AS value,"
      " 1e9 AS expires, (" ENDLESS ") AS digest",
      "ALTER TABLE entries ADD COLUMN x AS (zeroblob(9e8))",
  };
  for (size_t i = 0; i < sizeof added / sizeof *added; i++) {
    sqlite_file *f = make(LARGE);
    put(f, "a", "1", 100);
    sqlite_file_delete(f);
    execute(added[i]);
    f = make(LARGE);
    put(f, "a", "2", 100);
    assert_notice(f, "somebody has changed its tables");
    assert_has(f, "a", "2", 0);
    assert_int_equal(sqlite_file_clear(f, NULL), 0);
    sqlite_file_delete(f);
  }
}

// Added while the file is open: it is never run, and the next one sets the file
// aside.
static void a_trigger_is_dead_while_open_too(void **state) {
  (void)state;
  sqlite_file *f = make(LARGE);
  put(f, "a", "1", 100);
  execute("CREATE TRIGGER t AFTER INSERT ON entries BEGIN " ENDLESS "; END");
  put(f, "a", "2", 100);
  assert_has(f, "a", "2", 0);
  sqlite_file_delete(f);
}

static void what_comes_to_no_end_is_ended(void **state) {
  (void)state;
  sqlite_guard guard;
  sqlite3 *db;
  assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
  assert_int_equal(sqlite_guard_init(&guard, db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, ENDLESS, NULL, NULL, NULL),
                   SQLITE_INTERRUPT);
  assert_int_equal(sqlite3_exec(db, "CREATE TABLE t (x)", NULL, NULL, NULL),
                   SQLITE_OK);
  sqlite_guard_refill(&guard);
  assert_int_equal(
      sqlite3_exec(db, "SELECT zeroblob(70000000)", NULL, NULL, NULL),
      SQLITE_TOOBIG);
  sqlite3_close(db);
}

static void a_changed_row_is_dropped(void **state) {
  (void)state;
  static const char *const changes[] = {
      "UPDATE entries SET value = CAST('nominal 18.9' AS BLOB)",
      "UPDATE entries SET value = CAST('nominal 19.9' || x'00' AS BLOB)",
      "UPDATE entries SET expires = expires + 1",
      "UPDATE entries SET digest = x''",
      "UPDATE entries SET key = CAST('b' AS BLOB)",
  };
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    const char *key = i == 4 ? "b" : "a";
    sqlite_file *f = make(LARGE);
    put(f, "a", "nominal 19.9", 100);
    execute(changes[i]);
    assert_has(f, key, NULL, 0);
    assert_notice(f, "damaged was dropped");
    assert_has(f, key, NULL, 0);
    assert_notice(f, ""); // it is gone
    put(f, key, "nominal 19.9", 100);
    assert_has(f, key, "nominal 19.9", 0);
    sqlite_file_delete(f);
  }
}

static void what_is_no_ordinary_file_is_refused(void **state) {
  (void)state;
  error e = {0};
  assert_int_equal(mkfifo(path, 0600), 0);
  sqlite_file *f = make(LARGE);
  assert_int_equal(sqlite_file_open(f, &e), -1);
  assert_int_equal(e.reason, REASON_UNREADABLE);
  sqlite_file_delete(f);
}

static void another_programs_is_left_alone(void **state) {
  (void)state;
  execute("CREATE TABLE accounts (x)");
  sqlite_file *f = make(LARGE);
  error e = {0};
  assert_int_equal(sqlite_file_open(f, &e), -1);
  assert_int_equal(e.reason, REASON_INVALID_OPTION);
  assert_notice(f, "");
  sqlite_file_delete(f);
  execute("SELECT * FROM accounts");
}

static void a_path_must_be_one(void **state) {
  (void)state;
  error e = {0};
  sqlite_file *f = sqlite_file_new("/no/such/folder/cache.db", LARGE, NULL);
  assert_int_equal(sqlite_file_open(f, &e), -1);
  assert_int_equal(e.reason, REASON_NOT_FOUND);
  sqlite_file_delete(f);
  f = sqlite_file_new(folder, LARGE, NULL);
  assert_int_equal(sqlite_file_open(f, &e), -1);
  assert_int_equal(e.reason, REASON_UNREADABLE);
  sqlite_file_delete(f);
}

static int put_many(int process, int count) {
  sqlite_file *f = make(LARGE);
  char key[16];
  error e = {0};
  int status = 0;
  for (int i = 0; i < count && status == 0; i++) {
    snprintf(key, sizeof key, "%d-%d", process, i);
    blob *value = blob_copy(key, strlen(key), NULL);
    status = sqlite_file_put(f, key, strlen(key), value, 100, 0, &e);
    blob_unref(value);
  }
  if (status < 0)
    fprintf(stderr, "process %d: %s\n", process, e.message);
  assert_notice(f, "");
  sqlite_file_delete(f);
  return status < 0 ? 1 : 0;
}

// Begun by all at once, then written and read by all.
static void processes_use_one_file(void **state) {
  (void)state;
  enum { PROCESSES = 4, PUTS = 50 };
  for (int p = 0; p < PROCESSES; p++)
    if (fork() == 0)
      _exit(put_many(p, PUTS));
  int status;
  for (int p = 0; p < PROCESSES; p++) {
    assert_true(wait(&status) > 0);
    assert_int_equal(status, 0);
  }
  sqlite_file *f = make(LARGE);
  assert_has(f, "0-0", "0-0", 0);
  assert_has(f, "3-49", "3-49", 0);
  sqlite_file_delete(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(values_outlive_who_put_them),
      TEST(a_lifetime_ends),
      TEST(what_was_put_first_goes_first),
      TEST(only_its_user_may_read_it),
      TEST(what_is_damaged_is_set_aside),
      TEST(damage_may_show_late),
      TEST(another_version_is_set_aside),
      TEST(what_somebody_added_never_runs),
      TEST(a_trigger_is_dead_while_open_too),
      TEST(what_comes_to_no_end_is_ended),
      TEST(a_changed_row_is_dropped),
      TEST(what_is_no_ordinary_file_is_refused),
      TEST(another_programs_is_left_alone),
      TEST(a_path_must_be_one),
      TEST(processes_use_one_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
