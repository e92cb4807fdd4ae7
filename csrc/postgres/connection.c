// SPDX-License-Identifier: MIT
#include "connection_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Beyond the server's own limit, for its answer to arrive.
static const uint64_t GRACE_MS = 5000;

// ---- watching the socket ----

static void free_handle(uv_handle_t *handle) { free(handle); }

void connection_release(connection *c) {
  if (--c->open > 0 || !c->is_deleted)
    return;
  pipeline_free(c);
  target_free(&c->target);
  core->loop_unref(c->loop);
  free(c);
}

static void on_closed(uv_handle_t *handle) { connection_release(handle->data); }

static void forget_socket(connection *c) {
  if (c->poll)
    uv_close((uv_handle_t *)c->poll, free_handle);
  c->poll = NULL;
  c->events = 0;
}

static void on_socket(uv_poll_t *handle, int status, int events);

static int watch_socket(connection *c) {
  c->poll = malloc(sizeof *c->poll);
  if (!c->poll)
    return UV_ENOMEM;
  c->fd = PQsocket(c->pg);
  int status = uv_poll_init(core->loop_uv(c->loop), c->poll, c->fd);
  if (status < 0) {
    free(c->poll);
    c->poll = NULL;
    return status;
  }
  c->poll->data = c;
  return 0;
}

void connection_watch(connection *c, int events) {
  // While it connects libpq changes from one socket to another.
  if (c->poll && c->fd != PQsocket(c->pg))
    forget_socket(c);
  int status = c->poll ? 0 : watch_socket(c);
  if (status == 0 && events != c->events)
    status = uv_poll_start(c->poll, events, on_socket);
  if (status < 0) {
    connection_lose(c, REASON_STORE_UNAVAILABLE, uv_strerror(status));
    return;
  }
  c->events = events;
  if (c->load > 0 || c->state == CONNECTION_CONNECTING)
    uv_ref((uv_handle_t *)c->poll);
  else
    uv_unref((uv_handle_t *)c->poll);
}

// ---- losing it ----

void connection_lose(connection *c, enum reason reason, const char *message) {
  if (c->state == CONNECTION_LOST)
    return;
  if (c->state == CONNECTION_LOOKING_UP)
    uv_cancel((uv_req_t *)&c->lookup);
  c->state = CONNECTION_LOST;
  core->error_set(&c->why, reason, "PostgreSQL: %.*s",
                  (int)strcspn(message, "\n"), message);
  forget_socket(c);
  PQfinish(c->pg);
  c->pg = NULL;
  uv_timer_stop(&c->timer);
  uv_prepare_stop(&c->turn);
  pipeline_fail(c);
  core->loop_complete(c->loop, &c->news);
}

static void on_silence(uv_timer_t *timer) {
  connection *c = timer->data;
  connection_lose(c, REASON_STORE_UNAVAILABLE,
                  c->state == CONNECTION_OPEN
                      ? "the server does not answer any more"
                      : "it could not be reached within connect_timeout");
}

void connection_still_lives(connection *c) {
  if (c->load > 0)
    uv_timer_start(&c->timer, on_silence, c->timeout_ms + GRACE_MS, 0);
  else
    uv_timer_stop(&c->timer);
}

static void on_turn(uv_prepare_t *turn) {
  uv_prepare_stop(turn);
  pipeline_end_turn(turn->data);
}

void connection_end_turn_soon(connection *c) {
  uv_prepare_start(&c->turn, on_turn);
}

// ---- connecting ----

// "….  FATAL:  28P01: password authentication failed …\nLOCATION: …" -> where
// the five characters are; NULL where the server has said nothing.
static char *find_sqlstate(char *message) {
  for (char *at = strstr(message, ":  "); at; at = strstr(at + 1, ":  ")) {
    char *state = at + 3;
    if (strspn(state, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 &&
        strncmp(state + 5, ": ", 2) == 0)
      return state;
  }
  return NULL;
}

// It starts, it ends, it has no place left: another time it may be otherwise.
static bool passes(const char *state) {
  return strncmp(state, "57P0", 4) == 0 || strncmp(state, "53", 2) == 0;
}

// A server or a certificate that says no will do so again, and so will libpq
// where it does not even begin.
static bool is_final(const char *message, const char *state) {
  if (state)
    return !passes(state);
  return strncmp(message, "connection to server", 20) != 0 ||
         strstr(message, "SSL") || strstr(message, "certificate");
}

static void lose_unconnected(connection *c) {
  char message[ERROR_MESSAGE_MAX];
  snprintf(message, sizeof message, "%s", PQerrorMessage(c->pg));
  char *state = find_sqlstate(message);
  c->is_refused = is_final(message, state);
  if (state) // behind it stands the sentence for people
    memmove(state, state + 7, strlen(state + 7) + 1);
  connection_lose(c, REASON_STORE_UNAVAILABLE, message);
}

static void open_pipeline(connection *c) {
  const char *encoding = PQparameterStatus(c->pg, "server_encoding");
  if (!encoding || strcmp(encoding, "UTF8") != 0) {
    c->is_refused = true;
    connection_lose(c, REASON_STORE_UNAVAILABLE,
                    "the database must have the encoding UTF8: make it with "
                    "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0");
    return;
  }
  PQsetErrorVerbosity(c->pg, PQERRORS_DEFAULT);
  if (PQsetnonblocking(c->pg, 1) != 0 || !PQenterPipelineMode(c->pg)) {
    connection_lose(c, REASON_STORE_UNAVAILABLE, PQerrorMessage(c->pg));
    return;
  }
  c->state = CONNECTION_OPEN;
  uv_timer_stop(&c->timer);
  connection_watch(c, UV_READABLE);
  if (c->state == CONNECTION_OPEN)
    core->loop_complete(c->loop, &c->news);
}

static void go_on_connecting(connection *c) {
  // libpq may close the socket: libuv must not look at it meanwhile.
  if (c->poll)
    uv_poll_stop(c->poll);
  c->events = 0;
  switch (PQconnectPoll(c->pg)) {
  case PGRES_POLLING_OK:
    open_pipeline(c);
    break;
  case PGRES_POLLING_READING:
    connection_watch(c, UV_READABLE);
    break;
  case PGRES_POLLING_WRITING:
    connection_watch(c, UV_WRITABLE);
    break;
  default:
    lose_unconnected(c);
  }
}

static void on_socket(uv_poll_t *handle, int status, int events) {
  connection *c = handle->data;
  if (status < 0) // libuv has stopped; what is wrong libpq finds out itself
    c->events = 0;
  if (c->state == CONNECTION_CONNECTING) {
    go_on_connecting(c);
    return;
  }
  if (status < 0 || (events & UV_READABLE))
    pipeline_receive(c);
  pipeline_flush(c);
  if (c->waiting.first || c->open_last)
    connection_end_turn_soon(c); // tasks that are told now have more to send
}

// Notices are for people at a terminal.
static void drop_notice(void *context, const PGresult *notice) {
  (void)context;
  (void)notice;
}

void connection_begin(connection *c) {
  c->state = CONNECTION_CONNECTING;
  c->pg = target_connect(&c->target);
  if (!c->pg) {
    connection_lose(c, REASON_MEMORY, "out of memory");
    return;
  }
  PQsetErrorVerbosity(c->pg, PQERRORS_VERBOSE);
  PQsetNoticeReceiver(c->pg, drop_notice, NULL);
  if (PQstatus(c->pg) == CONNECTION_BAD)
    lose_unconnected(c);
  else
    connection_watch(c, UV_WRITABLE);
}

// ---- life ----

connection *connection_new(loop *l, const connection_options *o, error *e) {
  connection *c = calloc(1, sizeof *c);
  if (!c) {
    core->error_memory(e);
    return NULL;
  }
  if (target_init(&c->target, o->url, o->settings, o->statement_timeout, e) !=
      0) {
    target_free(&c->target);
    free(c);
    return NULL;
  }
  core->completion_init(&c->news);
  c->loop = core->loop_ref(l);
  c->depth = o->depth;
  c->timeout_ms = (uint64_t)(o->statement_timeout * 1000);
  uv_timer_init(core->loop_uv(l), &c->timer);
  uv_prepare_init(core->loop_uv(l), &c->turn);
  c->timer.data = c->turn.data = c;
  c->open = 2;
  uv_timer_start(&c->timer, on_silence,
                 (uint64_t)(c->target.connect_timeout * 1000), 0);
  connection_look_up(c);
  return c;
}

completion *connection_completion(connection *c) { return &c->news; }
enum connection_state connection_state_of(const connection *c) {
  return core->loop_is_inherited(c->loop) ? CONNECTION_LOST : c->state;
}

const error *connection_error(const connection *c) {
  static const error inherited = {
      REASON_STORE_UNAVAILABLE,
      "PostgreSQL: this connection belongs to the parent process"};
  return core->loop_is_inherited(c->loop) ? &inherited : &c->why;
}

bool connection_is_refused(const connection *c) { return c->is_refused; }

void connection_delete(connection *c) {
  if (!c || core->loop_is_inherited(c->loop))
    return;
  connection_lose(c, REASON_STORE_UNAVAILABLE, "the connection was closed");
  core->loop_forget(c->loop, &c->news);
  c->is_deleted = true;
  uv_close((uv_handle_t *)&c->timer, on_closed);
  uv_close((uv_handle_t *)&c->turn, on_closed);
}
