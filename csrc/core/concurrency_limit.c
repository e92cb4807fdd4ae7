// SPDX-License-Identifier: MIT
#include "concurrency_limit.h"

#include <math.h>

void concurrency_init(concurrency_limit *c, uint32_t limit) {
  *c = (concurrency_limit){.limit = limit, .looked = -INFINITY};
}

static bool same_owner(const process_owner *a, const process_owner *b) {
  return a->pid == b->pid && a->started == b->started;
}

// Asking for a process costs some system calls: once each in a row of permits
// that it holds, and never for this one.
typedef struct owner_check {
  process_owner last;
  bool alive;
} owner_check;

static bool is_alive(owner_check *check, const process_owner *o) {
  if (!same_owner(&check->last, o)) {
    check->last = *o;
    check->alive = process_owner_is_alive(o);
  }
  return check->alive;
}

static void drop(concurrency_limit *c, concurrency_permit *permit) {
  permit->number = 0;
  c->in_flight--;
}

void concurrency_drop_lost(concurrency_limit *c, double now) {
  owner_check check = {process_owner_self(), true};
  c->looked = now;
  for (int i = 0; i < CONCURRENCY_MAX; i++) {
    concurrency_permit *permit = &c->permits[i];
    if (permit->number == 0 ||
        (permit->expires > now && is_alive(&check, &permit->owner)))
      continue;
    c->lost++;
    drop(c, permit);
  }
}

static concurrency_permit *free_place(concurrency_limit *c) {
  int i = 0;
  while (c->permits[i].number != 0)
    i++;
  return &c->permits[i];
}

uint64_t concurrency_acquire(concurrency_limit *c, double lease, double now) {
  bool looked_lately = now - c->looked < 1 && now >= c->looked;
  if (c->in_flight >= c->limit && !looked_lately)
    concurrency_drop_lost(c, now);
  if (c->in_flight >= c->limit) {
    c->rejected++;
    return 0;
  }
  *free_place(c) = (concurrency_permit){.number = ++c->granted,
                                        .expires = now + lease,
                                        .owner = process_owner_self()};
  if (++c->in_flight > c->peak)
    c->peak = c->in_flight;
  return c->granted;
}

bool concurrency_release(concurrency_limit *c, uint64_t number) {
  process_owner self = process_owner_self();
  for (int i = 0; number != 0 && i < CONCURRENCY_MAX; i++) {
    concurrency_permit *permit = &c->permits[i];
    if (permit->number == number && same_owner(&permit->owner, &self)) {
      drop(c, permit);
      return true;
    }
  }
  return false;
}

bool concurrency_is_sound(const concurrency_limit *c) {
  uint32_t out = 0;
  for (int i = 0; i < CONCURRENCY_MAX; i++) {
    if (c->permits[i].number > c->granted)
      return false;
    out += c->permits[i].number != 0;
  }
  return c->limit >= 1 && c->limit <= CONCURRENCY_MAX && c->in_flight == out &&
         c->granted < UINT64_C(1) << 53;
}
