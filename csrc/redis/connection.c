// SPDX-License-Identifier: MIT
#include "connection.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
  INPUT_SIZE = 64 << 10,
  SPARE_MAX = 1 << 20, // bytes of a send buffer that is kept for the next time
  KEEPALIVE_S = 60,
};

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
  char input[INPUT_SIZE];
};

// ---- requests ----

static void release(redis_request *r) {
  free(r->failure);
  for (size_t i = 0; i < r->received; i++)
    freeReplyObject(r->replies[i]);
  core->loop_unref(r->loop);
  free(r);
}

static void finish(redis_request *r) {
  r->finished = true;
  if (r->deleted)
    release(r);
  else
    core->loop_complete(r->loop, &r->done);
}

static redis_request *take_first(redis_connection *c) {
  redis_request *r = c->first;
  c->first = r->next;
  if (!c->first)
    c->last = NULL;
  c->waiting--;
  return r;
}

completion *request_completion(redis_request *r) { return &r->done; }

bool request_is_done(const redis_request *r) { return r->finished; }

int request_result(const redis_request *r, redisReply *const **replies,
                   size_t *count, error *e) {
  *replies = r->replies;
  *count = r->received;
  if (r->received == r->expected)
    return 0;
  if (!r->failure)
    return core->error_memory(e);
  *e = *r->failure;
  return -1;
}

void request_delete(redis_request *r) {
  if (!r || core->loop_is_inherited(r->loop))
    return;
  core->loop_forget(r->loop, &r->done);
  r->deleted = true;
  if (r->finished)
    release(r);
}

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

static void fail_requests(redis_connection *c) {
  while (c->first) {
    redis_request *r = take_first(c);
    r->failure = malloc(sizeof *r->failure);
    if (r->failure)
      *r->failure = c->failure;
    finish(r);
  }
}

static void fail(redis_connection *c) {
  if (c->state == REDIS_FAILED)
    return;
  bool was_connecting = c->state == REDIS_CONNECTING;
  c->state = REDIS_FAILED;
  uv_timer_stop(&c->deadline);
  uv_idle_stop(&c->flush);
  close_socket(c, on_socket_closed);
  fail_requests(c);
  if (was_connecting)
    core->loop_complete(c->loop, &c->opened);
}

static void fail_by_status(redis_connection *c, int status) {
  if (status == UV_EOF)
    core->error_set(&c->failure, REASON_STORE_UNAVAILABLE,
                    "the server closed the connection");
  else
    core->error_set(&c->failure, REASON_STORE_UNAVAILABLE, "%s",
                    uv_strerror(status));
  fail(c);
}

// ---- deadlines ----

static void start_deadline(redis_connection *c, uint64_t due_ns);

static void fail_late(redis_connection *c) {
  double seconds = (double)c->timeout_ns / 1e9;
  if (c->state == REDIS_CONNECTING)
    core->error_set(&c->failure, REASON_STORE_UNAVAILABLE,
                    "no connection within %g s", seconds);
  else
    core->error_set(&c->failure, REASON_STORE_UNAVAILABLE,
                    "no answer within %g s", seconds);
  fail(c);
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
    start_deadline(c, due_ns);
  } else if (!c->late) {
    c->late = true;
    uv_timer_start(timer, on_deadline, 1, 0);
  } else {
    fail_late(c);
  }
}

static void start_deadline(redis_connection *c, uint64_t due_ns) {
  uint64_t now_ns = uv_hrtime();
  uint64_t left_ns = due_ns > now_ns ? due_ns - now_ns : 0;
  uv_timer_start(&c->deadline, on_deadline, left_ns / 1000000 + 1, 0);
}

// ---- reading ----

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
  (void)suggested;
  redis_connection *c = handle->data;
  *buf = uv_buf_init(c->input, INPUT_SIZE);
}

// An idle connection is no reason to go on waiting.
static void unref_idle_socket(redis_connection *c) {
  if (!c->first && c->has_socket)
    uv_unref((uv_handle_t *)&c->socket);
}

static int take_reply(redis_connection *c, redisReply *reply) {
  redis_request *r = c->first;
  c->unfinished = 0;
  if (!r) {
    freeReplyObject(reply);
    return core->error_set(&c->failure, REASON_INVALID_RESPONSE,
                           "a reply came that nothing had asked for: this is "
                           "no Redis server");
  }
  r->replies[r->received++] = reply;
  if (r->received == r->expected)
    finish(take_first(c));
  return 0;
}

static int take_replies(redis_connection *c) {
  for (;;) {
    void *reply = NULL;
    if (redisReaderGetReply(c->reader, &reply) != REDIS_OK)
      return core->error_set(&c->failure, REASON_INVALID_RESPONSE,
                             "the reply makes no sense (%s): this is no Redis "
                             "server",
                             c->reader->errstr);
    if (!reply)
      break;
    if (take_reply(c, reply) < 0)
      return -1;
  }
  if (c->unfinished > REDIS_REPLY_MAX)
    return core->error_set(&c->failure, REASON_RESPONSE_TOO_LARGE,
                           "a reply of more than %d bytes", REDIS_REPLY_MAX);
  return 0;
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf) {
  redis_connection *c = stream->data;
  if (count < 0) {
    fail_by_status(c, (int)count);
    return;
  }
  c->late = false;
  c->unfinished += (size_t)count;
  if (redisReaderFeed(c->reader, buf->base, (size_t)count) != REDIS_OK) {
    core->error_memory(&c->failure);
    fail(c);
  } else if (take_replies(c) < 0) {
    fail(c);
  }
  unref_idle_socket(c);
}

// ---- sending ----

static void send_queued(redis_connection *c);

static void on_written(uv_write_t *write, int status) {
  redis_connection *c = write->data;
  c->is_sending = false;
  if (c->state != REDIS_OPEN)
    return;
  if (status < 0)
    fail_by_status(c, status);
  else
    send_queued(c);
}

// An emptied buffer, not larger than worth keeping.
static sds emptied(sds s) {
  if (s && sdsalloc(s) <= SPARE_MAX) {
    sdsclear(s);
    return s;
  }
  sdsfree(s);
  return NULL;
}

static void send_queued(redis_connection *c) {
  if (c->is_sending || !c->queued || sdslen(c->queued) == 0)
    return;
  sds spare = emptied(c->sending);
  c->sending = c->queued;
  c->queued = spare;
  uv_buf_t buf = uv_buf_init(c->sending, (unsigned)sdslen(c->sending));
  c->write.data = c;
  int status =
      uv_write(&c->write, (uv_stream_t *)&c->socket, &buf, 1, on_written);
  c->is_sending = status == 0;
  if (status < 0)
    fail_by_status(c, status);
}

static void on_flush(uv_idle_t *idle) {
  uv_idle_stop(idle);
  send_queued(idle->data);
}

// Whether the server has hung up, which the loop may not have heard of yet.
static bool is_hung_up(const redis_connection *c) {
  int fd;
  char byte;
  if (uv_fileno((const uv_handle_t *)&c->socket, &fd) < 0)
    return true;
  ssize_t count = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
}

static int check_sendable(redis_connection *c, size_t length, error *e) {
  if (c->state == REDIS_OPEN && !c->first &&
      !core->loop_is_inherited(c->loop) && is_hung_up(c))
    fail_by_status(c, UV_EOF);
  if (c->state == REDIS_FAILED) {
    *e = c->failure;
    return -1;
  }
  if (c->state != REDIS_OPEN || core->loop_is_inherited(c->loop))
    return core->error_set(e, REASON_INTERNAL, "not connected");
  size_t queued = c->queued ? sdslen(c->queued) : 0;
  if (c->waiting >= REDIS_QUEUE_MAX || length > REDIS_SEND_MAX - queued)
    return core->error_set(e, REASON_QUEUE_FULL,
                           "%d requests of %zu bytes wait to be sent or "
                           "answered already",
                           c->waiting, queued);
  return 0;
}

static int queue_bytes(redis_connection *c, const char *bytes, size_t length,
                       error *e) {
  if (!c->queued && !(c->queued = sdsempty()))
    return core->error_memory(e);
  sds grown = sdscatlen(c->queued, bytes, length);
  if (!grown) // the old one stays as it was
    return core->error_memory(e);
  c->queued = grown;
  return 0;
}

static void enqueue(redis_connection *c, redis_request *r) {
  if (c->last)
    c->last->next = r;
  else
    c->first = r;
  c->last = r;
  if (c->waiting++ == 0) {
    uv_ref((uv_handle_t *)&c->socket);
    c->late = false;
    start_deadline(c, r->due_ns);
  }
}

redis_request *request_new(redis_connection *c, const char *bytes,
                           size_t length, size_t replies, error *e) {
  if (check_sendable(c, length, e) < 0)
    return NULL;
  redis_request *r = calloc(1, sizeof *r + replies * sizeof(redisReply *));
  if (!r) {
    core->error_memory(e);
    return NULL;
  }
  if (queue_bytes(c, bytes, length, e) < 0) {
    free(r);
    return NULL;
  }
  core->completion_init(&r->done);
  r->loop = core->loop_ref(c->loop);
  r->expected = replies;
  r->due_ns = uv_hrtime() + c->timeout_ns;
  enqueue(c, r);
  uv_idle_start(&c->flush, on_flush);
  return r;
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
    status = uv_read_start((uv_stream_t *)&c->socket, on_alloc, on_read);
  if (status < 0) {
    leave_address(c, status);
    return;
  }
  c->state = REDIS_OPEN;
  uv_timer_stop(&c->deadline);
  unref_idle_socket(c);
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
    fail(c); // what the last of them said
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
    fail_by_status(c, status);
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

redis_connection *connection_new(loop *l, const char *host, int port,
                                 int64_t timeout_us, error *e) {
  redis_connection *c = calloc(1, sizeof *c);
  redisReader *reader = redisReaderCreate();
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
  start_deadline(c, c->due_ns);
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
  fail(c);
  core->loop_forget(c->loop, &c->opened);
  uv_cancel((uv_req_t *)&c->lookup); // which may be over: then it does nothing
  uv_close((uv_handle_t *)&c->deadline, on_socket_closed);
  uv_close((uv_handle_t *)&c->flush, on_socket_closed);
}
