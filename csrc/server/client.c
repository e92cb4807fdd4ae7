// SPDX-License-Identifier: MIT
#include "internal.h"

#include <stdlib.h>
#include <sys/socket.h>

// ---- rings ----

static void put_last(client *ring, client *k) {
  k->next = ring;
  k->previous = ring->previous;
  k->previous->next = k->next->previous = k;
}

static client *first_of(client *ring) {
  return ring->next != ring ? ring->next : NULL;
}

static void take_out(client *k) {
  k->previous->next = k->next;
  k->next->previous = k->previous;
}

static void move(client *ring, client *k) {
  take_out(k);
  put_last(ring, k);
}

void client_set_slow(server *s, client *k) { move(&s->slow, k); }
void client_set_busy(server *s, client *k) { move(&s->busy, k); }
void client_set_idle(server *s, client *k) { move(&s->idle, k); }
void client_set_failed(server *s, client *k) { move(&s->failed, k); }

client *client_new(server *s, struct MHD_Connection *connection, int fd) {
  client *k = calloc(1, sizeof *k);
  if (!k)
    return NULL;
  k->connection = connection;
  k->fd = fd;
  put_last(&s->idle, k);
  client_set_due(s, k, s->limits.header_seconds);
  watch_client(s, k);
  return k;
}

void client_delete(server *s, client *k) {
  if (!k)
    return;
  watch_forget(s, k);
  take_out(k);
  free(k);
}

// Where a connection fails while it is written to, libmicrohttpd closes it and
// comes back to it only when it is the oldest of all, at worst after
// idle_seconds. Those with a deadline of their own it looks at in each turn.
// Not while it tells of the end: it may have let go of the connection by then,
// and would have it among those with a deadline when it is freed.
void clients_look_again(server *s) {
  client *k;
  while ((k = first_of(&s->failed))) {
    MHD_set_connection_option(k->connection, MHD_CONNECTION_OPTION_TIMEOUT,
                              (unsigned)s->limits.idle_seconds + 1);
    client_set_idle(s, k);
    server_turn(s);
  }
}

// ---- who has to go ----

// The daemon notices it as a client who left.
static void cut(server *s, client *k) {
  k->due_ms = 0;
  client_set_busy(s, k); // it is idle no longer, and not cut twice
  shutdown(k->fd, SHUT_RDWR);
}

void client_set_due(server *s, client *k, int64_t seconds) {
  uint64_t now = uv_now(core->loop_uv(s->loop));
  k->due_ms = seconds > 0 ? now + (uint64_t)seconds * 1000 : 0;
}

// Who has begun a request is told.
static void cut_slow(server *s, client *k) {
  if (k->exchange && k->exchange->phase < PHASE_WORK)
    client_refuse(s, k, 408);
  cut(s, k);
}

// Whoever has only just come may have sent a head that was not read yet.
static bool has_had_time(const server *s, const client *k) {
  enum { GRACE_MS = 1000 };
  uint64_t since_ms = k->due_ms - (uint64_t)s->limits.header_seconds * 1000;
  return uv_now(core->loop_uv(s->loop)) >= since_ms + GRACE_MS;
}

void clients_make_room(server *s) {
  int64_t most = s->limits.connections - s->limits.connections / 8;
  if (server_connections(s) < most)
    return;
  client *idle = first_of(&s->idle), *slow = first_of(&s->slow);
  if (idle && (has_had_time(s, idle) || !slow))
    cut(s, idle);
  else if (slow)
    cut_slow(s, slow);
}

static void cut_late(server *s, client *ring, uint64_t now) {
  client *next;
  for (client *k = ring->next; k != ring; k = next) {
    next = k->next;
    if (k->due_ms && k->due_ms <= now)
      cut_slow(s, k);
  }
}

// The daemon does not hear of an end that came together with the last bytes.
static bool has_left(const client *k) {
  char byte;
  return recv(k->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void cut_halves(server *s) {
  client *next;
  for (client *k = s->slow.next; k != &s->slow; k = next) {
    next = k->next;
    if (has_left(k))
      cut(s, k);
  }
}

// One has a deadline only while a request comes, or before it, so nothing else
// is being sent.
void clients_cut_late(server *s) {
  uint64_t now = uv_now(core->loop_uv(s->loop));
  cut_halves(s);
  cut_late(s, &s->slow, now);
  cut_late(s, &s->idle, now);
}
