// SPDX-License-Identifier: MIT
#ifndef VISION_POSTGRES_TRANSACTION_H
#define VISION_POSTGRES_TRANSACTION_H

#include "core.h"

#include <libpq-fe.h>

// A list of statements that happen all or not at all, their values, and, once
// it is done, their results or why it failed.

#define TRANSACTION_BYTES_MAX ((size_t)64 << 20) // of texts and values
#define RESULT_BYTES_MAX ((size_t)128 << 20)     // of libpq's rows

typedef struct pg_value {
  size_t offset; // in the transaction's bytes
  int length;    // -1: NULL
  bool is_binary;
} pg_value;

typedef struct pg_statement {
  size_t sql;         // offset in the bytes
  size_t first_value; // in the list of values
  int value_count;
  bool must_change; // where it changes no row, nothing happens at all
  PGresult *result; // NULL until it has been carried out
} pg_statement;

enum transaction_state {
  TRANSACTION_WAITING,
  TRANSACTION_SENT,
  TRANSACTION_DONE
};

// What is known of a failed one.
enum transaction_fate {
  FATE_UNDONE,  // it changed nothing
  FATE_UNTRIED, // the same, for the connection was lost: worth another try
  FATE_UNKNOWN, // the connection was lost before it was confirmed
};

typedef struct transaction {
  completion done;
  loop *loop;
  struct connection *connection; // NULL before and after
  struct transaction *next;      // in one of its lists
  enum transaction_state state;
  bool is_read;      // changes nothing
  bool is_alone;     // shares its commit with no other
  bool is_unnamed;   // its statements cannot be prepared before it begins
  bool is_ending;    // COMMIT or ROLLBACK has been sent
  bool is_abandoned; // nobody waits for it: freed when it is done
  unsigned tries;    // carried out again so often
  uint64_t since_ms; // when it was queued
  char *bytes;
  size_t length, capacity;
  pg_value *values;
  size_t value_count, value_capacity;
  pg_statement *statements;
  size_t count, statement_capacity;
  // Once it is done:
  error why;        // reason NONE: it is committed
  char sqlstate[6]; // empty: the server did not say one
  size_t index;     // from 1, of the statement that failed; 0: none of them
  enum transaction_fate fate;
} transaction;

// NULL: MEMORY.
transaction *transaction_new(loop *l, error *e);

// Adds a statement; its values are added after it. -1: TOO_LARGE or MEMORY.
int transaction_add(transaction *t, const char *sql, bool must_change,
                    error *e);
// bytes NULL: NULL. -1: TOO_LARGE or MEMORY.
int transaction_add_value(transaction *t, const char *bytes, size_t length,
                          bool is_binary, error *e);

const char *transaction_sql(const transaction *t, const pg_statement *s);
bool transaction_must_change(const transaction *t); // one of its statements

// For another try: no results, no failure.
void transaction_reset(transaction *t);

// The result of statement `index` (from 0), which belongs to it from now on. Of
// a read one beyond RESULT_BYTES_MAX becomes its failure, TOO_LARGE.
void transaction_take(transaction *t, size_t index, PGresult *result);

// What the server answered to statement `index` (0: to none of them) becomes
// the failure, unless there is one already.
void transaction_note(transaction *t, size_t index, const PGresult *failure);

// Ends it; from now on it belongs to who holds it, or is freed.
void transaction_finish(transaction *t);

// At any time. What has been sent is carried out all the same.
void transaction_delete(transaction *t);

// Rows that it inserted, changed or deleted.
double statement_changes(const pg_statement *s);

#endif
