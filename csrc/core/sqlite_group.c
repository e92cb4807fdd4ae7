// SPDX-License-Identifier: MIT
// Group commit: transactions that wait together become one of SQLite's, and one
// wait for the disk serves them all. Where one fails they are carried out
// again, each behind a savepoint, so that it takes no other with it; and so are
// those of the next groups. Where none fails there are no savepoints: at each
// of them FTS5 writes to its tables what it has gathered.
#include "sqlite_internal.h"

#include "clock.h"

#include <stdlib.h>

enum { GUARDED_GROUPS = 64 }; // after one in which a transaction failed

void sqlite_operation_forget_rows(sqlite_operation *o) {
  for (size_t i = 0; i < o->count; i++)
    sql_rows_free(&o->rows[i]);
  free(o->rows);
  o->rows = NULL;
  o->count = 0;
}

static int failed(sqlite_operation *o, size_t at) {
  o->failed_at = at;
  o->status = -1;
  return -1;
}

static int unmet(error *e) {
  return error_set(e, REASON_UNMET,
                   "a statement that had to change something "
                   "found nothing to change");
}

int sqlite_operation_run(sqlite_operation *o, sqlite_connection *c) {
  const char *at = NULL;
  sql_statement s;
  o->status = 0;
  o->failed_at = 0;
  o->rows = calloc(o->request.statements, sizeof *o->rows);
  if (!o->rows) {
    error_memory(&o->failure);
    return failed(o, 0);
  }
  while (sql_next_statement(&o->request, &at, &s)) {
    sql_rows *rows = &o->rows[o->count++];
    if (sqlite_connection_run(c, &s, rows, &o->failure) < 0)
      return failed(o, o->count);
    if (s.must_change && rows->changes == 0) {
      unmet(&o->failure);
      return failed(o, o->count);
    }
  }
  return 0;
}

// Some failures (a full disk, short memory) end the whole of SQLite's
// transaction.
static bool is_broken(const sqlite_connection *c) {
  return sqlite3_get_autocommit(c->db) != 0;
}

// False: the group is broken, or what one has done half-way stands in it.
static bool run_in_group(sqlite_connection *c, sqlite_operation *o) {
  bool guarded = c->guarded_groups > 0;
  if (guarded && sqlite_connection_do(c, "SAVEPOINT one", NULL) < 0)
    return false;
  int status = sqlite_operation_run(o, c);
  if (is_broken(c) || (status < 0 && !guarded))
    return false;
  if (status < 0 && sqlite_connection_do(c, "ROLLBACK TO one", NULL) < 0)
    return false;
  return !guarded || sqlite_connection_do(c, "RELEASE one", NULL) == 0;
}

static void roll_back(sqlite_connection *c) {
  if (!is_broken(c))
    sqlite_connection_do(c, "ROLLBACK", NULL);
}

static void fail_with(sqlite_operation *o, const error *e) {
  sqlite_operation_forget_rows(o);
  o->failure = *e;
  failed(o, 0);
}

// What is written to a file that others do not find at its path is lost to them
// at once, and to us when we end.
static int check_place(const sqlite_connection *c, error *e) {
  int moved = 0;
  sqlite3_file_control(c->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (!moved)
    return 0;
  return error_set(
      e, REASON_STORE_UNAVAILABLE,
      "the database %s was removed while it was in use, or another "
      "put in its place: start the program again",
      c->path);
}

static int begin(sqlite_connection *c, error *e) {
  if (check_place(c, e) < 0)
    return -1;
  return sqlite_connection_do(c, "BEGIN IMMEDIATE", e);
}

static int commit(sqlite_connection *c, error *e) {
  int64_t began = clock_mono_us();
  int status = sqlite_connection_do(c, "COMMIT", e);
  c->commit_us = clock_mono_us() - began;
  return status;
}

// -1 where it could not even begin: with others it would be the same.
static int run_alone(sqlite_connection *c, sqlite_operation *o, error *e) {
  sqlite_operation_forget_rows(o);
  if (begin(c, e) < 0)
    return -1;
  error failure = {0};
  if (sqlite_operation_run(o, c) == 0 &&
      sqlite_connection_do(c, "COMMIT", &failure) < 0)
    fail_with(o, &failure);
  roll_back(c);
  return 0;
}

// The first that waits in vain for another process has waited for all.
static void run_each_alone(sqlite_connection *c, operation_list *group) {
  error e = {0};
  int status = 0;
  for (sqlite_operation *o = group->first; o; o = o->next) {
    if (status == 0)
      status = run_alone(c, o, &e);
    if (status < 0)
      fail_with(o, &e);
  }
}

static void fail_all(operation_list *group, sqlite_operation *(*next)(void *),
                     void *context, const error *e) {
  sqlite_operation *o;
  while ((o = next(context)) != NULL) {
    fail_with(o, e);
    operation_list_add(group, o);
  }
}

// The same ones, each behind a savepoint. False: it cannot be.
static bool begin_again(sqlite_connection *c, const operation_list *group) {
  c->guarded_groups = GUARDED_GROUPS;
  roll_back(c);
  bool whole = begin(c, NULL) == 0;
  for (sqlite_operation *o = group->first; whole && o; o = o->next) {
    sqlite_operation_forget_rows(o);
    whole = run_in_group(c, o);
  }
  return whole;
}

void sqlite_commit_group(sqlite_connection *c, operation_list *group,
                         sqlite_operation *(*next)(void *), void *context) {
  error e = {0};
  sqlite_operation *o;
  bool whole = true;
  c->guarded_groups -= c->guarded_groups > 0;
  if (begin(c, &e) < 0) {
    fail_all(group, next, context, &e);
    return;
  }
  while (whole && (o = next(context)) != NULL) {
    operation_list_add(group, o);
    whole =
        run_in_group(c, o) || (c->guarded_groups == 0 && begin_again(c, group));
  }
  if (whole && commit(c, &e) == 0)
    return;
  // One of them cannot be, and took the others with it: each for itself, then.
  roll_back(c);
  run_each_alone(c, group);
}
