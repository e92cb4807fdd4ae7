// SPDX-License-Identifier: MIT
#ifndef VISION_CORE_LRU_CACHE_H
#define VISION_CORE_LRU_CACHE_H

#include "blob.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Values by key, bounded in entries and in bytes, each with a lifetime. When
// one bound is passed the entry that was used least recently goes. A hit
// allocates nothing. Not thread-safe.
//
// Keys are 1 to 64 bytes, in practice the 64 hexadecimal digits of a SHA-256.
// They are hashed by SipHash under a random key: whoever can choose pictures
// can choose bits of a digest, and so fill one bucket, but not of that.
//
// `now` is in seconds of the monotonic clock.

enum { LRU_CACHE_KEY_MAX = 64, LRU_CACHE_ENTRIES_MAX = 1 << 20 };

typedef struct lru_entry lru_entry;

typedef struct lru_cache_stats {
  uint64_t hits, misses;
  uint64_t evictions;   // pushed out by a bound
  uint64_t expirations; // found after their lifetime
  size_t size;          // entries
  size_t bytes;         // of keys and values
} lru_cache_stats;

typedef struct lru_cache {
  lru_entry **buckets; // a power of two of them, at least max_entries
  size_t mask;
  lru_entry *newest, *oldest;
  uint64_t hash_key[2];
  size_t max_entries; // 1 .. LRU_CACHE_ENTRIES_MAX
  size_t max_bytes;   // of keys and values, >= 1
  lru_cache_stats stats;
} lru_cache;

// 0, or -1: MEMORY, or INTERNAL where the kernel has no randomness.
int lru_cache_init(lru_cache *c, size_t max_entries, size_t max_bytes,
                   error *e);
void lru_cache_free(lru_cache *c); // all zero is allowed

// The value, or NULL. It is the cache's: take a reference to keep it beyond
// the next call. Counts a hit or a miss, and makes it the most recent one.
blob *lru_cache_get(lru_cache *c, const void *key, size_t length, double now);

// Keeps `value` (by a reference of its own) until now + ttl; ttl > 0, INFINITY
// for ever. 0, or -1: INPUT for the key's length, TOO_LARGE for the bound in
// bytes, MEMORY. The value that was there is gone in either case: an outdated
// one would be worse than none.
int lru_cache_put(lru_cache *c, const void *key, size_t length, blob *value,
                  double ttl, double now, error *e);

bool lru_cache_delete(lru_cache *c, const void *key, size_t length);
void lru_cache_clear(lru_cache *c); // counts nothing; the counters stay

// New bounds; what is too much goes. 0, or -1 with MEMORY and nothing changed.
int lru_cache_resize(lru_cache *c, size_t max_entries, size_t max_bytes,
                     error *e);

// From the most recent one on: the entry used before `entry`, the first for
// NULL; NULL at the end.
const lru_entry *lru_cache_next(const lru_cache *c, const lru_entry *entry);
const uint8_t *lru_entry_key(const lru_entry *entry, size_t *length);

#endif
