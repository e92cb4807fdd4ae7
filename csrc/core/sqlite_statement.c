// SPDX-License-Identifier: MIT
// Statements: compiled and kept, given their parameters, stepped through.
#include "sqlite_connection.h"

#include <errno.h>
#include <string.h>

static bool is_blank(const char *text) {
  return text[strspn(text, " \t\r\n;")] == '\0';
}

static sqlite3_stmt *compile(sqlite_connection *c, const sql_statement *s,
                             error *e) {
  sqlite3_stmt *statement;
  const char *rest;
  int code = sqlite3_prepare_v3(c->db, s->sql, (int)s->length + 1,
                                SQLITE_PREPARE_PERSISTENT, &statement, &rest);
  if (code != SQLITE_OK) {
    sqlite_connection_fail(c, code, e);
    return NULL;
  }
  if (!statement || !is_blank(rest)) {
    error_set(e, REASON_INTERNAL, "one SQL statement expected: %s", s->sql);
    sqlite3_finalize(statement);
    return NULL;
  }
  return statement;
}

static bool is_of(const kept_statement *k, const sql_statement *s) {
  return k->statement && k->length == s->length &&
         memcmp(sqlite3_sql(k->statement), s->sql, s->length) == 0;
}

// The compiled statement, kept; it takes the place of what was not used for the
// longest time.
static sqlite3_stmt *prepare(sqlite_connection *c, const sql_statement *s,
                             error *e) {
  kept_statement *oldest = c->kept;
  c->uses++;
  for (kept_statement *k = c->kept; k < c->kept + SQLITE_CONNECTION_STATEMENTS;
       k++) {
    if (is_of(k, s)) {
      k->used = c->uses;
      return k->statement;
    }
    if (k->used < oldest->used)
      oldest = k;
  }
  sqlite3_stmt *statement = compile(c, s, e);
  if (!statement)
    return NULL;
  sqlite3_finalize(oldest->statement);
  *oldest = (kept_statement){statement, (uint32_t)s->length, c->uses};
  return statement;
}

static int bind_value(sqlite3_stmt *statement, int index, const sql_value *v) {
  switch (v->type) {
  case SQL_INTEGER:
    return sqlite3_bind_int64(statement, index, v->integer);
  case SQL_REAL:
    return sqlite3_bind_double(statement, index, v->real);
  case SQL_TEXT:
    return sqlite3_bind_text64(statement, index, v->bytes, v->size,
                               SQLITE_STATIC, SQLITE_UTF8);
  case SQL_BLOB:
    return sqlite3_bind_blob64(statement, index, v->bytes, v->size,
                               SQLITE_STATIC);
  case SQL_NULL:
    break;
  }
  return sqlite3_bind_null(statement, index);
}

static int bind_values(sqlite_connection *c, sqlite3_stmt *statement,
                       const sql_statement *s, error *e) {
  size_t wanted = (size_t)sqlite3_bind_parameter_count(statement);
  const char *at = s->values;
  if (wanted != s->parameters)
    return error_set(e, REASON_INTERNAL, "%zu parameters expected, got %zu: %s",
                     wanted, s->parameters, s->sql);
  for (size_t i = 1; i <= s->parameters; i++) {
    sql_value v = sql_next_value(&at);
    int code = bind_value(statement, (int)i, &v);
    if (code != SQLITE_OK)
      return sqlite_connection_fail(c, code, e);
  }
  return 0;
}

static sql_value cell(sqlite3_stmt *statement, int column) {
  sql_value v = {.type = SQL_NULL};
  switch (sqlite3_column_type(statement, column)) {
  case SQLITE_INTEGER:
    v.type = SQL_INTEGER;
    v.integer = sqlite3_column_int64(statement, column);
    break;
  case SQLITE_FLOAT:
    v.type = SQL_REAL;
    v.real = sqlite3_column_double(statement, column);
    break;
  case SQLITE_TEXT:
    v.type = SQL_TEXT;
    v.bytes = sqlite3_column_text(statement, column);
    v.size = (size_t)sqlite3_column_bytes(statement, column);
    break;
  case SQLITE_BLOB:
    v.type = SQL_BLOB;
    v.bytes = sqlite3_column_blob(statement, column);
    v.size = (size_t)sqlite3_column_bytes(statement, column);
    break;
  default:
    break;
  }
  return v;
}

static int take_names(sqlite3_stmt *statement, sql_rows *rows, error *e) {
  rows->columns = (size_t)sqlite3_column_count(statement);
  for (size_t i = 0; i < rows->columns; i++) {
    sql_value v = {.type = SQL_TEXT,
                   .bytes = sqlite3_column_name(statement, (int)i)};
    if (!v.bytes)
      return error_memory(e);
    v.size = strlen(v.bytes);
    if (sql_rows_value(rows, &v, e) < 0)
      return -1;
  }
  return 0;
}

static int take_row(sqlite3_stmt *statement, sql_rows *rows, error *e) {
  if (rows->count == SQL_ROWS_MAX)
    return error_set(e, REASON_TOO_LARGE,
                     "more than %d rows: ask for them in pages", SQL_ROWS_MAX);
  rows->count++;
  for (size_t i = 0; i < rows->columns; i++) {
    sql_value v = cell(statement, (int)i);
    if (sql_rows_value(rows, &v, e) < 0)
      return -1;
  }
  return 0;
}

// With its first step SQLite compiles a statement anew where the tables have
// changed: so what its columns are shows only then.
static int step_through(sqlite_connection *c, sqlite3_stmt *statement,
                        sql_rows *rows, error *e) {
  int code = sqlite3_step(statement);
  int status = take_names(statement, rows, e);
  while (status == 0 && code == SQLITE_ROW) {
    status = take_row(statement, rows, e);
    if (status == 0)
      code = sqlite3_step(statement);
  }
  if (status == 0 && code != SQLITE_DONE)
    status = sqlite_connection_fail(c, code, e);
  return status;
}

int sqlite_connection_run(sqlite_connection *c, const sql_statement *s,
                          sql_rows *rows, error *e) {
  errno = 0; // see sqlite_connection_fail
  sql_rows_init(rows);
  sqlite3_stmt *statement = prepare(c, s, e);
  if (!statement)
    return -1;
  int64_t before = sqlite3_total_changes64(c->db);
  int status = bind_values(c, statement, s, e);
  if (status == 0)
    status = step_through(c, statement, rows, e);
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  // Of a statement that changes nothing SQLite keeps the number of the last.
  if (sqlite3_total_changes64(c->db) != before)
    rows->changes = sqlite3_changes64(c->db);
  return status;
}
