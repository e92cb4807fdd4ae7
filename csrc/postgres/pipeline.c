// SPDX-License-Identifier: MIT
#include "connection_internal.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

static const unsigned TRIES_MAX = 5; // against deadlocks and the like

// ---- queues of transactions ----

void queue_push(transaction_queue *q, transaction *t) {
  t->next = NULL;
  if (q->last)
    q->last->next = t;
  else
    q->first = t;
  q->last = t;
}

static void queue_push_front(transaction_queue *q, transaction *t) {
  t->next = q->first;
  q->first = t;
  if (!q->last)
    q->last = t;
}

transaction *queue_pop(transaction_queue *q) {
  transaction *t = q->first;
  if (!t)
    return NULL;
  q->first = t->next;
  if (!q->first)
    q->last = NULL;
  t->next = NULL;
  return t;
}

bool queue_remove(transaction_queue *q, transaction *t) {
  transaction *previous = NULL, *at = q->first;
  while (at && at != t) {
    previous = at;
    at = at->next;
  }
  if (!at)
    return false;
  if (previous)
    previous->next = t->next;
  else
    q->first = t->next;
  if (q->last == t)
    q->last = previous;
  t->next = NULL;
  return true;
}

static void finish(connection *c, transaction *t) {
  c->load--;
  transaction_finish(t);
}

// ---- what the server owes ----

// The ring is straightened when it grows.
static int grow_expected(connection *c) {
  size_t wider = c->expected_capacity > 0 ? c->expected_capacity * 2 : 64;
  expected *ring = malloc(wider * sizeof *ring);
  if (!ring)
    return -1;
  for (size_t i = 0; i < c->expected_count; i++)
    ring[i] = c->expected[(c->expected_first + i) % c->expected_capacity];
  free(c->expected);
  c->expected = ring;
  c->expected_first = 0;
  c->expected_capacity = wider;
  return 0;
}

static int expect(connection *c, expected answer) {
  if (c->expected_count == c->expected_capacity && grow_expected(c) != 0)
    return -1;
  size_t at = (c->expected_first + c->expected_count++) % c->expected_capacity;
  c->expected[at] = answer;
  return 0;
}

static expected *owed(connection *c) {
  return c->expected_count > 0 ? &c->expected[c->expected_first] : NULL;
}

static void owed_is_paid(connection *c) {
  c->expected_first = (c->expected_first + 1) % c->expected_capacity;
  c->expected_count--;
  c->answered = false;
}

// ---- sending: each function gives 0, or -1 where the connection fails ----

static int send_sync(connection *c, transaction *last) {
  if (!PQpipelineSync(c->pg))
    return -1;
  c->syncs++;
  return expect(c, (expected){.kind = EXPECT_SYNC, .transaction = last});
}

static int send_control(connection *c, transaction *t, const char *command) {
  if (!PQsendQueryParams(c->pg, command, 0, NULL, NULL, NULL, NULL, 0))
    return -1;
  return expect(c, (expected){.kind = EXPECT_CONTROL, .transaction = t});
}

static prepared *entry_of(connection *c, const transaction *t, size_t i) {
  if (t->is_unnamed)
    return NULL;
  const char *sql = transaction_sql(t, &t->statements[i]);
  return prepared_find(&c->prepared, sql, NULL);
}

// Room for the values of one statement.
static int make_scratch(connection *c, size_t count) {
  if (count <= c->scratch)
    return 0;
  const char **texts = realloc(c->texts, count * sizeof *texts);
  if (texts)
    c->texts = texts;
  int *lengths = realloc(c->lengths, count * sizeof *lengths);
  if (lengths)
    c->lengths = lengths;
  int *formats = realloc(c->formats, count * sizeof *formats);
  if (formats)
    c->formats = formats;
  if (!texts || !lengths || !formats)
    return -1;
  c->scratch = count;
  return 0;
}

static void lay_out_values(connection *c, const transaction *t,
                           const pg_statement *s) {
  for (int i = 0; i < s->value_count; i++) {
    const pg_value *v = &t->values[s->first_value + (size_t)i];
    c->texts[i] = v->length < 0 ? NULL : t->bytes + v->offset;
    c->lengths[i] = v->length;
    c->formats[i] = v->is_binary;
  }
}

static int send_unprepared(connection *c, const char *sql, int count) {
  char *query = placeholders_number(sql);
  int sent = query && PQsendQueryParams(c->pg, query, count, NULL, c->texts,
                                        c->lengths, c->formats, 0);
  free(query);
  return sent ? 0 : -1;
}

static int send_statement(connection *c, transaction *t, size_t i) {
  const pg_statement *s = &t->statements[i];
  if (make_scratch(c, (size_t)s->value_count) != 0)
    return -1;
  lay_out_values(c, t, s);
  const prepared *p = entry_of(c, t, i);
  int sent = p ? PQsendQueryPrepared(c->pg, p->name, s->value_count, c->texts,
                                     c->lengths, c->formats, 0)
               : send_unprepared(c, transaction_sql(t, s), s->value_count) == 0;
  if (!sent)
    return -1;
  return expect(
      c,
      (expected){.kind = EXPECT_STATEMENT, .transaction = t, .statement = i});
}

static int send_statements(connection *c, transaction *t) {
  t->state = TRANSACTION_SENT;
  queue_push(&c->sent, t);
  for (size_t i = 0; i < t->count; i++)
    if (send_statement(c, t, i) != 0)
      return -1;
  return 0;
}

static bool is_prepared(connection *c, const transaction *t) {
  for (size_t i = 0; i < t->count; i++) {
    const prepared *p = entry_of(c, t, i);
    if (p && p->state == PREPARED_NOT)
      return false;
  }
  return true;
}

// In a commit of their own: a transaction that fails takes no name with it.
static int send_preparations(connection *c, transaction *t) {
  for (size_t i = 0; i < t->count; i++) {
    prepared *p = entry_of(c, t, i);
    if (!p || p->state != PREPARED_NOT)
      continue;
    expected answer = {EXPECT_PREPARED, t, i, p};
    if (!PQsendPrepare(c->pg, p->name, p->query, 0, NULL) ||
        expect(c, answer) != 0)
      return -1;
    p->state = PREPARED_ASKED;
  }
  return send_sync(c, NULL);
}

// What must change something is judged before its commit: nothing else may be
// sent until then.
static int send_exclusive(connection *c, transaction *t) {
  c->exclusive = t;
  if (send_control(c, t, "BEGIN") != 0 || send_statements(c, t) != 0)
    return -1;
  return send_sync(c, t);
}

static bool may_join(connection *c, const transaction *t) {
  return t && !t->is_alone && is_prepared(c, t);
}

// Between two syncs lies one transaction of the server's.
static int send_group(connection *c, transaction *t) {
  size_t count = 0, bytes = 0;
  transaction *last;
  bool alone = t->is_alone;
  do {
    last = t;
    bytes += t->length;
    if (send_statements(c, t) != 0)
      return -1;
    t = NULL;
    if (!alone && ++count < GROUP_MAX && bytes < GROUP_BYTES_MAX &&
        may_join(c, c->waiting.first))
      t = queue_pop(&c->waiting);
  } while (t);
  return send_sync(c, last);
}

static bool is_late(const connection *c, const transaction *t) {
  return uv_now(core->loop_uv(c->loop)) - t->since_ms > c->timeout_ms;
}

static void finish_late(connection *c, transaction *t) {
  core->error_set(&t->why, REASON_TIMEOUT,
                  "PostgreSQL: waited too long for those before it");
  finish(c, t);
}

static int send_next(connection *c) {
  transaction *t = queue_pop(&c->waiting);
  if (is_late(c, t)) {
    finish_late(c, t);
    return 0;
  }
  if (!is_prepared(c, t) && send_preparations(c, t) != 0)
    return -1;
  return transaction_must_change(t) ? send_exclusive(c, t) : send_group(c, t);
}

static bool has_room(const connection *c) {
  return c->state == CONNECTION_OPEN && !c->exclusive && c->syncs < c->depth;
}

void pipeline_send(connection *c) {
  while (c->waiting.first && has_room(c))
    if (send_next(c) != 0) {
      connection_lose(c, REASON_STORE_UNAVAILABLE, PQerrorMessage(c->pg));
      return;
    }
  if (c->state != CONNECTION_OPEN)
    return;
  int left = PQflush(c->pg);
  if (left < 0)
    pipeline_receive(c); // it may have said why before it hung up
  else
    connection_watch(c, UV_READABLE | (left > 0 ? UV_WRITABLE : 0));
}

// ---- receiving ----

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

// The transactions of one commit, out of the list of those sent.
static transaction_queue take_group(connection *c, const transaction *last,
                                    bool *failed, size_t *count) {
  transaction_queue group = {0};
  transaction *t;
  *failed = false;
  *count = 0;
  do {
    t = queue_pop(&c->sent);
    *failed = *failed || t->why.reason != REASON_NONE;
    ++*count;
    queue_push(&group, t);
  } while (t != last);
  return group;
}

static void end_group(connection *c, transaction *last) {
  bool failed;
  size_t count;
  transaction_queue group = take_group(c, last, &failed, &count), again = {0};
  for (transaction *t; (t = queue_pop(&group));)
    if (failed && !t->is_abandoned && (count > 1 || is_worth_another_try(t)))
      queue_push(&again, t);
    else
      finish(c, t);
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
static int end_statements(connection *c, transaction *t) {
  judge_changes(t);
  t->is_ending = true;
  if (send_control(c, t, t->why.reason == REASON_NONE ? "COMMIT" : "ROLLBACK"))
    return -1;
  return send_sync(c, t);
}

static void end_exclusive(connection *c, transaction *t) {
  if (!t->is_ending) {
    if (end_statements(c, t) != 0)
      connection_lose(c, REASON_STORE_UNAVAILABLE, PQerrorMessage(c->pg));
    return;
  }
  c->exclusive = NULL;
  end_group(c, t);
}

static void take_sync(connection *c) {
  transaction *last = owed(c)->transaction;
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
    x->transaction->statements[x->statement].result = result;
    return;
  }
  if (x->kind == EXPECT_PREPARED)
    x->prepared->state = PREPARED_READY;
  PQclear(result);
}

static void take_result(connection *c, PGresult *result) {
  expected *x = owed(c);
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
  if (owed(c)->kind == EXPECT_SYNC)
    c->answered = false;
  else
    owed_is_paid(c);
  return true;
}

void pipeline_receive(connection *c) {
  bool is_there = PQconsumeInput(c->pg) != 0;
  while (c->state == CONNECTION_OPEN && owed(c) && !PQisBusy(c->pg) &&
         take_next(c))
    ;
  if (c->state != CONNECTION_OPEN)
    return;
  if (!is_there || PQstatus(c->pg) == CONNECTION_BAD)
    connection_lose(c, REASON_STORE_UNAVAILABLE, PQerrorMessage(c->pg));
  else
    connection_still_lives(c);
}

// ---- taking transactions, and losing them ----

// A connection that was idle may be gone without anybody having looked: behind
// the server's farewell stands the end.
static void look_after_idling(connection *c) {
  struct pollfd socket = {.fd = c->fd, .events = POLLIN};
  while (c->state == CONNECTION_OPEN && poll(&socket, 1, 0) > 0)
    pipeline_receive(c);
}

int connection_run(connection *c, transaction *t, error *e) {
  if (c->load == 0)
    look_after_idling(c);
  if (c->state != CONNECTION_OPEN)
    return core->error_set(e, REASON_STORE_UNAVAILABLE,
                           "PostgreSQL: the connection is not open");
  if (c->load >= QUEUE_MAX)
    return core->error_set(e, REASON_STORE_UNAVAILABLE,
                           "PostgreSQL: %d transactions wait already",
                           QUEUE_MAX);
  t->connection = c;
  t->since_ms = uv_now(core->loop_uv(c->loop));
  queue_push(&c->waiting, t);
  if (c->load++ == 0)
    connection_still_lives(c);
  pipeline_send(c);
  return 0;
}

void connection_forget(connection *c, transaction *t) {
  if (!queue_remove(&c->waiting, t))
    return;
  c->load--;
  connection_still_lives(c);
  pipeline_send(c); // nobody may be left for whom the loop has to stay
}

// Of a commit that failed, or whose transaction was not to its end, nothing has
// happened; of another nobody knows.
static void mark_lost(connection *c, transaction *t, bool failed) {
  if (failed || t->state == TRANSACTION_WAITING ||
      (t == c->exclusive && !t->is_ending))
    t->fate = FATE_UNTRIED;
  else
    t->fate = FATE_UNKNOWN;
  t->why = c->why;
  finish(c, t);
}

static const transaction *next_sync(connection *c) {
  while (owed(c)) {
    expected x = *owed(c);
    owed_is_paid(c);
    if (x.kind == EXPECT_SYNC && x.transaction)
      return x.transaction;
  }
  return c->sent.last; // the last commit was not even asked for
}

void pipeline_fail(connection *c) {
  while (c->sent.first) {
    bool failed;
    size_t count;
    transaction_queue group = take_group(c, next_sync(c), &failed, &count);
    for (transaction *t; (t = queue_pop(&group));)
      mark_lost(c, t, failed);
  }
  c->exclusive = NULL;
  for (transaction *t; (t = queue_pop(&c->waiting));)
    mark_lost(c, t, false);
}

void pipeline_free(connection *c) {
  prepared_free(&c->prepared);
  free(c->expected);
  free(c->texts);
  free(c->lengths);
  free(c->formats);
}
