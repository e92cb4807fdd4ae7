// SPDX-License-Identifier: MIT
#include "sqlite_guard.h"

#include <string.h>

enum { STEPS = 100000000, EVERY = 1000 };

static int is_over(void *argument) {
  sqlite_guard *g = argument;
  g->steps -= EVERY;
  return g->steps < 0;
}

void sqlite_guard_refill(sqlite_guard *g) { g->steps = STEPS; }

int sqlite_guard_disarm(sqlite3 *db) {
  static const struct {
    int setting, value;
  } settings[] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},
                  {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                  {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                  {SQLITE_DBCONFIG_ENABLE_VIEW, 0}};
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
    int code = sqlite3_db_config(db, settings[i].setting, settings[i].value,
                                 (int *)NULL);
    if (code != SQLITE_OK)
      return code;
  }
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  return sqlite3_exec(db, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0",
                      NULL, NULL, NULL);
}

int sqlite_guard_init(sqlite_guard *g, sqlite3 *db) {
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, SQLITE_GUARD_VALUE_MAX);
  sqlite_guard_refill(g);
  sqlite3_progress_handler(db, EVERY, is_over, g);
  return sqlite_guard_disarm(db);
}

// ---- the schema ----

// Which of a list a text is; -1: none.
static int find(const char *text, const char *const list[]) {
  for (int i = 0; text && list[i]; i++)
    if (strcmp(text, list[i]) == 0)
      return i;
  return -1;
}

static unsigned all_of(const char *const list[]) {
  unsigned bits = 0;
  for (int i = 0; list[i]; i++)
    bits |= 1U << i;
  return bits;
}

static const char *column(sqlite3_stmt *statement, int index) {
  return (const char *)sqlite3_column_text(statement, index);
}

int sqlite_guard_compare(sqlite3 *db, const char *const statements[],
                         const char *const automatic[], bool *same) {
  sqlite3_stmt *rows;
  unsigned said = 0, made = 0;
  int code = sqlite3_prepare_v2(db, "SELECT sql, name FROM sqlite_master", -1,
                                &rows, NULL);
  *same = true;
  while (code == SQLITE_OK && *same &&
         (code = sqlite3_step(rows)) == SQLITE_ROW) {
    bool by_itself = sqlite3_column_type(rows, 0) == SQLITE_NULL;
    int i = by_itself ? find(column(rows, 1), automatic)
                      : find(column(rows, 0), statements);
    unsigned *seen = by_itself ? &made : &said, bit = i < 0 ? 0 : 1U << i;
    *same = i >= 0 && (*seen & bit) == 0;
    *seen |= bit;
    code = SQLITE_OK;
  }
  sqlite3_finalize(rows);
  *same = *same && said == all_of(statements) && made == all_of(automatic);
  return code == SQLITE_DONE ? SQLITE_OK : code;
}
