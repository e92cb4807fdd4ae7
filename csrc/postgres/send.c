// SPDX-License-Identifier: MIT
#include "connection_internal.h"

#include <stdlib.h>

static const size_t FLUSH_BYTES = 16 << 10;

// Each function gives 0, or -1 where the connection fails.

static int send_sync(connection *c, transaction *last) {
  if (!PQpipelineSync(c->pg))
    return -1;
  c->syncs++;
  return ring_push(&c->owed,
                   (expected){.kind = EXPECT_SYNC, .transaction = last});
}

static int send_control(connection *c, transaction *t, const char *command) {
  if (!PQsendQueryParams(c->pg, command, 0, NULL, NULL, NULL, NULL, 0))
    return -1;
  return ring_push(&c->owed,
                   (expected){.kind = EXPECT_CONTROL, .transaction = t});
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
  return ring_push(
      &c->owed,
      (expected){.kind = EXPECT_STATEMENT, .transaction = t, .statement = i});
}

// Of the first one that waits: until here it stays where it is not lost.
static int send_statements(connection *c, transaction *t) {
  queue_pop(&c->waiting);
  t->state = TRANSACTION_SENT;
  c->unflushed += t->length;
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
        ring_push(&c->owed, answer) != 0)
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

int pipeline_send_end(connection *c, transaction *t) {
  bool good = t->why.reason == REASON_NONE;
  if (send_control(c, t, good ? "COMMIT" : "ROLLBACK") != 0)
    return -1;
  return send_sync(c, t);
}

// ---- groups: between two syncs lies one transaction of the server's ----

// The open group takes no more.
static int close_group(connection *c) {
  transaction *last = c->open_last;
  c->open_last = NULL;
  c->open_count = c->open_bytes = 0;
  return last ? send_sync(c, last) : 0;
}

static int join_group(connection *c, transaction *t) {
  c->open_last = t;
  c->open_count++;
  c->open_bytes += t->length;
  if (send_statements(c, t) != 0)
    return -1;
  bool is_full = t->is_alone || c->open_count >= GROUP_MAX ||
                 c->open_bytes >= GROUP_BYTES_MAX;
  return is_full ? close_group(c) : 0;
}

static bool is_late(const connection *c, const transaction *t) {
  return uv_now(core->loop_uv(c->loop)) - t->since_ms > c->timeout_ms;
}

static void finish_late(connection *c, transaction *t) {
  core->error_set(&t->why, REASON_TIMEOUT,
                  "PostgreSQL: waited too long for those before it");
  pipeline_finish(c, t);
}

static int send_next(connection *c) {
  transaction *t = c->waiting.first;
  if (is_late(c, t)) {
    queue_pop(&c->waiting);
    finish_late(c, t);
    return 0;
  }
  bool ready = is_prepared(c, t), must_change = transaction_must_change(t);
  if ((t->is_alone || must_change || !ready) && close_group(c) != 0)
    return -1;
  if (!ready && send_preparations(c, t) != 0)
    return -1;
  return must_change ? send_exclusive(c, t) : join_group(c, t);
}

static bool has_room(const connection *c) {
  return c->state == CONNECTION_OPEN && !c->exclusive && c->syncs < c->depth;
}

static void lose(connection *c) {
  connection_lose(c, REASON_STORE_UNAVAILABLE, PQerrorMessage(c->pg));
}

// The server begins with what is there, while tasks make ready for more.
void pipeline_send(connection *c) {
  while (c->waiting.first && has_room(c))
    if (send_next(c) != 0) {
      lose(c);
      return;
    }
  if (c->unflushed >= FLUSH_BYTES)
    pipeline_flush(c);
}

static bool is_due(const connection *c) {
  return (c->waiting.first && has_room(c)) || (c->open_last && c->syncs == 0);
}

// While a commit is under way the next one waits for those who are told of it:
// so a few commits serve for all.
void pipeline_end_turn(connection *c) {
  do {
    pipeline_send(c);
    if (c->state == CONNECTION_OPEN && c->syncs == 0 && close_group(c) != 0)
      lose(c);
    pipeline_flush(c);
  } while (c->state == CONNECTION_OPEN && is_due(c));
}

// Where the socket takes no more libpq reads from it, lest both sides wait for
// each other: what it read nobody else will tell of.
void pipeline_flush(connection *c) {
  int left;
  do {
    if (c->state != CONNECTION_OPEN)
      return;
    left = PQflush(c->pg);
  } while (left >= 0 && pipeline_take(c));
  c->unflushed = 0;
  if (left < 0)
    pipeline_receive(c); // it may have said why before it hung up
  else if (c->state == CONNECTION_OPEN)
    connection_watch(c, UV_READABLE | (left > 0 ? UV_WRITABLE : 0));
}
