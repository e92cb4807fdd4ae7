// SPDX-License-Identifier: MIT
#include "transaction.h"

#include "connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES_MAX = 65535 }; // the protocol counts them in two bytes

transaction *transaction_new(loop *l, error *e) {
  transaction *t = calloc(1, sizeof *t);
  if (!t) {
    core->error_memory(e);
    return NULL;
  }
  core->completion_init(&t->done);
  t->loop = core->loop_ref(l);
  return t;
}

static void transaction_free(transaction *t) {
  transaction_reset(t);
  core->loop_unref(t->loop);
  free(t->bytes);
  free(t->values);
  free(t->statements);
  free(t);
}

// ---- statements and values ----

// Room for one more in a growing list. -1: MEMORY.
static int grow(void *list, size_t item_size, size_t count, size_t *capacity,
                error *e) {
  if (count < *capacity)
    return 0;
  size_t wider = *capacity > 0 ? *capacity * 2 : 8;
  void *grown = realloc(*(void **)list, wider * item_size);
  if (!grown)
    return core->error_memory(e);
  *(void **)list = grown;
  *capacity = wider;
  return 0;
}

// Texts lie one after the other, each with a zero byte behind it, which libpq
// wants. -1: TOO_LARGE or MEMORY.
static int add_bytes(transaction *t, const char *bytes, size_t length,
                     size_t *offset, error *e) {
  if (length >= TRANSACTION_BYTES_MAX - t->length)
    return core->error_set(e, REASON_TOO_LARGE,
                           "the values of one transaction take more than %zu "
                           "MiB: write fewer at a time",
                           TRANSACTION_BYTES_MAX >> 20);
  size_t needed = t->length + length + 1;
  if (needed > t->capacity) {
    size_t wider = t->capacity * 2 > needed ? t->capacity * 2 : needed + 256;
    char *grown = realloc(t->bytes, wider);
    if (!grown)
      return core->error_memory(e);
    t->bytes = grown;
    t->capacity = wider;
  }
  memcpy(t->bytes + t->length, bytes, length);
  t->bytes[t->length + length] = '\0';
  *offset = t->length;
  t->length = needed;
  return 0;
}

int transaction_add(transaction *t, const char *sql, bool must_change,
                    error *e) {
  pg_statement s = {.first_value = t->value_count, .must_change = must_change};
  if (grow(&t->statements, sizeof s, t->count, &t->statement_capacity, e) ||
      add_bytes(t, sql, strlen(sql), &s.sql, e))
    return -1;
  t->statements[t->count++] = s;
  return 0;
}

int transaction_add_value(transaction *t, const char *bytes, size_t length,
                          bool is_binary, error *e) {
  if (t->statements[t->count - 1].value_count >= VALUES_MAX)
    return core->error_set(e, REASON_TOO_LARGE,
                           "a statement takes at most %d values", VALUES_MAX);
  pg_value v = {.length = bytes ? (int)length : -1, .is_binary = is_binary};
  if (grow(&t->values, sizeof v, t->value_count, &t->value_capacity, e) ||
      (bytes && add_bytes(t, bytes, length, &v.offset, e)))
    return -1;
  t->values[t->value_count++] = v;
  t->statements[t->count - 1].value_count++;
  return 0;
}

const char *transaction_sql(const transaction *t, const pg_statement *s) {
  return t->bytes + s->sql;
}

bool transaction_must_change(const transaction *t) {
  for (size_t i = 0; i < t->count; i++)
    if (t->statements[i].must_change)
      return true;
  return false;
}

double statement_changes(const pg_statement *s) {
  // The tag of SELECT has a number, too: of the rows it gave.
  if (strncmp(PQcmdStatus(s->result), "SELECT", 6) == 0)
    return 0;
  return strtod(PQcmdTuples(s->result), NULL);
}

// ---- how it ends ----

void transaction_reset(transaction *t) {
  for (size_t i = 0; i < t->count; i++) {
    PQclear(t->statements[i].result);
    t->statements[i].result = NULL;
  }
  t->why.reason = REASON_NONE;
  t->is_ending = false;
  t->index = 0;
  t->sqlstate[0] = '\0';
}

void transaction_take(transaction *t, size_t index, PGresult *result) {
  t->statements[index].result = result;
  if (t->is_read && PQresultMemorySize(result) > RESULT_BYTES_MAX)
    core->error_set(&t->why, REASON_TOO_LARGE,
                    "PostgreSQL: the rows take more than %zu MiB: ask for "
                    "fewer at a time",
                    RESULT_BYTES_MAX >> 20);
}

// The reason of an SQLSTATE: the longest beginning that fits counts.
static enum reason reason_of(const char *state) {
  static const struct {
    const char *beginning;
    enum reason reason;
  } reasons[] = {
      {"57014", REASON_TIMEOUT},
      {"25P03", REASON_TIMEOUT},
      {"53100", REASON_STORE_FULL},
      {"XX001", REASON_STORE_DAMAGED},
      {"XX002", REASON_STORE_DAMAGED},
      {"25006", REASON_STORE_UNAVAILABLE},
      {"08", REASON_STORE_UNAVAILABLE},
      {"53", REASON_STORE_UNAVAILABLE},
      {"57P", REASON_STORE_UNAVAILABLE},
      {"40", REASON_STORE_UNAVAILABLE},
      {"22", REASON_INPUT},
      {"54", REASON_TOO_LARGE},
  };
  for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
    if (strncmp(state, reasons[i].beginning, strlen(reasons[i].beginning)) == 0)
      return reasons[i].reason;
  return REASON_INTERNAL;
}

void transaction_note(transaction *t, size_t index, const PGresult *failure) {
  if (t->why.reason != REASON_NONE)
    return;
  const char *state = PQresultErrorField(failure, PG_DIAG_SQLSTATE);
  const char *message = PQresultErrorField(failure, PG_DIAG_MESSAGE_PRIMARY);
  snprintf(t->sqlstate, sizeof t->sqlstate, "%s", state ? state : "");
  t->index = index;
  t->fate = FATE_UNDONE;
  core->error_set(&t->why, reason_of(t->sqlstate), "PostgreSQL: %s (%s)",
                  message ? message : "it failed", t->sqlstate);
}

void transaction_finish(transaction *t) {
  t->state = TRANSACTION_DONE;
  t->connection = NULL;
  if (t->is_abandoned)
    transaction_free(t);
  else
    core->loop_complete(t->loop, &t->done);
}

void transaction_delete(transaction *t) {
  if (!t || core->loop_is_inherited(t->loop))
    return;
  core->loop_forget(t->loop, &t->done);
  if (t->state == TRANSACTION_SENT) {
    t->is_abandoned = true;
    return;
  }
  if (t->connection)
    connection_forget(t->connection, t);
  transaction_free(t);
}
