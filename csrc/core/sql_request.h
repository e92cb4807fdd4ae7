// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_SQL_REQUEST_H
#define VISION_CORE_SQL_REQUEST_H

#include "blob.h"
#include "buffer.h"

#include <stdbool.h>

// SQL statements with their parameters, and the rows that they bring: written
// down in one piece of memory each, so that a thread can hand them to another.

enum {
  SQL_BYTES_MAX = 64 << 20, // of a request, and of the rows of a statement
  SQL_ROWS_MAX = 100000,    // of a statement
  SQL_PARAMETERS_MAX = 32766
};

enum sql_type { SQL_NULL, SQL_INTEGER, SQL_REAL, SQL_TEXT, SQL_BLOB };

typedef struct sql_value {
  enum sql_type type;
  int64_t integer;
  double real;
  const void *bytes; // of TEXT and BLOB; not terminated
  size_t size;
  blob *shared; // of a BLOB in a request: its bytes, which are not copied
} sql_value;

// ---- requests ----

// One or more statements, to be carried out in one transaction.
typedef struct sql_request {
  buffer bytes;
  size_t statements;
  size_t shared_bytes; // of the blobs that it refers to
  size_t last;         // where the last statement begins
} sql_request;

void sql_request_init(sql_request *r);
void sql_request_free(sql_request *r);

// Begins a statement. 0; -1: TOO_LARGE, MEMORY.
int sql_request_statement(sql_request *r, const char *sql, size_t length,
                          bool must_change, error *e);

// Adds a parameter to the last statement; takes a reference to a shared blob.
// 0; -1: TOO_LARGE, MEMORY.
int sql_request_value(sql_request *r, const sql_value *v, error *e);

// The bytes that it keeps in memory.
size_t sql_request_size(const sql_request *r);

// ---- reading one ----

typedef struct sql_statement {
  const char *sql; // terminated by zero
  size_t length;
  size_t parameters;
  bool must_change;   // where no row changes, the transaction is undone
  const char *values; // see sql_next_value
} sql_statement;

// Reads the statement at `*at` and moves on; `*at` is NULL before the first.
// False: there is none.
bool sql_next_statement(const sql_request *r, const char **at,
                        sql_statement *out);

// Reads the value at `*at` and moves on. Its bytes stay where they are.
sql_value sql_next_value(const char **at);

// ---- rows ----

// What a statement brought.
typedef struct sql_rows {
  int64_t changes; // rows that it inserted, updated or deleted
  size_t columns;  // 0: a statement that brings no rows
  size_t count;    // of rows
  buffer values;   // the names of the columns, then row by row
} sql_rows;

void sql_rows_init(sql_rows *r);
void sql_rows_free(sql_rows *r);

// Adds a name or a cell. 0; -1: TOO_LARGE, MEMORY.
int sql_rows_value(sql_rows *r, const sql_value *v, error *e);

#endif
