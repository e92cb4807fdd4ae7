// SPDX-License-Identifier: MIT
#include "connection_internal.h"

#include <string.h>

static const unsigned TRIES_MAX = 5; // against deadlocks and the like

static void owed_is_paid(connection *c) {
  ring_drop(&c->owed);
  c->answered = false;
}

static void carry_out_again(connection *c, transaction *t) {
  transaction_reset(t);
  t->state = TRANSACTION_WAITING;
  t->is_alone = true;
  queue_push_front(&c->waiting, t);
}

// Another transaction was in the way, or the name that this one relied on was
// never given.
static bool is_worth_another_try(transaction *t) {
  static const char *const passing[] = {"40001", "40P01", "26000"};
  for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
    if (strcmp(t->sqlstate, passing[i]) == 0)
      return t->tries++ < TRIES_MAX;
  return false;
}

static void end_group(connection *c, transaction *last) {
  bool failed;
  size_t count;
  transaction_queue group = queue_take(&c->sent, last, &failed, &count);
  transaction_queue again = {0};
  for (transaction *t; (t = queue_pop(&group));)
    if (failed && !t->is_abandoned && (count > 1 || is_worth_another_try(t)))
      queue_push(&again, t);
    else
      pipeline_finish(c, t);
  while (again.first) { // the first one ends up in front
    transaction *t = again.last;
    queue_remove(&again, t);
    carry_out_again(c, t);
  }
}

static void judge_changes(transaction *t) {
  size_t i = 0;
  // Statements before the one that failed have their results.
  while (i < t->count && t->statements[i].result &&
         (!t->statements[i].must_change ||
          statement_changes(&t->statements[i]) > 0))
    i++;
  if (i == t->count || !t->statements[i].result)
    return;
  t->sqlstate[0] = '\0';
  t->index = i + 1;
  t->fate = FATE_UNDONE;
  core->error_set(&t->why, REASON_UNMET,
                  "statement %zu of the transaction changed nothing", i + 1);
}

// Its statements are answered: now it is committed, or all of it taken back.
static void end_exclusive(connection *c, transaction *t) {
  if (!t->is_ending) {
    judge_changes(t);
    t->is_ending = true;
    if (pipeline_send_end(c, t) != 0)
      connection_lose(c, REASON_STORE_UNAVAILABLE, PQerrorMessage(c->pg));
    return;
  }
  c->exclusive = NULL;
  end_group(c, t);
}

static void take_sync(connection *c) {
  transaction *last = ring_first(&c->owed)->transaction;
  owed_is_paid(c);
  c->syncs--;
  if (last && last == c->exclusive)
    end_exclusive(c, last);
  else if (last)
    end_group(c, last);
}

// A server that says farewell instead of confirming a commit may have made it.
static bool is_farewell(const expected *x, const PGresult *failure) {
  const char *severity =
      PQresultErrorField(failure, PG_DIAG_SEVERITY_NONLOCALIZED);
  return (x->kind == EXPECT_SYNC || x->kind == EXPECT_CONTROL) &&
         (!severity || strcmp(severity, "ERROR") != 0);
}

static void take_failure(connection *c, expected *x, const PGresult *failure) {
  if (!PQresultErrorField(failure, PG_DIAG_SQLSTATE)) {
    // libpq's own: it is the connection that failed, not the statement.
    connection_lose(c, REASON_STORE_UNAVAILABLE, PQresultErrorMessage(failure));
    return;
  }
  if (x->kind == EXPECT_PREPARED) {
    // It may need what the transaction itself makes first, or be wrong: carried
    // out without a name it tells.
    x->prepared->state = PREPARED_NOT;
    x->transaction->is_unnamed = true;
  } else if (x->transaction && !is_farewell(x, failure)) {
    size_t index = x->kind == EXPECT_STATEMENT ? x->statement + 1 : 0;
    transaction_note(x->transaction, index, failure);
  }
}

static void take_success(expected *x, PGresult *result) {
  if (x->kind == EXPECT_STATEMENT) {
    transaction_take(x->transaction, x->statement, result);
    return;
  }
  if (x->kind == EXPECT_PREPARED)
    x->prepared->state = PREPARED_READY;
  PQclear(result);
}

static void take_result(connection *c, PGresult *result) {
  expected *x = ring_first(&c->owed);
  c->answered = true;
  switch (PQresultStatus(result)) {
  case PGRES_PIPELINE_SYNC:
    PQclear(result);
    take_sync(c);
    break;
  case PGRES_PIPELINE_ABORTED: // one before it failed
    if (x->kind == EXPECT_PREPARED)
      x->prepared->state = PREPARED_NOT;
    PQclear(result);
    break;
  case PGRES_FATAL_ERROR:
    take_failure(c, x, result);
    PQclear(result);
    break;
  default:
    take_success(x, result);
  }
}

// NULL ends the results of a question; of a commit, why it failed, and what
// confirms that it is over is still to come.
static bool take_next(connection *c) {
  PGresult *result = PQgetResult(c->pg);
  if (result) {
    take_result(c, result);
    return true;
  }
  if (!c->answered)
    return false;
  if (ring_first(&c->owed)->kind == EXPECT_SYNC)
    c->answered = false;
  else
    owed_is_paid(c);
  return true;
}

bool pipeline_take(connection *c) {
  bool taken = false;
  while (c->state == CONNECTION_OPEN && ring_first(&c->owed) &&
         !PQisBusy(c->pg) && take_next(c))
    taken = true;
  if (taken && c->state == CONNECTION_OPEN)
    connection_still_lives(c);
  return taken;
}

void pipeline_receive(connection *c) {
  bool is_there = PQconsumeInput(c->pg) != 0;
  pipeline_take(c);
  if (c->state != CONNECTION_OPEN)
    return;
  if (!is_there || PQstatus(c->pg) == CONNECTION_BAD)
    connection_lose(c, REASON_STORE_UNAVAILABLE, PQerrorMessage(c->pg));
}
