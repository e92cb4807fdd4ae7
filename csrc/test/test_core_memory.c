// SPDX-License-Identifier: MIT
// Mechanisms of the core while memory is short: each allocation in turn fails,
// what was asked for fails with it, and nothing is lost. (Run it with the
// sanitizers, too.)
#include "check.h"
#include "folder.h"

#include "short_memory.h"

#include "../core/directory.h"
#include "../core/folder.h"
#include "../core/lru_cache.h"
#include "../core/reader_pool.h"
#include "../core/shared_kinds.h"
#include "../core/sqlite_database.h"
#include "../core/sqlite_store.h"
#include "../core/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static loop *l;

static void turn(void) {
  loop_wait(l, -1);
  loop_take(l);
}

// ---- uses: 0, or -1 with the reason ----

static int use_shared_state(error *e) {
  shared_state *s = shared_state_open(path_of("state"), e);
  if (!s)
    return -1;
  shared_counters_settings settings = {3};
  shared_slot slot, *list = &slot;
  assert_int_equal(
      shared_slot_init(&slot, s, &shared_counters, "n", 1, &settings, 0, e), 0);
  shared_state_enter(s, &list, 1, 0);
  counters_add(slot.payload, 0, 1);
  shared_state_leave(s, &list, 1);
  shared_state_unref(s);
  return 0;
}

static int carry_out(sqlite_store *s, const store_request *r, error *e) {
  blob *value;
  double expires;
  store_operation *o = store_operation_new(s, r, e);
  if (!o)
    return -1;
  while (!store_operation_is_done(o))
    turn();
  int status = store_operation_result(o, &value, &expires, e);
  if (status == 0 && r->action == STORE_GET)
    assert_non_null(value);
  store_operation_delete(o);
  return status;
}

static int put_and_get(sqlite_store *s, error *e) {
  store_request get = {
      .action = STORE_GET, .key = "k", .key_length = 1, .now = 1};
  store_request put = get;
  put.action = STORE_PUT;
  put.expires = 100;
  put.value = blob_copy("value", 5, e);
  int status = put.value ? carry_out(s, &put, e) : -1;
  blob_unref(put.value);
  return status == 0 ? carry_out(s, &get, e) : -1;
}

static int use_sqlite_store(error *e) {
  sqlite_store *s = sqlite_store_new(l, path_of("cache.db"), 1e6, e);
  int status = s ? put_and_get(s, e) : -1;
  sqlite_store_unref(s);
  return status;
}

static int finish(sqlite_operation *o, error *e) {
  const sql_rows *rows;
  size_t count;
  if (!o)
    return -1;
  while (!sqlite_operation_is_done(o))
    turn();
  int status = sqlite_operation_result(o, &rows, &count, e);
  sqlite_operation_delete(o);
  return status;
}

static int write_and_read(sqlite_database *d, error *e) {
  const char *create = "CREATE TABLE IF NOT EXISTS t (x)";
  const char *insert = "INSERT INTO t VALUES (?)";
  const char *select = "SELECT group_sums('x;n', x, 1) FROM t";
  sql_value v = {.type = SQL_TEXT, .bytes = "value", .size = 5};
  sql_request r;
  sql_request_init(&r);
  int status = sql_request_statement(&r, create, strlen(create), false, e);
  if (status == 0)
    status = sql_request_statement(&r, insert, strlen(insert), true, e);
  if (status == 0)
    status = sql_request_value(&r, &v, e);
  if (status == 0)
    status = finish(sqlite_database_write(d, &r, e), e);
  if (status == 0)
    status = sql_request_statement(&r, select, strlen(select), false, e);
  if (status == 0)
    status = finish(sqlite_database_read(d, &r, 1000000, e), e);
  sql_request_free(&r);
  return status;
}

static int use_sqlite_database(error *e) {
  sqlite_database *d = sqlite_database_new(l, path_of("records.db"), true, e);
  int status = d ? finish(sqlite_database_open(d, false, e), e) : -1;
  if (status == 0)
    status = write_and_read(d, e);
  if (status == 0) {
    unlink(path_of("copy.db"));
    status = finish(sqlite_database_backup(d, path_of("copy.db"), e), e);
  }
  sqlite_database_unref(d);
  return status;
}

static int use_directory(error *e) {
  directory *d = directory_new(l, folder, e);
  int count = d ? directory_step(d, e) : -1;
  if (count == 0) {
    while (directory_is_busy(d))
      turn();
    count = directory_count(d, e);
  }
  directory_delete(d);
  return count < 0 ? -1 : 0;
}

static int count_entry(void *context, const folder_entry *entry) {
  (void)entry;
  ++*(int *)context;
  return 0;
}

static int use_folder(error *e) {
  int count = 0;
  char path[96];
  snprintf(path, sizeof path, "%s/a/b", folder);
  return folder_make(path, e) < 0 || folder_make_own(folder, e) < 0 ||
                 folder_list(folder, count_entry, &count, e) < 0
             ? -1
             : 0;
}

static int use_watch(error *e) {
  const char *folders[] = {folder, "/none"};
  watch *w = watch_new(l, folders, 2, 1000000, e);
  watch_delete(w);
  return w ? 0 : -1;
}

static int use_lru_cache(error *e) {
  lru_cache c;
  if (lru_cache_init(&c, 8, 1000, e) < 0)
    return -1;
  blob *value = blob_copy("value", 5, e);
  int status = value ? lru_cache_put(&c, "k", 1, value, 60, 0, e) : -1;
  blob_unref(value);
  if (status == 0)
    status = lru_cache_resize(&c, 64, 1000, e);
  lru_cache_free(&c);
  return status;
}

static int use_reader_pool(error *e) {
  const reader_pool_options options = {.program = "/none/vision-reader",
                                       .workers = 1,
                                       .queue = 1,
                                       .idle_us = 1000000};
  const message *answer;
  reader_pool *pool = reader_pool_new(l, &options, e);
  if (!pool)
    return -1;
  reader_job *job = reader_job_new(pool, "open", 4, NULL, 1000000, e);
  int status = job ? reader_job_result(job, &answer, e) : -1;
  reader_job_delete(job);
  reader_pool_unref(pool);
  // The program is not there, and that is as far as it can get.
  return status < 0 && e->reason == REASON_MEMORY ? -1 : 0;
}

// ---- the test ----

typedef int (*use_of)(error *e);

// What has failed in a group is carried out once more, and then there is
// memory.
static bool may_recover(use_of use) { return use == use_sqlite_database; }

static void run_out_everywhere(use_of use) {
  enum { ALLOCATIONS_MAX = 100 };
  for (int at = 1; at < ALLOCATIONS_MAX; at++) {
    error e = {0};
    short_memory(at);
    int status = use(&e);
    int seen = short_memory_seen;
    short_memory(0);
    if (status == 0 && seen < at) {
      assert_true(at > 1 || use == use_folder); // it did run out before
      return;
    }
    if (status == 0 && may_recover(use))
      continue;
    assert_int_equal(status, -1);
    assert_int_equal(e.reason, REASON_MEMORY);
  }
  fail_msg("it never had enough");
}

static void each_says_that_memory_is_short(void **state) {
  static const use_of uses[] = {
      use_shared_state, use_sqlite_store, use_sqlite_database, use_directory,
      use_folder,       use_watch,        use_lru_cache,       use_reader_pool};
  (void)state;
  for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
    run_out_everywhere(uses[i]);
}

// Slots are used again where there is memory to note them: no call fails of it.
static void make_room_for_slots(void) {
  completion c;
  completion_init(&c);
  loop_forget(l, &c);
}

static int set_up(void **state) {
  l = loop_get(NULL);
  if (!l)
    return -1;
  make_room_for_slots();
  return make_folder(state);
}

static int tear_down(void **state) {
  while (loop_wait(l, -1)) // what still runs on the pool
    loop_take(l);
  loop_step(l, 0); // closed handles are freed
  loop_unref(l);
  return remove_folder(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_says_that_memory_is_short),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
