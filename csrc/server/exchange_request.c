// SPDX-License-Identifier: MIT
#include "internal.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// A request: its head, and its body while it comes.

// ---- for the daemon ----

// Whether there is a body, and whether it is one that is best read at once:
// small, its length said, and nobody waits to be told to send it.
static void note_body(exchange *x, const exchange_header *h) {
  bool is_length = strcasecmp(h->name, "Content-Length") == 0;
  if (!is_length && strcasecmp(h->name, "Transfer-Encoding") != 0 &&
      strcasecmp(h->name, "Expect") != 0)
    return;
  bool is_only = x->body_headers++ == 0;
  x->has_body |= !is_length || *h->value != '0';
  x->is_small = is_length && is_only && strlen(h->value) <= 5 &&
                strtol(h->value, NULL, 10) <= EXCHANGE_SMALL_MAX;
}

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
  note_body(x, h);
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

// What the daemon keeps of each header, cookie and field of the query, beside
// its text.
enum {
  FIELD_COST = 64,
  FIELDS = MHD_HEADER_KIND | MHD_COOKIE_KIND | MHD_GET_ARGUMENT_KIND,
};

// The daemon takes a longer one as long as it has room, and then has none for
// the head of an answer.
static bool is_too_long(const exchange *x) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(
      x->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  int fields = MHD_get_connection_values(
      x->connection, (enum MHD_ValueKind)FIELDS, NULL, NULL);
  size_t size = info ? info->header_size : 0;
  return size + (size_t)fields * FIELD_COST >
         (size_t)x->server->limits.header_bytes;
}

static enum MHD_Result head_has_come(exchange *x, const char *method) {
  if (is_too_long(x)) {
    client_refuse(x->server, x->client, 431);
    return MHD_NO;
  }
  x->method = strdup(method);
  x->remote = address_of(x->connection);
  int count =
      MHD_get_connection_values(x->connection, MHD_HEADER_KIND, add_header, x);
  if (!x->method || !x->remote || count != x->header_count)
    return MHD_NO;
  client_set_due(x->server, x->client, x->server->limits.body_seconds);
  client_set_slow(x->server, x->client);
  if (x->has_body && x->is_small) {
    x->phase = PHASE_BODY;
    x->begun = true;
    return MHD_YES;
  }
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
  exchange_tell(x);
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
  client_set_busy(x->server, x->client);
  x->whole = true;
  if (x->phase == PHASE_BODY) {
    x->phase = PHASE_WORK;
    exchange_tell(x);
  }
  if (x->phase == PHASE_ANSWER)
    return send_answer(x);
  server_add(x->server, x); // where it was not before
  exchange_sleep(x);
  return MHD_YES;
}

enum MHD_Result exchange_handle(exchange *x, const char *method,
                                const char *data, size_t *size) {
  // None may fall asleep in a daemon that is stopped.
  if (x->phase == PHASE_ABANDON ||
      (x->server->ended && x->phase != PHASE_ANSWER))
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

// ---- for who answers ----

const char *exchange_method(const exchange *x) { return x->method; }
const char *exchange_target(const exchange *x) { return x->target; }
const char *exchange_remote(const exchange *x) { return x->remote; }
const exchange_header *exchange_headers(const exchange *x) {
  return x->headers;
}

void exchange_receive(exchange *x) {
  if (x->phase != PHASE_HEAD)
    return;
  x->phase = PHASE_BODY;
  exchange_wake(x);
}

// All of a body was taken: an answer may be long in coming.
static void drop_body(exchange *x) {
  free(x->read);
  x->read = NULL;
  x->read_length = x->read_room = x->taken = 0;
}

const char *exchange_read(exchange *x, size_t *length, bool *is_whole) {
  if (x->whole && x->taken == x->read_length)
    drop_body(x);
  const char *bytes = x->read ? x->read + x->taken : "";
  *length = x->read_length - x->taken;
  x->taken = x->read_length;
  *is_whole = x->whole;
  if (x->phase == PHASE_BODY)
    exchange_wake(x);
  return bytes;
}
