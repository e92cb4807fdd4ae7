// SPDX-License-Identifier: MIT
#include "internal.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// ---- its life ----

exchange *exchange_new(server *s, struct MHD_Connection *connection,
                       const char *target) {
  exchange *x = calloc(1, sizeof *x);
  if (!x)
    return NULL;
  x->target = strdup(target);
  if (!x->target) {
    free(x);
    return NULL;
  }
  x->references = 1;
  x->loop = core->loop_ref(s->loop);
  x->server = s;
  x->connection = connection;
  core->completion_init(&x->news);
  return x;
}

static void free_headers(exchange *x) {
  while (x->headers) {
    exchange_header *h = x->headers;
    x->headers = h->next;
    free(h);
  }
}

void exchange_unref(exchange *x) {
  if (!x || --x->references > 0)
    return;
  watch_stop(x);
  core->loop_forget(x->loop, &x->news);
  if (x->response)
    MHD_destroy_response(x->response);
  free_headers(x);
  free(x->method);
  free(x->target);
  free(x->remote);
  free(x->read);
  free(x->send);
  core->loop_unref(x->loop);
  free(x);
}

void exchange_sleep(exchange *x) {
  if (x->suspended)
    return;
  x->suspended = true;
  MHD_suspend_connection(x->connection);
  watch_start(x);
}

void exchange_wake(exchange *x) {
  if (!x->suspended)
    return;
  x->suspended = false;
  watch_stop(x);
  MHD_resume_connection(x->connection);
  server_turn(x->server);
}

static void tell(exchange *x) { core->loop_complete(x->loop, &x->news); }

void exchange_ended(exchange *x, bool well) {
  watch_stop(x);
  server_forget(x->server, x);
  if (x->client)
    x->client->exchange = NULL;
  x->server = NULL;
  x->connection = NULL;
  x->client = NULL;
  x->phase = PHASE_ENDED;
  if (x->state == EXCHANGE_OPEN)
    x->state = well ? EXCHANGE_DONE : EXCHANGE_LEFT;
  tell(x);
  exchange_unref(x);
}

// ---- what the daemon has ----

static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind,
                                  const char *name, const char *value) {
  exchange *x = context;
  (void)kind;
  size_t name_size = strlen(name) + 1;
  size_t value_size = value ? strlen(value) + 1 : 1;
  exchange_header *h = malloc(sizeof *h + name_size + value_size);
  if (!h)
    return MHD_NO;
  char *text = (char *)(h + 1);
  memcpy(text, name, name_size);
  memcpy(text + name_size, value ? value : "", value_size);
  *h = (exchange_header){.name = text, .value = text + name_size};
  if (x->last_header)
    x->last_header->next = h;
  else
    x->headers = h;
  x->last_header = h;
  x->header_count++;
  x->has_body |= strcasecmp(name, "Transfer-Encoding") == 0 ||
                 (strcasecmp(name, "Content-Length") == 0 && *h->value != '0');
  return MHD_YES;
}

static char *address_of(struct MHD_Connection *connection) {
  char text[64] = "";
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (info && info->client_addr) {
    const struct sockaddr *a = info->client_addr;
    socklen_t size = a->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                              : sizeof(struct sockaddr_in);
    getnameinfo(a, size, text, sizeof text, NULL, 0, NI_NUMERICHOST);
  }
  return strdup(text);
}

static enum MHD_Result head_has_come(exchange *x, const char *method) {
  x->method = strdup(method);
  x->remote = address_of(x->connection);
  int count =
      MHD_get_connection_values(x->connection, MHD_HEADER_KIND, add_header, x);
  if (!x->method || !x->remote || count != x->header_count)
    return MHD_NO;
  client_set_due(x->server, x->client, x->server->limits.body_seconds);
  server_add(x->server, x);
  exchange_sleep(x);
  return MHD_YES;
}

static bool keep(exchange *x, const char *data, size_t size) {
  if (x->taken > 0) {
    memmove(x->read, x->read + x->taken, x->read_length - x->taken);
    x->read_length -= x->taken;
    x->taken = 0;
  }
  if (x->read_length + size > x->read_room) {
    size_t room = x->read_length + size + (16 << 10);
    char *grown = realloc(x->read, room);
    if (!grown)
      return false;
    x->read = grown;
    x->read_room = room;
  }
  memcpy(x->read + x->read_length, data, size);
  x->read_length += size;
  return true;
}

static enum MHD_Result body_comes(exchange *x, const char *data, size_t *size) {
  if (x->phase != PHASE_BODY) { // it was answered before its end
    x->drained += *size;
    *size = 0;
    return x->drained <= EXCHANGE_DRAIN_MAX ? MHD_YES : MHD_NO;
  }
  if (!keep(x, data, *size))
    return MHD_NO;
  *size = 0;
  tell(x);
  if (x->read_length - x->taken >= EXCHANGE_READ_MAX)
    exchange_sleep(x);
  return MHD_YES;
}

static enum MHD_Result send_answer(exchange *x) {
  x->phase = PHASE_SENDING;
  return MHD_queue_response(x->connection, x->status, x->response);
}

static enum MHD_Result body_is_whole(exchange *x) {
  client_set_due(x->server, x->client, 0);
  x->whole = true;
  if (x->phase == PHASE_BODY) {
    x->phase = PHASE_WORK;
    tell(x);
  }
  if (x->phase == PHASE_ANSWER)
    return send_answer(x);
  exchange_sleep(x);
  return MHD_YES;
}

enum MHD_Result exchange_handle(exchange *x, const char *method,
                                const char *data, size_t *size) {
  if (x->phase == PHASE_ABANDON)
    return MHD_NO;
  if (!x->method)
    return head_has_come(x, method);
  if (*size > 0)
    return body_comes(x, data, size);
  // The head again. An answer that is queued now ends the connection, since a
  // body may follow.
  if (!x->begun && (x->phase == PHASE_BODY || !x->has_body)) {
    x->begun = true;
    return MHD_YES;
  }
  return body_is_whole(x);
}

// ---- what who answers has ----

completion *exchange_completion(exchange *x) { return &x->news; }
const char *exchange_method(const exchange *x) { return x->method; }
const char *exchange_target(const exchange *x) { return x->target; }
const char *exchange_remote(const exchange *x) { return x->remote; }
const exchange_header *exchange_headers(const exchange *x) {
  return x->headers;
}
enum exchange_state exchange_state(const exchange *x) { return x->state; }

void exchange_receive(exchange *x) {
  if (x->phase != PHASE_HEAD)
    return;
  x->phase = PHASE_BODY;
  exchange_wake(x);
}

const char *exchange_read(exchange *x, size_t *length, bool *is_whole) {
  const char *bytes = x->read ? x->read + x->taken : "";
  *length = x->read_length - x->taken;
  x->taken = x->read_length;
  *is_whole = x->whole;
  if (x->phase == PHASE_BODY)
    exchange_wake(x);
  return bytes;
}

static ssize_t next_piece(void *context, uint64_t at, char *out, size_t most) {
  exchange *x = context;
  size_t length = x->send_length - x->send_from;
  (void)at;
  if (length == 0) {
    if (x->broken)
      return MHD_CONTENT_READER_END_WITH_ERROR;
    if (x->finished)
      return MHD_CONTENT_READER_END_OF_STREAM;
    exchange_sleep(x);
    return 0;
  }
  if (length > most)
    length = most;
  memcpy(out, x->send + x->send_from, length);
  x->send_from += length;
  if (x->send_from == x->send_length)
    x->send_from = x->send_length = 0;
  tell(x);
  return (ssize_t)length;
}

static int add_headers(struct MHD_Response *r, const char *pairs, size_t length,
                       error *e) {
  for (const char *at = pairs; at < pairs + length;) {
    const char *name = at, *value = name + strlen(name) + 1;
    at = value + strlen(value) + 1;
    if (MHD_add_response_header(r, name, value) != MHD_YES)
      return core->error_set(e, REASON_INVALID_OPTION, "'%.60s' is no header",
                             name);
  }
  return 0;
}

int exchange_respond(exchange *x, unsigned status, const char *headers,
                     size_t headers_length, const void *bytes, size_t length,
                     error *e) {
  enum { PIECE = 16 << 10 };
  if (x->response || x->phase == PHASE_ABANDON)
    return core->error_set(e, REASON_INTERNAL, "it was answered before");
  struct MHD_Response *r =
      bytes ? MHD_create_response_from_buffer(length, (void *)bytes,
                                              MHD_RESPMEM_MUST_COPY)
            : MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE,
                                                next_piece, x, NULL);
  if (!r)
    return core->error_memory(e);
  if (add_headers(r, headers, headers_length, e) < 0) {
    MHD_destroy_response(r);
    return -1;
  }
  x->response = r;
  x->status = status;
  x->finished = bytes != NULL;
  if (x->phase != PHASE_ENDED)
    x->phase = PHASE_ANSWER;
  exchange_wake(x);
  return 0;
}

bool exchange_has_room(const exchange *x) {
  return x->send_length - x->send_from < EXCHANGE_SEND_MAX;
}

static void compact(exchange *x) {
  x->send_length -= x->send_from;
  memmove(x->send, x->send + x->send_from, x->send_length);
  x->send_from = 0;
}

int exchange_write(exchange *x, const void *bytes, size_t length, error *e) {
  if (x->phase == PHASE_ENDED)
    return 0;
  if (x->send_from > 0)
    compact(x);
  if (x->send_length + length > x->send_room) {
    size_t room = 2 * (x->send_length + length);
    char *grown = realloc(x->send, room);
    if (!grown)
      return core->error_memory(e);
    x->send = grown;
    x->send_room = room;
  }
  memcpy(x->send + x->send_length, bytes, length);
  x->send_length += length;
  exchange_wake(x);
  return 0;
}

void exchange_finish(exchange *x) {
  x->finished = true;
  exchange_wake(x);
}

void exchange_break(exchange *x) {
  if (x->phase < PHASE_ANSWER)
    x->phase = PHASE_ABANDON;
  x->broken = true;
  exchange_wake(x);
}

void exchange_abandon(exchange *x) {
  bool is_answered = x->response && x->finished;
  if (x->phase != PHASE_ENDED && !is_answered)
    exchange_break(x);
}
