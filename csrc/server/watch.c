// SPDX-License-Identifier: MIT
#include "internal.h"

#include <sys/epoll.h>
#include <unistd.h>

// A connection that sleeps is looked at by nobody: the daemon has taken its
// socket out of its own epoll. So each stands in an epoll of ours, too, which
// tells once that the other side has closed. What the daemon can see for itself
// it is left to.

enum { EVENTS_AT_ONCE = 64 };

static void put_last(server *s, client *k) {
  if (k->is_gone) // that it is cut off is told, too
    return;
  k->is_gone = true;
  k->gone_next = NULL;
  k->gone_previous = s->last_gone;
  *(s->last_gone ? &s->last_gone->gone_next : &s->gone) = k;
  s->last_gone = k;
}

static void take_out(server *s, client *k) {
  if (!k->is_gone)
    return;
  *(k->gone_previous ? &k->gone_previous->gone_next : &s->gone) = k->gone_next;
  *(k->gone_next ? &k->gone_next->gone_previous : &s->last_gone) =
      k->gone_previous;
  k->is_gone = false;
}

static void on_gone(uv_poll_t *poll, int status, int events) {
  (void)status, (void)events;
  server *s = poll->data;
  struct epoll_event list[EVENTS_AT_ONCE];
  int count = epoll_wait(s->watched, list, EVENTS_AT_ONCE, 0);
  for (int i = 0; i < count; i++)
    put_last(s, list[i].data.ptr);
}

int watch_open(server *s) {
  s->watched = epoll_create1(EPOLL_CLOEXEC);
  if (s->watched < 0)
    return -1;
  uv_poll_init(core->loop_uv(s->loop), &s->watch, s->watched);
  s->watch.data = s;
  uv_poll_start(&s->watch, UV_READABLE, on_gone);
  return 0;
}

void watch_close(server *s) {
  uv_poll_stop(&s->watch);
  close(s->watched);
}

// Where it cannot be watched, it is noticed when the answer is sent.
void watch_client(server *s, client *k) {
  struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET, .data.ptr = k};
  epoll_ctl(s->watched, EPOLL_CTL_ADD, k->fd, &event);
}

void watch_forget(server *s, client *k) {
  epoll_ctl(s->watched, EPOLL_CTL_DEL, k->fd, NULL);
  take_out(s, k);
}

void watch_tell(server *s) {
  client *next;
  for (client *k = s->gone; k; k = next) {
    next = k->gone_next;
    exchange *x = k->exchange;
    // Who answers may not have looked at it yet: then it is answered first, so
    // that a client may close its side behind its request.
    if (!x || !x->suspended || x->queued || x->news.queued)
      continue;
    take_out(s, k);
    exchange_left(x);
  }
}
