// SPDX-License-Identifier: MIT
#ifndef VISION_SERVER_SERVER_H
#define VISION_SERVER_SERVER_H

#include "../lua/core_api.h"

#include <stddef.h>

// An HTTP server (libmicrohttpd) on the loop. It takes requests in and gives
// them out one by one as exchanges (exchange.h); what to answer is not its
// affair.
//
// What libmicrohttpd lacks stands here: a deadline for each phase of a
// connection, however slowly its bytes trickle in, and a watch on the socket
// while an answer is being made, so that a client who leaves is noticed.

// The core's functions, set when the module opens.
extern const core_api *core;

typedef struct server server;
typedef struct exchange exchange;

typedef struct server_limits {
  int64_t connections;    // at a time, 1 .. 65000, as descriptors allow
  int64_t header_bytes;   // of a request's head, 1024 .. 1 MiB
  int64_t header_seconds; // from the connection, or the last answer, to a head
  int64_t body_seconds;   // from the head to the end of the body
  int64_t idle_seconds;   // that a client may read, or write, nothing
} server_limits;

// Listens on a socket that is bound already (server_bind); it is the server's
// from now on. NULL: MEMORY, INTERNAL.
server *server_new(loop *l, int listening, const server_limits *limits,
                   error *e);

// A socket bound to an address ("127.0.0.1", "::1", a name) and a port (0: any)
// that listens. -1: INVALID_OPTION (there is no such address, or it is not
// allowed), UNREADABLE (it is taken).
int server_bind(const char *host, int port, error *e);

// A socket that listens and was handed to this process: by systemd (LISTEN_FDS)
// or by our supervisor, which is named in SERVER_SUPERVISOR; a worker then ends
// with it (SIGTERM). SERVER_NOTHING: there is none. -1: INVALID_OPTION (it is
// nothing to serve on), INTERNAL. Once: it clears the environment.
int server_inherit(error *e);
#define SERVER_SUPERVISOR "VISION_SUPERVISOR"
enum { SERVER_NOTHING = -2 };

// Of a worker: tells its supervisor that it serves.
void server_tell_ready(void);

// Keeps to whom this process tells how it is (NOTIFY_SOCKET of systemd), and
// clears it from the environment: what we start has nothing to say there.
void server_notify_take(void);

// Tells them, as in sd_notify(3): "READY=1". Nothing where nobody asked for it,
// or does not listen.
void server_notify(const char *news, size_t length);

// Where a socket listens: its port; the address as figures in `host`, where
// that is not NULL.
int server_address(int listening, char *host, size_t size);

int server_port(const server *s);

// Has news when a request has come, when a client has left, and when after
// server_quiesce nothing is under way any more.
completion *server_completion(server *s);

// The next request that has come, one reference; NULL: there is none.
exchange *server_accept(server *s);

bool server_has_come(const server *s);

// The id of the completion of an exchange that somebody answers and whose
// client has left; each once; 0: there is none.
uint64_t server_take_lost(server *s);

// A request that the server has refused by itself, before anybody was asked.
typedef struct server_refusal {
  unsigned status;
  char id[24];     // what its client was told as its request's id; "": nothing
  char remote[64]; // an address; "": it is not known whose it was
} server_refusal;

// The next one, the first first; false: there is none. Of too many that wait to
// be looked at some are left out.
bool server_take_refusal(server *s, server_refusal *out);

// Takes no more connections; those that are open go on. Any number of times.
void server_quiesce(server *s);

// Requests that have come and whose answers are not all sent.
unsigned server_under_way(const server *s);

// Connections that are open, and how many may be.
int64_t server_connections_max(const server *s);
unsigned server_connections(const server *s);

// Ends all that is under way, and the server. NULL is allowed.
void server_delete(server *s);

#endif
