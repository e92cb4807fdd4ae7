// SPDX-License-Identifier: MIT
#include "internal.h"

// What has come and is not taken, and whose client is lost.

static void list_put(exchange_list *list, exchange *x) {
  x->references++;
  x->next = NULL;
  if (list->last)
    list->last->next = x;
  else
    list->first = x;
  list->last = x;
}

// With the reference of the list; NULL: it is empty.
static exchange *list_take(exchange_list *list) {
  exchange *x = list->first;
  if (!x)
    return NULL;
  list->first = x->next;
  if (!list->first)
    list->last = NULL;
  return x;
}

void server_add(server *s, exchange *x) {
  if (x->added)
    return;
  x->added = x->queued = true;
  s->under_way++;
  list_put(&s->come, x);
  core->loop_complete(s->loop, &s->news);
}

exchange *server_accept(server *s) {
  exchange *x;
  while ((x = list_take(&s->come))) {
    x->queued = false;
    if (x->phase != PHASE_ENDED)
      break;
    exchange_unref(x);
  }
  if (x)
    x->held = true;
  return x;
}

bool server_has_come(const server *s) { return s->come.first; }

void server_done(server *s, const exchange *x) {
  if (x->added && --s->under_way == 0 && s->listening < 0)
    core->loop_complete(s->loop, &s->news);
}

void server_lost(server *s, exchange *x) {
  list_put(&s->lost, x);
  core->loop_complete(s->loop, &s->news);
}

uint64_t server_take_lost(server *s) {
  exchange *x = list_take(&s->lost);
  uint64_t id = x ? x->news.id : 0;
  exchange_unref(x);
  return id;
}

unsigned server_under_way(const server *s) { return s->under_way; }

void server_forget_all(server *s) {
  while (server_take_lost(s) > 0)
    ;
  while (s->come.first)
    exchange_unref(list_take(&s->come));
}
