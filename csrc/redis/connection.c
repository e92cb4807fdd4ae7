// SPDX-License-Identifier: MIT
#include "connection_internal.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEEPALIVE_S = 60 };

// ---- the end of a connection ----

static void release_if_closed(redis_connection *c) {
  if (c->open > 0)
    return;
  uv_freeaddrinfo(c->addresses);
  if (c->reader)
    redisReaderFree(c->reader);
  sdsfree(c->queued);
  sdsfree(c->sending);
  core->loop_unref(c->loop);
  free(c);
}

// What is left after a failure is a word and a reason; the handles stay until
// it is deleted, but for the socket.
static void on_socket_closed(uv_handle_t *handle) {
  redis_connection *c = handle->data;
  c->open--;
  release_if_closed(c);
}

static void close_socket(redis_connection *c, uv_close_cb closed) {
  if (!c->has_socket)
    return;
  c->has_socket = false;
  uv_close((uv_handle_t *)&c->socket, closed);
}

void connection_fail(redis_connection *c) {
  if (c->state == REDIS_FAILED)
    return;
  bool was_connecting = c->state == REDIS_CONNECTING;
  c->state = REDIS_FAILED;
  uv_timer_stop(&c->deadline);
  uv_idle_stop(&c->flush);
  close_socket(c, on_socket_closed);
  requests_fail(c);
  if (was_connecting)
    core->loop_complete(c->loop, &c->opened);
}

void connection_unref_idle(redis_connection *c) {
  if (!c->first && c->has_socket)
    uv_unref((uv_handle_t *)&c->socket);
}

void connection_fail_by_status(redis_connection *c, int status) {
  if (status == UV_EOF)
    core->error_set(&c->failure, REASON_STORE_UNAVAILABLE,
                    "the server closed the connection");
  else
    core->error_set(&c->failure, REASON_STORE_UNAVAILABLE, "%s",
                    uv_strerror(status));
  connection_fail(c);
}

// ---- deadlines ----

static void fail_late(redis_connection *c) {
  double seconds = (double)c->timeout_ns / 1e9;
  if (c->state == REDIS_CONNECTING)
    core->error_set(&c->failure, REASON_STORE_UNAVAILABLE,
                    "no connection within %g s", seconds);
  else
    core->error_set(&c->failure, REASON_STORE_UNAVAILABLE,
                    "no answer within %g s", seconds);
  connection_fail(c);
}

// Timers come before what the sockets have: where the program itself was away
// for long, what came meanwhile is read first.
static void on_deadline(uv_timer_t *timer) {
  redis_connection *c = timer->data;
  bool connecting = c->state == REDIS_CONNECTING;
  if (!connecting && !c->first)
    return;
  uint64_t due_ns = connecting ? c->due_ns : c->first->due_ns;
  if (uv_hrtime() < due_ns) {
    connection_start_deadline(c, due_ns);
  } else if (!c->late) {
    c->late = true;
    uv_timer_start(timer, on_deadline, 1, 0);
  } else {
    fail_late(c);
  }
}

void connection_start_deadline(redis_connection *c, uint64_t due_ns) {
  uint64_t now_ns = uv_hrtime();
  uint64_t left_ns = due_ns > now_ns ? due_ns - now_ns : 0;
  uv_timer_start(&c->deadline, on_deadline, left_ns / 1000000 + 1, 0);
}

// ---- connecting ----

static void try_address(redis_connection *c);

static void on_tried(uv_handle_t *handle) {
  redis_connection *c = handle->data;
  c->open--;
  if (c->state == REDIS_CONNECTING)
    try_address(c);
  else
    release_if_closed(c);
}

// The next address is tried when the socket of this one is closed.
static void leave_address(redis_connection *c, int status) {
  core->error_set(&c->failure, REASON_STORE_UNAVAILABLE, "%s",
                  uv_strerror(status));
  c->address = c->address->ai_next;
  close_socket(c, on_tried);
}

static void on_connected(uv_connect_t *connecting, int status) {
  redis_connection *c = connecting->data;
  if (c->state != REDIS_CONNECTING)
    return;
  if (status == 0)
    status = uv_read_start((uv_stream_t *)&c->socket, requests_on_alloc,
                           requests_on_read);
  if (status < 0) {
    leave_address(c, status);
    return;
  }
  c->state = REDIS_OPEN;
  uv_timer_stop(&c->deadline);
  connection_unref_idle(c);
  core->loop_complete(c->loop, &c->opened);
}

static void start_socket(redis_connection *c) {
  uv_tcp_init(core->loop_uv(c->loop), &c->socket); // no descriptor yet
  c->socket.data = c;
  c->has_socket = true;
  c->open++;
  uv_tcp_nodelay(&c->socket, 1);
  uv_tcp_keepalive(&c->socket, 1, KEEPALIVE_S);
}

static void try_address(redis_connection *c) {
  if (!c->address) {
    connection_fail(c); // what the last of them said
    return;
  }
  start_socket(c);
  c->connecting.data = c;
  int status = uv_tcp_connect(&c->connecting, &c->socket, c->address->ai_addr,
                              on_connected);
  if (status < 0)
    leave_address(c, status);
}

static void on_found(uv_getaddrinfo_t *lookup, int status,
                     struct addrinfo *addresses) {
  redis_connection *c = lookup->data;
  c->open--;
  c->addresses = c->address = addresses;
  if (c->state != REDIS_CONNECTING)
    release_if_closed(c);
  else if (status < 0)
    connection_fail_by_status(c, status);
  else
    try_address(c);
}

static int start_lookup(redis_connection *c, const char *host, int port) {
  char service[16];
  snprintf(service, sizeof service, "%d", port);
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
  c->lookup.data = c;
  int status = uv_getaddrinfo(core->loop_uv(c->loop), &c->lookup, on_found,
                              host, service, &hints);
  c->open += status == 0;
  return status;
}

static void start_handles(redis_connection *c) {
  uv_loop_t *uv = core->loop_uv(c->loop);
  uv_timer_init(uv, &c->deadline);
  uv_idle_init(uv, &c->flush);
  c->deadline.data = c->flush.data = c;
  c->open = 2;
  uv_unref((uv_handle_t *)&c->deadline);
}

// The reader's functions, but for lists: a server that names a huge one gets no
// memory for it.
static redisReplyObjectFunctions usual, bounded;

static void *create_array(const redisReadTask *task, int elements) {
  return elements <= REDIS_ELEMENTS_MAX ? usual.createArray(task, elements)
                                        : NULL;
}

static redisReader *reader_new(void) {
  redisReader *reader = redisReaderCreate();
  if (!reader)
    return NULL;
  if (!bounded.createArray) {
    bounded = usual = *reader->fn;
    bounded.createArray = create_array;
  }
  reader->fn = &bounded;
  return reader;
}

redis_connection *connection_new(loop *l, const char *host, int port,
                                 int64_t timeout_us, error *e) {
  redis_connection *c = calloc(1, sizeof *c);
  redisReader *reader = reader_new();
  if (!c || !reader) {
    free(c);
    if (reader)
      redisReaderFree(reader);
    core->error_memory(e);
    return NULL;
  }
  c->reader = reader;
  c->loop = core->loop_ref(l);
  core->completion_init(&c->opened);
  c->timeout_ns = (uint64_t)timeout_us * 1000;
  c->due_ns = uv_hrtime() + c->timeout_ns;
  start_handles(c);
  int status = start_lookup(c, host, port);
  if (status < 0) {
    core->error_set(e, REASON_INTERNAL, "cannot look up the name: %s",
                    uv_strerror(status));
    connection_delete(c);
    return NULL;
  }
  connection_start_deadline(c, c->due_ns);
  return c;
}

completion *connection_completion(redis_connection *c) { return &c->opened; }

enum redis_state connection_state(const redis_connection *c, error *e) {
  if (core->loop_is_inherited(c->loop)) {
    core->error_set(e, REASON_STORE_UNAVAILABLE,
                    "this connection belongs to the parent process");
    return REDIS_FAILED;
  }
  if (c->state == REDIS_FAILED)
    *e = c->failure;
  return c->state;
}

void connection_delete(redis_connection *c) {
  if (!c || core->loop_is_inherited(c->loop))
    return;
  if (c->state != REDIS_FAILED)
    core->error_set(&c->failure, REASON_STORE_UNAVAILABLE,
                    "the connection was closed");
  connection_fail(c);
  core->loop_forget(c->loop, &c->opened);
  uv_cancel((uv_req_t *)&c->lookup); // which may be over: then it does nothing
  uv_close((uv_handle_t *)&c->deadline, on_socket_closed);
  uv_close((uv_handle_t *)&c->flush, on_socket_closed);
}
