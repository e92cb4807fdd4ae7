// SPDX-License-Identifier: MIT
// How a file of ours is opened to write: whose is it, of which version, and was
// it closed in order? Who has it open stands in it, a row each; one whose
// process has ended did not close it.
#include "sqlite_connection.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VERSION = 1, OURS = 0x76697364 };

static int cannot_open(const sqlite_connection *c, error *e) {
  int code = errno;
  char reason[128];
  return error_set(e, code == ENOENT ? REASON_NOT_FOUND : REASON_UNREADABLE,
                   "cannot open the database %s: %s", c->path,
                   strerror_r(code, reason, sizeof reason));
}

static int check_file(const sqlite_connection *c, int rights, error *e) {
  struct stat about;
  if (stat(c->path, &about) < 0)
    return cannot_open(c, e);
  if (!S_ISREG(about.st_mode))
    return error_set(e, REASON_INVALID_OPTION,
                     "%s is no file: name the file of a database", c->path);
  return access(c->path, rights) < 0 ? cannot_open(c, e) : 0;
}

// The file is made by us, so that it is nobody else's to read; what SQLite lays
// beside it gets the same rights. One that is there is left closed: closing it
// would take away the locks of other connections in this process.
static int make_file(const sqlite_connection *c, error *e) {
  int fd = open(c->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0)
    close(fd);
  else if (errno != EEXIST)
    return cannot_open(c, e);
  return check_file(c, R_OK | W_OK, e);
}

typedef struct identity {
  int64_t application, version, tables;
  int64_t is_marked; // ours; saved as text and read again, it has no number
} identity;

// In one transaction: somebody may be beginning it just now.
static int identify(sqlite_connection *c, identity *out, error *e) {
  if (sqlite_connection_do(c, "BEGIN", e) < 0)
    return -1;
  int status = sqlite_connection_number(c, "PRAGMA application_id",
                                        &out->application, e);
  if (status == 0)
    status =
        sqlite_connection_number(c, "PRAGMA user_version", &out->version, e);
  if (status == 0)
    status = sqlite_connection_number(c, "SELECT count(*) FROM sqlite_master",
                                      &out->tables, e);
  if (status == 0)
    status = sqlite_connection_number(
        c, "SELECT 1 FROM sqlite_master WHERE name = 'vision_openers'",
        &out->is_marked, e);
  sqlite_connection_do(c, "COMMIT", NULL);
  return status;
}

static int refuse_others(const sqlite_connection *c, const identity *i,
                         error *e) {
  bool is_new = i->application == 0 && (i->tables == 0 || i->is_marked);
  if (i->application != OURS && !is_new)
    return error_set(e, REASON_INVALID_OPTION,
                     "%s is another program's database; name another file",
                     c->path);
  if (i->version > VERSION)
    return error_set(e, REASON_STORE_NEWER,
                     "the database %s is of version %d, and this program knows "
                     "%d: update the program, or name another file",
                     c->path, (int)i->version, VERSION);
  return 0;
}

static int refuse_read_only(const sqlite_connection *c, error *e) {
  if (sqlite3_db_readonly(c->db, "main") != 1)
    return 0;
  return error_set(e, REASON_UNREADABLE,
                   "the database %s is read-only: make the file and its "
                   "folder writable",
                   c->path);
}

static int begin_tables(sqlite_connection *c, error *e) {
  return sqlite_connection_do(c,
                              "PRAGMA journal_mode = WAL;"
                              "BEGIN IMMEDIATE;"
                              "CREATE TABLE IF NOT EXISTS vision_openers ("
                              "  id INTEGER PRIMARY KEY, pid INTEGER NOT NULL,"
                              "  started INTEGER NOT NULL);"
                              "PRAGMA application_id = 0x76697364;"
                              "PRAGMA user_version = 1;"
                              "COMMIT;",
                              e);
}

// ---- after a crash ----

// What is found begins with a line that names the database.
static void take_finding(sqlite3_stmt *statement, char *found, size_t size) {
  const char *said = (const char *)sqlite3_column_text(statement, 0);
  const char *line = said ? strchr(said, '\n') : NULL;
  if (said)
    snprintf(found, size, "%s", line ? line + 1 : said);
}

int sqlite_connection_check(sqlite_connection *c, error *e) {
  sqlite3_stmt *statement = NULL;
  char found[128] = "it ends too early";
  int code =
      sqlite3_prepare_v2(c->db, "PRAGMA quick_check(1)", -1, &statement, NULL);
  if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW)
    take_finding(statement, found, sizeof found);
  sqlite3_finalize(statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    return sqlite_connection_fail(c, code, e);
  return strcmp(found, "ok") == 0 ? 0 : sqlite_connection_damaged(c, found, e);
}

static int forget(sqlite_connection *c, int64_t id, error *e) {
  char sql[80];
  snprintf(sql, sizeof sql, "DELETE FROM vision_openers WHERE id = %lld",
           (long long)id);
  return sqlite_connection_do(c, sql, e);
}

// The first one whose process has ended; 0: none.
static int find_dead(sqlite_connection *c, int64_t *id, error *e) {
  sqlite3_stmt *statement = NULL;
  int code =
      sqlite3_prepare_v2(c->db, "SELECT id, pid, started FROM vision_openers",
                         -1, &statement, NULL);
  *id = 0;
  while (code == SQLITE_OK || code == SQLITE_ROW) {
    code = sqlite3_step(statement);
    if (code != SQLITE_ROW)
      break;
    process_owner owner = {sqlite3_column_int64(statement, 1),
                           (uint64_t)sqlite3_column_int64(statement, 2)};
    if (process_owner_is_alive(&owner))
      continue;
    *id = sqlite3_column_int64(statement, 0);
    break;
  }
  sqlite3_finalize(statement);
  return code == SQLITE_ROW || code == SQLITE_DONE
             ? 0
             : sqlite_connection_fail(c, code, e);
}

static int check_after_crash(sqlite_connection *c, error *e) {
  int64_t dead;
  if (find_dead(c, &dead, e) < 0)
    return -1;
  if (dead == 0)
    return 0;
  if (sqlite_connection_check(c, e) < 0)
    return -1;
  while (dead != 0)
    if (forget(c, dead, e) < 0 || find_dead(c, &dead, e) < 0)
      return -1;
  return 0;
}

static int leave_mark(sqlite_connection *c, process_owner self, error *e) {
  char sql[128];
  snprintf(sql, sizeof sql,
           "INSERT INTO vision_openers (pid, started) VALUES (%lld, %lld)",
           (long long)self.pid, (long long)self.started);
  if (sqlite_connection_do(c, sql, e) < 0)
    return -1;
  c->mark = sqlite3_last_insert_rowid(c->db);
  return 0;
}

// ---- opening ----

static int open_once(sqlite_connection *c, bool full_sync, error *e) {
  identity i = {0};
  if (sqlite_connection_connect(c, SQLITE_OPEN_READWRITE, e) < 0 ||
      identify(c, &i, e) < 0 || refuse_others(c, &i, e) < 0 ||
      refuse_read_only(c, e) < 0)
    return -1;
  if (i.application != OURS && begin_tables(c, e) < 0)
    return -1;
  if (sqlite_connection_do(c,
                           "PRAGMA cache_size = -16000;"
                           "PRAGMA journal_size_limit = 67108864",
                           e) < 0)
    return -1;
  return sqlite_connection_do(c,
                              full_sync ? "PRAGMA synchronous = FULL"
                                        : "PRAGMA synchronous = NORMAL",
                              e);
}

// Where several begin a file at once, some are told at once that it is locked,
// without the wait that was set: so they try again.
static int open_within_time(sqlite_connection *c, bool full_sync, error *e) {
  enum { PAUSE_MS = 10, LIMIT_US = 5000000 };
  int64_t began = clock_mono_us();
  for (;;) {
    error found = {0};
    if (open_once(c, full_sync, &found) == 0)
      return 0;
    sqlite_connection_close(c);
    if (found.reason != REASON_STORE_UNAVAILABLE ||
        clock_mono_us() - began >= LIMIT_US) {
      *e = found;
      return -1;
    }
    sqlite3_sleep(PAUSE_MS);
  }
}

int sqlite_connection_open(sqlite_connection *c, process_owner self,
                           bool full_sync, error *e) {
  if (make_file(c, e) < 0 || open_within_time(c, full_sync, e) < 0)
    return -1;
  if (check_after_crash(c, e) == 0 && leave_mark(c, self, e) == 0)
    return 0;
  sqlite_connection_close(c);
  return -1;
}

// ---- to read alone ----

static int read_once(sqlite_connection *c, bool immutable, error *e) {
  identity i = {0};
  c->immutable = immutable;
  if (sqlite_connection_connect(c, SQLITE_OPEN_READONLY, e) == 0 &&
      identify(c, &i, e) == 0 && refuse_others(c, &i, e) == 0)
    return 0;
  sqlite_connection_close(c);
  return -1;
}

// What a program that was killed had not laid into the file yet.
static bool has_log(const sqlite_connection *c) {
  struct stat about;
  char path[PATH_MAX];
  int length = snprintf(path, sizeof path, "%s-wal", c->path);
  return length >= (int)sizeof path ||
         (stat(path, &about) == 0 && about.st_size > 0);
}

// A log is kept beside the file, and its index, which needs room and a folder
// that takes writes. Where there is neither nobody can be writing, and without
// a log the file is all there is.
int sqlite_connection_open_to_read(sqlite_connection *c, error *e) {
  if (check_file(c, R_OK, e) < 0)
    return -1;
  if (read_once(c, false, e) == 0)
    return 0;
  bool cannot_write =
      e->reason == REASON_STORE_FULL || e->reason == REASON_UNREADABLE;
  return cannot_write && !has_log(c) ? read_once(c, true, e) : -1;
}
