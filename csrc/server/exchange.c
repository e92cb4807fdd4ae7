// SPDX-License-Identifier: MIT
#include "internal.h"

#include <stdlib.h>
#include <string.h>

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
  // A forked child shares what lies beneath: it touches none of it.
  if (!x || core->loop_is_inherited(x->loop) || --x->references > 0)
    return;
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

void exchange_tell(exchange *x) {
  if (x->held)
    core->loop_complete(x->loop, &x->news);
}

void exchange_sleep(exchange *x) {
  if (x->suspended)
    return;
  x->suspended = true;
  MHD_suspend_connection(x->connection);
}

void exchange_wake(exchange *x) {
  if (!x->suspended || core->loop_is_inherited(x->loop))
    return;
  x->suspended = false;
  MHD_resume_connection(x->connection);
  server_turn(x->server);
}

void exchange_left(exchange *x) {
  if (x->state != EXCHANGE_OPEN)
    return;
  x->state = EXCHANGE_LEFT;
  exchange_tell(x);
  if (x->held)
    server_lost(x->server, x);
}

void exchange_ended(exchange *x, bool well) {
  if (!well)
    exchange_left(x);
  x->client->exchange = NULL;
  server_done(x->server, x);
  x->server = NULL;
  x->connection = NULL;
  x->client = NULL;
  x->phase = PHASE_ENDED;
  if (x->state == EXCHANGE_OPEN)
    x->state = EXCHANGE_DONE;
  exchange_tell(x);
  exchange_unref(x);
}

completion *exchange_completion(exchange *x) { return &x->news; }
enum exchange_state exchange_state(const exchange *x) { return x->state; }
