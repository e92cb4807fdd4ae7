// SPDX-License-Identifier: MIT
#include "sqlite_file.h"

#include "digest.h"
#include "sqlite_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 2000, PRUNE_EVERY = 100, VERSION = 2, OURS = 0x76697363 };

enum { GET, PUT, DROP, STATEMENTS };

struct sqlite_file {
  sqlite3 *db; // NULL: not open
  sqlite3_stmt *statements[STATEMENTS];
  sqlite_guard guard;
  double max_bytes;
  struct stat opened; // which file it is, as long as it is open
  int puts;           // since it was last pruned
  char notice[ERROR_MESSAGE_MAX];
  char path[]; // terminated by zero
};

static const char *const TEXTS[STATEMENTS] = {
    "SELECT value, expires, digest FROM entries"
    " WHERE key = ?1 AND expires > ?2",
    "INSERT OR REPLACE INTO entries (key, value, expires, digest)"
    " VALUES (?1, ?2, ?3, ?4)",
    "DELETE FROM entries WHERE key = ?1"};

// `id` rises: the order of putting.
#define TABLE                                                                  \
  "entries (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE,"                 \
  " value BLOB NOT NULL, expires REAL NOT NULL, digest BLOB NOT NULL)"
#define INDEX "by_end ON entries (expires)"

// As SQLite writes them down.
static const char *const SCHEMA[] = {"CREATE TABLE " TABLE,
                                     "CREATE INDEX " INDEX, NULL};
static const char *const AUTOMATIC[] = {"sqlite_autoindex_entries_1", NULL};

// ---- errors ----

static int fail(sqlite_file *f, int code, error *e) {
  static const struct {
    int code;
    enum reason reason;
  } reasons[] = {{SQLITE_NOMEM, REASON_MEMORY},
                 {SQLITE_BUSY, REASON_TIMEOUT},
                 {SQLITE_CANTOPEN, REASON_UNREADABLE},
                 {SQLITE_READONLY, REASON_UNREADABLE},
                 {SQLITE_PERM, REASON_UNREADABLE}};
  enum reason reason = REASON_INTERNAL;
  for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
    if (reasons[i].code == (code & 0xFF))
      reason = reasons[i].reason;
  return error_set(e, reason, "the database %s: %s", f->path,
                   f->db ? sqlite3_errmsg(f->db) : sqlite3_errstr(code));
}

// What takes too many steps is no file of ours: its pages lead in circles.
static bool is_damage(int code) {
  code &= 0xFF;
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB ||
         code == SQLITE_INTERRUPT;
}

static const char *damage_text(int code) {
  return (code & 0xFF) == SQLITE_INTERRUPT ? "an operation came to no end"
                                           : sqlite3_errstr(code);
}

// ---- opening ----

static void close_db(sqlite_file *f) {
  for (int i = 0; i < STATEMENTS; i++) {
    sqlite3_finalize(f->statements[i]);
    f->statements[i] = NULL;
  }
  sqlite3_close(f->db);
  f->db = NULL;
}

static int cannot_open(sqlite_file *f, error *e) {
  int code = errno;
  char reason[128];
  return error_set(e, code == ENOENT ? REASON_NOT_FOUND : REASON_UNREADABLE,
                   "cannot open the database %s: %s", f->path,
                   strerror_r(code, reason, sizeof reason));
}

// The file is made by us, so that it is nobody else's to read; what SQLite lays
// beside it gets the same rights. One that is there is left closed: closing it
// would take away the locks of other connections in this process.
static int make_file(sqlite_file *f, error *e) {
  int fd = open(f->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0)
    close(fd);
  else if (errno != EEXIST)
    return cannot_open(f, e);
  if (stat(f->path, &f->opened) < 0)
    return cannot_open(f, e);
  return S_ISREG(f->opened.st_mode)
             ? 0
             : error_set(e, REASON_UNREADABLE,
                         "cannot open the database %s: it is no ordinary file",
                         f->path);
}

static int read_number(sqlite_file *f, const char *sql, int64_t *out) {
  sqlite3_stmt *statement;
  int code = sqlite3_prepare_v2(f->db, sql, -1, &statement, NULL);
  if (code == SQLITE_OK) {
    code = sqlite3_step(statement);
    *out = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    code = code == SQLITE_ROW ? SQLITE_OK : code;
  }
  sqlite3_finalize(statement);
  return code;
}

static int run(sqlite_file *f, const char *sql) {
  return sqlite3_exec(f->db, sql, NULL, NULL, NULL);
}

static int begin_tables(sqlite_file *f) {
  return run(f, "PRAGMA journal_mode = WAL;"
                "BEGIN IMMEDIATE;"
                "CREATE TABLE IF NOT EXISTS " TABLE ";"
                "CREATE INDEX IF NOT EXISTS " INDEX ";"
                "PRAGMA application_id = 0x76697363;"
                "PRAGMA user_version = 2;"
                "COMMIT;");
}

static int prepare(sqlite_file *f) {
  int code = SQLITE_OK;
  for (int i = 0; i < STATEMENTS && code == SQLITE_OK; i++)
    code = sqlite3_prepare_v3(f->db, TEXTS[i], -1, SQLITE_PREPARE_PERSISTENT,
                              &f->statements[i], NULL);
  return code;
}

enum whose { NEW, OWN, OTHER_VERSION, CHANGED, ANOTHERS };

// In one transaction: somebody may be beginning it just now.
static int find_whose(sqlite_file *f, enum whose *whose) {
  int64_t application = 0, version = 0, tables = 0;
  bool same = false;
  int code = run(f, "BEGIN");
  if (code == SQLITE_OK)
    code = read_number(f, "PRAGMA application_id", &application);
  if (code == SQLITE_OK)
    code = read_number(f, "PRAGMA user_version", &version);
  if (code == SQLITE_OK)
    code = read_number(f, "SELECT count(*) FROM sqlite_master", &tables);
  if (code == SQLITE_OK)
    code = sqlite_guard_compare(f->db, SCHEMA, AUTOMATIC, &same);
  if (code == SQLITE_OK)
    code = run(f, "COMMIT");
  if (application == OURS)
    *whose = version != VERSION ? OTHER_VERSION : same ? OWN : CHANGED;
  else
    *whose = application == 0 && tables == 0 ? NEW : ANOTHERS;
  return code;
}

static int connect(sqlite_file *f, enum whose *whose) {
  int code = sqlite3_open_v2(f->path, &f->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
  if (code != SQLITE_OK)
    return code;
  sqlite3_busy_timeout(f->db, BUSY_MS);
  code = sqlite_guard_init(&f->guard, f->db);
  if (code == SQLITE_OK)
    code = find_whose(f, whose);
  if (code == SQLITE_OK && *whose == NEW) {
    code = begin_tables(f);
    *whose = OWN;
  }
  if (code == SQLITE_OK && *whose == OWN)
    code = run(f, "PRAGMA synchronous = NORMAL");
  if (code == SQLITE_OK && *whose == OWN)
    code = prepare(f);
  return code;
}

// Where several begin a file at once, some are told at once that it is locked,
// without the wait that was set: so they try again.
static int connect_within_time(sqlite_file *f, enum whose *whose) {
  enum { PAUSE_MS = 10 };
  for (int waited_ms = 0;; waited_ms += PAUSE_MS) {
    int code = connect(f, whose);
    if ((code & 0xFF) != SQLITE_BUSY || waited_ms >= BUSY_MS)
      return code;
    close_db(f);
    sqlite3_sleep(PAUSE_MS);
  }
}

static void rename_beside(const sqlite_file *f, const char *suffix) {
  size_t room = strlen(f->path) + 16;
  char *from = malloc(room), *to = malloc(room);
  if (from && to) {
    snprintf(from, room, "%s%s", f->path, suffix);
    snprintf(to, room, "%s.old%s", f->path, suffix);
    rename(from, to);
  }
  free(from);
  free(to);
}

// Only the file that was found bad: another process may have been faster.
static void set_aside(sqlite_file *f, const char *why) {
  struct stat now;
  close_db(f);
  if (stat(f->path, &now) < 0 || now.st_ino != f->opened.st_ino ||
      now.st_dev != f->opened.st_dev)
    return;
  rename_beside(f, "");
  rename_beside(f, "-wal");
  rename_beside(f, "-shm");
  snprintf(f->notice, sizeof f->notice,
           "the database %s was set aside as %s.old and begun anew: %s",
           f->path, f->path, why);
}

static int open_once(sqlite_file *f, bool may_set_aside, error *e) {
  enum whose whose = NEW;
  if (make_file(f, e) < 0)
    return -1;
  int code = connect_within_time(f, &whose);
  if (code == SQLITE_OK && whose == OWN)
    return 0;
  if (code == SQLITE_OK && whose == ANOTHERS) {
    close_db(f);
    return error_set(e, REASON_INVALID_OPTION,
                     "%s is another program's database; name another file",
                     f->path);
  }
  if (may_set_aside && (code == SQLITE_OK || is_damage(code))) {
    set_aside(f, code != SQLITE_OK  ? damage_text(code)
                 : whose == CHANGED ? "somebody has changed its tables"
                                    : "it is of another version");
    return open_once(f, false, e);
  }
  fail(f, code, e);
  close_db(f);
  return -1;
}

int sqlite_file_open(sqlite_file *f, error *e) {
  if (!f->db)
    return open_once(f, true, e);
  sqlite_guard_refill(&f->guard);
  return 0;
}

sqlite_file *sqlite_file_new(const char *path, double max_bytes, error *e) {
  size_t size = strlen(path) + 1;
  sqlite_file *f = calloc(1, sizeof *f + size);
  if (!f) {
    error_memory(e);
    return NULL;
  }
  memcpy(f->path, path, size);
  f->max_bytes = max_bytes;
  return f;
}

void sqlite_file_delete(sqlite_file *f) {
  if (!f)
    return;
  close_db(f);
  free(f);
}

void sqlite_file_take_notice(sqlite_file *f, char notice[ERROR_MESSAGE_MAX]) {
  memcpy(notice, f->notice, ERROR_MESSAGE_MAX);
  f->notice[0] = '\0';
}

// ---- use ----

// Damage that shows only now: the file is begun anew, and what was asked fails
// or finds nothing.
static int failed(sqlite_file *f, int code, error *e) {
  fail(f, code, e);
  if (is_damage(code))
    set_aside(f, damage_text(code));
  return -1;
}

static int bind_key(sqlite3_stmt *statement, const void *key, size_t length) {
  return sqlite3_bind_blob64(statement, 1, key, length, SQLITE_STATIC);
}

// Of all that a row says, so that a changed digit is seen.
static int digest_row(const void *key, size_t length, const void *value,
                      size_t size, double expires, uint8_t out[SHA256_SIZE],
                      error *e) {
  sha256 s = {0};
  uint64_t key_length = length;
  if (sha256_init(&s, e) < 0)
    return -1;
  sha256_update(&s, &key_length, sizeof key_length);
  sha256_update(&s, key, length);
  sha256_update(&s, &expires, sizeof expires);
  sha256_update(&s, value, size);
  sha256_final(&s, out);
  return 0;
}

// 1: the row is as it was put; 0: it is not; -1.
static int check_row(sqlite3_stmt *row, const void *key, size_t length,
                     error *e) {
  uint8_t digest[SHA256_SIZE];
  if (digest_row(key, length, sqlite3_column_blob(row, 0),
                 (size_t)sqlite3_column_bytes(row, 0),
                 sqlite3_column_double(row, 1), digest, e) < 0)
    return -1;
  const void *kept = sqlite3_column_blob(row, 2);
  return sqlite3_column_bytes(row, 2) == SHA256_SIZE &&
         memcmp(kept, digest, SHA256_SIZE) == 0;
}

static int take_row(sqlite3_stmt *row, blob **value, double *expires,
                    error *e) {
  *expires = sqlite3_column_double(row, 1);
  *value = blob_copy(sqlite3_column_blob(row, 0),
                     (size_t)sqlite3_column_bytes(row, 0), e);
  return *value ? 1 : -1;
}

static void reset(sqlite3_stmt *statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
}

// A row that is not as it was put: as if it were not there.
static int drop_row(sqlite_file *f, const void *key, size_t length, error *e) {
  sqlite3_stmt *statement = f->statements[DROP];
  int code = bind_key(statement, key, length);
  if (code == SQLITE_OK)
    code = sqlite3_step(statement);
  reset(statement);
  snprintf(f->notice, sizeof f->notice,
           "the database %s: an entry that was damaged was dropped", f->path);
  return code == SQLITE_DONE ? 0 : failed(f, code, e);
}

int sqlite_file_get(sqlite_file *f, const void *key, size_t length, double now,
                    blob **value, double *expires, error *e) {
  if (sqlite_file_open(f, e) < 0)
    return -1;
  sqlite3_stmt *row = f->statements[GET];
  int code = bind_key(row, key, length), found = 0, sound = 1;
  if (code == SQLITE_OK)
    code = sqlite3_bind_double(row, 2, now);
  if (code == SQLITE_OK)
    code = sqlite3_step(row);
  if (code == SQLITE_ROW)
    sound = check_row(row, key, length, e);
  if (code == SQLITE_ROW && sound > 0)
    found = take_row(row, value, expires, e);
  reset(row);
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    return failed(f, code, e);
  if (sound == 0)
    return drop_row(f, key, length, e);
  return sound < 0 ? -1 : found;
}

int sqlite_file_put(sqlite_file *f, const void *key, size_t length,
                    const blob *value, double expires, double now, error *e) {
  if (sqlite_file_open(f, e) < 0)
    return -1;
  uint8_t digest[SHA256_SIZE];
  if (digest_row(key, length, value->data, value->size, expires, digest, e) < 0)
    return -1;
  sqlite3_stmt *statement = f->statements[PUT];
  int code = bind_key(statement, key, length);
  if (code == SQLITE_OK)
    code = sqlite3_bind_blob64(statement, 2, value->data, value->size,
                               SQLITE_STATIC);
  if (code == SQLITE_OK)
    code = sqlite3_bind_double(statement, 3, expires);
  if (code == SQLITE_OK)
    code = sqlite3_bind_blob(statement, 4, digest, SHA256_SIZE, SQLITE_STATIC);
  if (code == SQLITE_OK)
    code = sqlite3_step(statement);
  reset(statement);
  if (code != SQLITE_DONE)
    return failed(f, code, e);
  return ++f->puts < PRUNE_EVERY ? 0 : sqlite_file_prune(f, now, e);
}

static int used_bytes(sqlite_file *f, int64_t *out) {
  return read_number(
      f,
      "SELECT (page_count - freelist_count) * page_size"
      " FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
      out);
}

// The oldest tenth at a time. Counting them would read them all.
static int drop_too_much(sqlite_file *f) {
  int64_t used = 0;
  int code;
  while ((code = used_bytes(f, &used)) == SQLITE_OK &&
         (double)used > f->max_bytes) {
    code = run(f, "DELETE FROM entries WHERE id <="
                  " (SELECT min(id) FROM entries) +"
                  " ((SELECT max(id) FROM entries) -"
                  " (SELECT min(id) FROM entries)) / 10");
    if (code != SQLITE_OK || sqlite3_changes(f->db) == 0)
      break;
  }
  return code;
}

int sqlite_file_prune(sqlite_file *f, double now, error *e) {
  if (sqlite_file_open(f, e) < 0)
    return -1;
  char sql[160];
  snprintf(sql, sizeof sql,
           "DELETE FROM entries WHERE id IN (SELECT id FROM entries"
           " WHERE expires <= %.6f LIMIT 10000)",
           now);
  f->puts = 0;
  int code = run(f, sql);
  if (code == SQLITE_OK)
    code = drop_too_much(f);
  return code == SQLITE_OK ? 0 : failed(f, code, e);
}

int sqlite_file_clear(sqlite_file *f, error *e) {
  int code;
  do {
    if (sqlite_file_open(f, e) < 0)
      return -1;
    code = run(f, "DELETE FROM entries WHERE id IN"
                  " (SELECT id FROM entries LIMIT 10000)");
  } while (code == SQLITE_OK && sqlite3_changes(f->db) > 0);
  return code == SQLITE_OK ? 0 : failed(f, code, e);
}
