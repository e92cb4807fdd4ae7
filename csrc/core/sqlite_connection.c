// SPDX-License-Identifier: MIT
#include "sqlite_connection.h"

#include "clock.h"
#include "sqlite_guard.h"
#include "sqlite_sums.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int64_t BUSY_US = 5000000;

sqlite_connection *sqlite_connection_new(const char *path, error *e) {
  size_t size = strlen(path) + 1;
  sqlite_connection *c = calloc(1, sizeof *c + size);
  if (!c) {
    error_memory(e);
    return NULL;
  }
  memcpy(c->path, path, size);
  return c;
}

// ---- errors ----

int sqlite_connection_damaged(const sqlite_connection *c, const char *found,
                              error *e) {
  return error_set(
      e, REASON_STORE_DAMAGED,
      "the database %s is damaged (%.64s); it was left as it is: put "
      "a backup in its place and remove its -wal and -shm, or "
      "save what can be read: sqlite3 OLD .dump | sed "
      "'s/^ROLLBACK.*/COMMIT;/' | sqlite3 SAVED; vision records copy --store "
      "SAVED NEW",
      c->path, found);
}

// SQLite keeps the system's word of some failures; of a commit's errno has it.
static bool is_out_of_room(const sqlite_connection *c) {
  int code = c->db ? sqlite3_system_errno(c->db) : 0;
  code = code ? code : errno;
  return code == ENOSPC || code == EDQUOT || code == EFBIG;
}

static enum reason reason_of(const sqlite_connection *c, int code) {
  switch (code & 0xFF) {
  case SQLITE_NOMEM:
    return REASON_MEMORY;
  case SQLITE_BUSY:
    return REASON_STORE_UNAVAILABLE;
  case SQLITE_FULL:
    return REASON_STORE_FULL;
  case SQLITE_IOERR:
    return is_out_of_room(c) ? REASON_STORE_FULL : REASON_UNREADABLE;
  case SQLITE_CANTOPEN:
  case SQLITE_READONLY:
  case SQLITE_PERM:
    return REASON_UNREADABLE;
  case SQLITE_TOOBIG:
    return REASON_TOO_LARGE;
  default:
    return REASON_INTERNAL;
  }
}

static int stopped(const sqlite_connection *c, error *e) {
  if (c->stopped && atomic_load(c->stopped))
    return error_set(e, REASON_CANCELLED, "cancelled");
  return error_set(e, REASON_TIMEOUT,
                   "the database %s took too long to answer: ask for less",
                   c->path);
}

static int no_database(const sqlite_connection *c, error *e) {
  return error_set(e, REASON_STORE_DAMAGED,
                   "%s is not a database, or its first page is damaged; it was "
                   "left as it is: name another file, or put a backup in its "
                   "place and remove its -wal and -shm",
                   c->path);
}

int sqlite_connection_fail(sqlite_connection *c, int code, error *e) {
  const char *said = c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(code);
  enum reason reason = reason_of(c, code);
  if ((code & 0xFF) == SQLITE_NOTADB)
    return no_database(c, e);
  if ((code & 0xFF) == SQLITE_CORRUPT)
    return sqlite_connection_damaged(c, said, e);
  if ((code & 0xFF) == SQLITE_INTERRUPT)
    return stopped(c, e);
  if (reason == REASON_STORE_UNAVAILABLE)
    said = "another process has kept it locked for 5 s";
  if (reason == REASON_STORE_FULL)
    said = "there is no room left on its disk, or in its limit";
  return error_set(e, reason, "the database %s: %s", c->path, said);
}

// ---- opening and closing ----

// SQLite's own handler sleeps up to 0.1 s, while others take turns of some
// milliseconds.
static int while_busy(void *context, int tries) {
  sqlite_connection *c = context;
  int64_t now = clock_mono_us();
  if (tries == 0)
    c->busy_since = now;
  if (now - c->busy_since >= BUSY_US)
    return 0;
  usleep(1000);
  return 1;
}

static int while_running(void *context) {
  const sqlite_connection *c = context;
  return (c->stopped && atomic_load(c->stopped)) ||
         (c->deadline_us && clock_mono_us() >= c->deadline_us);
}

// As a URI says it: each byte that is no letter of a name as %XX.
static int open_immutable(sqlite_connection *c) {
  static const char NAMES[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
                              "WXYZ0123456789/._-";
  size_t size = 3 * strlen(c->path) + sizeof "file:?immutable=1";
  char *uri = malloc(size);
  if (!uri)
    return SQLITE_NOMEM;
  int at = snprintf(uri, size, "file:");
  for (const char *p = c->path; *p; p++)
    at += snprintf(uri + at, size - (size_t)at,
                   strchr(NAMES, *p) ? "%c" : "%%%02X", (unsigned char)*p);
  snprintf(uri + at, size - (size_t)at, "?immutable=1");
  int code = sqlite3_open_v2(
      uri, &c->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
      NULL);
  free(uri);
  return code;
}

int sqlite_connection_connect(sqlite_connection *c, int flags, error *e) {
  enum { STEPS = 4000 }; // of SQLite's machine, some 0.1 ms
  int code = c->immutable ? open_immutable(c)
                          : sqlite3_open_v2(c->path, &c->db,
                                            flags | SQLITE_OPEN_NOMUTEX, NULL);
  if (code != SQLITE_OK)
    return sqlite_connection_fail(c, code, e);
  sqlite3_extended_result_codes(c->db, 1);
  sqlite3_busy_handler(c->db, while_busy, c);
  sqlite3_progress_handler(c->db, STEPS, while_running, c);
  // Whoever made the file: what its schema says does not run here.
  code = sqlite_guard_disarm(c->db);
  if (code == SQLITE_OK)
    code = sqlite_sums_register(c->db);
  return code == SQLITE_OK ? 0 : sqlite_connection_fail(c, code, e);
}

int sqlite_connection_open_reader(sqlite_connection *c, error *e) {
  if (c->db)
    return 0;
  int status = sqlite_connection_connect(c, SQLITE_OPEN_READONLY, e);
  if (status == 0)
    status = sqlite_connection_do(c, "PRAGMA cache_size = -8000", e);
  if (status < 0)
    sqlite_connection_close(c);
  return status;
}

void sqlite_connection_close(sqlite_connection *c) {
  for (int i = 0; i < SQLITE_CONNECTION_STATEMENTS; i++)
    sqlite3_finalize(c->kept[i].statement);
  memset(c->kept, 0, sizeof c->kept);
  if (c->mark) {
    char sql[80];
    snprintf(sql, sizeof sql, "DELETE FROM vision_openers WHERE id = %lld",
             (long long)c->mark);
    sqlite_connection_do(c, sql, NULL);
  }
  c->mark = 0;
  sqlite3_close(c->db);
  c->db = NULL;
}

void sqlite_connection_delete(sqlite_connection *c) {
  if (!c)
    return;
  sqlite_connection_close(c);
  free(c);
}

// ---- SQL of our own ----

int sqlite_connection_do(sqlite_connection *c, const char *sql, error *e) {
  errno = 0;
  int code = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
  return code == SQLITE_OK ? 0 : sqlite_connection_fail(c, code, e);
}

int sqlite_connection_number(sqlite_connection *c, const char *sql,
                             int64_t *out, error *e) {
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2(c->db, sql, -1, &statement, NULL);
  if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW)
    *out = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return code == SQLITE_ROW || code == SQLITE_DONE
             ? 0
             : sqlite_connection_fail(c, code, e);
}
