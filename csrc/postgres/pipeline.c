// SPDX-License-Identifier: MIT
#include "connection_internal.h"

#include <poll.h>
#include <stdlib.h>

void pipeline_finish(connection *c, transaction *t) {
  c->load--;
  transaction_finish(t);
}

// A connection that was idle may be gone without anybody having looked: behind
// the server's farewell stands the end.
static void look_after_idling(connection *c) {
  struct pollfd socket = {.fd = c->fd, .events = POLLIN};
  while (c->state == CONNECTION_OPEN && poll(&socket, 1, 0) > 0)
    pipeline_receive(c);
}

int connection_run(connection *c, transaction *t, error *e) {
  if (c->load == 0 && connection_state_of(c) == CONNECTION_OPEN)
    look_after_idling(c);
  if (connection_state_of(c) != CONNECTION_OPEN)
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
  connection_end_turn_soon(c);
  return 0;
}

void connection_forget(connection *c, transaction *t) {
  if (!queue_remove(&c->waiting, t))
    return;
  c->load--;
  connection_still_lives(c);
  connection_end_turn_soon(c); // nobody may be left for whom the loop must stay
}

// Of a commit that failed, or was not asked for, nothing has happened; of
// another nobody knows.
static void mark_lost(connection *c, transaction *t, bool failed) {
  if (failed || t->state == TRANSACTION_WAITING ||
      (t == c->exclusive && !t->is_ending))
    t->fate = FATE_UNTRIED;
  else
    t->fate = FATE_UNKNOWN;
  t->why = c->why;
  pipeline_finish(c, t);
}

// The last one of the next commit; NULL: no other was asked for.
static const transaction *next_sync(connection *c) {
  while (ring_first(&c->owed)) {
    expected x = *ring_first(&c->owed);
    ring_drop(&c->owed);
    if (x.kind == EXPECT_SYNC && x.transaction)
      return x.transaction;
  }
  return NULL;
}

void pipeline_fail(connection *c) {
  while (c->sent.first) {
    bool failed;
    size_t count;
    const transaction *last = next_sync(c);
    transaction_queue group =
        queue_take(&c->sent, last ? last : c->sent.last, &failed, &count);
    for (transaction *t; (t = queue_pop(&group));)
      mark_lost(c, t, failed || !last);
  }
  c->exclusive = c->open_last = NULL;
  for (transaction *t; (t = queue_pop(&c->waiting));)
    mark_lost(c, t, false);
}

void pipeline_free(connection *c) {
  prepared_free(&c->prepared);
  ring_free(&c->owed);
  free(c->texts);
  free(c->lengths);
  free(c->formats);
}
