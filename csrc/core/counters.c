// SPDX-License-Identifier: MIT
#include "counters.h"

void counters_init(counters *c, uint32_t count) {
  *c = (counters){.count = count};
}

void counters_reset(counters *c) {
  for (uint32_t i = 0; i < c->count; i++)
    c->values[i] = 0;
}

void counters_add(counters *c, uint32_t index, uint64_t amount) {
  uint64_t *value = &c->values[index];
  *value = amount < UINT64_MAX - *value ? *value + amount : UINT64_MAX;
}

static bool is_of(const counters_share *share, const process_owner *o) {
  return share->calls > 0 && share->owner.pid == o->pid &&
         share->owner.started == o->started;
}

static counters_share *own_share(counters *c, const process_owner *self) {
  for (int i = 0; i < COUNTERS_PROCESSES_MAX; i++)
    if (is_of(&c->shares[i], self))
      return &c->shares[i];
  return NULL;
}

static counters_share *free_place(counters *c) {
  for (int i = 0; i < COUNTERS_PROCESSES_MAX; i++)
    if (c->shares[i].calls == 0)
      return &c->shares[i];
  return NULL;
}

bool counters_enter(counters *c) {
  process_owner self = process_owner_self();
  counters_share *share = own_share(c, &self);
  if (!share)
    share = free_place(c);
  if (!share) { // some may have been killed
    counters_in_flight(c);
    share = free_place(c);
  }
  if (!share)
    return false;
  share->owner = self;
  share->calls++;
  return true;
}

void counters_leave(counters *c) {
  process_owner self = process_owner_self();
  counters_share *share = own_share(c, &self);
  if (share)
    share->calls--;
}

uint64_t counters_in_flight(counters *c) {
  process_owner self = process_owner_self();
  uint64_t sum = 0;
  for (int i = 0; i < COUNTERS_PROCESSES_MAX; i++) {
    counters_share *share = &c->shares[i];
    if (share->calls > 0 && !is_of(share, &self) &&
        !process_owner_is_alive(&share->owner))
      share->calls = 0;
    sum += share->calls;
  }
  return sum;
}

bool counters_is_sound(const counters *c) {
  return c->count >= 1 && c->count <= COUNTERS_MAX;
}
