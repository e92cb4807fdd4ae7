// SPDX-License-Identifier: MIT
#include "internal.h"

#include <stdlib.h>

// A connection that sleeps is looked at by nobody: the daemon has taken its
// socket out of its own epoll. In the loop's it tells that the other side has
// closed. The watch ends before the daemon closes the socket.

static void on_closed(uv_handle_t *handle) { free(handle); }

static void on_event(uv_poll_t *poll, int status, int events) {
  exchange *x = poll->data;
  if (status == 0 && !(events & UV_DISCONNECT))
    return;
  watch_stop(x);
  exchange_left(x);
}

// Where there is no memory, it is noticed when the answer is sent.
static void watch_start(exchange *x) {
  uv_poll_t *poll = x->watch ? NULL : calloc(1, sizeof *poll);
  if (!poll)
    return;
  if (uv_poll_init(core->loop_uv(x->loop), poll, x->client->fd) != 0) {
    free(poll);
    return;
  }
  poll->data = x;
  x->watch = poll;
  uv_poll_start(poll, UV_DISCONNECT, on_event);
}

void watch_soon(exchange *x) {
  if (x->is_drowsy || x->watch)
    return;
  server *s = x->server;
  x->is_drowsy = true;
  x->references++;
  x->next_drowsy = s->drowsy;
  s->drowsy = x;
}

void watch_all(server *s) {
  exchange *next, *later = NULL;
  for (exchange *x = s->drowsy; x; x = next) {
    next = x->next_drowsy;
    if (x->suspended && !s->ended && (x->queued || x->news.queued)) {
      x->next_drowsy = later; // who answers has not looked at it yet
      later = x;
      continue;
    }
    x->is_drowsy = false;
    if (x->suspended && !s->ended)
      watch_start(x);
    exchange_unref(x);
  }
  s->drowsy = later;
}

void watch_stop(exchange *x) {
  if (!x->watch)
    return;
  uv_poll_stop(x->watch);
  uv_close((uv_handle_t *)x->watch, on_closed);
  x->watch = NULL;
}
