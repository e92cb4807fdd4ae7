// SPDX-License-Identifier: MIT
#ifndef VISION_SERVER_INTERNAL_H
#define VISION_SERVER_INTERNAL_H

#include "exchange.h"

#include <microhttpd.h>

// ---- connections: what has a deadline ----

typedef struct client {
  struct client *next, *previous;
  int fd;
  uint64_t due_ms;    // uv_now; 0: none
  exchange *exchange; // that is under way on it
} client;

struct server {
  loop *loop;
  struct MHD_Daemon *daemon;
  server_limits limits;
  int listening; // -1: no longer
  int port;
  completion news;
  exchange *first, *last; // that have come and were not taken
  client clients;         // the head of a ring
  uv_poll_t poll;
  uv_timer_t due;      // what libmicrohttpd waits for
  uv_timer_t deadline; // of connections
  uv_idle_t turn;      // runs it once, soon
  int open;            // handles that are not closed yet
  bool ended;
};

// Its deadline: seconds from now; 0: none.
void client_set_due(server *s, client *k, int64_t seconds);

// Runs the daemon in the loop's next turn.
void server_turn(server *s);

// A request's head is there.
void server_add(server *s, exchange *x);
void server_forget(server *s, exchange *x);

// ---- exchanges ----

enum phase {
  PHASE_HEAD,    // the head has come, nobody has looked at it
  PHASE_BODY,    // the body comes
  PHASE_WORK,    // the body is whole, there is no answer yet
  PHASE_ANSWER,  // the answer is there, to be queued
  PHASE_ABANDON, // nobody answers
  PHASE_SENDING,
  PHASE_ENDED,
};

struct exchange {
  int references;
  loop *loop;
  server *server; // these three are NULL when it has ended
  struct MHD_Connection *connection;
  client *client;
  exchange *next; // in the queue of the server
  bool queued;
  enum phase phase;
  enum exchange_state state;
  bool suspended;
  completion news;
  char *method, *target, *remote;
  exchange_header *headers, *last_header;
  int header_count;
  // the body
  char *read;
  size_t read_length, read_room, taken, drained;
  bool has_body, begun, whole;
  // the answer
  struct MHD_Response *response;
  unsigned status;
  char *send;
  size_t send_length, send_room, send_from;
  bool finished, broken; // the answer is all there; it never will be
  uv_poll_t *watch;      // on a copy of the socket, while the connection sleeps
};

// For a request whose target has come; one reference, of the connection.
exchange *exchange_new(server *s, struct MHD_Connection *connection,
                       const char *target);
enum MHD_Result exchange_handle(exchange *x, const char *method,
                                const char *data, size_t *size);
void exchange_ended(exchange *x, bool well); // takes that reference back
void exchange_break(exchange *x); // ends the connection, whatever it does

// It sleeps no longer: the daemon calls for it in the next turn.
void exchange_wake(exchange *x);

// In a callback of the daemon: it is not called again until it is woken.
void exchange_sleep(exchange *x);

// Notices a client who leaves while the connection sleeps.
void watch_start(exchange *x);
void watch_stop(exchange *x);

#endif
