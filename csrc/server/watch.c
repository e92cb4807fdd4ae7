// SPDX-License-Identifier: MIT
#include "internal.h"

#include <stdlib.h>
#include <unistd.h>

// A connection that sleeps is looked at by nobody. A copy of its descriptor
// tells that the other side has closed: the socket itself is in the daemon's
// own epoll already.

static void on_closed(uv_handle_t *handle) { free(handle); }

static void on_event(uv_poll_t *poll, int status, int events) {
  exchange *x = poll->data;
  if (status == 0 && !(events & UV_DISCONNECT))
    return;
  watch_stop(x);
  exchange_left(x);
}

static void close_descriptor(uv_poll_t *poll) {
  uv_os_fd_t fd;
  if (uv_fileno((uv_handle_t *)poll, &fd) == 0) {
    uv_poll_stop(poll);
    close(fd);
  }
}

static void watch_start(exchange *x) {
  if (x->watch)
    return;
  int fd = dup(x->client->fd);
  uv_poll_t *poll = fd < 0 ? NULL : calloc(1, sizeof *poll);
  if (!poll || uv_poll_init(core->loop_uv(x->loop), poll, fd) != 0) {
    // Then it is noticed when the answer is sent.
    free(poll);
    if (fd >= 0)
      close(fd);
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
  close_descriptor(x->watch);
  uv_close((uv_handle_t *)x->watch, on_closed);
  x->watch = NULL;
}
