// SPDX-License-Identifier: MIT
#include "lru_cache.h"

#include "siphash.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct lru_entry {
  lru_entry *chain;         // the next one of its bucket
  lru_entry *newer, *older; // in order of use
  uint64_t hash;
  double expires; // mono seconds; INFINITY: never
  blob *value;
  uint8_t key_length;
  uint8_t key[LRU_CACHE_KEY_MAX];
};

static size_t bytes_of(size_t key_length, const blob *value) {
  return key_length + value->size;
}

// ---- life ----

static size_t bucket_count(size_t max_entries) {
  size_t count = 8;
  while (count < max_entries)
    count *= 2;
  return count;
}

static int fill_hash_key(uint64_t key[2], error *e) {
  if (getrandom(key, 2 * sizeof *key, 0) == 2 * sizeof *key)
    return 0;
  return error_set(e, REASON_INTERNAL, "the kernel gives no random numbers");
}

int lru_cache_init(lru_cache *c, size_t max_entries, size_t max_bytes,
                   error *e) {
  *c = (lru_cache){0};
  if (fill_hash_key(c->hash_key, e) < 0)
    return -1;
  return lru_cache_resize(c, max_entries, max_bytes, e);
}

void lru_cache_free(lru_cache *c) {
  lru_cache_clear(c);
  free(c->buckets);
  *c = (lru_cache){0};
}

// ---- the two structures an entry hangs in ----

static lru_entry **bucket_of(lru_cache *c, uint64_t hash) {
  return &c->buckets[hash & c->mask];
}

static void enter_bucket(lru_cache *c, lru_entry *entry) {
  lru_entry **bucket = bucket_of(c, entry->hash);
  entry->chain = *bucket;
  *bucket = entry;
}

static void leave_bucket(lru_cache *c, lru_entry *entry) {
  lru_entry **link = bucket_of(c, entry->hash);
  while (*link != entry)
    link = &(*link)->chain;
  *link = entry->chain;
}

static void enter_order(lru_cache *c, lru_entry *entry) {
  entry->newer = NULL;
  entry->older = c->newest;
  if (c->newest)
    c->newest->newer = entry;
  else
    c->oldest = entry;
  c->newest = entry;
}

static void leave_order(lru_cache *c, lru_entry *entry) {
  if (entry == c->newest)
    c->newest = entry->older;
  else
    entry->newer->older = entry->older;
  if (entry == c->oldest)
    c->oldest = entry->newer;
  else
    entry->older->newer = entry->newer;
}

static void drop(lru_cache *c, lru_entry *entry) {
  leave_bucket(c, entry);
  leave_order(c, entry);
  c->stats.size--;
  c->stats.bytes -= bytes_of(entry->key_length, entry->value);
  blob_unref(entry->value);
  free(entry);
}

static lru_entry *find(lru_cache *c, const void *key, size_t length) {
  if (length == 0 || length > LRU_CACHE_KEY_MAX)
    return NULL;
  uint64_t hash = siphash(c->hash_key, key, length);
  lru_entry *entry = *bucket_of(c, hash);
  while (entry && (entry->hash != hash || entry->key_length != length ||
                   memcmp(entry->key, key, length) != 0))
    entry = entry->chain;
  return entry;
}

// ---- bounds ----

static void drop_oldest(lru_cache *c, double now) {
  if (c->oldest->expires <= now)
    c->stats.expirations++;
  else
    c->stats.evictions++;
  drop(c, c->oldest);
}

// Until `entries` and `bytes` more have room.
static void make_room(lru_cache *c, size_t entries, size_t bytes, double now) {
  while (c->oldest && (c->stats.size + entries > c->max_entries ||
                       c->stats.bytes + bytes > c->max_bytes))
    drop_oldest(c, now);
}

// ---- what it is for ----

blob *lru_cache_get(lru_cache *c, const void *key, size_t length, double now) {
  lru_entry *entry = find(c, key, length);
  if (entry && entry->expires <= now) {
    c->stats.expirations++;
    drop(c, entry);
    entry = NULL;
  }
  if (!entry) {
    c->stats.misses++;
    return NULL;
  }
  c->stats.hits++;
  if (entry != c->newest) {
    leave_order(c, entry);
    enter_order(c, entry);
  }
  return entry->value;
}

static lru_entry *entry_new(lru_cache *c, const void *key, size_t length,
                            blob *value) {
  lru_entry *entry = malloc(sizeof *entry);
  if (!entry)
    return NULL;
  entry->hash = siphash(c->hash_key, key, length);
  entry->key_length = (uint8_t)length;
  memcpy(entry->key, key, length);
  entry->value = blob_ref(value);
  return entry;
}

int lru_cache_put(lru_cache *c, const void *key, size_t length, blob *value,
                  double ttl, double now, error *e) {
  lru_cache_delete(c, key, length);
  if (length == 0 || length > LRU_CACHE_KEY_MAX)
    return error_set(e, REASON_INPUT, "a cache key has 1 to %d bytes, not %zu",
                     LRU_CACHE_KEY_MAX, length);
  size_t bytes = bytes_of(length, value);
  if (bytes > c->max_bytes)
    return error_set(e, REASON_TOO_LARGE,
                     "%zu bytes are more than a cache of %zu bytes keeps",
                     bytes, c->max_bytes);
  lru_entry *entry = entry_new(c, key, length, value);
  if (!entry)
    return error_memory(e);
  make_room(c, 1, bytes, now);
  entry->expires = now + ttl;
  enter_bucket(c, entry);
  enter_order(c, entry);
  c->stats.size++;
  c->stats.bytes += bytes;
  return 0;
}

bool lru_cache_delete(lru_cache *c, const void *key, size_t length) {
  lru_entry *entry = find(c, key, length);
  if (entry)
    drop(c, entry);
  return entry != NULL;
}

void lru_cache_clear(lru_cache *c) {
  while (c->oldest)
    drop(c, c->oldest);
}

int lru_cache_resize(lru_cache *c, size_t max_entries, size_t max_bytes,
                     error *e) {
  size_t count = bucket_count(max_entries);
  lru_entry **buckets = calloc(count, sizeof *buckets);
  if (!buckets)
    return error_memory(e);
  free(c->buckets);
  c->buckets = buckets;
  c->mask = count - 1;
  for (lru_entry *entry = c->oldest; entry; entry = entry->newer)
    enter_bucket(c, entry);
  c->max_entries = max_entries;
  c->max_bytes = max_bytes;
  make_room(c, 0, 0, -INFINITY);
  return 0;
}

const lru_entry *lru_cache_next(const lru_cache *c, const lru_entry *entry) {
  return entry ? entry->older : c->newest;
}

const uint8_t *lru_entry_key(const lru_entry *entry, size_t *length) {
  *length = entry->key_length;
  return entry->key;
}
