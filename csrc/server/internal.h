// SPDX-License-Identifier: MIT
#ifndef VISION_SERVER_INTERNAL_H
#define VISION_SERVER_INTERNAL_H

#include "exchange.h"

#include <microhttpd.h>

// ---- connections: what has a deadline ----

typedef struct client {
  struct client *next, *previous;
  struct MHD_Connection *connection;
  int fd;
  uint64_t due_ms;    // uv_now; 0: none
  exchange *exchange; // that is under way on it
  bool is_gone;       // it has closed its side, and its exchange was not told
  struct client *gone_next, *gone_previous; // of those
} client;

// Exchanges in the order they came in; the list has a reference to each.
typedef struct exchange_list {
  exchange *first, *last;
} exchange_list;

struct server {
  loop *loop;
  struct MHD_Daemon *daemon;
  server_limits limits;
  int listening; // -1: no longer
  int port;
  completion news;
  exchange_list come; // that nobody has taken
  exchange_list lost; // whose client left while somebody answers
  unsigned under_way; // that were added and are not over
  // Heads of rings: who has sent no whole head, and who a head and no whole
  // body, longest first; whose request has failed in this turn; all others.
  client idle, slow, failed, busy;
  uv_poll_t poll;
  uv_timer_t due;      // what libmicrohttpd waits for
  uv_timer_t deadline; // of connections
  uv_idle_t turn;      // runs it once, soon
  uv_prepare_t rest;   // before the loop sleeps: tells of who is gone
  int watched;         // an epoll of all connections
  uv_poll_t watch;     // on it
  client *gone, *last_gone;
  server_refusal refusals[16]; // a ring of those that nobody has taken
  unsigned refusal_first, refusal_count;
  int open; // handles that are not closed yet
  bool ended;
};

// NULL: there is no memory.
client *client_new(server *s, struct MHD_Connection *connection, int fd);
void client_delete(server *s, client *k); // NULL is allowed

// A head has come from it; its whole body has; its request is over.
void client_set_slow(server *s, client *k);
void client_set_busy(server *s, client *k);
void client_set_idle(server *s, client *k);
void client_set_failed(server *s, client *k);

// After each turn of the daemon: has it look again at those that have failed,
// and are there still.
void clients_look_again(server *s);

// Where connections become few, whoever has been idle longest goes, and where
// nobody has been for long, whoever has been sending a body longest: who only
// holds connections keeps nobody out.
void clients_make_room(server *s);

// Whoever is late, or has left with half a body, is cut off; to be called every
// so often.
enum { CLIENT_LATE_EVERY_MS = 500 };
void clients_cut_late(server *s);

// Its deadline: seconds from now; 0: none.
void client_set_due(server *s, client *k, int64_t seconds);

// Answers a client in the place of the daemon, while nothing else is being
// sent, and notes it.
void client_refuse(server *s, client *k, unsigned status);

// The daemon is about to answer somebody so: whoever it is gets our answer in
// the place of its page, where it is certain who that is.
void server_refused(server *s, unsigned status);

// Runs the daemon in the loop's next turn.
void server_turn(server *s);

// A request can be looked at. Nothing when it was added before.
void server_add(server *s, exchange *x);

// It is over.
void server_done(server *s, const exchange *x);

// Its client left, and somebody answers it.
void server_lost(server *s, exchange *x);

// Empties the lists, once all is over.
void server_forget_all(server *s);

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
  exchange *next;     // in a list of the server
  bool added, queued; // it was in `come`; it is still there
  bool held;          // somebody answers it
  enum phase phase;
  enum exchange_state state;
  bool suspended;
  completion news;
  char *method, *target, *remote;
  exchange_header *headers, *last_header;
  int header_count, body_headers;
  // the body
  char *read;
  size_t read_length, read_room, taken, drained;
  bool has_body, is_small, begun, whole;
  // the answer
  struct MHD_Response *response;
  unsigned status;
  char *send;
  size_t send_length, send_room, send_from;
  bool finished, broken; // the answer is all there; it never will be
};

// For a request whose target has come; one reference, of the connection.
exchange *exchange_new(server *s, struct MHD_Connection *connection,
                       const char *target);
enum MHD_Result exchange_handle(exchange *x, const char *method,
                                const char *data, size_t *size);
void exchange_ended(exchange *x, bool well); // takes that reference back
void exchange_left(exchange *x);             // its client has
void exchange_tell(exchange *x);             // news for who answers it
void exchange_break(exchange *x); // ends the connection, whatever it does

// It sleeps no longer: the daemon calls for it in the next turn.
void exchange_wake(exchange *x);

// In a callback of the daemon: it is not called again until it is woken.
void exchange_sleep(exchange *x);

// ---- clients who leave while their connection sleeps ----

int watch_open(server *s); // -1: there are no descriptors left
void watch_close(server *s);
void watch_client(server *s, client *k);
void watch_forget(server *s, client *k); // before its socket is closed

// Tells the exchanges whose client is gone; when the loop is about to sleep.
void watch_tell(server *s);

#endif
