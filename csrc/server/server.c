// SPDX-License-Identifier: MIT
#include "internal.h"

#include <netdb.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// ---- connections ----

static void on_connection(void *context, struct MHD_Connection *connection,
                          void **socket_context,
                          enum MHD_ConnectionNotificationCode code) {
  server *s = context;
  client *k = *socket_context;
  if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
    // Of a request whose head it refused by itself the end is told to nobody.
    if (k && k->exchange)
      exchange_ended(k->exchange, false);
    client_delete(s, k);
    *socket_context = NULL;
    return;
  }
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  clients_make_room(s); // among those that are there already
  // Without one it is refused with its first request.
  *socket_context = info ? client_new(s, connection, info->connect_fd) : NULL;
}

// ---- requests ----

static client *client_of(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info ? info->socket_context : NULL;
}

// The first that is known of a request is its target.
static void *on_target(void *context, const char *target,
                       struct MHD_Connection *connection) {
  client *k = client_of(connection);
  exchange *x = k ? exchange_new(context, connection, target) : NULL;
  if (!x)
    return NULL;
  x->client = k;
  k->exchange = x;
  return x;
}

static enum MHD_Result on_request(void *context,
                                  struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *version, const char *data,
                                  size_t *size, void **request) {
  (void)context, (void)connection, (void)url, (void)version;
  return *request ? exchange_handle(*request, method, data, size) : MHD_NO;
}

static void on_completed(void *context, struct MHD_Connection *connection,
                         void **request, enum MHD_RequestTerminationCode code) {
  server *s = context;
  exchange *x = *request;
  bool is_well = code == MHD_REQUEST_TERMINATED_COMPLETED_OK;
  (void)connection;
  *request = NULL;
  if (!x)
    return;
  client_set_due(s, x->client, s->limits.header_seconds);
  if (is_well)
    client_set_idle(s, x->client);
  else
    client_set_failed(s, x->client);
  exchange_ended(x, is_well);
}

// It tells nobody but its log what it refuses by itself.
static void on_log(void *context, const char *format, va_list arguments) {
  if (strstr(format, "HTTP response code is %u"))
    server_refused(context, va_arg(arguments, unsigned));
}

// The target as it was sent: what it means is decided by who answers.
static size_t leave_escaped(void *context, struct MHD_Connection *connection,
                            char *text) {
  (void)context, (void)connection;
  return strlen(text);
}

// ---- on the loop ----

static void on_due(uv_timer_t *timer);

static void run(server *s) {
  MHD_UNSIGNED_LONG_LONG ms;
  MHD_run(s->daemon);
  clients_look_again(s);
  if (MHD_get_timeout(s->daemon, &ms) == MHD_YES)
    uv_timer_start(&s->due, on_due, ms, 0);
  else
    uv_timer_stop(&s->due);
}

static void on_due(uv_timer_t *timer) { run(timer->data); }

static void on_deadline(uv_timer_t *timer) { clients_cut_late(timer->data); }

static void on_ready(uv_poll_t *poll, int status, int events) {
  (void)status, (void)events;
  run(poll->data);
}

static void on_turn(uv_idle_t *idle) {
  uv_idle_stop(idle);
  run(idle->data);
}

static void on_rest(uv_prepare_t *rest) { watch_tell(rest->data); }

void server_turn(server *s) {
  if (!s->ended)
    uv_idle_start(&s->turn, on_turn);
}

// ---- its life ----

static void on_closed(uv_handle_t *handle) {
  server *s = handle->data;
  if (--s->open > 0)
    return;
  core->loop_unref(s->loop);
  free(s);
}

static void close_handles(server *s) {
  uv_close((uv_handle_t *)&s->poll, on_closed);
  uv_close((uv_handle_t *)&s->due, on_closed);
  uv_close((uv_handle_t *)&s->deadline, on_closed);
  uv_close((uv_handle_t *)&s->turn, on_closed);
  uv_close((uv_handle_t *)&s->rest, on_closed);
  uv_close((uv_handle_t *)&s->watch, on_closed);
}

static void start_handles(server *s) {
  uv_loop_t *l = core->loop_uv(s->loop);
  const union MHD_DaemonInfo *info =
      MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
  uv_poll_init(l, &s->poll, info->epoll_fd);
  uv_timer_init(l, &s->due);
  uv_timer_init(l, &s->deadline);
  uv_idle_init(l, &s->turn);
  uv_prepare_init(l, &s->rest);
  s->poll.data = s->due.data = s->deadline.data = s;
  s->turn.data = s->rest.data = s;
  s->open = 6;
  uv_poll_start(&s->poll, UV_READABLE, on_ready);
  uv_timer_start(&s->deadline, on_deadline, CLIENT_LATE_EVERY_MS,
                 CLIENT_LATE_EVERY_MS);
  uv_prepare_start(&s->rest, on_rest);
}

// Each may have one to a provider.
static int64_t connections_allowed(int64_t wanted) {
  const int64_t others = DESCRIPTORS_OTHER;
  int64_t limit =
      (int64_t)core->descriptors_allow((size_t)(2 * wanted + others));
  int64_t most = (limit - others) / 2;
  return most < 1 ? 1 : most < wanted ? most : wanted;
}

// Beside the head of a request, for that of its answer.
enum { ANSWER_ROOM = 4 << 10 };

static struct MHD_Daemon *start_daemon(server *s) {
  const server_limits *m = &s->limits;
  return MHD_start_daemon(
      MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL,
      NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_log, s,
      MHD_OPTION_LISTEN_SOCKET, s->listening, MHD_OPTION_STRICT_FOR_CLIENT, 1,
      MHD_OPTION_CONNECTION_LIMIT, (unsigned)m->connections,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)m->header_bytes + ANSWER_ROOM,
      MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)m->idle_seconds,
      MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
      MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_URI_LOG_CALLBACK,
      on_target, s, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
      MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
}

server *server_new(loop *l, int listening, const server_limits *limits,
                   error *e) {
  server *s = calloc(1, sizeof *s);
  if (!s) {
    core->error_memory(e);
    return NULL;
  }
  s->limits = *limits;
  s->limits.connections = connections_allowed(limits->connections);
  s->listening = listening;
  s->port = server_address(listening, NULL, 0);
  s->idle.next = s->idle.previous = &s->idle;
  s->slow.next = s->slow.previous = &s->slow;
  s->busy.next = s->busy.previous = &s->busy;
  s->failed.next = s->failed.previous = &s->failed;
  s->loop = core->loop_ref(l);
  core->completion_init(&s->news);
  s->daemon = start_daemon(s);
  if (!s->daemon || watch_open(s) < 0) {
    core->error_set(e, REASON_INTERNAL, "the HTTP server does not start");
    if (s->daemon)
      MHD_stop_daemon(s->daemon);
    core->loop_unref(l);
    free(s);
    return NULL;
  }
  start_handles(s);
  return s;
}

int server_port(const server *s) { return s->port; }

completion *server_completion(server *s) { return &s->news; }

void server_quiesce(server *s) {
  if (s->listening < 0 || core->loop_is_inherited(s->loop))
    return;
  int listening = MHD_quiesce_daemon(s->daemon);
  s->listening = -1;
  if (listening != MHD_INVALID_SOCKET)
    close(listening);
}

int64_t server_connections_max(const server *s) {
  return s->limits.connections;
}

unsigned server_connections(const server *s) {
  const union MHD_DaemonInfo *info =
      MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
  return info ? info->num_connections : 0;
}

static void break_ring(client *ring) {
  for (client *k = ring->next; k != ring; k = k->next)
    if (k->exchange)
      exchange_break(k->exchange);
}

// The daemon must not be stopped while connections sleep.
static void break_all(server *s) {
  break_ring(&s->busy);
  break_ring(&s->slow);
  break_ring(&s->idle);
  MHD_run(s->daemon);
}

void server_delete(server *s) {
  if (!s || core->loop_is_inherited(s->loop))
    return;
  s->ended = true;
  break_all(s);
  uv_poll_stop(&s->poll);
  MHD_stop_daemon(s->daemon);
  watch_close(s);
  server_forget_all(s);
  core->loop_forget(s->loop, &s->news); // what has ended just now was news
  close_handles(s);
}
