// SPDX-License-Identifier: MIT
#ifndef VISION_POSTGRES_CONNECTION_INTERNAL_H
#define VISION_POSTGRES_CONNECTION_INTERNAL_H

#include "connection.h"
#include "queue.h"

struct connection {
  completion news;
  loop *loop;
  enum connection_state state;
  error why; // once it is lost
  bool is_refused;
  bool is_deleted;
  unsigned open; // handles and lookups that libuv still holds
  uv_timer_t timer;
  uv_prepare_t turn; // ends: what came in it is committed together
  uv_getaddrinfo_t lookup;
  char name[256]; // that is looked up
  uv_poll_t *poll;
  int fd, events; // that poll watches
  uint64_t timeout_ms;
  target target;
  PGconn *pg;

  // pipeline.c
  prepared_list prepared;
  transaction_queue waiting, sent;
  size_t load;            // transactions in both
  int depth, syncs;       // commits at most, and now
  transaction *exclusive; // it must end before another is sent
  transaction *open_last; // of those sent whose commit is not asked for yet
  size_t open_count, open_bytes;
  size_t unflushed; // bytes that lie in libpq, about
  expected_ring owed;
  bool answered;      // the first one has its result; what ends it is to come
  const char **texts; // scratch for the values of a statement
  int *lengths, *formats;
  size_t scratch;
};

// Gives it up, with the transactions it has.
void connection_lose(connection *c, enum reason reason, const char *message);

// One of the things that libuv held is gone; the last one frees the connection.
void connection_release(connection *c);

// lookup.c: looks up the hosts of the target, on the thread pool, then begins.
void connection_look_up(connection *c);

// Begins to connect, with all addresses known.
void connection_begin(connection *c);

// Looks for what it must: answers, and room to send where there is more.
// Keeps the loop alive while somebody waits for it.
void connection_watch(connection *c, int events);

// Restarts the time after which a silent server counts as gone.
void connection_still_lives(connection *c);

// When the tasks of this turn have all had theirs: pipeline_end_turn.
void connection_end_turn_soon(connection *c);

// ---- pipeline.c, send.c, receive.c ----

void pipeline_send(connection *c);     // what waits, as far as there is room
void pipeline_end_turn(connection *c); // the same, and asks for its commit
void pipeline_flush(connection *c);    // what was sent, out of libpq
void pipeline_receive(connection *c);  // what has come
bool pipeline_take(connection *c);     // what libpq has read; false: nothing
void pipeline_fail(connection *c);     // all transactions, with c->why
void pipeline_free(connection *c);     // its memory

// A transaction is over, out of whatever queue it was in.
void pipeline_finish(connection *c, transaction *t);

// Sends COMMIT, or ROLLBACK where it has failed. -1: the connection fails.
int pipeline_send_end(connection *c, transaction *t);

#endif
