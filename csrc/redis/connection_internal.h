// SPDX-License-Identifier: MIT
#ifndef VISION_REDIS_CONNECTION_INTERNAL_H
#define VISION_REDIS_CONNECTION_INTERNAL_H

#include "connection.h"

// What connection.c (a connection's life) and request.c (what goes through it)
// know of each other.

enum { REDIS_INPUT_SIZE = 64 << 10 }; // bytes read at a time

struct redis_request {
  redis_request *next;
  loop *loop;
  completion done;
  uint64_t due_ns; // uv_hrtime
  error *failure;  // a copy; NULL where there was no memory for one
  bool finished;
  bool deleted; // to be freed when it is finished
  size_t expected, received;
  redisReply *replies[];
};

struct redis_connection {
  loop *loop;
  completion opened;
  enum redis_state state;
  error failure;
  uint64_t timeout_ns, due_ns; // due_ns: of the connecting
  bool late;                   // the time is over; one last look is taken
  int open;                    // handles and look-ups that are not closed yet

  uv_getaddrinfo_t lookup;
  struct addrinfo *addresses, *address; // all of them, the one being tried
  uv_tcp_t socket;
  bool has_socket; // it is initialised and not closing
  uv_connect_t connecting;
  uv_timer_t deadline;

  sds queued, sending; // bytes: for the next write, of the one under way
  bool is_sending;
  uv_write_t write;
  uv_idle_t flush; // runs in the next turn, so that a turn writes once

  redisReader *reader;
  size_t unfinished; // bytes of a reply whose end has not come
  redis_request *first, *last;
  int waiting;
  char input[REDIS_INPUT_SIZE];
};

// The end of a connection, for the reason in c->failure; what is under way
// fails with it. Once is enough.
void connection_fail(redis_connection *c);

// The same for a status of libuv's.
void connection_fail_by_status(redis_connection *c, int status);

// Fails it unless what it waits for comes until then.
void connection_start_deadline(redis_connection *c, uint64_t due_ns);

// For connection.c: fails all requests with c->failure.
void requests_fail(redis_connection *c);

// The callbacks of the stream.
void requests_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf);
void requests_on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf);

// An idle connection is no reason to go on waiting.
void connection_unref_idle(redis_connection *c);

#endif
