// SPDX-License-Identifier: MIT
#include "shared_state.h"

#include "shared_internal.h"
#include "shared_kinds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct shared_state {
  shared_map *map;
  int references;
  char notice[ERROR_MESSAGE_MAX];
};

// ---- life ----

shared_state *shared_state_open(const char *path, error *e) {
  shared_state *s = calloc(1, sizeof *s);
  if (!s) {
    error_memory(e);
    return NULL;
  }
  s->references = 1;
  s->map = shared_map_open(path, s->notice, e);
  if (s->map)
    return s;
  free(s);
  return NULL;
}

shared_state *shared_state_ref(shared_state *s) {
  s->references++;
  return s;
}

void shared_state_unref(shared_state *s) {
  if (!s || --s->references > 0)
    return;
  shared_map_close(s->map);
  free(s);
}

const char *shared_state_notice(const shared_state *s) { return s->notice; }

// ---- the journal: what is being changed can be put back ----

static void journal_add(shared_map *map, uint32_t index, uint32_t size) {
  shared_journal *j = &map->journal;
  uint32_t count = j->count, offset = 0;
  if (count > 0)
    offset = j->entries[count - 1].offset + j->entries[count - 1].size;
  memcpy(j->bytes + offset, map->payloads[index], size);
  j->entries[count].index = index;
  j->entries[count].offset = offset;
  j->entries[count].size = size;
  atomic_store_explicit(&j->count, count + 1, memory_order_release);
}

static void journal_end(shared_map *map) {
  atomic_store_explicit(&map->journal.count, 0, memory_order_release);
}

static void put_back(shared_map *map) {
  shared_journal *j = &map->journal;
  for (uint32_t i = 0; i < j->count; i++)
    memcpy(map->payloads[j->entries[i].index], j->bytes + j->entries[i].offset,
           j->entries[i].size);
  journal_end(map);
}

// ---- the lock ----

static int lock_within_a_second(pthread_mutex_t *lock) {
  int code = pthread_mutex_trylock(lock);
  if (code != EBUSY)
    return code;
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += 1;
  return pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, &until);
}

static int lock(shared_map *map, error *e) {
  int code = lock_within_a_second(&map->lock);
  if (code == 0)
    return 0;
  if (code == EOWNERDEAD) { // and the lock is ours
    put_back(map);
    pthread_mutex_consistent(&map->lock);
    return 0;
  }
  return error_set(e, REASON_TIMEOUT,
                   "shared state: another process has held the lock for 1 s; "
                   "is it stopped?");
}

static void unlock(shared_map *map) { pthread_mutex_unlock(&map->lock); }

// ---- places, all under the lock ----

static bool is_place_of(const shared_place *place, const shared_slot *slot) {
  return place->kind == slot->kind->number &&
         strcmp(place->name, slot->name) == 0;
}

static void begin_place(shared_map *map, uint32_t index,
                        const shared_slot *slot, double now) {
  shared_place *place = &map->places[index];
  atomic_store_explicit(&place->kind, 0, memory_order_release);
  place->generation++;
  memcpy(place->name, slot->name, sizeof place->name);
  memcpy(place->settings, slot->settings, sizeof place->settings);
  slot->kind->begin(map->payloads[index], slot->settings, now);
  atomic_store_explicit(&place->kind, slot->kind->number, memory_order_release);
}

static bool may_be_given_away(shared_map *map, uint32_t index, double now) {
  const shared_place *place = &map->places[index];
  const shared_kind *kind = shared_kind_of(place->kind);
  return now - place->used >= SHARED_IDLE_SECONDS &&
         !(kind && kind->is_held && kind->is_held(map->payloads[index], now));
}

// The one that was left alone for longest; SHARED_SLOTS: none.
static uint32_t reclaim_place(shared_map *map, double now) {
  uint32_t best = SHARED_SLOTS;
  for (uint32_t i = 0; i < SHARED_SLOTS; i++)
    if ((best == SHARED_SLOTS ||
         map->places[i].used < map->places[best].used) &&
        may_be_given_away(map, i, now))
      best = i;
  return best;
}

// Of that name and kind, else a free one, else one that is given away.
static uint32_t find_place(shared_map *map, const shared_slot *slot,
                           double now) {
  uint32_t free_one = SHARED_SLOTS;
  for (uint32_t i = 0; i < SHARED_SLOTS; i++) {
    if (is_place_of(&map->places[i], slot))
      return i;
    if (map->places[i].kind == 0 && free_one == SHARED_SLOTS)
      free_one = i;
  }
  return free_one < SHARED_SLOTS ? free_one : reclaim_place(map, now);
}

static bool begun_alike(const shared_place *place, const shared_slot *slot) {
  return memcmp(place->settings, slot->settings, sizeof place->settings) == 0;
}

// With `anew`, a place that was begun with other settings begins again. Who had
// it before follows: the settings said last hold.
static int locate(shared_map *map, shared_slot *slot, bool anew, double now,
                  error *e) {
  uint32_t index = find_place(map, slot, now);
  if (index == SHARED_SLOTS)
    return error_set(e, REASON_QUEUE_FULL,
                     "shared state: all %d places are in use", SHARED_SLOTS);
  shared_place *place = &map->places[index];
  if (!is_place_of(place, slot) || (anew && !begun_alike(place, slot)))
    begin_place(map, index, slot, now);
  place->used = now;
  slot->index = index;
  slot->generation = place->generation;
  return 0;
}

// ---- slots ----

int shared_slot_init(shared_slot *slot, shared_state *s,
                     const shared_kind *kind, const char *name, size_t length,
                     const void *settings, double now, error *e) {
  *slot = (shared_slot){.kind = kind};
  if (length < 1 || length > SHARED_NAME_MAX || memchr(name, '\0', length))
    return error_set(e, REASON_INVALID_OPTION,
                     "shared state: a name of 1 to %d bytes without a zero "
                     "expected",
                     SHARED_NAME_MAX);
  memcpy(slot->name, name, length);
  if (kind->settings_size > 0)
    memcpy(slot->settings, settings, kind->settings_size);
  if (lock(s->map, e) < 0)
    return -1;
  int status = locate(s->map, slot, true, now, e);
  unlock(s->map);
  return status;
}

static bool was_given_away(const shared_map *map, const shared_slot *slot) {
  const shared_place *place = &map->places[slot->index];
  return place->generation != slot->generation || !is_place_of(place, slot);
}

static int enter(shared_map *map, shared_slot *slot, double now, error *e) {
  if (was_given_away(map, slot) && locate(map, slot, false, now, e) < 0)
    return -1;
  map->places[slot->index].used = now;
  slot->payload = map->payloads[slot->index];
  return 0;
}

int shared_state_enter(shared_state *s, shared_slot *const slots[],
                       size_t count, double now, error *e) {
  if (lock(s->map, e) < 0)
    return -1;
  for (size_t i = 0; i < count; i++)
    if (enter(s->map, slots[i], now, e) < 0) {
      shared_state_leave(s, slots, i);
      return -1;
    }
  for (size_t i = 0; i < count; i++)
    journal_add(s->map, slots[i]->index, slots[i]->kind->size);
  return 0;
}

void shared_state_leave(shared_state *s, shared_slot *const slots[],
                        size_t count) {
  for (size_t i = 0; i < count; i++)
    slots[i]->payload = NULL;
  journal_end(s->map);
  unlock(s->map);
}

bool shared_state_slot_at(const shared_state *s, uint32_t index,
                          char name[SHARED_NAME_MAX + 1], uint32_t *kind) {
  const shared_place *place = &s->map->places[index];
  *kind = place->kind;
  memcpy(name, place->name, SHARED_NAME_MAX);
  name[SHARED_NAME_MAX] = '\0';
  return *kind != 0;
}
