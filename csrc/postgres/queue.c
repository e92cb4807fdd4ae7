// SPDX-License-Identifier: MIT
#include "queue.h"

#include <stdlib.h>

void queue_push(transaction_queue *q, transaction *t) {
  t->next = NULL;
  if (q->last)
    q->last->next = t;
  else
    q->first = t;
  q->last = t;
}

void queue_push_front(transaction_queue *q, transaction *t) {
  t->next = q->first;
  q->first = t;
  if (!q->last)
    q->last = t;
}

transaction *queue_pop(transaction_queue *q) {
  transaction *t = q->first;
  if (!t)
    return NULL;
  q->first = t->next;
  if (!q->first)
    q->last = NULL;
  t->next = NULL;
  return t;
}

bool queue_remove(transaction_queue *q, transaction *t) {
  transaction *previous = NULL, *at = q->first;
  while (at && at != t) {
    previous = at;
    at = at->next;
  }
  if (!at)
    return false;
  if (previous)
    previous->next = t->next;
  else
    q->first = t->next;
  if (q->last == t)
    q->last = previous;
  t->next = NULL;
  return true;
}

transaction_queue queue_take(transaction_queue *q, const transaction *last,
                             bool *failed, size_t *count) {
  transaction_queue taken = {0};
  transaction *t;
  *failed = false;
  *count = 0;
  do {
    t = queue_pop(q);
    *failed = *failed || t->why.reason != REASON_NONE;
    ++*count;
    queue_push(&taken, t);
  } while (t != last);
  return taken;
}

// The ring is straightened when it grows.
static int ring_grow(expected_ring *r) {
  size_t wider = r->capacity > 0 ? r->capacity * 2 : 64;
  expected *list = malloc(wider * sizeof *list);
  if (!list)
    return -1;
  for (size_t i = 0; i < r->count; i++)
    list[i] = r->list[(r->first + i) % r->capacity];
  free(r->list);
  r->list = list;
  r->first = 0;
  r->capacity = wider;
  return 0;
}

int ring_push(expected_ring *r, expected answer) {
  if (r->count == r->capacity && ring_grow(r) != 0)
    return -1;
  r->list[(r->first + r->count++) % r->capacity] = answer;
  return 0;
}

expected *ring_first(expected_ring *r) {
  return r->count > 0 ? &r->list[r->first] : NULL;
}

void ring_drop(expected_ring *r) {
  r->first = (r->first + 1) % r->capacity;
  r->count--;
}

void ring_free(expected_ring *r) { free(r->list); }
