// SPDX-License-Identifier: MIT
#include "connection_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

// Bytes of a send buffer that is kept for the next time.
enum { SPARE_MAX = 1 << 20 };

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

void requests_fail(redis_connection *c) {
  while (c->first) {
    redis_request *r = take_first(c);
    r->failure = malloc(sizeof *r->failure);
    if (r->failure)
      *r->failure = c->failure;
    finish(r);
  }
}

// ---- reading ----

void requests_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
  (void)suggested;
  redis_connection *c = handle->data;
  *buf = uv_buf_init(c->input, REDIS_INPUT_SIZE);
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

void requests_on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf) {
  redis_connection *c = stream->data;
  if (count < 0) {
    connection_fail_by_status(c, (int)count);
    return;
  }
  c->late = false;
  c->unfinished += (size_t)count;
  if (redisReaderFeed(c->reader, buf->base, (size_t)count) != REDIS_OK) {
    core->error_memory(&c->failure);
    connection_fail(c);
  } else if (take_replies(c) < 0) {
    connection_fail(c);
  }
  connection_unref_idle(c);
}

// ---- sending ----

static void send_queued(redis_connection *c);

static void on_written(uv_write_t *write, int status) {
  redis_connection *c = write->data;
  c->is_sending = false;
  if (c->state != REDIS_OPEN)
    return;
  if (status < 0)
    connection_fail_by_status(c, status);
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
    connection_fail_by_status(c, status);
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
    connection_fail_by_status(c, UV_EOF);
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
    connection_start_deadline(c, r->due_ns);
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
